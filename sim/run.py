"""Replications on all cores: the same bits for any number of workers, in any order of finishing."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from time import perf_counter
from typing import TYPE_CHECKING, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from scenarios.schema import Scenario
from scenarios.workdays import phase_blocks, reference_blocks

from . import kernel
from .cluster import Cluster
from .columns import COUNTED_FIELDS, RECORD_COLUMNS, Tables
from .network import Compiled, Draws, compile_phase
from .night import Carry
from .own_rules import Rule, RuleItems, block_player, checked
from .own_rules import engine as own_engine
from .streams import MICRO, NEW_AT_ONCE
from .tables import PhaseTables, Stack, compact, digest, empty_tables, tally

if TYPE_CHECKING:
    from .measured import Measures

Engine = Literal["fast", "reference"]
Records = NDArray[np.int64]
#: where plays that are done stood, for those to come: to be given memory anew costs more than a tenth of a play of a large day
ROOMS: deque[NDArray[np.int64]] = deque()
CACHE_LINE = 8  #: numbers
NO_ROWS = np.empty((0, 0, 0), np.int64)
SPARE = 3  #: room for records, in halves of the first visits expected in all
AMPLE = 4  #: times as many visits on a day as first visits are expected on any: supplements and results bring people back
Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a piece of work is: `done` of `total` tasks of the step named by `label` (a wording code)."""

    label: str
    done: int
    total: int


Report = Callable[[Progress], None]


@dataclass(frozen=True)
class Run:
    """Tables of all asked phases on the same replications, or what `Measures` was told of."""

    scenario_id: str
    seed: int
    engine: Engine
    replications: int
    citizens: int  #: first visits on measured days, all replications
    seconds: float  #: wall time of playing, after loading and compiling
    phases: tuple[PhaseTables, ...]  #: none when the replications were measured and let go
    measured: str = ""  #: the digest of what was let go

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the integer tables and visit hashes, made when it is first asked for."""
        return self.measured or digest(self.phases)


def simulate(
    scenario: Scenario,
    phases: Iterable[str] | None = None,
    *,
    days: int | None = None,
    replications: int = 10,
    first_replication: int = 0,
    seed: int = 1,
    engine: Engine = "fast",
    jobs: int | Cluster | None = None,
    reference_days: bool = False,
    citizens: Callable[[Compiled, int, Records], None] | None = None,
    rules: Mapping[str, Rule] | None = None,
    measures: "Measures | None" = None,
    progress: Report | None = None,
) -> Run:
    """Play the phases of a scenario.

    phases : ids, all when None; days : working days a phase, rounded up to whole weeks evenly spaced, all when None;
    replications : independent runs, numbered from first_replication; reference_days : play the common reference days
    in place of each phase's own; citizens : called with the phase, replication and records (n, RECORD_COLUMNS) in order;
    jobs : threads, as many as cores when None, or a cluster;
    rules : own functions in the place of those of `sim.rules`, by name (see `sim.own_rules`);
    measures : filled in the place of tables, so that memory does not grow with replications; the run then tells of all
    that went into it, in this call and before.
    ValueError for numbers out of range or a wrong rule, KeyError for an unknown phase.
    """
    if replications < 1 or first_replication < 0 or not 0 <= seed < 2**64 or (days is not None and days < 1):
        raise ValueError(f"replications {replications}, first {first_replication}, seed {seed} or days {days} out of range")
    own = checked(rules or {})
    asked = tuple(phases) if phases is not None else tuple(phase.id for phase in scenario.phases)
    compiled = [compile_days(scenario, phase, seed=seed, days=days, reference_days=reference_days) for phase in asked]
    numbers = tuple(range(first_replication, first_replication + replications))
    if engine == "fast":
        play(compiled[0], 0, warm=True, own=own)
    began = perf_counter()
    tasks = [(rank, number) for rank in range(len(compiled)) for number in numbers]
    stacks = [Stack(one, numbers) for one in compiled] if measures is None else []
    played = spread(partial(_task, compiled, engine, citizens is not None, own), tasks, jobs=jobs)
    for done, ((rank, number), (tables, hash_sum, records)) in enumerate(zip(tasks, played, strict=True), start=1):
        one = compiled[rank]
        if measures is None:
            stacks[rank].add(tables, hash_sum)
        else:
            measures.add(scenario, one, number, tables, hash_sum)
        if citizens is not None:
            citizens(one, number, records)
        if progress is not None:
            progress(Progress("simulating", done, len(tasks)))
    seconds = perf_counter() - began
    if measures is not None:
        return Run(scenario.id, seed, engine, measures.replications, measures.citizens, seconds, (), measures.digest)
    phase_tables = tuple(stack.tables() for stack in stacks)
    first_visits = sum(tables.first_visits for tables in phase_tables)
    return Run(scenario.id, seed, engine, replications, first_visits, seconds, phase_tables)


def _task(
    compiled: list[Compiled], engine: Engine, keep: bool, own: RuleItems, task: tuple[int, int]
) -> tuple[Tables, np.uint64, Records]:
    """Play a task: the rank of the phase and the replication."""
    tables, hash_sum, records = play(compiled[task[0]], task[1], engine=engine, keep=keep, own=own)
    return compact(tables), hash_sum, records


def make_ready(scenario: Scenario, phases: Iterable[str], *, seed: int, days: int | None = None) -> None:
    """Load the kernel and compile phases, which holds the interpreter, before threads that are to play have to share it."""
    compiled = [compile_days(scenario, phase, seed=seed, days=days) for phase in phases]
    for one in compiled[:1]:
        play(one, 0, warm=True)


def compile_days(scenario: Scenario, phase: str, *, seed: int, days: int | None = None, reference_days: bool = False) -> Compiled:
    """Compile a phase over its own days, a spaced sample of weeks, or the common reference days."""
    blocks = reference_blocks(scenario) if reference_days else phase_blocks(scenario, phase, days)
    return compile_phase(scenario, phase, blocks, seed=seed, reference=reference_days)


def play(
    compiled: Compiled,
    replication: int,
    *,
    engine: Engine = "fast",
    keep: bool = False,
    warm: bool = False,
    own: RuleItems = (),
) -> tuple[Tables, np.uint64, Records]:
    """Play one replication of a phase; `keep` returns a record of every visit, `warm` only compiles."""
    tables = empty_tables(len(compiled.office_ids), len(compiled.unit_ids))
    total = np.uint64(0)
    kept: list[Records] = []
    for number in range(min(len(compiled.blocks), 1) if warm else len(compiled.blocks)):
        if engine == "reference":
            hash_sum, records, _ = play_reference(compiled, number, replication, tables, own=own)
        else:
            hash_sum, records, _ = play_fast(compiled, number, replication, tables, keep=keep, warm=warm, own=own)
        with np.errstate(over="ignore"):
            total += hash_sum
        kept.append(records)
    if not keep or not kept:
        return tables, total, np.empty((0, RECORD_COLUMNS), np.int64)
    return tables, total, kept[0] if len(kept) == 1 else np.concatenate(kept)


def play_counted(compiled: Compiled, replication: int) -> tuple[Tables, list[NDArray[np.int64]]]:
    """Play one replication of a phase and count visits and dossiers of every day, whether measured or not.

    Returns the tables and of each block (D, O + U, COUNTED_FIELDS + F): by office visits, and by office and by unit the dossiers
    handed in by field.
    """
    offices, units, fields = len(compiled.office_ids), len(compiled.unit_ids), len(compiled.field_ids)
    tables, counted = empty_tables(offices, units), []
    for number, draws in enumerate(compiled.blocks):
        counted.append(np.zeros((len(draws.days.weekday), offices + units, COUNTED_FIELDS + fields), np.int64))
        play_fast(compiled, number, replication, tables, counted=counted[-1])
    return tables, counted


def play_fast(
    compiled: Compiled,
    block: int,
    replication: int,
    tables: Tables,
    *,
    keep: bool = False,
    again: Records | None = None,
    warm: bool = False,
    carry: Carry | None = None,
    held: NDArray[np.int64] = NO_ROWS,
    trace: NDArray[np.int64] = NO_ROWS,
    counted: NDArray[np.int64] = NO_ROWS,
    own: RuleItems = (),
) -> tuple[np.uint64, Records, Carry]:
    """Play a block with the kernel; return the sum of visit hashes, the records and what survives the last night.

    again : lent to record visits in, so that they can be played again, in the place of records; carry : what survived the
    night before, the block's own when None; held, trace : remembered waits (D, O, WINDOWS) to use or to write down; counted :
    as `play_counted` returns.
    """
    draws = compiled.blocks[block]
    days = draws.days._replace(weekday=draws.days.weekday[:0]) if warm else draws.days
    play_block = block_player(own) if own else kernel.play_block
    kept = np.empty((visits_in_all(draws) if keep else 0, RECORD_COLUMNS), np.int64) if again is None else again
    room = _lent(0 if warm else _most_visits(draws) * kernel.DAY_WIDTH)
    hash_sum, records, left = play_block(
        compiled.network,
        draws.laws,
        days,
        compiled.papers,
        np.uint64(draws.seed),
        replication,
        draws.carry if carry is None else carry,
        draws.given,
        draws.given_start,
        held,
        tables,
        trace,
        counted,
        kept,
        room,
    )
    ROOMS.append(room)
    return np.uint64(hash_sum), records, left


def _lent(numbers: int) -> NDArray[np.int64]:
    """Room for so many numbers, in lines of the cache: where an earlier play stood, or new.

    By NumPy, which asks for large pages where arrays are large: the small ones of compiled code cost much to be given.
    """
    with suppress(IndexError):
        room = ROOMS.pop()
        if len(room) >= numbers:
            return room
    room = np.empty(numbers + CACHE_LINE, np.int64)
    return room[-(room.ctypes.data // room.itemsize) % CACHE_LINE :]


def _most_visits(draws: Draws) -> int:
    """How many visits to make room for on a day: few days have more, and what is left over costs nothing."""
    if len(draws.given_start) > 1:
        return int(np.diff(draws.given_start).max()) + NEW_AT_ONCE
    expected = draws.laws.mean_micro.sum(axis=(1, 2)).max(initial=0)
    return AMPLE * int(expected) // MICRO + 64


def visits_in_all(draws: Draws) -> int:
    """How many visits to make room for in a block, at least 1."""
    return max(len(draws.given), SPARE * int(draws.laws.mean_micro.sum()) // MICRO // 2) + 64


def play_reference(
    compiled: Compiled, block: int, replication: int, tables: Tables, *, carry: Carry | None = None, own: RuleItems = ()
) -> tuple[np.uint64, Records, Carry]:
    """Play a block with the SimPy engine; arguments and result as `play_fast`."""
    from . import engine as reference  # here, so that who plays with the kernel does not wait for SimPy

    draws = compiled.blocks[block]
    engine = own_engine(own) if own else reference
    records, ledger, left = engine.play_block(
        compiled.network,
        draws.laws,
        draws.days,
        compiled.papers,
        np.uint64(draws.seed),
        replication,
        draws.carry if carry is None else carry,
        draws.given,
        draws.given_start,
    )
    return tally(compiled, block, records, ledger, tables), records, left


def workers_of(jobs: int | None) -> int:
    """How many work side by side: as many as asked for, else as there are cores."""
    return jobs or os.cpu_count() or 1


def spread(work: Callable[[Item], Result], items: list[Item], *, jobs: int | Cluster | None = None) -> Iterator[Result]:
    """Yield the results of work on each item, in the order of items; kernels run side by side on threads, or on a cluster.

    At most a few items are under way beyond the one awaited, and a result is let go once read, so none pile up.
    """
    if isinstance(jobs, Cluster):
        yield from jobs.spread(work, items)
        return
    workers = workers_of(jobs)
    if workers == 1:
        yield from map(work, items)
        return
    with ThreadPoolExecutor(workers) as pool:
        waiting = deque(pool.submit(work, item) for item in items[: 2 * workers])
        try:
            for number in range(len(items)):
                while not waiting[0].done():
                    wait([waiting[0]], timeout=0.2, return_when=FIRST_COMPLETED)
                for item in items[number + 2 * workers : number + 2 * workers + 1]:
                    waiting.append(pool.submit(work, item))
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
