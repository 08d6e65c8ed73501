"""The staffing problem of one phase in plain integers: who may go where, what each crew costs, which rules hold.

Everything is sorted by id. Rules that today's staffing already breaks are relaxed to "never worse than today", so
that doing nothing is always allowed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from scenarios.phases import PhaseView, commute_km, desk_group, field_map, phase_view, travel_min
from scenarios.schema import Office, Officer, Scenario, Unit
from sim import Curve

Place = tuple[str, str]  #: (office, desk group)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a class may serve, and what sending one of it there costs."""

    office: str
    group: str
    price_s: int  #: person-seconds a day, move and extra commute; 0 at home
    commute_m: int  #: metres a day, there and back


@dataclass(frozen=True, slots=True)
class StaffClass:
    """Officers who are alike in everything a rule or a curve sees."""

    home: str
    officers: tuple[str, ...]
    share_pm: int  #: share of paid time at the counter, per mille
    fields: frozenset[str]
    targets: tuple[Target, ...]  #: home among them

    @property
    def size(self) -> int:
        return len(self.officers)


@dataclass(frozen=True, slots=True)
class Rules:
    """What an office asks of its crew."""

    minimum_crew: int
    room_pm: int  #: most counter shares on duty, per mille
    holders: tuple[tuple[str, int], ...]  #: field, fewest who hold it


@dataclass(frozen=True, slots=True)
class StaffingProblem:
    """One phase, every plan from home."""

    phase: str
    classes: tuple[StaffClass, ...]
    offices: dict[str, Rules]
    curves: dict[Place, dict[int, int]]  #: crew of the group → overload of the office, person-seconds a day
    base: dict[Place, int]  #: crew of the group at home
    max_moves: int
    #: field and its holders at home, for groups whose officers differ in fields
    mix: dict[Place, tuple[tuple[str, int], ...]] = field(default_factory=dict)

    def base_cost(self, office: str) -> int:
        """Overload of an office as it is; the same on each of its curves."""
        return next((curve[self.base[place]] for place, curve in self.curves.items() if place[0] == office), 0)

    def repeats(self) -> int:
        """What the curves of offices with several groups count more than once."""
        groups: dict[str, int] = {}
        for office, _ in self.curves:
            groups[office] = groups.get(office, 0) + 1
        return sum((count - 1) * self.base_cost(office) for office, count in groups.items())


def staffing_problem(scenario: Scenario, phase_id: str, curves: Iterable[Curve], max_moves: int | None = None) -> StaffingProblem:
    """Return the problem of a phase; max_moves defaults to the phase's own limit."""
    home = scenario.model_copy(update={"assignments": tuple(row for row in scenario.assignments if row.phase != phase_id)})
    view = phase_view(home, phase_id)
    known = sorted(curves, key=lambda curve: (curve.office, curve.group))
    tables = {(curve.office, curve.group): dict(zip(curve.levels, curve.overload_s_per_day, strict=True)) for curve in known}
    return StaffingProblem(
        phase=phase_id,
        classes=_classes(home, view, frozenset(tables)),
        offices={office.id: _rules(home, view, office) for office in view.offices.values()},
        curves=tables,
        base={(curve.office, curve.group): curve.base for curve in known},
        mix=_mix(home, view, frozenset(tables)),
        max_moves=view.phase.max_moves if max_moves is None else max_moves,
    )


def _mix(scenario: Scenario, view: PhaseView, places: frozenset[Place]) -> dict[Place, tuple[tuple[str, int], ...]]:
    """Holders of each field in a group at home, where not everyone holds every field of the group's level."""
    fields = field_map(scenario)
    found = {}
    for office, group in sorted(places):
        crew = [view.officers[name] for name in view.crew(office)]
        crew = [officer for officer in crew if desk_group(officer, fields, view.offers[office]) == group]
        asked = sorted(name for name in view.offers[office] if fields[name].level == group)
        held = tuple((name, sum(name in officer.skills for officer in crew)) for name in asked)
        if any(count < len(crew) for _, count in held):
            found[office, group] = held
    return found


def _classes(scenario: Scenario, view: PhaseView, places: frozenset[Place]) -> tuple[StaffClass, ...]:
    rostered = {row.officer for row in scenario.rosters if row.phase == view.phase.id}
    alike: dict[tuple[str, ...], list[Officer]] = {}
    for officer in view.officers.values():
        stays = not officer.movable or officer.id in rostered
        key: tuple[str, ...] = (
            view.home[officer.id],
            officer.id if stays else "",
            officer.home_unit,
            officer.employer,
            str(round(officer.counter_share * 1000)),
            " ".join(f"{name}:{pace}" for name, pace in sorted(officer.skills.items())),
        )
        alike.setdefault(key, []).append(officer)
    found = []
    for key in sorted(alike):
        members = sorted(alike[key], key=lambda officer: officer.id)
        targets = allowed_targets(scenario, view, members[0], free=key[1] == "")
        targets = tuple(target for target in targets if target.office == key[0] or (target.office, target.group) in places)
        if targets:
            found.append(
                StaffClass(
                    home=key[0],
                    officers=tuple(officer.id for officer in members),
                    share_pm=int(key[4]),
                    fields=frozenset(members[0].skills),
                    targets=targets,
                )
            )
    return tuple(found)


def allowed_targets(scenario: Scenario, view: PhaseView, officer: Officer, free: bool = True) -> tuple[Target, ...]:
    """Offices where an officer may serve in a phase: within the walls, the commute, and with the skills asked.

    A commune desk asks for every commune field of the office, another for at least two of its fields.
    """
    fields = field_map(scenario)
    units = {unit.id: unit for unit in scenario.units}
    home = view.home[officer.id]
    found = []
    for office in view.offices.values():
        group = desk_group(officer, fields, view.offers[office.id])
        at_home = office.id == home
        if at_home or (free and group is not None and _may_go(scenario, view, officer, office, units)):
            asked = [name for name in view.offers[office.id] if fields[name].level == group]
            held = sum(name in officer.skills for name in asked)
            if not at_home and held < (len(asked) if group == "commune" else min(2, len(asked))):
                continue
            found.append(_target(scenario, officer, view.offices[home], office, group or "", units))
    return tuple(found)


def _may_go(scenario: Scenario, view: PhaseView, officer: Officer, office: Office, units: dict[str, Unit]) -> bool:
    home = view.offices[view.home[officer.id]]
    if view.phase.moves_within == "none":
        return False
    if view.phase.moves_within == "district" and (home.district != office.district or officer.employer == "province"):
        return False
    live = units[officer.home_unit]
    today = travel_min(scenario, live, home, units[home.unit])
    then = travel_min(scenario, live, office, units[office.unit])
    return then <= max(scenario.planning.commute_limit_min, today)


def _target(scenario: Scenario, officer: Officer, home: Office, office: Office, group: str, units: dict[str, Unit]) -> Target:
    live = units[officer.home_unit]
    metres = round(1000 * commute_km(scenario, live, office))
    extra = max(0, metres - round(1000 * commute_km(scenario, live, home)))
    planning = scenario.planning
    price = (
        0 if office.id == home.id else round(60 * (planning.move_price_min + planning.commute_price_min_per_km * extra / 1000))
    )
    return Target(office.id, group, price, metres)


def _rules(scenario: Scenario, view: PhaseView, office: Office) -> Rules:
    crew = [view.officers[name] for name in view.crew(office.id)]
    shares = sum(round(officer.counter_share * 1000) for officer in crew)
    planning = scenario.planning
    wanted = {"point": planning.point_holders, "branch": planning.branch_holders, "center": planning.center_holders}[office.kind]
    return Rules(
        minimum_crew=min(office.minimum_crew, len(crew)),
        room_pm=max(1000 * office.counters, shares),
        holders=tuple(
            (name, min(wanted, sum(name in officer.skills for officer in crew))) for name in sorted(view.offers[office.id])
        ),
    )
