"""The citizen's day told with SimPy: the statement of the process, to be read and extended.

Citizens, officers' hours and patience are SimPy processes. The order of simultaneous events is the table of
`rules`: (tick, kind, office, actor). SimPy orders by (time, priority, insertion); the kind is given as priority and
each office gathers the events of a kind and tick before it applies them in the order of actors, so insertion never
decides. After each kind the office calls its citizens. `kernel` is the same process compiled; they agree to the bit.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field

import numpy as np
import simpy
from numpy.typing import NDArray
from simpy.events import EventPriority

from . import rules
from .kernel import RECORD_COLUMNS
from .rules import ARRIVAL, BALKED, LEFT, OPENING_CLOSING, PATIENCE_END, ROSTER_CHANGE, SENT_AWAY, SERVED, SERVICE_END
from .streams import (
    BALK,
    CODE,
    MEANT,
    ORIGIN,
    PATIENCE,
    RANK,
    RETURNS,
    REUSED,
    STAY,
    VISIT_COLUMNS,
    WORK,
    Key,
    Laws,
    cell_words,
    day_counts,
    day_of,
    draw_day,
    field_of,
    index_of,
    return_delay,
    run_key,
    unit_of,
    visit_of,
)

Steps = Generator[simpy.Event, None, None]


class Clock(simpy.Environment):
    """A SimPy clock of integer ticks whose events carry their kind as priority."""

    @property
    def tick(self) -> int:
        """The present, a whole number as all delays are."""
        return int(self.now)

    def at(self, tick: int, kind: int, after: bool = False) -> simpy.Event:
        """An event of a kind at a tick; `after` = when all others of the kind have been gathered."""
        event = simpy.Event(self)
        event._ok = True
        event._value = None
        self.schedule(event, priority=EventPriority(2 * kind + after), delay=tick - self.now)
        return event


@dataclass(slots=True)
class Citizen:
    """One visit in the office: the drawn row and what became of it."""

    visit: tuple[int, ...]
    arrival: int
    outcome: int = -1
    officer: int = -1
    start: int = -1
    end: int = -1
    wait: int = 0
    waiting: bool = False  #: holds an uncalled ticket and is still there

    @property
    def actor(self) -> int:
        return self.visit[CODE]


@dataclass(slots=True)
class Counter:
    """An officer's place in the crew: on duty, and whom they serve."""

    number: int
    paces: tuple[int, ...]
    moved_pace: int
    duty: bool = False
    serving: Citizen | None = None

    @property
    def idle(self) -> bool:
        return self.duty and self.serving is None


@dataclass(slots=True)
class Office:
    """One office for one day."""

    clock: Clock
    network: rules.Network
    number: int
    weekday: int
    counters: list[Counter]
    lines: dict[tuple[int, int], list[Citizen]] = field(default_factory=dict)  #: (rank, field) → uncalled tickets
    gathered: dict[int, list[tuple[int, Callable[[], None]]]] = field(default_factory=dict)  #: kind → (actor, action)
    seen: list[Citizen] = field(default_factory=list)
    changes: list[tuple[int, int, bool]] = field(default_factory=list)  #: (tick, officer, comes), in order

    def __post_init__(self) -> None:
        net, weekday, number = self.network, self.weekday, self.number
        clock = [int(tick) for tick in net.clock[number]]
        self.ticket_open, self.opening, _, self.last_ticket, self.closing = clock
        span = slice(net.change_start[weekday, number], net.change_start[weekday, number + 1])
        pairs = zip(net.change_tick[span].tolist(), net.change_officer[span].tolist(), strict=True)
        self.changes = [(tick, code >> 1, bool(code & 1)) for tick, code in pairs]
        for tick, officer, comes in self.changes:
            self.clock.process(self.shift(tick, self.counters[officer], comes))
        self.clock.process(self.close())

    ticket_open: int = 0
    opening: int = 0
    last_ticket: int = 0
    closing: int = 0

    # -- the flow of a tick ------------------------------------------------------------------------------------

    def gather(self, kind: int, actor: int, action: Callable[[], None]) -> None:
        """Keep an action until all of its kind and tick are known, then apply them in the order of actors."""
        batch = self.gathered.setdefault(kind, [])
        batch.append((actor, action))
        if len(batch) == 1:
            self.clock.process(self.apply(kind))

    def apply(self, kind: int) -> Steps:
        yield self.clock.at(self.clock.tick, kind, after=True)
        for _, action in sorted(self.gathered.pop(kind), key=lambda pair: pair[0]):
            action()
        self.call()

    # -- processes ---------------------------------------------------------------------------------------------

    def shift(self, tick: int, counter: Counter, comes: bool) -> Steps:
        """An officer comes to the counter or goes; the citizen in hand is finished first."""
        yield self.clock.at(tick, ROSTER_CHANGE)

        def change() -> None:
            counter.duty = comes

        self.gather(ROSTER_CHANGE, counter.number, change)

    def close(self) -> Steps:
        """Whoever still waits when overtime ends is sent away."""
        yield self.clock.at(self.closing, OPENING_CLOSING)
        self.gather(OPENING_CLOSING, self.number, self.send_away)

    def visit(self, citizen: Citizen) -> Steps:
        """A citizen comes, takes a ticket or turns away, waits, is served or leaves."""
        yield self.clock.at(citizen.arrival, ARRIVAL)
        self.gather(ARRIVAL, citizen.actor, lambda: self.arrive(citizen))
        yield self.clock.at(max(self.since(citizen) + citizen.visit[PATIENCE], citizen.arrival), PATIENCE_END)
        if citizen.waiting:
            self.gather(PATIENCE_END, citizen.actor, lambda: self.leave(citizen))

    def serve(self, counter: Counter, ticks: int) -> Steps:
        """An officer serves the citizen in hand."""
        yield self.clock.at(self.clock.tick + ticks, SERVICE_END)

        def finish() -> None:
            counter.serving = None

        self.gather(SERVICE_END, counter.number, finish)

    # -- actions -----------------------------------------------------------------------------------------------

    def since(self, citizen: Citizen) -> int:
        """The instant from which a citizen's wait counts."""
        return max(citizen.arrival, self.ticket_open, self.opening)

    def arrive(self, citizen: Citizen) -> None:
        now = self.clock.tick
        self.seen.append(citizen)
        if now > self.last_ticket:
            citizen.outcome, citizen.end = int(SENT_AWAY), now
            return
        field_number = int(field_of(citizen.visit[CODE]))
        net, shown = self.network, self.shown_wait()
        shares = net.balk_long[field_number], net.balk_very_long[field_number]
        if rules.balks(shown, net.long_wait, net.very_long_wait, *shares, citizen.visit[BALK]):
            citizen.outcome, citizen.end = int(BALKED), now
            return
        citizen.waiting = True
        self.lines.setdefault((citizen.visit[RANK], field_number), []).append(citizen)

    def shown_wait(self) -> int:
        """What the number board promises: it knows the tickets not yet called, not who has gone."""
        now = self.clock.tick
        queued = sum(int(self.network.nominal[number]) * len(line) for (_, number), line in self.lines.items())
        officers = sum(counter.duty for counter in self.counters)
        until_next = 0
        if officers == 0:
            later = [change for change in self.changes if change[0] > now]
            next_tick = later[0][0] if later else self.closing
            until_next = max(next_tick, self.opening) - max(now, self.opening)
            officers = sum(comes for tick, _, comes in later if tick == next_tick)
        return int(rules.shown_wait(queued, officers, until_next))

    def leave(self, citizen: Citizen) -> None:
        """Patience has ended; the ticket stays on the board until it is called."""
        if citizen.waiting:
            citizen.waiting = False
            citizen.outcome, citizen.end = int(LEFT), self.clock.tick
            citizen.wait = citizen.end - self.since(citizen)

    def send_away(self) -> None:
        for line in self.lines.values():
            for citizen in line:
                if citizen.waiting:
                    citizen.waiting = False
                    citizen.outcome, citizen.end = int(SENT_AWAY), self.clock.tick
                    citizen.wait = citizen.end - self.since(citizen)
        self.lines.clear()

    def call(self) -> None:
        """Match idle officers to waiting citizens: priority first, then who came first; the fastest officer."""
        while True:
            idle = [counter for counter in self.counters if counter.idle]
            citizen = self.next_citizen(idle)
            if citizen is None:
                return
            number = int(field_of(citizen.visit[CODE]))
            able = [counter for counter in idle if counter.paces[number] > 0]
            counter = min(able, key=lambda counter: (counter.paces[number], counter.number))
            self.lines[citizen.visit[RANK], number].remove(citizen)
            ticks = int(rules.service_ticks(citizen.visit[WORK], counter.paces[number], counter.moved_pace))
            citizen.waiting = False
            citizen.outcome, citizen.officer = int(SERVED), counter.number
            citizen.start, citizen.end = self.clock.tick, self.clock.tick + ticks
            citizen.wait = citizen.start - self.since(citizen)
            counter.serving = citizen
            self.clock.process(self.serve(counter, ticks))

    def next_citizen(self, idle: list[Counter]) -> Citizen | None:
        """First in line whom somebody idle may serve; tickets of the gone are called off as they are met."""
        for rank in (0, 1):
            heads = []
            for (line_rank, number), line in self.lines.items():
                if line_rank == rank and any(counter.paces[number] > 0 for counter in idle):
                    while line and not line[0].waiting:
                        line.pop(0)
                    if line:
                        heads.append(line[0])
            if heads:
                return min(heads, key=lambda citizen: (citizen.arrival, citizen.actor))
        return None


def play_block(
    network: rules.Network,
    laws: Laws,
    seed: int | np.uint64,
    replication: int,
    weekdays: NDArray[np.int64],
    moved_paces: NDArray[np.int64],
    given: NDArray[np.int64],
    given_start: NDArray[np.int64],
    held: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Play the days of a block one after another; arguments as `kernel.play_block`. Returns (n, RECORD_COLUMNS)."""
    low, high, _ = run_key(seed, replication)
    key = Key(np.uint64(low), np.uint64(high), replication)
    remembered = np.full(len(network.office_hash), network.remembered_start, np.int64)
    counts = np.zeros(network.competent.shape, np.int64)
    due: dict[int, list[int]] = {}
    records: list[tuple[int, ...]] = []
    for day in range(len(weekdays)):
        if len(held):
            remembered[:] = held[day]
        if len(given_start) > 1:
            visits = given[given_start[day] : given_start[day + 1]]
        else:
            returning = np.array(sorted(due.pop(day, [])), np.int64)
            visits = np.empty((int(day_counts(key, laws, day, counts)) + len(returning), VISIT_COLUMNS), np.int64)
            draw_day(key, laws, day, counts, returning, visits)
        offices = _play_day(network, laws, key, int(weekdays[day]), int(moved_paces[day]), visits, remembered)
        for office in offices:
            records += [_record(network, office.number, citizen, day) for citizen in office.seen]
            waits = sum(citizen.wait for citizen in office.seen)
            remembered[office.number] = rules.remember(remembered[office.number], waits, len(office.seen), network.smoothing)
            for citizen in office.seen:
                if citizen.outcome != SERVED:
                    code = citizen.actor
                    share = network.return_share[int(field_of(code))]
                    if rules.comes_back(int(visit_of(code)), network.visits_max, citizen.visit[RETURNS], share):
                        back = day + int(return_delay(key, laws, code, network.return_days_max))
                        due.setdefault(back, []).append(code + 1)
    return np.array(records, np.int64).reshape(-1, RECORD_COLUMNS)


def _play_day(
    network: rules.Network,
    laws: Laws,
    key: Key,
    weekday: int,
    moved_pace: int,
    visits: NDArray[np.int64],
    remembered: NDArray[np.int64],
) -> list[Office]:
    clock = Clock()
    offices = []
    for number in range(len(network.office_hash)):
        crew = range(network.crew_start[number], network.crew_start[number + 1])
        counters = [
            Counter(place, tuple(network.pace[officer].tolist()), moved_pace if network.moved[officer] else 1000)
            for place, officer in enumerate(crew)
        ]
        offices.append(Office(clock, network, number, weekday, counters))
    reluctances = np.empty(len(network.reachable))
    rules.write_reluctances(network, remembered, reluctances)
    for row in visits:
        chosen = _choose(network, laws, key, row, remembered, reluctances)
        way = network.travel[row[ORIGIN]]
        usual = network.competent[int(unit_of(row[CODE])), int(field_of(row[CODE]))]
        arrival = int(rules.arrival_tick(row[MEANT], way[chosen], way[usual]))
        clock.process(offices[chosen].visit(Citizen(tuple(row.tolist()), arrival)))
    clock.run()
    return offices


def _choose(
    network: rules.Network,
    laws: Laws,
    key: Key,
    visit: NDArray[np.int64],
    remembered: NDArray[np.int64],
    reluctances: NDArray[np.float64],
) -> int:
    """The competent office, or the best one when the field and the citizen are free of boundaries."""
    code, origin = int(visit[CODE]), int(visit[ORIGIN])
    unit, number = int(unit_of(code)), int(field_of(code))
    competent = int(network.competent[unit, number])
    if not rules.free_to_choose(network.boundary_free[number], visit[STAY], network.stay_share):
        return competent
    k0, k1, _, _ = cell_words(key, int(day_of(code)), laws.unit_hash[unit], laws.field_hash[number])
    hindrance = rules.reluctance(network.appeal[origin, competent], remembered[competent], network.wait_scale)
    places = network.near_start, network.reachable, network.offers, network.office_hash, reluctances
    who = np.uint64(k0), np.uint64(k1), int(index_of(code)), number, origin
    return int(rules.best_office(*places, *who, competent, hindrance))


def _record(network: rules.Network, office: int, citizen: Citizen, day: int) -> tuple[int, ...]:
    visit = citizen.visit
    return (
        visit[CODE],
        office,
        citizen.officer,
        citizen.arrival,
        citizen.start,
        citizen.end,
        citizen.outcome,
        citizen.wait,
        int(network.travel[visit[ORIGIN], office]),
        visit[ORIGIN],
        visit[REUSED],
        day,
    )
