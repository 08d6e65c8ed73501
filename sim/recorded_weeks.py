"""Weeks of the whole rollout recorded, to be played again office by office."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date

from scenarios.schema import Scenario
from scenarios.workdays import rollout_blocks

from .network import Compiled, compile_phase
from .night import Carry
from .recording import Recording, Rooms, play_recorded
from .replay import Replay, replay_of
from .rollout import handed_over
from .run import Progress, Report, play_fast, spread
from .tables import empty_tables


def record_rollout(
    scenario: Scenario,
    wanted: Mapping[tuple[str, date], Collection[str]],
    *,
    replications: int = 1,
    seed: int = 1,
    start: date | None = None,
    end: date | None = None,
    jobs: int | None = None,
    progress: Report | None = None,
) -> dict[str, Replay]:
    """Play the rollout and keep some weeks of some offices, to be played again; return a replay of each phase with any.

    wanted : by phase and first day of the week, offices; a replay holds the visits of these offices in these weeks alone,
    its blocks are the weeks. The rest as `play_rollout`.
    """
    blocks = rollout_blocks(scenario, start, end)
    stages = [compile_phase(scenario, phase, weeks, seed=seed) for phase, weeks in blocks]
    offices = [[wanted.get((phase, week.measured[0]), ()) for week in weeks] for phase, weeks in blocks]
    total, done = replications * sum(map(len, offices)), 0

    def one_week() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(Progress("rollout", done, total))

    def keep(replication: int) -> list[tuple[Recording, ...]]:
        found: list[tuple[Recording, ...]] = []
        carry: Carry | None = None
        rooms = Rooms()
        for number, (stage, by_week) in enumerate(zip(stages, offices, strict=True)):
            if carry is not None:
                carry = handed_over(scenario, carry, stages[number - 1], stage)
            kept = []
            for block, names in enumerate(by_week):
                tables = empty_tables(len(stage.office_ids), len(stage.unit_ids))
                if names:
                    recording, carry = play_recorded(stage, block, replication, tables, rooms, carry)[2:]
                    recording.keep(map(stage.office_ids.index, names))
                    recording.let_go()
                    kept.append(recording)
                else:
                    _, _, carry = play_fast(stage, block, replication, tables, carry=carry)
                one_week()
            found.append(tuple(kept))
        rooms.clear()
        return found

    numbers = tuple(range(replications))
    runs = list(spread(keep, list(numbers), jobs=jobs))
    return {
        stage.phase: replay_of(scenario, _weeks_of(stage, by_week), numbers, tuple(run[place] for run in runs))
        for place, (stage, by_week) in enumerate(zip(stages, offices, strict=True))
        if any(by_week)
    }


def _weeks_of(stage: Compiled, by_week: list[Collection[str]]) -> Compiled:
    """The phase with the weeks alone in which any office is wanted."""
    return replace(stage, blocks=tuple(draws for draws, names in zip(stage.blocks, by_week, strict=True) if names))
