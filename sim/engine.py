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

from . import columns, rules
from .columns import OFFICE_WIDTH, RECORD_COLUMNS
from .night import Carry
from .rules import (
    ARRIVAL,
    BALKED,
    BOOKED,
    DEFERRED,
    INCOMPLETE,
    LEFT,
    LOOK,
    NO_SHOW,
    OPENING_CLOSING,
    OUTAGE_END,
    OUTAGE_START,
    OUTAGES,
    PATIENCE_END,
    ROSTER_CHANGE,
    SENT_AWAY,
    SERVED,
    SERVICE_END,
    TURNED_BACK,
    WINDOWS,
)
from .streams import (
    BALK,
    BOOKING,
    CODE,
    DOOR,
    DOSSIERS,
    FATE,
    FIXED,
    MEANT,
    MISSING,
    ORIGIN,
    PATIENCE,
    PORTAL,
    RANK,
    REMOTE_INDEX,
    RETURNS,
    REUSED,
    SCAN,
    STAY,
    VISIT_COLUMNS,
    VISIT_MASK,
    WORK,
    Key,
    Laws,
    cell_words,
    citizen_fate,
    code_of,
    day_counts,
    day_of,
    draw_day,
    fetches,
    field_of,
    index_of,
    is_absent,
    lead_days,
    number_of,
    return_delay,
    run_key,
    unit_of,
    within_days,
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
    rank: int
    beyond: bool = False  #: from beyond the office's boundary
    missing: bool = False  #: papers
    booked: bool = False  #: has an appointment
    outcome: int = -1
    officer: int = -1
    start: int = -1
    end: int = -1
    wait: int = 0
    paused: int = 0
    scanned: int = 0  #: days until the dossiers are scanned
    waiting: bool = False  #: holds an uncalled ticket and is still there

    @property
    def actor(self) -> int:
        return self.visit[CODE]

    @property
    def field(self) -> int:
        return int(field_of(self.visit[CODE]))


@dataclass(slots=True)
class Counter:
    """An officer's place in the office: on duty, and whom they serve. A guest is a reserve's place."""

    number: int
    paces: tuple[int, ...]
    moved_pace: int
    guest: bool = False
    duty: bool = False
    serving: Citizen | None = None
    service: int = 0  #: number of the service in hand; a pause ends it
    left: int = -1  #: ticks left of a paused service, -1 none
    paused_at: int = 0
    came: int = 0
    gone: int = 0
    go: int | None = None  #: tick at which a guest goes
    coming: bool = False

    @property
    def idle(self) -> bool:
        return self.duty and self.serving is None


@dataclass(slots=True)
class Office:
    """One office for one day."""

    clock: Clock
    network: rules.Network
    number: int
    counters: list[Counter]
    changes: list[tuple[int, int, bool]]  #: (tick, place, comes) of those present, in order
    outages: list[tuple[int, int, int, int]]  #: (start, end, bits of fields, pace)
    door_share: int
    lines: dict[tuple[int, bool, int], list[Citizen]] = field(default_factory=dict)  #: (rank, beyond, field) → uncalled tickets
    gathered: dict[int, list[tuple[int, Callable[[], None]]]] = field(default_factory=dict)  #: kind → (actor, action)
    active: list[tuple[int, int, int, int]] = field(default_factory=list)  #: outages of the moment
    stays: int = 0
    sent: int = 0
    ticket_open: int = 0
    opening: int = 0
    last_ticket: int = 0
    closing: int = 0

    def __post_init__(self) -> None:
        clock = self.network.clock[self.number].tolist()
        self.ticket_open, self.opening, self.last_ticket, self.closing = (
            clock[rules.TICKET_OPEN],
            clock[rules.OPEN],
            clock[rules.LAST_TICKET],
            clock[rules.OVERTIME_END],
        )
        for tick, place, comes in self.changes:
            self.clock.process(self.shift(tick, self.counters[place], comes))
        for outage in self.outages:
            self.clock.process(self.fail(outage))
        self.clock.process(self.close())

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

    def help(self, counter: Counter, tick: int) -> Steps:
        """A reserve is on the way and comes."""
        yield self.clock.at(tick, ROSTER_CHANGE)

        def come() -> None:
            counter.coming, counter.duty, counter.came = False, True, self.clock.tick

        self.gather(ROSTER_CHANGE, counter.number, come)

    def dismiss(self, counter: Counter, tick: int) -> Steps:
        """A reserve is called back, or the session ends; a later word may have replaced this one."""
        yield self.clock.at(tick, ROSTER_CHANGE)

        def go() -> None:
            if counter.duty and counter.go == tick:
                counter.duty, counter.go = False, None
                if counter.serving is None:
                    self.release(counter)

        self.gather(ROSTER_CHANGE, counter.number, go)

    def fail(self, outage: tuple[int, int, int, int]) -> Steps:
        """A system fails and comes back."""
        start, end, _, _ = outage
        yield self.clock.at(start, OUTAGE_START)
        self.gather(OUTAGE_START, 0, lambda: self.stop(outage))
        yield self.clock.at(end, OUTAGE_END)
        self.gather(OUTAGE_END, 0, lambda: self.resume(outage))

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
        """An officer serves the citizen in hand, unless the service is paused before its end."""
        service = counter.service
        yield self.clock.at(self.clock.tick + ticks, SERVICE_END)

        def finish() -> None:
            counter.serving = None
            if counter.guest and not counter.duty:
                self.release(counter)

        if counter.service == service:
            self.gather(SERVICE_END, counter.number, finish)

    # -- actions -----------------------------------------------------------------------------------------------

    def since(self, citizen: Citizen) -> int:
        """The instant from which a citizen's wait counts."""
        return max(citizen.arrival, self.ticket_open, self.opening)

    def stopped(self, number: int) -> bool:
        """Whether services of a field stand still."""
        return any(pace == 0 and fields >> number & 1 for _, _, fields, pace in self.active)

    def release(self, counter: Counter) -> None:
        """A reserve has nobody in hand and may travel back."""
        self.stays += self.clock.tick - counter.came
        counter.gone = self.clock.tick

    def stop(self, outage: tuple[int, int, int, int]) -> None:
        self.active.append(outage)
        for counter in self.counters:
            if counter.serving is not None and counter.left < 0 and self.stopped(counter.serving.field):
                counter.left = counter.serving.end - self.clock.tick
                counter.paused_at = self.clock.tick
                counter.service += 1

    def resume(self, outage: tuple[int, int, int, int]) -> None:
        self.active.remove(outage)
        for counter in self.counters:
            if counter.serving is not None and counter.left >= 0 and not self.stopped(counter.serving.field):
                counter.serving.end = self.clock.tick + counter.left
                counter.serving.paused += self.clock.tick - counter.paused_at
                self.clock.process(self.serve(counter, counter.left))
                counter.left = -1

    def arrive(self, citizen: Citizen) -> None:
        now = self.clock.tick
        if now > self.last_ticket:
            citizen.outcome, citizen.end = int(SENT_AWAY), now
            return
        door = citizen.visit[DOOR]
        if citizen.missing and rules.found_at_the_door(door, self.door_share):
            if not rules.mended_at_the_door(door, self.network.mend_share):
                citizen.outcome, citizen.end = int(TURNED_BACK), now
                return
            citizen.missing = False
        net, shown = self.network, self.shown_wait()
        shares = net.balk_long[citizen.field], net.balk_very_long[citizen.field]
        word = citizen.visit[BALK]
        stands_still = self.stopped(citizen.field) and word < net.turn_away_share
        if stands_still or rules.balks(shown, net.long_wait, net.very_long_wait, *shares, word):
            citizen.outcome, citizen.end = int(BALKED), now
            return
        citizen.waiting = True
        beyond = citizen.beyond and net.reserved[self.number] > 0
        self.lines.setdefault((citizen.rank, beyond, citizen.field), []).append(citizen)

    @property
    def on_duty(self) -> int:
        return sum(counter.duty for counter in self.counters)

    def shown_wait(self) -> int:
        """What the number board promises: it knows the tickets not yet called, not who has gone."""
        now = self.clock.tick
        net = self.network
        queued = sum(
            int(rules.board_work(citizen.actor, net.nominal[self.number, number], net.nominal_fetch))
            for (_, _, number), line in self.lines.items()
            for citizen in line
        )
        officers = self.on_duty
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
        """Match idle officers to waiting citizens: by rank, then who came first; the fastest officer."""
        net = self.network
        while True:
            duty = [counter for counter in self.counters if counter.duty]
            kept = int(rules.reserved_now(net.reserved[self.number], len(duty)))
            idle = [counter for counter in duty if counter.idle]
            for_all = [counter for counter in duty[kept:] if counter.idle]
            citizen = self.next_citizen(idle, for_all)
            if citizen is None:
                return
            number = citizen.field
            able = [counter for counter in (idle if citizen.beyond else for_all) if counter.paces[number] > 0]
            counter = min(able, key=lambda counter: (counter.paces[number], counter.number))
            beyond = citizen.beyond and net.reserved[self.number] > 0
            self.lines[citizen.rank, beyond, number].remove(citizen)
            slow = max([pace for _, _, fields, pace in self.active if fields >> number & 1] or [0]) or 1000
            missing, scanners = citizen.missing, net.scanners[self.number]
            work = rules.counter_work(citizen.visit[WORK], citizen.visit[SCAN], missing, scanners, net.failed_share)
            ticks = int(rules.service_ticks(work, counter.paces[number], counter.moved_pace, slow))
            citizen.waiting = False
            citizen.outcome, citizen.officer = int(INCOMPLETE if missing else SERVED), counter.number
            citizen.start, citizen.end = self.clock.tick, self.clock.tick + ticks
            citizen.wait = citizen.start - self.since(citizen)
            counter.serving = citizen
            counter.service += 1
            self.clock.process(self.serve(counter, ticks))

    def next_citizen(self, idle: list[Counter], for_all: list[Counter]) -> Citizen | None:
        """First in line whom somebody idle may serve; tickets of the gone are called off as they are met."""
        for rank in (rules.BY_LAW, rules.BOOKED, rules.WALK_IN):
            heads = []
            for (line_rank, beyond, number), line in self.lines.items():
                able = idle if beyond else for_all
                if line_rank == rank and not self.stopped(number) and any(counter.paces[number] > 0 for counter in able):
                    while line and not line[0].waiting:
                        line.pop(0)
                    if line:
                        heads.append(line[0])
            if heads:
                return min(heads, key=lambda citizen: (citizen.arrival, citizen.actor))
        return None


@dataclass(slots=True)
class Reserve:
    """An officer of a float pool within a day."""

    number: int
    pool: int
    at: int = -1  #: office, -1 at the base
    free_from: int = 0
    absent: bool = False


@dataclass(slots=True)
class File:
    """Dossiers of one citizen in the back office."""

    code: int  #: -1 when they were open before the first day
    desk: int
    due: int  #: day, counted from the block's first
    office: int
    count: int
    work: int
    archived: int


@dataclass(slots=True)
class Town:
    """All offices for one day, and who looks at several of them: citizens who know the queues, dispatchers."""

    clock: Clock
    network: rules.Network
    laws: Laws
    key: Key
    goes_to: list[int]
    remembered: NDArray[np.int64]
    offices: list[Office]
    reserves: list[Reserve]
    looks: list[tuple[int, Callable[[], None]]] = field(default_factory=list)
    taken: dict[tuple[int, int], NDArray[np.int64]] = field(default_factory=dict)  #: (office, field) → places by slot
    seen: list[tuple[int, Citizen]] = field(default_factory=list)  #: (office, citizen) of every visit, in order of codes

    def look(self, tick: int, actor: int, action: Callable[[], None]) -> Steps:
        """Wait for a tick; those who look at the same tick do so in the order of actors, after all else."""
        yield self.clock.at(tick, LOOK)
        self.looks.append((actor, action))
        if len(self.looks) == 1:
            yield self.clock.at(tick, LOOK, after=True)
            batch, self.looks = sorted(self.looks, key=lambda pair: pair[0]), []
            for _, act in batch:
                act()

    def open(self) -> None:
        """Start the dispatchers' day."""
        pools = len(self.network.pool_look)
        for pool in range(pools):
            opening, lunch, lunch_end, close = self.network.pool_hours[pool].tolist()
            for tick in range(opening, close, int(self.network.pool_look[pool])):
                if not lunch <= tick < lunch_end:
                    self.clock.process(self.look(tick, pool - pools, lambda pool=pool: self.dispatch(pool)))  # type: ignore[misc]

    def choose(self, visit: NDArray[np.int64]) -> None:
        """Settle where a visit goes: at once, or when the citizen looks at the queues of the moment."""
        net = self.network
        code, origin = int(visit[CODE]), int(visit[ORIGIN])
        unit, number = int(unit_of(code)), int(field_of(code))
        usual = int(net.competent[unit, number])
        asked = int(visit[FIXED]) if visit[FIXED] >= 0 else usual
        office = self.goes_to[asked]
        if office >= 0 and office != asked and not net.offers[office, number]:
            office = -1
        citizen = Citizen(tuple(visit.tolist()), 0, int(visit[RANK]), missing=bool(visit[MISSING]))
        place = len(self.seen)
        self.seen.append((asked, citizen))
        free = visit[FIXED] < 0 and rules.free_to_choose(net.boundary_free[number], visit[STAY], net.stay_share)
        if free and rules.looks_at_queues(visit[STAY], net.informed_until):
            tick = int(within_days(rules.arrival_tick(visit[MEANT], 0, net.travel[origin, usual])))
            self.clock.process(self.look(tick, code, lambda: self.choose_now(place, citizen, office)))
            return
        if free:
            window = int(rules.hour_window(visit[MEANT]))
            waits = {n: int(self.remembered[n, window]) for n in range(len(self.offices))}
            office = self.best(citizen, office, waits)
        if office < 0:
            citizen.outcome = int(DEFERRED)
            return
        way, usual_way = net.travel[origin, office], net.travel[origin, usual]
        citizen.arrival = int(within_days(rules.arrival_tick(visit[MEANT], way, usual_way)))
        self.seen[place] = (office, citizen)
        self.book(citizen, office)
        if citizen.outcome < 0:
            self.send(citizen, office)

    def choose_now(self, place: int, citizen: Citizen, office: int) -> None:
        """Choose by the queues of the moment and set out."""
        net, visit = self.network, citizen.visit
        usual = int(net.competent[int(unit_of(visit[CODE])), citizen.field])
        waits = {n: one.shown_wait() for n, one in enumerate(self.offices) if self.goes_to[n] == n or n == office}
        office = self.best(citizen, office, waits)
        if office < 0:
            citizen.outcome = int(DEFERRED)
            return
        way, usual_way = net.travel[visit[ORIGIN], office], net.travel[visit[ORIGIN], usual]
        told = int(within_days(rules.arrival_tick(visit[MEANT], way, usual_way)))
        citizen.arrival = max(told, self.clock.tick + 1)
        self.seen[place] = (office, citizen)
        self.send(citizen, office)

    def best(self, citizen: Citizen, office: int, waits: dict[int, int]) -> int:
        """The office of the highest utility for a citizen free to choose; `office` is the competent one, -1 closed."""
        net, code, origin = self.network, citizen.actor, citizen.visit[ORIGIN]
        k0, k1, _, _ = cell_words(
            self.key, int(day_of(code)), self.laws.unit_hash[int(unit_of(code))], self.laws.field_hash[citizen.field]
        )
        near = [int(n) for n in net.reachable[net.near_start[origin] : net.near_start[origin + 1]]]
        reluctances = np.zeros(len(net.reachable))
        for place, other in enumerate(near, start=int(net.near_start[origin])):
            if other in waits:
                reluctances[place] = rules.reluctance(net.appeal[origin, other], waits[other], net.wait_scale)
        hindrance = np.inf
        if office >= 0:
            hindrance = rules.reluctance(net.appeal[origin, office], waits[office], net.wait_scale)
        places = net.near_start, net.reachable, net.offers, np.array(self.goes_to), net.office_hash, reluctances
        who = np.uint64(k0), np.uint64(k1), int(index_of(code)), citizen.field, origin
        return int(rules.best_office(*places, *who, office, hindrance))

    def book(self, citizen: Citizen, office: int) -> None:
        """Give a citizen who asks for it the nearest free slot; some do not come."""
        net, number, word = self.network, citizen.field, citizen.visit[BOOKING]
        places, ticks = int(net.slot_places[office, number]), int(net.slot_ticks[office, number])
        if places == 0 or citizen.actor & VISIT_MASK != 0 or not rules.books(word, net.book_share[number]):
            return
        taken = self.taken.setdefault((office, number), np.zeros(rules.SLOTS, np.int64))
        clock = net.clock[office].tolist()
        lunch, opening = (clock[rules.LUNCH_START], clock[rules.LUNCH_END]), clock[rules.OPEN]
        slot = int(rules.free_slot(taken, places, ticks, citizen.arrival, opening, *lunch, clock[rules.LAST_TICKET]))
        if slot >= 0:
            taken[slot] += 1
            citizen.arrival = opening + slot * ticks
            citizen.rank, citizen.booked = min(citizen.rank, BOOKED), True
            if rules.stays_away(word, net.no_show_share):
                citizen.outcome, citizen.arrival = int(NO_SHOW), 0

    def send(self, citizen: Citizen, office: int) -> None:
        """Let a citizen go to an office."""
        citizen.beyond = int(self.network.competent[int(unit_of(citizen.actor)), citizen.field]) != office
        self.clock.process(self.offices[office].visit(citizen))

    def dispatch(self, pool: int) -> None:
        """Call reserves back from where the wait is short, then send the free ones where they are wanted most."""
        net, now = self.network, self.clock.tick
        travel, hours = net.pool_travel[pool].tolist(), net.pool_hours[pool].tolist()
        area = [n for n in range(len(self.offices)) if travel[n] >= 0 and self.goes_to[n] == n]
        shown = {n: self.offices[n].shown_wait() for n in area}
        mine = [reserve for reserve in self.reserves if reserve.pool == pool]
        for reserve in mine:
            if reserve.at < 0:
                continue
            office, counter = self.offices[reserve.at], self.place(reserve, reserve.at)
            if counter.coming:
                continue
            limits = net.pool_return[pool], net.pool_stay[pool]
            if counter.duty:
                soon = counter.go is not None and counter.go <= now + 1
                if not soon and rules.goes_back(shown[reserve.at], now - counter.came, *limits):
                    counter.go = now + 1
                    self.clock.process(office.dismiss(counter, now + 1))
            elif counter.serving is None:
                reserve.free_from, reserve.at = counter.gone + travel[reserve.at], -1
        for reserve in mine:
            if reserve.at >= 0 or reserve.free_from > now or reserve.absent:
                continue
            best, best_score = -1, 0
            for n in area:
                if net.reserve_place[reserve.number, n] < 0:
                    continue
                counter, office = self.place(reserve, n), self.offices[n]
                go = hours[1] if now < hours[1] else office.closing
                if now + max(travel[n], 1) >= go or not any(
                    pace > 0 and net.offers[n, number] for number, pace in enumerate(counter.paces)
                ):
                    continue
                coming = sum(other.coming for other in office.counters)
                if office.on_duty + coming >= net.counters[n]:
                    continue
                score = int(rules.send_score(shown[n], office.on_duty, coming, net.pool_send[pool]))
                if score > best_score:
                    best, best_score = n, score
            if best >= 0:
                office, counter = self.offices[best], self.place(reserve, best)
                reserve.at, counter.coming = best, True
                counter.go = hours[1] if now < hours[1] else office.closing
                office.sent += 1
                self.clock.process(office.help(counter, now + max(travel[best], 1)))
                self.clock.process(office.dismiss(counter, counter.go))

    def place(self, reserve: Reserve, office: int) -> Counter:
        """A reserve's place at an office."""
        first = int(self.network.crew_start[office])
        return self.offices[office].counters[int(self.network.reserve_place[reserve.number, office]) - first]


@dataclass(slots=True)
class Nights:
    """What survives the night: who comes on which day, the dossiers of the back office, scanners, remembered waits."""

    network: rules.Network
    laws: Laws
    days: rules.Days
    papers: rules.Files
    key: Key
    remembered: NDArray[np.int64]
    due: dict[int, list[tuple[int, int]]] = field(default_factory=dict)  #: day → (code, office that must be gone to or -1)
    ready: dict[int, list[File]] = field(default_factory=dict)
    backlog: list[File] = field(default_factory=list)
    spent: dict[int, int] = field(default_factory=dict)
    scanners: NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 0), np.int64))
    ledger: NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 0), np.int64))

    def open_files(self) -> list[File]:
        return self.backlog + [file for files in self.ready.values() for file in files]

    def add(self, office: int, column: int, amount: int, day: int) -> None:
        """Add to the ledger on measured days."""
        if day >= self.days.lead_in + self.days.warmup:
            self.ledger[office, column] += amount

    def scan(self, offices: list[tuple[int, Citizen]], day: int) -> None:
        """Scanning desks work off the day's dossiers in the order in which reception ended."""
        for office in np.flatnonzero(self.network.scanners):
            opening, close = self.network.clock[office, rules.OPEN], self.network.clock[office, rules.CLOSE]
            free = self.scanners[office, : self.network.scanners[office]]
            done = [
                (citizen.end, row, citizen)
                for row, (place, citizen) in enumerate(offices)
                if place == office and citizen.outcome == SERVED and not fetches(citizen.actor)
            ]
            for end, _, citizen in sorted(done, key=lambda entry: entry[:2]):
                work = citizen.visit[SCAN]
                citizen.scanned = int(rules.scan_end(free, end - opening, work, day, close - opening)) - day

    def settle(self, office: int, citizen: Citizen, day: int) -> None:
        """What follows from a visit: dossiers for the back office, or another visit."""
        net, code, visit = self.network, citizen.actor, citizen.visit
        hashes = self.laws.unit_hash, self.laws.field_hash
        if citizen.outcome == SERVED:
            if not fetches(code):
                self.receive(office, citizen, day)
            return
        number, word = int(number_of(code)), visit[RETURNS]
        delay = int(return_delay(self.key, *hashes, code, net.return_days_max))
        if citizen.outcome == DEFERRED:
            back = day + int(self.days.reopens[day, office]) + delay - 1
            self.due.setdefault(back, []).append((code, visit[FIXED]))
        elif citizen.outcome in (INCOMPLETE, TURNED_BACK):
            if rules.comes_back(number, net.visits_max, word, net.papers_return_share):
                delay = int(return_delay(self.key, *hashes, code, net.papers_days_max))
                self.due.setdefault(day + delay, []).append((int(rules.next_visit_with_papers(code)), -1))
        elif rules.comes_back(number, net.visits_max, word, net.return_share[citizen.field]):
            self.due.setdefault(day + delay, []).append((int(rules.next_visit(code)), visit[FIXED]))

    def receive(self, office: int, citizen: Citizen, day: int) -> None:
        """Dossiers handed in at a counter: a result the same day, or the back office."""
        papers, code, number, count = self.papers, citizen.actor, citizen.field, citizen.visit[DOSSIERS]
        self.add(office, columns.RECEIVED, count, day)
        word, lead, _, _ = citizen_fate(self.key, self.laws.unit_hash, self.laws.field_hash, code, FATE)
        archived = int(papers.archived[number])
        if word < papers.same_day[number] and citizen.scanned == 0:
            self.add(office, columns.COMPLETED, count, day)
            self.add(office, columns.ON_TIME, count, day)
            self.add(office, columns.ARCHIVED, count * archived, day)
            return
        ready = day + min(citizen.scanned, 7) + int(lead_days(papers.lead_mu[number], papers.lead_sigma[number], lead))
        desk, limit = int(papers.desk_of[int(unit_of(code)), number]), int(papers.limit[number])
        file = File(code, desk, day + limit, office, count, count * int(papers.work[number]), archived)
        self.ready.setdefault(ready, []).append(file)

    def from_afar(self, remote: NDArray[np.int64], day: int) -> None:
        """Dossiers of the day that come online or by post; where the portal fails, some come in person later."""
        papers, laws, played = self.papers, self.laws, day >= self.days.lead_in
        ordinal = int(laws.days[day])
        starts, ends = np.empty(8, np.int64), np.empty(8, np.int64)
        dated = self.days.outage, self.days.outage_start[day], self.days.outage_start[day + 1]
        hours = self.network.day_open, self.network.day_close
        stops = int(rules.portal_stops(self.network.systems, papers.portal, *hours, *dated, self.key, ordinal, starts, ends))
        down = [range(int(starts[n]), int(ends[n])) for n in range(stops)]
        for unit, number in np.argwhere(remote > 0).tolist():
            office = int(self.network.competent[unit, number])
            for index in range(int(remote[unit, number])):
                code = int(code_of(unit, number, ordinal, REMOTE_INDEX + index, 0))
                who = self.key, laws.unit_hash, laws.field_hash, code
                word, lead, _, _ = citizen_fate(*who, FATE)
                posted = word < papers.postal_share[number]
                if played and not posted:
                    sent, coin, delay, _ = citizen_fate(*who, PORTAL)
                    if any(rules.sending_tick(sent) in span for span in down) and coin < papers.portal_share:
                        back = day + 1 + delay % self.network.return_days_max
                        self.due.setdefault(back, []).append((code, -1))
                        continue
                self.add(office, columns.RECEIVED, 1, day)
                self.add(office, columns.REMOTE, 1, day)
                received = day + (papers.postal_days if posted else 0)
                ready = received + int(lead_days(papers.lead_mu[number], papers.lead_sigma[number], lead))
                work = int(papers.work[number]) + (0 if posted else papers.online_work)
                desk, due = int(papers.desk_of[unit, number]), received + int(papers.limit[number])
                file = File(code, desk, due, office, 1, work, int(papers.archived[number]))
                self.ready.setdefault(ready, []).append(file)

    def work(self, day: int) -> None:
        """The back office's day: each desk takes what is due first until its hours are spent."""
        papers = self.papers
        queue = sorted(self.backlog + self.ready.pop(day, []), key=lambda file: (file.desk, file.due))
        left = {desk: int(capacity) - self.spent.get(desk, 0) for desk, capacity in enumerate(papers.capacity)}
        self.backlog = []
        for file in queue:
            if left[file.desk] <= 0:
                self.backlog.append(file)
                continue
            if papers.capacity[file.desk] < rules.NEVER:
                left[file.desk] -= file.work
            self.add(file.office, columns.COMPLETED, file.count, day)
            self.add(file.office, columns.ON_TIME, file.count if day <= file.due else 0, day)
            self.add(file.office, columns.ARCHIVED, file.count * file.archived, day)
            if file.code >= 0:
                hashes = self.laws.unit_hash, self.laws.field_hash
                _, _, channel, delay = citizen_fate(self.key, *hashes, file.code, FATE)
                number = int(field_of(file.code))
                posted = papers.collect_until[number] <= channel < papers.post_until[number]
                self.add(file.office, columns.POSTED, file.count if posted else 0, day)
                if channel < papers.collect_until[number]:
                    back = day + 1 + delay % papers.collect_days_max
                    self.due.setdefault(back, []).append((int(rules.visit_to_fetch(file.code)), file.office))
        self.spent = {desk: max(-ticks, 0) for desk, ticks in left.items()}
        for file in self.open_files():
            self.add(file.office, columns.OPEN_FILES, file.count, day)
            self.add(file.office, columns.OVERDUE, file.count if file.due <= day else 0, day)

    def remember(self, seen: list[tuple[int, Citizen]], day: int) -> None:
        """Remembered waits of each office and hour move towards the day's."""
        waits: dict[tuple[int, int], list[int]] = {}
        for office, citizen in seen:
            if citizen.outcome < TURNED_BACK:
                waits.setdefault((office, int(rules.hour_window(citizen.arrival))), []).append(citizen.wait)
        for office in range(len(self.remembered)):
            for window in range(WINDOWS):
                met = waits.get((office, window), [])
                before = int(self.remembered[office, window])
                after = int(rules.remember(before, sum(met), len(met), self.network.smoothing))
                self.remembered[office, window] = after
                self.add(office, columns.CHANGE, abs(after - before), day)

    def carried(self, days: int) -> Carry:
        """What passes to the next block, with days counted from its first."""
        visits = [(day - days, code, office) for day, pairs in sorted(self.due.items()) for code, office in sorted(pairs)]
        files = [(-1, file) for file in self.backlog]
        files += [(day - days, file) for day, waiting in sorted(self.ready.items()) for file in waiting]
        rows = [(ahead, f.code, f.desk, f.due - days, f.office, f.count, f.work, f.archived) for ahead, f in files]
        length = self.network.clock[:, rules.CLOSE] - self.network.clock[:, rules.OPEN]
        return Carry(
            remembered=self.remembered,
            visits=np.array(visits, np.int64).reshape(-1, 3),
            files=np.array(rows, np.int64).reshape(-1, 8),
            spent=np.array([self.spent.get(desk, 0) for desk in range(len(self.papers.capacity))], np.int64),
            scanners=np.maximum(self.scanners - (days * length)[:, None], 0),
        )


def play_block(
    network: rules.Network,
    laws: Laws,
    days: rules.Days,
    papers: rules.Files,
    seed: int | np.uint64,
    replication: int,
    carry: Carry,
    given: NDArray[np.int64],
    given_start: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], Carry]:
    """Play the days of a block one after another; arguments as `kernel.play_block`.

    Returns the records (n, RECORD_COLUMNS), what the nights and the dispatchers add to the office table
    (O, OFFICE_WIDTH), and what survives the last night.
    """
    low, high, _ = run_key(seed, replication)
    key = Key(np.uint64(low), np.uint64(high), replication)
    nights = Nights(network, laws, days, papers, key, carry.remembered.copy())
    nights.ledger = np.zeros((len(network.office_hash), OFFICE_WIDTH), np.int64)
    nights.scanners = carry.scanners.copy()
    nights.spent = dict(enumerate(carry.spent.tolist()))
    for ahead, code, office in carry.visits.tolist():
        nights.due.setdefault(ahead, []).append((code, office))
    for ahead, *rest in carry.files.tolist():
        (nights.backlog if ahead < 0 else nights.ready.setdefault(ahead, [])).append(File(*rest))
    counts, remote = np.zeros(network.competent.shape, np.int64), np.zeros(network.competent.shape, np.int64)
    records: list[tuple[int, ...]] = []
    for day in range(len(days.weekday)):
        back = sorted(nights.due.pop(day, [])) if day >= days.lead_in else []
        if day < days.lead_in:
            nights.due.pop(day, None)
        if len(given_start) > 1:
            visits = given[given_start[day] : given_start[day + 1]]
        else:
            visits = np.empty((int(day_counts(key, laws, day, counts, remote)) + len(back), VISIT_COLUMNS), np.int64)
            pairs = np.array(back, np.int64).reshape(-1, 2)
            draw_day(key, laws, day, counts, pairs[:, 0].copy(), pairs[:, 1].copy(), visits)
        if day < days.lead_in:
            seen = [_taken_as_served(network, row) for row in visits]
        else:
            town = _play_day(network, laws, days, key, day, visits, nights)
            seen = town.seen
            nights.scan(seen, day)
            nights.remember(seen, day)
            records += [_record(network, office, citizen, day) for office, citizen in seen]
        for office, citizen in seen:
            nights.settle(office, citizen, day)
        if len(laws.remote_micro) and len(given_start) <= 1:
            nights.from_afar(remote, day)
        nights.work(day)
    return np.array(records, np.int64).reshape(-1, RECORD_COLUMNS), nights.ledger, nights.carried(len(days.weekday))


def _taken_as_served(network: rules.Network, row: NDArray[np.int64]) -> tuple[int, Citizen]:
    office = int(network.competent[int(unit_of(row[CODE])), int(field_of(row[CODE]))])
    return office, Citizen(tuple(row.tolist()), 0, int(row[RANK]), outcome=int(SERVED))


def _play_day(
    network: rules.Network,
    laws: Laws,
    days: rules.Days,
    key: Key,
    day: int,
    visits: NDArray[np.int64],
    nights: Nights,
) -> Town:
    clock = Clock()
    ordinal, weekday, moved_pace = int(laws.days[day]), int(days.weekday[day]), int(days.moved_pace[day])
    offices = []
    absent: dict[int, bool] = {}
    for number in range(len(network.office_hash)):
        first, until, own = int(network.crew_start[number]), int(network.crew_start[number + 1]), int(network.own_crew[number])
        counters = []
        for place, officer in enumerate(range(first, until)):
            added = days.absence_added[day, network.home_office[officer]]
            away = network.away_from, network.away_until[officer]
            chance = rules.absence_chance(network.absence[officer], added, *away, ordinal)
            absent[officer] = bool(chance > 0 and is_absent(key, ordinal, network.officer_hash[officer], chance))
            pace = moved_pace if network.moved[officer] else 1000
            counters.append(Counter(place, tuple(network.pace[officer].tolist()), pace, guest=place >= own))
            span = slice(network.stretch_start[weekday, officer], network.stretch_start[weekday, officer + 1])
            hours = int((network.stretch_off[span] - network.stretch_on[span]).sum())
            if absent[officer] and place < own:
                nights.add(number, columns.ABSENT, hours, day)
        span = slice(network.change_start[weekday, number], network.change_start[weekday, number + 1])
        pairs = zip(network.change_tick[span].tolist(), network.change_officer[span].tolist(), strict=True)
        changes = [(tick, code >> 1, bool(code & 1)) for tick, code in pairs if not absent[first + (code >> 1)]]
        found, starts, ends = np.zeros((OUTAGES, 4), np.int64), np.empty(8, np.int64), np.empty(8, np.int64)
        systems = network.systems, network.everywhere, network.day_open, network.day_close
        dated = days.outage, days.outage_start[day], days.outage_start[day + 1]
        open_hours = network.clock[number, rules.OPEN], network.clock[number, rules.OVERTIME_END]
        where = network.office_hash[number], *open_hours, *dated, number
        count = int(rules.day_outages(*systems, *where, key, ordinal, found, starts, ends))
        outages = [(start, end, fields, pace) for start, end, fields, pace in found[:count].tolist()]
        door_share = int(days.door_share[day, number])
        offices.append(Office(clock, network, number, counters, changes, outages, door_share))
    reserves = [Reserve(number, int(pool)) for number, pool in enumerate(network.reserve_pool)]
    for reserve in reserves:
        rows = [int(row) for row in network.reserve_place[reserve.number] if row >= 0]
        reserve.absent = any(absent[row] for row in rows)
    town = Town(clock, network, laws, key, days.goes_to[day].tolist(), nights.remembered, offices, reserves)
    town.open()
    for row in visits:
        town.choose(row)
    clock.run()
    for office in offices:
        nights.add(office.number, columns.HELP, office.stays, day)
        nights.add(office.number, columns.SENT, office.sent, day)
    return town


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
        citizen.paused,
        citizen.scanned,
        int(citizen.booked),
        visit[DOSSIERS],
    )
