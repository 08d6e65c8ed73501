"""The whole rollout as one run: every working day from the first phase to the last, week by week.

What survives the night passes over the phase lines: dossiers in the back office, citizens who will come back, results
waiting to be fetched, remembered waits. Offices that are merged hand theirs to the office that takes them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from scenarios.phases import phase_view
from scenarios.schema import Scenario
from scenarios.workdays import Block, rollout_blocks

from . import measures
from .columns import Tables
from .network import Compiled, compile_phase
from .night import Carry
from .run import Engine, Progress, Report, play, play_fast, play_reference, spread
from .tables import Stack, compact, digest, empty_tables, stacked

if TYPE_CHECKING:
    import pandas as pd

#: indicators kept of each office and week
OFFICE_INDICATORS = (
    "visits_per_day",
    "wait_mean_min",
    "share_wait_over_20",
    "overload_min_per_day",
    "utilization",
    "on_time_share",
    "overdue_open",
)


@dataclass(frozen=True, slots=True)
class Rollout:
    """One run over all phases. `weeks` has a row a replication and week: replication, phase, start, end, days and the
    province's indicators; `offices` a row a replication, week and office with OFFICE_INDICATORS, none when not asked for."""

    scenario_id: str
    seed: int
    engine: Engine
    replications: int
    digest: str  #: SHA-256 of all weeks' integer tables and visit hashes, "" when not asked for
    citizens: int  #: first visits, all replications
    seconds: float  #: wall time of playing, after loading and compiling
    weeks: "pd.DataFrame"
    offices: "pd.DataFrame"


def play_rollout(
    scenario: Scenario,
    *,
    replications: int = 1,
    first_replication: int = 0,
    seed: int = 1,
    start: date | None = None,
    end: date | None = None,
    engine: Engine = "fast",
    jobs: int | None = None,
    by_office: bool = True,
    digested: bool = True,
    progress: Report | None = None,
) -> Rollout:
    """Play every working day of all phases one after another, with what survives the night.

    start, end : days between which to play, the whole rollout when None; by_office : whether offices are measured, too;
    digested : whether a digest is made.
    ValueError for numbers out of range or when no working day is left.
    """
    if replications < 1 or first_replication < 0 or not 0 <= seed < 2**64:
        raise ValueError(f"replications {replications}, first {first_replication} or seed {seed} out of range")
    blocks = rollout_blocks(scenario, start, end)
    if not blocks:
        raise ValueError(f"no working day of a phase between {start} and {end}")
    stages = [compile_phase(scenario, phase, weeks, seed=seed) for phase, weeks in blocks]
    if engine == "fast":
        play(stages[0], 0, warm=True)
    began = perf_counter()
    numbers = list(range(first_replication, first_replication + replications))
    total = len(numbers) * sum(len(weeks) for _, weeks in blocks)
    done = 0

    def one_week() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(Progress("rollout", done, total))

    def one_run(number: int) -> _Weeks:
        played = _play(scenario, stages, blocks, number, engine, digested, one_week)
        rows, places, first_visits = _measured(scenario, number, played, by_office)
        return _Weeks(rows, places, "".join(one.digest for one in played), first_visits)

    runs = list(spread(one_run, numbers, jobs=jobs))
    return Rollout(
        scenario_id=scenario.id,
        seed=seed,
        engine=engine,
        replications=replications,
        digest=sha256("".join(run.digests for run in runs).encode()).hexdigest() if digested else "",
        citizens=sum(run.first_visits for run in runs),
        seconds=perf_counter() - began,
        weeks=_joined([run.rows for run in runs]),
        offices=_joined([run.places for run in runs]),
    )


@dataclass(frozen=True, slots=True)
class _Week:
    """A week of a replication as it was played."""

    stage: Compiled
    days: Block
    tables: Tables
    digest: str


@dataclass(frozen=True, slots=True)
class _Weeks:
    """All weeks of a replication, measured."""

    rows: "pd.DataFrame"
    places: "pd.DataFrame"  #: a row an office and week
    digests: str  #: of the weeks, one behind the other
    first_visits: int


def _play(
    scenario: Scenario,
    stages: list[Compiled],
    blocks: list[tuple[str, tuple[Block, ...]]],
    replication: int,
    engine: Engine,
    digested: bool,
    one_week: Callable[[], None],
) -> list[_Week]:
    """Play one replication week by week."""
    played: list[_Week] = []
    carry: Carry | None = None
    for number, (stage, (_, weeks)) in enumerate(zip(stages, blocks, strict=True)):
        if carry is not None:
            carry = handed_over(scenario, carry, stages[number - 1], stage)
        for block, week in enumerate(weeks):
            tables = empty_tables(len(stage.office_ids), len(stage.unit_ids))
            if engine == "fast":
                hash_sum, _, carry = play_fast(stage, block, replication, tables, carry=carry)
            else:
                hash_sum, _, carry = play_reference(stage, block, replication, tables, carry=carry)
            tables, told = compact(tables), ""
            if digested:
                told = digest((stacked(stage, (replication,), [tables], [hash_sum], days=len(week.measured)),))
            played.append(_Week(stage, week, tables, told))
            one_week()
    return played


def _measured(
    scenario: Scenario, replication: int, played: list[_Week], by_office: bool
) -> "tuple[pd.DataFrame, pd.DataFrame, int]":
    """Frames of the weeks and of the offices by week, and first visits; weeks of a phase with as many days are measured
    together."""
    import pandas as pd  # here, so that what is played first does not wait for it

    groups: dict[tuple[str, int], list[int]] = {}
    for number, one in enumerate(played):
        groups.setdefault((one.stage.phase, len(one.days.measured)), []).append(number)
    rows, places, first_visits = [], [], 0
    for (phase, days), numbers in groups.items():
        stack = Stack(played[numbers[0]].stage, tuple(numbers), days)
        for number in numbers:
            stack.add(played[number].tables, np.uint64(0))
        together = stack.tables()
        first_visits += together.first_visits
        dates = [played[number].days.measured for number in numbers]
        when = {"phase": phase, "start": [span[0] for span in dates], "end": [span[-1] for span in dates], "days": days}
        head = pd.DataFrame({"replication": replication, **when}, index=pd.Index(numbers))
        rows.append(pd.concat([head, measures.province(together, scenario)], axis=1))
        if by_office:
            offices = measures.offices(together, scenario).set_index("replication")[["office", *OFFICE_INDICATORS]]
            offices.insert(0, "replication", replication)
            starts = pd.DataFrame({"phase": phase, "start": when["start"]}, index=pd.Index(numbers))
            places.append(offices.join(starts))
    return _in_order(rows), _in_order(places) if by_office else pd.DataFrame(), first_visits


def _in_order(frames: "list[pd.DataFrame]") -> "pd.DataFrame":
    """Frames of groups of weeks as one, week after week."""
    import pandas as pd

    return pd.concat(frames).sort_index(kind="stable").reset_index(drop=True)


def _joined(frames: "list[pd.DataFrame]") -> "pd.DataFrame":
    """Frames one below the other."""
    import pandas as pd

    return pd.concat(frames, ignore_index=True)


def handed_over(scenario: Scenario, carry: Carry, before: Compiled, after: Compiled) -> Carry:
    """What survives the last night of a phase, told in the offices of the next.

    An office that is merged hands over its dossiers and those who must come back to it; waits are remembered, and the
    scanning desk's work goes on, of the office that stays.
    """
    members = phase_view(scenario, after.phase).members
    survivor = {office: host for host, held in members.items() for office in held}
    ranks = {office: rank for rank, office in enumerate(after.office_ids)}
    to = np.array([ranks[survivor[office]] for office in before.office_ids], np.int64)
    stays = {office: rank for rank, office in enumerate(before.office_ids)}
    desks = np.array([after.desk_ids.index(desk) for desk in before.desk_ids], np.int64)
    visits, files = carry.visits.copy(), carry.files.copy()
    bound = visits[:, 2] >= 0
    visits[bound, 2] = to[visits[bound, 2]]
    files[:, 4] = to[files[:, 4]]
    files[:, 2] = desks[files[:, 2]]
    fresh = after.blocks[0].carry
    scanners = np.zeros_like(fresh.scanners)
    for office, rank in ranks.items():
        kept = carry.scanners[stays[office], : scanners.shape[1]]
        scanners[rank, : len(kept)] = kept
    spent = np.zeros_like(fresh.spent)
    spent[desks] = carry.spent
    waits = np.array([carry.remembered[stays[office]] for office in after.office_ids], np.int64)
    return Carry(waits, visits, files, spent, scanners)
