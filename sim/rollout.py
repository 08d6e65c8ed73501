"""The whole rollout as one run: every working day from the first phase to the last, week by week.

What survives the night passes over the phase lines: dossiers in the back office, citizens who will come back, results
waiting to be fetched, remembered waits. Offices that are merged hand theirs to the office that takes them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from time import perf_counter

import numpy as np
import pandas as pd

from scenarios.phases import phase_view
from scenarios.schema import Scenario
from scenarios.workdays import Block, rollout_blocks

from . import measures
from .columns import Tables
from .network import Compiled, compile_phase
from .night import Carry
from .run import Engine, Progress, Report, play, play_fast, play_reference, spread
from .tables import Stack, compact, digest, empty_tables, stacked

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
    digest: str  #: SHA-256 of all weeks' integer tables and visit hashes
    citizens: int  #: first visits, all replications
    seconds: float  #: wall time of playing, after loading and compiling
    weeks: pd.DataFrame
    offices: pd.DataFrame


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
    progress: Report | None = None,
) -> Rollout:
    """Play every working day of all phases one after another, with what survives the night.

    start, end : days between which to play, the whole rollout when None; by_office : whether offices are measured, too.
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

    parts = spread(lambda number: _play(scenario, stages, blocks, number, engine, by_office, one_week), numbers, jobs=jobs)
    frames, places, hashes, citizens = [], [], sha256(), 0
    for weeks, offices, week_digests, first_visits in parts:
        frames.append(weeks)
        places.append(offices)
        citizens += first_visits
        for text in week_digests:
            hashes.update(text.encode())
    return Rollout(
        scenario_id=scenario.id,
        seed=seed,
        engine=engine,
        replications=replications,
        digest=hashes.hexdigest(),
        citizens=citizens,
        seconds=perf_counter() - began,
        weeks=pd.concat(frames, ignore_index=True),
        offices=pd.concat(places, ignore_index=True),
    )


def _play(
    scenario: Scenario,
    stages: list[Compiled],
    blocks: list[tuple[str, tuple[Block, ...]]],
    replication: int,
    engine: Engine,
    by_office: bool,
    one_week: Callable[[], None],
) -> tuple[pd.DataFrame, pd.DataFrame, list[str], int]:
    """One replication: frames of weeks and offices, the digests of the weeks, first visits."""
    played: list[tuple[Compiled, Block, Tables]] = []
    digests, citizens = [], 0
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
            tables = compact(tables)
            of_week = stacked(stage, (replication,), [tables], [hash_sum], days=len(week.measured))
            digests.append(digest((of_week,)))
            citizens += of_week.first_visits
            played.append((stage, week, tables))
            one_week()
    rows, places = _measured(scenario, replication, played, by_office)
    return rows, places, digests, citizens


def _measured(
    scenario: Scenario, replication: int, played: list[tuple[Compiled, Block, Tables]], by_office: bool
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Frames of the weeks and of the offices by week; weeks of a phase with as many days are measured together."""
    groups: dict[tuple[str, int], list[int]] = {}
    for number, (stage, week, _) in enumerate(played):
        groups.setdefault((stage.phase, len(week.measured)), []).append(number)
    rows, places = [], []
    for (phase, days), numbers in groups.items():
        stack = Stack(played[numbers[0]][0], tuple(numbers), days)
        for number in numbers:
            stack.add(played[number][2], np.uint64(0))
        together = stack.tables()
        dates = [played[number][1].measured for number in numbers]
        when = {"phase": phase, "start": [span[0] for span in dates], "end": [span[-1] for span in dates], "days": days}
        head = pd.DataFrame({"replication": replication, **when}, index=pd.Index(numbers))
        rows.append(pd.concat([head, measures.province(together, scenario)], axis=1))
        if by_office:
            offices = measures.offices(together, scenario).set_index("replication")[["office", *OFFICE_INDICATORS]]
            offices.insert(0, "replication", replication)
            starts = pd.DataFrame({"phase": phase, "start": when["start"]}, index=pd.Index(numbers))
            places.append(offices.join(starts))
    return _in_order(rows), _in_order(places) if by_office else pd.DataFrame()


def _in_order(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Frames of groups of weeks as one, week after week."""
    return pd.concat(frames).sort_index(kind="stable").reset_index(drop=True)


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
