"""The one contract of result tables: what an engine's visits add up to, stacked over replications."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from .columns import BINS, HALF_HOURS, OFFICE_WIDTH, UNIT_WIDTH, Tables
from .network import Compiled
from .rules import HALF_HOUR, INCOMPLETE, LEFT, NO_SHOW, SENT_AWAY, SERVED, TICKET_OPEN
from .shelf import Shelf
from .streams import FETCHES, NUMBER_MASK, field_of, unit_of, visit_hash

OUTCOMES = ("served", "left", "balked", "sent_away", "incomplete", "turned_back", "no_show", "deferred")
OFFICE_COLUMNS = (
    "tickets",
    *OUTCOMES,
    "wait_called",
    "wait_lost",
    "over_standard",
    "over_long",
    "overload",
    "busy",
    "overtime",
    "rostered",
    "travel",
    "service",
    "boundary_free",
    "within_access",
    "digitized",
    "reused",
    "returns",
    "booked",
    "fetched",
    "finished",
    "stopped",
    "overloaded_half_hours",
    "received",
    "remote",
    "completed",
    "on_time",
    "archived",
    "posted",
    "open_files",
    "overdue",
    "absent",
    "sent",
    "help",
    "change",
)
UNIT_COLUMNS = ("tickets", "called", "wait_called", "travel", "wait_reached", "service", "within_access", "finished")
HALF_HOUR_COLUMNS = ("tickets", "overload", "overloaded")


@dataclass(frozen=True, slots=True)
class PhaseTables:
    """Tables of one phase: R replications, O offices, U units, 48 half hours, B ≤ BINS bins of 15 s.

    Everything is counts, or ticks (milliseconds) summed over the measured days.
    """

    phase: str
    office_ids: tuple[str, ...]
    unit_ids: tuple[str, ...]
    days: int  #: measured days in each replication
    replications: tuple[int, ...]
    office: NDArray[np.int64]  #: (R, O, len(OFFICE_COLUMNS))
    half_hour: NDArray[np.int64]  #: (R, O, 48, 3) by the half hour of the ticket: HALF_HOUR_COLUMNS
    wait_histogram: NDArray[np.signedinteger]  #: (R, O, B) waits of visits called to a counter; none are beyond its bins
    unit: NDArray[np.int64]  #: (R, U, len(UNIT_COLUMNS))
    visit_hash: NDArray[np.uint64]  #: (R,) sum of the visits' hashes, warm-up included

    def column(self, name: str) -> NDArray[np.int64]:
        """One column of the office table, (R, O)."""
        return self.office[:, :, OFFICE_COLUMNS.index(name)]

    @property
    def first_visits(self) -> int:
        """Citizens who came for the first time on measured days, all replications."""
        return int(self.column("tickets").sum() - self.column("returns").sum() - self.column("fetched").sum())


def empty_tables(offices: int, units: int) -> Tables:
    """Zeroed tables of one replication."""
    return Tables(
        office=np.zeros((offices, OFFICE_WIDTH), np.int64),
        half_hour=np.zeros((offices, HALF_HOURS, 3), np.int64),
        wait_histogram=np.zeros((offices, BINS), np.int64),
        unit=np.zeros((units, UNIT_WIDTH), np.int64),
    )


def tally(compiled: Compiled, block: int, records: NDArray[np.int64], ledger: NDArray[np.int64], tables: Tables) -> np.uint64:
    """Add the visits of a block to tables, column by column; the plain twin of the kernel's streaming sums.

    records : (n, RECORD_COLUMNS) int64 of all days of the block; ledger : (O, OFFICE_WIDTH) what the nights and the
    dispatchers add. Returns the sum of the visits' hashes.
    """
    net, draws = compiled.network, compiled.blocks[block]
    total = np.uint64(0)
    with np.errstate(over="ignore"):
        for row in records:
            total += visit_hash(row[0], row[1], row[2], row[4], row[5], row[6])
    first = draws.days.lead_in + draws.days.warmup
    records = records[records[:, 11] >= first]
    for outcome, name in enumerate(OUTCOMES):
        chosen = records[records[:, 6] == outcome, 1]
        np.add.at(tables.office[:, OFFICE_COLUMNS.index(name)], chosen, 1)
    came = records[records[:, 6] < NO_SHOW]
    code, office, officer, arrival, start, end, outcome, wait, travel, origin, reused, day, paused, scanned, booked, _ = came.T
    unit, field, again, fetched = unit_of(code), field_of(code), (code & NUMBER_MASK) > 0, (code & FETCHES) > 0
    called = (outcome == SERVED) | (outcome == INCOMPLETE)
    finished = (outcome == SERVED) & ~fetched
    lost = (outcome >= LEFT) & (outcome <= SENT_AWAY)
    beyond = np.maximum(wait - net.standard, 0) + np.where(lost & ~again, net.lost_charge, 0)
    service = np.where(called, end - start, 0)
    weekdays = draws.days.weekday
    inside = np.array(
        [_inside(compiled, weekdays[d], o, p, s, e) for d, o, p, s, e in zip(day, office, officer, start, end, strict=True)],
        np.int64,
    )
    columns = {
        "tickets": np.ones_like(code),
        "wait_called": np.where(called, wait, 0),
        "wait_lost": np.where(called, 0, wait),
        "over_standard": wait > net.standard,
        "over_long": wait > net.long_standard,
        "overload": beyond,
        "busy": inside,
        "overtime": service - inside,
        "travel": travel,
        "service": service,
        "boundary_free": office != net.competent[unit, field],
        "within_access": net.near[origin, office],
        "digitized": finished & (draws.laws.digitize[field] > 0) & (scanned == 0),
        "reused": np.where(finished, reused, 0),
        "returns": again & ~fetched,
        "booked": booked,
        "fetched": fetched,
        "finished": finished,
        "stopped": paused,
    }
    for name, values in columns.items():
        np.add.at(tables.office[:, OFFICE_COLUMNS.index(name)], office, values.astype(np.int64))
    of_unit = (columns["tickets"], called, columns["wait_called"], travel, wait, service, columns["within_access"], finished)
    for number, values in enumerate(of_unit):
        np.add.at(tables.unit[:, number], unit, values.astype(np.int64))
    np.add.at(tables.wait_histogram, (office[called], np.minimum(wait[called] // 15_000, BINS - 1)), 1)
    _tally_half_hours(compiled, tables, day, office, arrival, beyond)
    tables.office[...] += ledger
    rostered = tables.office[:, OFFICE_COLUMNS.index("rostered")]
    rostered += ledger[:, OFFICE_COLUMNS.index("help")] - ledger[:, OFFICE_COLUMNS.index("absent")]
    for weekday in weekdays[first:]:
        rostered += rostered_ticks(compiled, int(weekday))
    return total


def _tally_half_hours(
    compiled: Compiled,
    tables: Tables,
    day: NDArray[np.int64],
    office: NDArray[np.int64],
    arrival: NDArray[np.int64],
    beyond: NDArray[np.int64],
) -> None:
    net = compiled.network
    half = np.minimum(np.maximum(arrival, net.clock[office, TICKET_OPEN]) // HALF_HOUR, HALF_HOURS - 1)
    if not len(day):
        return
    sums = np.zeros((int(day.max()) + 1, len(net.office_hash), HALF_HOURS, 2), np.int64)
    np.add.at(sums[..., 0], (day, office, half), 1)
    np.add.at(sums[..., 1], (day, office, half), beyond)
    overloaded = sums[..., 1] > net.half_hour_limit * sums[..., 0]
    tables.half_hour[..., :2] += sums.sum(axis=0)
    tables.half_hour[..., 2] += overloaded.sum(axis=0)
    tables.office[:, OFFICE_COLUMNS.index("overloaded_half_hours")] += overloaded.sum(axis=(0, 2))


def _inside(compiled: Compiled, weekday: int, office: int, officer: int, start: int, end: int) -> int:
    if officer < 0:
        return 0
    net = compiled.network
    if officer >= net.own_crew[office]:
        return end - start
    person = net.crew_start[office] + officer
    span = slice(net.stretch_start[weekday, person], net.stretch_start[weekday, person + 1])
    overlap = np.minimum(net.stretch_off[span], end) - np.maximum(net.stretch_on[span], start)
    return int(np.maximum(overlap, 0).sum())


def rostered_ticks(compiled: Compiled, weekday: int) -> NDArray[np.int64]:
    """Counter hours of each office on a weekday when nobody is absent, (O,) ticks."""
    net = compiled.network
    hours = net.stretch_off - net.stretch_on
    before = np.concatenate([[0], np.cumsum(hours)])
    bounds = net.stretch_start[weekday, net.crew_start]
    return np.asarray(before[bounds[1:]] - before[bounds[:-1]])


def compact(tables: Tables) -> Tables:
    """The same tables with the histogram cut behind its last wait and in the narrowest integers: a ninth of the memory."""
    met = np.flatnonzero(tables.wait_histogram.any(axis=0))
    bins = int(met[-1]) + 1 if len(met) else 1
    return tables._replace(wait_histogram=narrow(tables.wait_histogram[:, :bins]))


def narrow(counts: NDArray[np.signedinteger]) -> NDArray[np.signedinteger]:
    """Counts in the narrowest integers that hold them."""
    highest = int(counts.max(initial=0))
    return counts.astype(next((kind for kind in (np.int16, np.int32) if highest <= np.iinfo(kind).max), np.int64))


def stacked(
    compiled: Compiled,
    replications: tuple[int, ...],
    tables: list[Tables],
    hash_sums: list[np.uint64],
    days: int | None = None,
) -> PhaseTables:
    """Stack the tables of replications, in their order; days : measured in them, all of the phase's blocks when None."""
    stack = Stack(compiled, replications, days)
    for one, hash_sum in zip(tables, hash_sums, strict=True):
        stack.add(one, hash_sum)
    return stack.tables()


class Stack:
    """Tables of replications put together as they come, so that each is in memory once."""

    def __init__(self, compiled: Compiled, replications: tuple[int, ...], days: int | None = None) -> None:
        offices, units, runs = len(compiled.office_ids), len(compiled.unit_ids), len(replications)
        self.compiled, self.replications = compiled, replications
        self.days = compiled.days if days is None else days
        self.filled = self.bins = 0
        self.office = np.empty((runs, offices, OFFICE_WIDTH), np.int64)
        self.half_hour = np.empty((runs, offices, HALF_HOURS, 3), np.int64)
        self.unit = np.empty((runs, units, UNIT_WIDTH), np.int64)
        self.hash_sums = np.empty(runs, np.uint64)
        self.histogram: NDArray[np.signedinteger] = np.zeros((runs, offices, 0), np.int16)

    def add(self, tables: Tables, hash_sum: np.uint64) -> None:
        """Add the next replication."""
        place, histogram = self.filled, tables.wait_histogram
        self.bins = max(self.bins, histogram.shape[1])
        kind = np.result_type(self.histogram.dtype, histogram.dtype)
        if histogram.shape[1] > self.histogram.shape[2] or kind != self.histogram.dtype:
            wider = np.zeros((*self.histogram.shape[:2], min(self.bins + self.bins // 4, BINS)), kind)
            wider[:place, :, : self.histogram.shape[2]] = self.histogram[:place]
            self.histogram = wider
        self.histogram[place, :, : histogram.shape[1]] = histogram
        self.office[place], self.half_hour[place], self.unit[place] = tables.office, tables.half_hour, tables.unit
        self.hash_sums[place] = hash_sum
        self.filled += 1

    def tables(self) -> PhaseTables:
        """The tables of all replications, once all are added."""
        return PhaseTables(
            phase=self.compiled.phase,
            office_ids=self.compiled.office_ids,
            unit_ids=self.compiled.unit_ids,
            days=self.days,
            replications=self.replications,
            office=self.office,
            half_hour=self.half_hour,
            wait_histogram=self.histogram[:, :, : self.bins],
            unit=self.unit,
            visit_hash=self.hash_sums,
        )


def digest(phases: Iterable[PhaseTables | Shelf]) -> str:
    """SHA-256 over the integer tables and hash sums, little-endian, in the order of phases and ids; no floats."""
    total = sha256()
    for tables in phases:
        total.update("\0".join((tables.phase, *tables.office_ids, *tables.unit_ids, str(tables.days))).encode())
        total.update(np.array(tables.replications, "<i8").data)
        for rows in chain(tables.office, tables.half_hour):
            total.update(np.ascontiguousarray(rows, "<i8").data)
        whole = np.zeros((len(tables.office_ids), BINS), "<i8")
        for histogram in tables.wait_histogram:
            whole[:, : histogram.shape[1]], whole[:, histogram.shape[1] :] = histogram, 0
            total.update(whole.data)
        for rows in tables.unit:
            total.update(np.ascontiguousarray(rows, "<i8").data)
        total.update(np.array(tables.visit_hash, "<u8").data)
    return total.hexdigest()
