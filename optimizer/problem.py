"""The staffing problem of one phase in plain integers: who may go where, what each crew costs, which rules hold.

Everything is sorted by id. Rules that today's staffing already breaks are relaxed to "never worse than today", so
that doing nothing is always allowed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import ceil

from scenarios.phases import PhaseView, commute_km, desk_group, field_map, phase_view, travel_min
from scenarios.presence import presence
from scenarios.rosters import duty
from scenarios.schema import Office, Officer, Scenario, Unit
from sim import Curve

Place = tuple[str, str]  #: (office, desk group)
HALVES = ("morning", "afternoon")  #: shifts that are on duty for half of the day


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
    share_pm: int  #: share of paid time at the counter, per mille; 0 where counter hours are written
    fields: frozenset[str]
    targets: tuple[Target, ...]  #: home among them
    shift: str = "full"  #: or the half of the day on duty

    @property
    def size(self) -> int:
        return len(self.officers)


@dataclass(frozen=True, slots=True)
class Rules:
    """What an office asks of its crew."""

    minimum_crew: int
    room_pm: int  #: counters left to officers without written counter hours, per mille
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
    #: field and its holders at home, for groups whose officers may differ in fields
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
    named = frozenset(row.officer for row in home.rosters if row.phase == phase_id)
    peaks = _written_peaks(home, view, named)
    return StaffingProblem(
        phase=phase_id,
        classes=_classes(home, view, frozenset(tables), named),
        offices={office.id: _rules(home, view, office, named, peaks.get(office.id, 0)) for office in view.offices.values()},
        curves=tables,
        base={(curve.office, curve.group): curve.base for curve in known},
        mix=_mix(home, view, frozenset(tables)),
        max_moves=view.phase.max_moves if max_moves is None else max_moves,
    )


def _mix(scenario: Scenario, view: PhaseView, places: frozenset[Place]) -> dict[Place, tuple[tuple[str, int], ...]]:
    """Holders of each field in a group at home, where not everyone holds, or need hold, every field of the group's level."""
    fields = field_map(scenario)
    found = {}
    for office, group in sorted(places):
        crew = [view.officers[name] for name in view.crew(office)]
        crew = [officer for officer in crew if desk_group(officer, fields, view.offers[office]) == group]
        asked = sorted(name for name in view.offers[office] if fields[name].level == group)
        held = tuple((name, sum(name in officer.skills for officer in crew)) for name in asked)
        if group != "commune" or any(count < len(crew) for _, count in held):
            found[office, group] = held
    return found


def _classes(scenario: Scenario, view: PhaseView, places: frozenset[Place], rostered: frozenset[str]) -> tuple[StaffClass, ...]:
    """Classes of the officers of crews; reserves of float pools are in none."""
    alike: dict[tuple[str, ...], list[Officer]] = {}
    for officer in (view.officers[name] for name in view.serves):
        stays = not officer.movable or officer.id in rostered
        key: tuple[str, ...] = (
            view.home[officer.id],
            officer.id if stays else "",
            officer.home_unit,
            officer.employer,
            officer.shift,
            str(_share_pm(officer)),
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
                    share_pm=0 if members[0].id in rostered else _share_pm(members[0]),
                    fields=frozenset(members[0].skills),
                    targets=targets,
                    shift=members[0].shift,
                )
            )
    return tuple(found)


def allowed_targets(scenario: Scenario, view: PhaseView, officer: Officer, free: bool = True) -> tuple[Target, ...]:
    """Offices where an officer may serve in a phase: within the walls, the commute, and with the skills asked.

    A commune desk asks for every commune field of the office, another for at least two of its fields. Postal staff are
    sent to branches and centers only.
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
    if officer.employer == "post" and office.kind == "point":
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


def _share_pm(officer: Officer) -> int:
    return round(officer.counter_share * 1000)


def _written_peaks(scenario: Scenario, view: PhaseView, named: frozenset[str]) -> dict[str, int]:
    """Most officers at once at an office by written counter hours, visitors among them."""
    hours = {key: stretches for key, stretches in duty(scenario, view).items() if key[0] in named}
    peaks: dict[str, int] = {}
    for (office, _), present in presence(scenario, view, hours).items():
        most = max(sum(start <= moment < end for _, start, end in present) for _, moment, _ in present)
        peaks[office] = max(most, peaks.get(office, 0))
    return peaks


def counters_needed_pm(shares: Iterable[tuple[str, int]]) -> int:
    """Counters that default counter hours need, per mille: shares of whole days, and whole counters for half-day shifts.

    shares : shift and share of each officer, per mille. Half-day shifts of the same half share their counters.
    """
    total = dict.fromkeys(("full", *HALVES), 0)
    for shift, share in shares:
        total[shift] += share
    return total["full"] + 1000 * max(ceil(total[half] / 1000) for half in HALVES)


def _rules(scenario: Scenario, view: PhaseView, office: Office, named: frozenset[str], written_peak: int) -> Rules:
    crew = [view.officers[name] for name in view.crew(office.id)]
    needed = counters_needed_pm((officer.shift, _share_pm(officer)) for officer in crew if officer.id not in named)
    planning = scenario.planning
    wanted = {"point": planning.point_holders, "branch": planning.branch_holders, "center": planning.center_holders}[office.kind]
    return Rules(
        minimum_crew=min(office.minimum_crew, len(crew)),
        room_pm=max(1000 * (office.counters - written_peak), needed),
        holders=tuple(
            (name, min(wanted, sum(name in officer.skills for officer in crew))) for name in sorted(view.offers[office.id])
        ),
    )
