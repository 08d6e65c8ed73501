"""Counter hours of an office as a problem: who has how many, when they may be, and the work of sample days they must meet.

The surrogate is a fluid of work. Work of a day flows in as the simulator had it, officers on duty drain it, what is left
is carried to the next half hour, over lunch too. Work beyond that of the officers on duty and of the citizens who came
within the waiting standard has waited too long; a share of what waits leaves in each half hour, at the charge of a lost
citizen. All of it is convex in the officers on duty and exact for the fluid (Newell, Applications of Queueing Theory, 1982,
ch. 2); the noise of arrivals and services is in the days, of which there are many.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import floor

from scenarios.phases import PhaseView
from scenarios.presence import presence
from scenarios.rosters import SLOT_MIN, Duty, Stretch, duty, minutes, slots
from scenarios.schema import Hours, Scenario

SLOT_S = 60 * SLOT_MIN
SESSIONS = (0, 1)  #: morning, afternoon
Moment = tuple[int, int]  #: weekday (0 = Monday) and open half hour
Session = tuple[int, int]  #: weekday and morning or afternoon
OnDuty = Mapping[int, tuple[int, ...]]  #: weekday → officers on duty in each open half hour


@dataclass(frozen=True, slots=True)
class RosterRules:
    """Rules of work for counter hours and secondments."""

    block_half_hours: int = 4  #: a stretch at the counter is at least so long; one stretch a session, so two a day
    min_on_duty: int = 1
    away_half_days: int = 2  #: a week, of each officer
    max_secondments: int = 0  #: away half-days a week, of all officers


@dataclass(frozen=True, slots=True)
class SampleDay:
    """The work of a day at an office, in seconds at the counter, by time step (open half hours, and those of lunch)."""

    weekday: int
    work_s: tuple[int, ...]
    recent_s: tuple[int, ...]  #: work that came within the waiting standard before the end of the step


@dataclass(frozen=True, slots=True)
class Load:
    """What an office has to do: sample days, and how citizens there behave."""

    days: tuple[SampleDay, ...]
    service_s: int  #: mean work of a visit
    leaves: float  #: share of waiting citizens who leave in half an hour


@dataclass(frozen=True, slots=True)
class Alike:
    """Officers alike in everything a roster asks."""

    officers: tuple[str, ...]
    half_hours: int  #: at the counter of the office, a week, each
    fields: frozenset[str]
    sessions: frozenset[Session]  #: in which they may be at the counter

    @property
    def size(self) -> int:
        return len(self.officers)


@dataclass(frozen=True, slots=True)
class RosterProblem:
    """Counter hours of an office in a phase."""

    office: str
    half_hours: tuple[Stretch, ...]  #: open ones
    noon: int  #: open half hours of the morning
    lunch: int  #: half hours of lunch, for the fluid
    weekdays: tuple[int, ...]
    classes: tuple[Alike, ...]
    fixed: dict[Moment, int]  #: officers on duty by written hours
    counters: int
    fewest: dict[Moment, int]  #: on duty at least, those by written hours among them
    holders: dict[Moment, tuple[str, ...]]  #: fields that need a holder of the classes on duty
    block: int  #: half hours of a stretch, at least
    load: Load
    charge_s: int  #: of a lost citizen
    overtime_s: int
    default: OnDuty = field(default_factory=dict)
    pace: float = 1.0  #: work an officer on duty does, as a share of the time

    def blocks(self) -> tuple[tuple[int, int], ...]:
        """Stretches within a session: first half hour and the one after the last."""
        edges = ((0, self.noon), (self.noon, len(self.half_hours)))
        return tuple(
            (start, end) for low, high in edges for start in range(low, high) for end in range(start + self.block, high + 1)
        )

    def session(self, half_hour: int) -> int:
        """Morning or afternoon."""
        return int(half_hour >= self.noon)

    def steps(self) -> tuple[int, ...]:
        """Open half hour of each time step, -1 over lunch."""
        return (*range(self.noon), *(-1,) * self.lunch, *range(self.noon, len(self.half_hours)))


def fluid_s(problem: RosterProblem, on_duty: OnDuty) -> float:
    """Overload of the fluid, person-seconds a day: what the program minimizes, computed without it."""
    load, total = problem.load, 0.0
    steps = problem.steps()
    for day in load.days:
        left = 0.0
        for step, half_hour in enumerate(steps):
            officers = on_duty[day.weekday][half_hour] if half_hour >= 0 else 0
            left = max((1 - load.leaves) * left + day.work_s[step] - problem.pace * SLOT_S * officers, 0.0)
            waiting = max(left - load.service_s * officers, 0.0)
            beyond = max(waiting - day.recent_s[step], 0.0)
            total += (SLOT_S * beyond + load.leaves * problem.charge_s * waiting) / load.service_s
        total += problem.charge_s * max(left - problem.overtime_s * on_duty[day.weekday][-1], 0.0) / load.service_s
    return total / max(len(load.days), 1)


def unfit(scenario: Scenario, view: PhaseView, office: str) -> str:
    """Why counter hours of an office cannot be placed, as a wording code; empty when they can."""
    hours = hours_of(scenario, view, office)
    short = any(end - start != SLOT_MIN for start, end in slots(hours))
    if hours.lunch_halves or short or (minutes(hours.lunch_end) - minutes(hours.lunch_start)) % SLOT_MIN:
        return "R-ROSTER-005"
    written = {row.officer for row in scenario.rosters if row.phase == view.phase.id}
    return "" if set(view.crew(office)) - written else "R-ROSTER-003"


def hours_of(scenario: Scenario, view: PhaseView, office: str) -> Hours:
    """Opening hours of an office."""
    return next(row for row in scenario.hours if row.id == view.offices[office].hours)


def roster_problem(
    scenario: Scenario,
    view: PhaseView,
    office: str,
    load: Load,
    rules: RosterRules,
    away: Mapping[str, frozenset[Session]] | None = None,
    visits: Mapping[Moment, int] | None = None,
) -> RosterProblem:
    """Return the problem of an office of which `unfit` has nothing to say.

    away : sessions that officers of the office spend elsewhere; their counter hours there count.
    visits : officers of other offices on duty here, beside those by written hours.
    """
    hours = hours_of(scenario, view, office)
    half_hours = slots(hours)
    noon = sum(end <= minutes(hours.lunch_start) for _, end in half_hours)
    weekdays = tuple(day for day, factor in enumerate(scenario.demand.weekday_factors) if factor > 0)
    written = {row.officer for row in scenario.rosters if row.phase == view.phase.id}
    crew = [officer for officer in view.crew(office) if officer not in written]
    everyone = duty(scenario, view)
    present = presence(scenario, view, everyone)
    moments = [(weekday, slot) for weekday in weekdays for slot in range(len(half_hours))]
    by_moment = {
        (weekday, slot): [
            name
            for name, start, end in present.get((office, weekday), ())
            if start < half_hours[slot][1] and half_hours[slot][0] < end
        ]
        for weekday, slot in moments
    }
    fixed = {moment: sum(name not in crew for name in names) for moment, names in by_moment.items()}
    offered = sorted(view.offers[office])
    skills = {name: frozenset(view.officers[name].skills) for names in by_moment.values() for name in names}
    own = {moment: frozenset().union(*(skills[name] for name in names if name in crew)) for moment, names in by_moment.items()}
    stand = {
        moment: frozenset().union(*(skills[name] for name in names if name not in crew)) for moment, names in by_moment.items()
    }
    visiting = visits or {}
    return RosterProblem(
        office=office,
        half_hours=half_hours,
        noon=noon,
        lunch=(minutes(hours.lunch_end) - minutes(hours.lunch_start)) // SLOT_MIN,
        weekdays=weekdays,
        classes=_classes(view, crew, half_hours, noon, weekdays, everyone, away or {}),
        fixed={moment: count + visiting.get(moment, 0) for moment, count in fixed.items()},
        counters=view.offices[office].counters,
        fewest={moment: min(rules.min_on_duty, len(names)) for moment, names in by_moment.items()},
        holders={moment: tuple(name for name in offered if name in own[moment] - stand[moment]) for moment in moments},
        block=rules.block_half_hours,
        load=load,
        charge_s=round(60 * scenario.indicators.lost_charge_min),
        overtime_s=round(60 * scenario.queue.overtime_min),
        default={weekday: tuple(len(by_moment[weekday, slot]) for slot in range(len(half_hours))) for weekday in weekdays},
    )


def _classes(
    view: PhaseView,
    crew: Iterable[str],
    half_hours: tuple[Stretch, ...],
    noon: int,
    weekdays: tuple[int, ...],
    default: Duty,
    away: Mapping[str, frozenset[Session]],
) -> tuple[Alike, ...]:
    """Officers without written hours, grouped; an officer away for a session has its half hours less at home."""
    wanted = paid_half_hours(view, tuple(crew), default, len(weekdays) * len(half_hours))
    lengths = (noon, len(half_hours) - noon)
    groups: dict[tuple[int, tuple[str, ...], tuple[Session, ...]], list[str]] = {}
    for name in crew:
        gone = away.get(name, frozenset())
        shift = {"full": SESSIONS, "morning": (0,), "afternoon": (1,)}[view.officers[name].shift]
        free = tuple((weekday, half) for weekday in weekdays for half in shift if (weekday, half) not in gone)
        kept = wanted[name] - sum(lengths[half] for _, half in gone)
        fields = tuple(sorted(set(view.officers[name].skills) & view.offers[view.serves[name]]))
        groups.setdefault((kept, fields, free), []).append(name)
    return tuple(
        Alike(tuple(members), kept, frozenset(fields), frozenset(free)) for (kept, fields, free), members in groups.items()
    )


def paid_half_hours(view: PhaseView, crew: tuple[str, ...], default: Duty, most: int) -> dict[str, int]:
    """Half hours a week at the counter of each officer: their share of paid time, in sum those of the default stagger.

    Rounded by largest remainders. Where counters are fewer than shares, shares shrink as in the default.
    """
    total = {
        name: sum(end - start for (officer, _), parts in default.items() if officer == name for start, end in parts) // SLOT_MIN
        for name in crew
    }
    shares = {name: round(1000 * view.officers[name].counter_share) for name in crew}
    everyone = sum(shares.values())
    if not everyone or any(view.officers[name].shift != "full" for name in crew):
        return total
    exact = {name: share * min(most / 1000, sum(total.values()) / everyone) for name, share in shares.items()}
    found = {name: floor(value + 1e-9) for name, value in exact.items()}
    rest = sorted(crew, key=lambda name: (found[name] - exact[name], name))
    missing = sum(total.values()) - sum(found.values())
    for name in rest[: max(missing, 0)]:
        found[name] += 1
    return found if sum(found.values()) == sum(total.values()) else total
