"""The staffing problem in plain integers: who may go where in each phase, what each crew costs, which rules hold.

Everything is sorted by id. Rules that today's staffing already breaks are relaxed to "never worse than today", so
that doing nothing is always allowed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import ceil
from typing import Literal

from scenarios.phases import LEVELS, PhaseView, commute_km, desk_group, field_map, phase_order, phase_view, travel_min
from scenarios.schema import Office, Officer, Scenario, Unit
from scenarios.workdays import phase_blocks
from sim import Curve
from sim.response import written_peaks

Place = tuple[str, str]  #: (office, desk group)
Ways = dict[tuple[str, str], tuple[float, int]]  #: (unit, office) → minutes, metres a day
Objective = Literal["weighted", "total", "worst"]
HALVES = ("morning", "afternoon")  #: shifts that are on duty for half of the day
PAID_DAY_MIN = 480
ROUNDS = 4  #: of planning and simulating, at most, where no other number is asked for


@dataclass(frozen=True, slots=True)
class Target:
    """Where a class may serve, and what having one of it there costs."""

    office: str
    group: str
    price_s: int  #: person-seconds a day, of the extra commute; 0 at home
    commute_m: int  #: metres a day, there and back


@dataclass(frozen=True, slots=True)
class StaffClass:
    """Officers who are alike in everything a rule or a curve sees, in every phase asked for."""

    home: str  #: in the phase
    officers: tuple[str, ...]
    share_pm: int  #: share of paid time at the counter, per mille; 0 where counter hours are written
    fields: frozenset[str]
    targets: tuple[Target, ...]  #: home among them
    shift: str = "full"  #: or the half of the day on duty
    came: str = ""  #: where they served before; empty = home, or as planned in the phase before
    learning_s: int = 0  #: person-seconds at the counter that one of them loses by learning after a change of office
    left: Target | None = None  #: home, where a wish leaves it out of the targets
    pace: int = 1000  #: sum over their fields, in per mille of the usual time of a service; the program does not see it
    target_at: dict[str, Target] = field(init=False, repr=False, compare=False)  #: by office

    def __post_init__(self) -> None:
        object.__setattr__(self, "target_at", {target.office: target for target in self.targets})

    @property
    def size(self) -> int:
        return len(self.officers)

    @property
    def at_home(self) -> Target | None:
        """What serving at home is like, also for those who may not."""
        return self.target_at.get(self.home, self.left)

    @property
    def home_m(self) -> int:
        """Metres a day from home, there and back."""
        return self.at_home.commute_m if self.at_home else 0


@dataclass(frozen=True, slots=True)
class Rules:
    """What an office asks of its crew."""

    minimum_crew: int
    room_pm: int  #: counters left to officers without written counter hours, per mille
    holders: tuple[tuple[str, int], ...]  #: field, fewest who hold it
    premises: int = 0  #: counters that the premises hold beyond these


@dataclass(frozen=True, slots=True)
class Post:
    """What one more officer of a desk group would be like."""

    share_pm: int  #: counters that one needs at most, per mille
    postal: bool  #: may be filled by postal staff


@dataclass(frozen=True, slots=True)
class Option:
    """A change at one office beside its crew, taken or not: a volunteer at the door, a reserved counter."""

    kind: str
    office: str
    change_s: int  #: overload, person-seconds a day


@dataclass(frozen=True, slots=True)
class Allowance:
    """How much may be added, in the whole network; posts filled and counters bought stay in later phases."""

    posts: int = 0
    postal_posts: int = 0
    rented: int = 0  #: counters, in each phase anew
    bought: int = 0  #: counters
    options: tuple[tuple[str, int], ...] = ()  #: kind of option, at most so many in a phase


@dataclass(frozen=True, slots=True)
class PhaseProblem:
    """One phase."""

    phase: str
    classes: tuple[StaffClass, ...]
    offices: dict[str, Rules]
    #: crew of the group → its part of the office's overload, person-seconds a day; the groups' parts add up
    curves: dict[Place, dict[int, int]]
    base: dict[Place, int]  #: crew about which the curve was simulated, that of home unless it was planned before
    max_moves: int
    #: field and its holders at home, for groups whose officers may differ in fields
    mix: dict[Place, tuple[tuple[str, int], ...]] = field(default_factory=dict)
    days: int = 1  #: working days, by which a day's cost counts
    move_price_s: int = 0  #: person-seconds a day for each change of office
    max_commute_m: int | None = None  #: metres a day, of all officers, beyond those from home
    max_overload_s: int | None = None  #: person-seconds a day, at any office; those worse today may stay so
    posts: dict[Place, Post] = field(default_factory=dict)
    post_price_s: int = 0  #: person-seconds a day
    counter_price_s: int = 0  #: person-seconds a day
    options: tuple[Option, ...] = ()
    home: dict[Place, int] = field(default_factory=dict)  #: crew of the group at home, where it is not the base

    def home_size(self, place: Place) -> int:
        """Crew of a group at home."""
        return self.home.get(place, self.base[place])

    def home_cost(self, office: str) -> int:
        """Overload of an office with everyone at home; that of the base crew where a curve does not reach so far."""
        places = [place for place in self.curves if place[0] == office]
        return sum(self.curves[place].get(self.home_size(place), self.curves[place][self.base[place]]) for place in places)

    def places(self) -> dict[str, list[Place]]:
        """Places with curves, by office."""
        found: dict[str, list[Place]] = {}
        for place in self.curves:
            found.setdefault(place[0], []).append(place)
        return found

    def alone(self, office: str) -> "PhaseProblem":
        """The same with the rules and curves of one office alone."""
        places = [(office, group) for group in LEVELS]
        return replace(
            self,
            offices={office: self.offices[office]},
            curves={place: self.curves[place] for place in places if place in self.curves},
            mix={place: self.mix[place] for place in places if place in self.mix},
        )


@dataclass(frozen=True, slots=True)
class StaffingProblem:
    """The phases asked for, in order of date. Everyone starts where they served before the first of them."""

    phases: tuple[PhaseProblem, ...]
    #: for each phase but the first: office of the phase before → office that holds it now
    into: tuple[Mapping[str, str], ...] = ()
    allowance: Allowance = Allowance()
    objective: Objective = "weighted"

    def before(self, number: int) -> dict[int, int]:
        """Class of a phase → the same officers' class in the phase before; without those who come new."""
        if number == 0:
            return {}
        ranks = {one.officers: rank for rank, one in enumerate(self.phases[number - 1].classes)}
        return {rank: ranks[one.officers] for rank, one in enumerate(self.phases[number].classes) if one.officers in ranks}


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the planner says beforehand; it narrows where officers may go."""

    pinned: frozenset[str] = frozenset()  #: officers who stay at home
    forbidden: frozenset[tuple[str, str]] = frozenset()  #: (officer, office) never to be
    wanted: frozenset[tuple[str, str]] = frozenset()  #: (officer, office) that must be, in every phase in which it may


NO_WISHES = Wishes()


def staffing_problem(
    scenario: Scenario,
    curves: Mapping[str, Iterable[Curve]],
    *,
    max_moves: int | None = None,
    allowance: Allowance = Allowance(),
    objective: Objective = "weighted",
    wishes: Wishes = Wishes(),
    options: Mapping[str, Iterable[Option]] | None = None,
    max_commute_km: float | None = None,
    max_overload_min: float | None = None,
) -> StaffingProblem:
    """Return the problem of the phases that have curves.

    curves : by phase; max_moves : changes of office a phase, each phase's own limit when None; assignments of the scenario
    in the phases asked for do not count, those of an earlier phase are where officers come from. options : by phase.
    """
    asked = [phase for phase in phase_order(scenario) if phase in curves]
    home = scenario.model_copy(update={"assignments": tuple(row for row in scenario.assignments if row.phase not in asked)})
    stages = [_Stage.of(home, phase, curves[phase]) for phase in asked]
    alike = _alike(stages, wishes)
    phases, ways = [], Ways()
    for number, stage in enumerate(stages):
        planning = home.planning
        rules = {office.id: stage.rules(office) for office in stage.view.offices.values()}
        phases.append(
            PhaseProblem(
                phase=stage.view.phase.id,
                classes=_classes(stage, alike, wishes, ways, first=number == 0),
                offices=rules,
                curves=stage.tables,
                base=stage.base,
                max_moves=stage.view.phase.max_moves if max_moves is None else max_moves,
                mix=_mix(stage),
                home={place: len(stage.crew(place)) for place in stage.tables if len(stage.crew(place)) != stage.base[place]},
                days=stage.days,
                move_price_s=round(60 * planning.move_price_min),
                max_commute_m=None if max_commute_km is None else round(1000 * max_commute_km),
                max_overload_s=None if max_overload_min is None else round(60 * max_overload_min),
                posts=_posts(stage),
                post_price_s=round(60 * planning.post_price_min),
                counter_price_s=round(60 * planning.counter_price_min),
                options=tuple(sorted((options or {}).get(stage.view.phase.id, ()), key=lambda one: (one.kind, one.office))),
            )
        )
    into = tuple({office: later.view.survivor[office] for office in stage.view.offices} for stage, later in pairwise(stages))
    return StaffingProblem(tuple(phases), into, allowance, objective)


def with_curves(problem: StaffingProblem, curves: Mapping[str, Iterable[Curve]]) -> StaffingProblem | None:
    """The same problem on other curves of the same places; None when a phase has curves of other places."""
    phases = []
    for phase in problem.phases:
        tables, base = _tables(curves.get(phase.phase, ()))
        if set(tables) != set(phase.curves):
            return None
        home = {place: phase.home_size(place) for place in tables if phase.home_size(place) != base[place]}
        phases.append(replace(phase, curves=tables, base=base, home=home))
    return replace(problem, phases=tuple(phases))


def _tables(curves: Iterable[Curve]) -> tuple[dict[Place, dict[int, int]], dict[Place, int]]:
    """Overload by crew, and the base, of each place."""
    known = sorted(curves, key=lambda curve: (curve.office, curve.group))
    tables = {(curve.office, curve.group): dict(zip(curve.levels, curve.overload_s_per_day, strict=True)) for curve in known}
    return tables, {(curve.office, curve.group): curve.base for curve in known}


@dataclass(frozen=True, slots=True)
class _Stage:
    """What the problem of a phase is made from."""

    scenario: Scenario
    view: PhaseView
    tables: dict[Place, dict[int, int]]
    base: dict[Place, int]
    written: frozenset[str]  #: officers with written counter hours
    peaks: dict[str, int]
    days: int

    @classmethod
    def of(cls, scenario: Scenario, phase_id: str, curves: Iterable[Curve]) -> "_Stage":
        view = phase_view(scenario, phase_id)
        tables, base = _tables(curves)
        written = frozenset(row.officer for row in scenario.rosters if row.phase == phase_id)
        return cls(
            scenario=scenario,
            view=view,
            tables=tables,
            base=base,
            written=written,
            peaks=written_peaks(scenario, view),
            days=sum(len(block.measured) for block in phase_blocks(scenario, phase_id, None)),
        )

    def crew(self, place: Place) -> list[Officer]:
        """Officers of a desk group at home."""
        fields = field_map(self.scenario)
        crew = [self.view.officers[name] for name in self.view.home_crew(place[0])]
        return [officer for officer in crew if desk_group(officer, fields, self.view.offers[place[0]]) == place[1]]

    def stays(self, officer: str, wishes: Wishes) -> bool:
        """Whether an officer may serve at home only."""
        return not self.view.officers[officer].movable or officer in self.written or officer in wishes.pinned

    def rules(self, office: Office) -> Rules:
        """What an office asks, never more than its crew of today gives."""
        crew = [self.view.officers[name] for name in self.view.home_crew(office.id)]
        needed = counters_needed_pm((officer.shift, share_pm(officer)) for officer in crew if officer.id not in self.written)
        planning = self.scenario.planning
        wanted = {"point": planning.point_holders, "branch": planning.branch_holders, "center": planning.center_holders}
        room = 1000 * (office.counters - self.peaks.get(office.id, 0))
        return Rules(
            minimum_crew=min(office.minimum_crew, len(crew)),
            room_pm=max(room, needed),
            holders=tuple(
                (name, min(wanted[office.kind], sum(name in officer.skills for officer in crew)))
                for name in sorted(self.view.offers[office.id])
            ),
            premises=office.premises_limit - office.counters if room >= needed else 0,
        )


def _mix(stage: _Stage) -> dict[Place, tuple[tuple[str, int], ...]]:
    """Holders of each field in a group at home, where not everyone holds, or need hold, every field of the group's level."""
    fields = field_map(stage.scenario)
    found = {}
    for office, group in sorted(stage.tables):
        crew = stage.crew((office, group))
        asked = sorted(name for name in stage.view.offers[office] if fields[name].level == group)
        held = tuple((name, sum(name in officer.skills for officer in crew)) for name in asked)
        if group != "commune" or any(count < len(crew) for _, count in held):
            found[office, group] = held
    return found


def _posts(stage: _Stage) -> dict[Place, Post]:
    """A post at each place that has a crew; postal staff at branches and centers only."""
    return {
        place: Post(
            max(counters_needed_pm([(one.shift, share_pm(one))]) for one in crew), stage.view.offices[place[0]].kind != "point"
        )
        for place in sorted(stage.tables)
        if (crew := stage.crew(place))
    }


def _alike(stages: list[_Stage], wishes: Wishes) -> list[tuple[str, ...]]:
    """Officers of crews by class: those who agree in every phase; reserves of float pools are in none."""
    keys: dict[str, list[tuple[str, ...]]] = {}
    named = {officer for officer, _ in wishes.forbidden | wishes.wanted}
    for number, stage in enumerate(stages):
        for name in stage.view.serves:
            officer = stage.view.officers[name]
            keys.setdefault(name, []).append(
                (
                    stage.view.phase.id,
                    stage.view.home[name],
                    stage.view.came[name] if number == 0 else "",
                    name if stage.stays(name, wishes) or name in named else "",
                    officer.home_unit,
                    officer.employer,
                    officer.shift,
                    str(share_pm(officer)),
                    " ".join(f"{field}:{pace}" for field, pace in sorted(officer.skills.items())),
                )
            )
    groups: dict[tuple[tuple[str, ...], ...], list[str]] = {}
    for name in sorted(keys):
        groups.setdefault(tuple(keys[name]), []).append(name)
    return [tuple(groups[key]) for key in sorted(groups)]


def _classes(stage: _Stage, alike: list[tuple[str, ...]], wishes: Wishes, ways: Ways, *, first: bool) -> tuple[StaffClass, ...]:
    """The classes that serve in a phase, each with where it may serve; ways : known so far."""
    view, found, reach = stage.view, [], Reach(stage.scenario, stage.view, ways)
    wanted, learning = dict(sorted(wishes.wanted)), _learning_s(stage.scenario)
    for members in alike:
        if members[0] not in view.serves:
            continue
        officer, home = view.officers[members[0]], view.home[members[0]]
        targets = reach.targets(officer, free=not stage.stays(officer.id, wishes))
        targets = tuple(
            target
            for target in targets
            if target.office == home
            or ((target.office, target.group) in stage.tables and (officer.id, target.office) not in wishes.forbidden)
        )
        at_home = next((target for target in targets if target.office == home), None)
        if any(target.office == wanted.get(officer.id) for target in targets):
            targets = tuple(target for target in targets if target.office == wanted[officer.id])
        found.append(
            StaffClass(
                home=home,
                officers=members,
                share_pm=0 if officer.id in stage.written else share_pm(officer),
                fields=frozenset(officer.skills),
                targets=targets,
                shift=officer.shift,
                came=view.came[officer.id] if first else "",
                learning_s=round(officer.counter_share * learning),
                left=None if at_home in targets else at_home,
                pace=sum(officer.skills.values()),
            )
        )
    return tuple(found)


def _learning_s(scenario: Scenario) -> float:
    """Person-seconds at the counter that one always there loses by working more slowly after a change of office."""
    learning, weekly = scenario.learning, sum(factor > 0 for factor in scenario.demand.weekday_factors) / 7
    stages = ((learning.first_days, learning.first_pace), (learning.second_days - learning.first_days, learning.second_pace))
    days = sum(max(length, 0) * weekly * (1 - 1000 / pace) for length, pace in stages)
    return 60 * PAID_DAY_MIN * max(days, 0.0)


@dataclass(slots=True)
class Reach:
    """Where officers may serve in a phase; ways and fields that officers share are looked at once."""

    scenario: Scenario
    view: PhaseView
    units: dict[str, Unit] = field(init=False)
    ways: Ways = field(default_factory=dict)  #: the same in every phase
    groups: dict[frozenset[str], dict[str, tuple[str, bool]]] = field(default_factory=dict)  #: skills → office → group, enough
    others: dict[tuple[frozenset[str], str, str], list[tuple[Office, str]]] = field(default_factory=dict)  #: offices beside home

    def __post_init__(self) -> None:
        """Know the units by id."""
        self.units = {unit.id: unit for unit in self.scenario.units}

    def targets(self, officer: Officer, free: bool = True) -> tuple[Target, ...]:
        """Offices where an officer may serve: within the walls, the commute, and with the skills asked; free : beside home."""
        view, planning = self.view, self.scenario.planning
        home = view.offices[view.home[officer.id]]
        skills = frozenset(name for name, pace in officer.skills.items() if pace > 0)
        minutes, metres = self._way(officer.home_unit, home)
        longest = max(planning.commute_limit_min, minutes)
        found = [Target(home.id, self._groups(skills)[home.id][0], 0, metres)]
        for office, group in self._others(skills, officer, home) if free else ():
            there_min, there = self._way(officer.home_unit, office)
            if there_min <= longest:
                price = round(60 * planning.commute_price_min_per_km * max(0, there - metres) / 1000)
                found.append(Target(office.id, group, price, there))
        return tuple(sorted(found, key=lambda target: target.office))

    def _others(self, skills: frozenset[str], officer: Officer, home: Office) -> list[tuple[Office, str]]:
        """Offices beside home that skills and walls let an officer go to, whatever the way; with the group there."""
        key = (skills, officer.employer, home.id)
        if key not in self.others:
            groups = self._groups(skills)
            self.others[key] = [
                (office, groups[office.id][0])
                for office in self.view.offices.values()
                if office is not home and groups[office.id][1] and _within_walls(self.view, officer, home, office)
            ]
        return self.others[key]

    def _way(self, unit: str, office: Office) -> tuple[float, int]:
        """Minutes from a unit to an office, and metres of the commute there and back."""
        if (unit, office.id) not in self.ways:
            minutes = travel_min(self.scenario, self.units[unit], office, self.units[office.unit])
            self.ways[unit, office.id] = minutes, round(1000 * commute_km(self.scenario, self.units[unit], office))
        return self.ways[unit, office.id]

    def _groups(self, skills: frozenset[str]) -> dict[str, tuple[str, bool]]:
        """Desk group that skills lead to at each office, and whether they are enough to be sent there.

        A commune desk asks for every commune field of the office, another for at least two of its fields.
        """
        if skills not in self.groups:
            level = {one.id: one.level for one in self.scenario.fields}
            found = self.groups[skills] = {}
            for office, offers in self.view.offers.items():
                held: list[str] = [level[name] for name in skills & offers]
                group = max(held, key=LEVELS.index, default="")
                asked = sum(level[name] == group for name in offers)
                enough = held.count(group) >= (asked if group == "commune" else min(2, asked))
                found[office] = group, bool(group) and enough
        return self.groups[skills]


def _within_walls(view: PhaseView, officer: Officer, home: Office, office: Office) -> bool:
    """Whether the phase and the employer let an officer go from one office to another.

    Postal staff are sent to branches and centers only.
    """
    if view.phase.moves_within == "none" or (officer.employer == "post" and office.kind == "point"):
        return False
    return view.phase.moves_within == "province" or (home.district == office.district and officer.employer != "province")


def share_pm(officer: Officer) -> int:
    """Share of paid time at the counter, per mille."""
    return round(officer.counter_share * 1000)


def counters_needed_pm(shares: Iterable[tuple[str, int]]) -> int:
    """Counters that default counter hours need, per mille: shares of whole days, and whole counters for half-day shifts.

    shares : shift and share of each officer, per mille. Half-day shifts of the same half share their counters.
    """
    total = dict.fromkeys(("full", *HALVES), 0)
    for shift, share in shares:
        total[shift] += share
    return total["full"] + 1000 * max(ceil(total[half] / 1000) for half in HALVES)
