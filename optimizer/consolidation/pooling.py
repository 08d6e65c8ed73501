"""How waits pool: overload of one office by the volume it serves and the officers it has, from the kernel.

Sites that differ in volume and crew alone are played side by side as a scenario of their own: each has its citizens, who
go nowhere else, the officers of the real points in turn, and the real fields, hours, days and manners. Place-bound
changes of demand, systems and staff are left out.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from scenarios.phases import PhaseView, phase_view
from scenarios.schema import ANY, DemandChange, District, Office, Officer, Scenario, Unit, Volunteer
from sim import offices, simulate

Line = tuple[int, int]  #: person-seconds a day for each visit a day, and person-seconds a day at no visit
Numbers = NDArray[np.float64]

USES = (0.0, 0.15, 0.3, 0.4, 0.5, 0.6, 0.7, 0.85, 1.0, 1.25)  #: utilization of the crew at the grid's volumes
BRANCH_USES = (0.0, 0.2, 0.4, 0.55, 0.75, 1.0)
GROWTH, BRANCH_GROWTH = 1.25, 1.5  #: from one crew of the grid to the next
COPIES, BRANCH_COPIES = 12, 4  #: of each site
MESH = 4  #: readings of a curve from one volume of the grid to the next
PILOT_PEOPLE, PILOT_CREW, PILOT_SITES = 6000, 4, 24


@dataclass(frozen=True, slots=True)
class Site:
    """A kind of premises to play: a point, or one branch with its district desks."""

    branch: str = ""  #: empty = a point
    room: int = 0  #: counters it may have after a merger; 0 = as many as come


@dataclass(frozen=True, slots=True)
class Pooling:
    """Overload of a kind of premises on the grid: crews (K,), volumes (M,) an officer, seconds and errors (K, M)."""

    crews: tuple[int, ...]
    volumes: tuple[float, ...]  #: visits a day for each officer
    seconds: Numbers = field(compare=False)  #: person-seconds a day
    errors: Numbers = field(compare=False)  #: standard errors over replications
    over_standard: Numbers = field(compare=False)  #: share of visits that wait beyond the standard

    def at(self, crew: int) -> Numbers:
        """Overload at the grid's volumes of a crew, linear between crews and in proportion beyond the largest; (M,)."""
        known = np.array(self.crews, float)
        if crew > known[-1]:
            return np.asarray(self.seconds[-1] * crew / known[-1])
        return np.array([np.interp(crew, known, column) for column in self.seconds.T])

    def lines(self, crew: int) -> tuple[Line, ...]:
        """Return the convex curve of a crew as whole lines; overload is the highest of them at the volume, never below zero.

        Between the grid's volumes a monotone cubic (Fritsch and Carlson 1980) is read at MESH places, as chords of so bent
        a curve lie well above it; the lines are the lower hull of what is read.
        """
        if crew == 0:
            return ((0, round(float(self.seconds[0, 0]))),)
        volumes = np.array(self.volumes) * crew
        mesh = np.interp(np.arange(0, len(volumes) - 1 + 1e-9, 1 / MESH), np.arange(len(volumes)), volumes)
        read = PchipInterpolator(volumes, self.at(crew))(mesh)
        found: list[Line] = []
        for first, last in pairwise(_lower_hull(mesh, read)):
            slope = max(0, round((last[1] - first[1]) / (last[0] - first[0])))
            line = (slope, round(first[1] - slope * first[0]))
            if not found or line[0] > found[-1][0]:
                found.append(line)
        return tuple(found)

    def bridged(self) -> float:
        """Largest share by which a hull lies below a point of the grid that it bridges, of the crew's overload there."""
        worst = 0.0
        for rank, crew in enumerate(self.crews):
            for volume, seconds in zip(self.volumes, self.seconds[rank], strict=True):
                if seconds > 60 * crew:
                    worst = max(worst, 1 - value(self.lines(crew), round(volume * crew)) / float(seconds))
        return worst

    def capacity(self, crew: int, share: float = 0.1) -> float:
        """Largest volume a day of which at most a share waits beyond the standard, linear between volumes."""
        known = np.array(self.crews, float)
        over = np.array([np.interp(crew, known, column) for column in self.over_standard.T])
        over = np.maximum.accumulate(np.nan_to_num(over))
        return crew * float(np.interp(share, over, self.volumes))


def value(lines: Iterable[Line], volume: int) -> int:
    """Overload at a volume, person-seconds a day."""
    return max(0, *(slope * volume + base for slope, base in lines))


def active(lines: tuple[Line, ...], least: int, most: int) -> tuple[Line, ...]:
    """Lines that are the highest somewhere between two volumes; they come by rising slope."""
    first, last = (max(range(len(lines)), key=lambda rank: lines[rank][0] * volume + lines[rank][1]) for volume in (least, most))
    return lines[first : last + 1]


def _lower_hull(x: Numbers, y: Numbers) -> list[tuple[float, float]]:
    """Lower convex hull of points sorted by x (Andrew's monotone chain)."""
    hull: list[tuple[float, float]] = []
    for point in zip(x.tolist(), y.tolist(), strict=True):
        while len(hull) > 1 and _turns_down(hull[-2], hull[-1], point):
            hull.pop()
        hull.append(point)
    return hull


def _turns_down(first: tuple[float, float], middle: tuple[float, float], last: tuple[float, float]) -> bool:
    return (middle[1] - first[1]) * (last[0] - first[0]) >= (last[1] - first[1]) * (middle[0] - first[0])


@dataclass(frozen=True, slots=True)
class Bench:
    """Where sites are played: the phase before its own mergers, and how many days and replications."""

    scenario: Scenario
    phase: str
    days: int | None = None
    replications: int = 2
    first_replication: int = 0
    seed: int = 1
    jobs: int | None = None

    def view(self) -> PhaseView:
        """The phase as it stands."""
        return phase_view(self.scenario, self.phase)


@dataclass(frozen=True, slots=True)
class Scale:
    """What an inhabitant means at a point: visits a day, and the people who would keep one officer busy all day."""

    visits_per_person: float
    people_per_officer: float


def scale_of(bench: Bench) -> Scale:
    """Measure visits and work an inhabitant on quiet points."""
    played = _play(bench, Site(), PILOT_CREW, PILOT_PEOPLE, PILOT_SITES)
    use, visits = float(played.use.mean()), float(played.visits.mean())
    return Scale(visits / PILOT_PEOPLE, PILOT_PEOPLE / PILOT_CREW / use) if use > 0 else Scale(0.0, PILOT_PEOPLE)


def pooling(bench: Bench, site: Site, scale: Scale, least: int, most: int) -> Pooling:
    """Play the grid of a kind of premises for crews from least to most."""
    crews = _crews(least, most, BRANCH_GROWTH if site.branch else GROWTH)
    people = [round(use * scale.people_per_officer) for use in (BRANCH_USES if site.branch else USES)]
    copies = BRANCH_COPIES if site.branch else COPIES
    cells = [_play(bench, site, crew, crew * count, copies) for crew in crews for count in people]
    shape = (len(crews), len(people))
    overload = np.array([cell.overload.ravel() for cell in cells])
    spread = overload.std(axis=1, ddof=1) / np.sqrt(overload.shape[1]) if overload.shape[1] > 1 else np.zeros(len(cells))
    return Pooling(
        crews=crews,
        volumes=tuple(count * scale.visits_per_person for count in people),
        seconds=overload.mean(axis=1).reshape(shape),
        errors=np.asarray(spread).reshape(shape),
        over_standard=np.array([cell.over_standard.mean() for cell in cells]).reshape(shape),
    )


def _crews(least: int, most: int, growth: float) -> tuple[int, ...]:
    found = [max(least, 1)]
    while found[-1] < most:
        found.append(min(most, max(found[-1] + 1, int(found[-1] * growth))))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Played:
    """Figures of the copies of a site, each (R, copies)."""

    overload: Numbers  #: person-seconds a day
    visits: Numbers
    use: Numbers
    over_standard: Numbers


def _play(bench: Bench, site: Site, crew: int, people: int, copies: int) -> _Played:
    """Play copies of a site; every cell of a grid meets the same draws, as its copies bear the same names."""
    scenario = sites(bench, site, [(crew, people)] * copies)
    run = simulate(
        scenario,
        [bench.phase],
        days=bench.days,
        replications=bench.replications,
        first_replication=bench.first_replication,
        seed=bench.seed,
        jobs=bench.jobs,
    )
    frame = offices(run.phases[0], scenario)
    names = ("overload_min_per_day", "visits_per_day", "utilization", "share_wait_over_20")
    shape = (bench.replications, copies)
    overload, visits, use, over = (np.nan_to_num(frame[name].to_numpy(float)).reshape(shape) for name in names)
    return _Played(60 * overload, visits, use, over)


def point_fields(view: PhaseView) -> frozenset[str]:
    """Fields that points take."""
    return frozenset().union(*(view.offers[office.id] for office in view.offices.values() if office.kind == "point"))


def point_crew(view: PhaseView, office: str) -> list[Officer]:
    """Officers at home at an office who would be at a point: those without a field that only the branch takes."""
    other = view.offers[office] - point_fields(view)
    return [view.officers[name] for name in view.home_crew(office) if not other & view.officers[name].skills.keys()]


def sites(bench: Bench, site: Site, grid: list[tuple[int, int]]) -> Scenario:
    """The scenario of the sites: crew and inhabitants of each. Citizens of a branch's district bring its district desks' work."""
    scenario, view = bench.scenario, bench.view()
    pattern = _pattern(view, site)
    at_points = point_fields(view)
    own = at_points | (view.offers[site.branch] if site.branch else frozenset())
    fields = tuple(one for one in scenario.fields if one.id in own)
    people = _district_people(scenario, view, site)
    place = next(unit for unit in scenario.units if unit.id == pattern.unit)
    points = [office.id for office in view.offices.values() if office.kind == "point"]
    templates = [officer for office in points for officer in point_crew(view, office)]
    desks = _other_officers(view, site)
    units: list[Unit] = []
    posts: list[Office] = []
    officers: list[Officer] = []
    without: list[DemandChange] = []
    phase = scenario.phase(bench.phase)
    for rank, (crew, count) in enumerate(grid):
        name = f"{site.branch or 'site'}-{rank:04d}"
        units.append(place.model_copy(update={"id": name, "district": name, "population": count, "demand_factor": 1.0}))
        if site.branch:
            rest = f"{name}-rest"
            rest_people = max(people - count, 0)
            units.append(place.model_copy(update={"id": rest, "district": name, "population": rest_people, "demand_factor": 1.0}))
            without += [_none(rest, one.id, phase.start, phase.end) for one in fields if one.id in at_points]
        counters = site.room or max(crew, pattern.counters)
        kept = {"id": name, "unit": name, "district": name, "counters": counters, "premises_limit": counters}
        posts.append(pattern.model_copy(update={**kept, "reserved_counters": 0}))
        everyone = [*desks, *(templates[number % len(templates)] for number in range(crew))]
        officers += [_clone(officer, f"{name}-{number:03d}", name) for number, officer in enumerate(everyone)]
    home = pattern.id
    return scenario.model_copy(
        update={
            "districts": tuple(District(id=office.id, name=office.id) for office in posts),
            "units": tuple(units),
            "offices": tuple(posts),
            "fields": fields,
            "officers": tuple(officers),
            "offers": tuple(
                scenario.offers[0].model_copy(update={"phase": ANY, "office": pattern.kind, "field": one}) for one in sorted(own)
            ),
            "phases": tuple(
                one.model_copy(update={"stay_share": 1.0, "informed_share": 0.0}) if one.id == phase.id else one
                for one in scenario.phases
            ),
            "demand_changes": (
                *(row for row in scenario.demand_changes if row.place == ANY and row.field in (ANY, *own)),
                *without,
            ),
            "volunteers": tuple(
                Volunteer(office=office.id, start=row.start, end=row.end, count=row.count)
                for row in scenario.volunteers
                if row.office == home
                for office in posts
            ),
            "outages": tuple(row for row in scenario.outages if row.place == ANY),
            "absence_waves": tuple(row for row in scenario.absence_waves if row.place == ANY),
            "slots": tuple(row for row in scenario.slots if row.office == pattern.kind and row.field in (ANY, *own)),
            **dict.fromkeys(_PLACED, ()),
        }
    )


#: tables of rows bound to places or officers that sites do not have
_PLACED = ("origins", "rosters", "office_changes", "counter_changes", "office_closures", "pools", "back_offices", "assignments")


def _pattern(view: PhaseView, site: Site) -> Office:
    """The office that sites are copied from: the branch, or the first point."""
    return view.offices[site.branch] if site.branch else next(one for one in view.offices.values() if one.kind == "point")


def _district_people(scenario: Scenario, view: PhaseView, site: Site) -> int:
    """Inhabitants whose other fields a branch takes, weighted by their demand."""
    if not site.branch:
        return 0
    other = view.offers[site.branch] - point_fields(view)
    served = {unit for (unit, one), office in view.competent.items() if office == site.branch and one in other}
    return round(sum(unit.population * unit.demand_factor for unit in scenario.units if unit.id in served))


def _other_officers(view: PhaseView, site: Site) -> list[Officer]:
    """Officers of a branch's own desks."""
    if not site.branch:
        return []
    at_point = {officer.id for officer in point_crew(view, site.branch)}
    return [view.officers[name] for name in view.home_crew(site.branch) if name not in at_point]


def _clone(officer: Officer, name: str, office: str) -> Officer:
    changed = {"id": name, "name": name, "home": office, "home_unit": office, "first_phase": "", "last_phase": "", "pool": ""}
    return officer.model_copy(update=changed)


def _none(unit: str, one: str, start: object, end: object) -> DemandChange:
    """No demand of a unit for a field."""
    return DemandChange.model_validate(
        {"id": f"{unit}-{one}"[:64], "field": one, "place": unit, "start": start, "end": end, "factor": 0.0}
    )
