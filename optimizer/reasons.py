"""Why an officer moves: what it saves and costs and whom, what the rules leave, and who or where else would be next best.

Every figure is that of the curves and prices of the program, by whole evaluation of the changed plan.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .changes import Changes, Step, Steps
from .formulation import fewest_holders
from .names import Names
from .problem import PhaseProblem, Place, StaffClass, StaffingProblem, counters_needed_pm
from .solve import Breach, Staffing, comers, crews_of, group_of

Values = tuple[tuple[str, float | int | str], ...]
Candidate = tuple[Steps, str, str, str]  #: changes of office of officer, from office, to office
NEXT = 3  #: alternatives told of each kind
BREACHES = {
    "minimum_crew": "R-BREAK-001",
    "holders": "R-BREAK-002",
    "mix": "R-BREAK-003",
    "counters": "R-BREAK-004",
    "level": "R-BREAK-005",
    "none_worse_than": "R-BREAK-006",
    "few_moves": "R-BREAK-007",
    "few_kilometers": "R-BREAK-008",
    "target": "R-BREAK-009",
}
UNPRICED = ("level", "target")  #: rules that leave a broken plan without an objective
UNITS = {"counters": 1000, "none_worse_than": 60, "few_kilometers": 1000}  #: rule → its unit in that of a breach


@dataclass(frozen=True, slots=True)
class Reason:
    """Something told of a plan: a code and values; minutes are person-minutes of overload a day, places and people are ids."""

    code: str
    values: Values


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another office for the officer of a move, or another officer for its office; all else as planned.

    It holds for as long as the plan keeps those concerned in one place. With another officer the one planned stays.
    """

    officer: str
    source: str  #: where the officer would come from
    office: str
    stays: bool  #: nobody moves: the office is where the officer of the move comes from
    change_s: int | None  #: of the objective, person-seconds over all days; None where a curve does not reach so far
    change_min: float | None  #: the same in person-minutes a day of the phases in which the move lasts
    forbidden: tuple[Reason, ...]  #: rules it breaks; empty = possible


@dataclass(frozen=True, slots=True)
class Told:
    """All that is told of a move."""

    reason: Reason
    details: tuple[Reason, ...]
    alternatives: tuple[Alternative, ...]


class Reasons:
    """Tells the reasons of one staffing."""

    def __init__(self, problem: StaffingProblem, staffing: Staffing, names: Names) -> None:
        self.problem, self.staffing, self.names = problem, staffing, names
        self.changes = Changes(problem, staffing)
        self._caps: dict[int, tuple[Reason, ...]] = {}
        self.crews = [crews_of(phase, chosen) for phase, chosen in zip(problem.phases, staffing, strict=True)]
        self.ranks = [
            {officer: rank for rank, one in enumerate(phase.classes) for officer in one.officers} for phase in problem.phases
        ]
        self.takes = [_takes(phase) for phase in problem.phases]
        self._slack: dict[tuple[int, str], Reason] = {}

    def told(self, number: int, officer: str, source: str, office: str) -> Told:
        """Reason, details and alternatives of a move as the phase of that number begins."""
        alternatives = self.alternatives(number, officer, source, office)
        stay = next((one for one in alternatives if one.stays), None)
        code = "R-MOVE-001"
        if stay is not None and (stay.forbidden or (stay.change_s or 0) <= 0):
            code = "R-MOVE-002" if stay.forbidden else "R-MOVE-003"
        phase = self.problem.phases[number]
        one = phase.classes[self.ranks[number][officer]]
        if one.left is not None:
            code = "R-MOVE-004"
        return Told(
            Reason(code, _move_values(phase, one, source, office, self.crews[number])),
            (*self._sides(number, one, source, office), *self._prices(phase, one, office), *self.caps(number)),
            alternatives,
        )

    def alternatives(self, number: int, officer: str, source: str, office: str) -> tuple[Alternative, ...]:
        """Other offices for the officer, least cost first and staying among them; then other officers for the office.

        Of each the next best, and those that would be better but break a rule.
        """
        one = self.problem.phases[number].classes[self.ranks[number][officer]]
        offices = sorted({target.office for target in one.targets} - {office})
        days = self.days(number, officer)
        elsewhere = self._best(
            ((self.steps(number, officer, other), officer, source, other) for other in offices if other != source), days
        )
        if source not in offices:
            return tuple(elsewhere)
        back = self.steps(number, officer, source)
        stays = self._told((back, officer, source, source), self.changes.change_s(back), days)
        places = sorted((*elsewhere, stays), key=lambda other: (other.change_s is None, other.change_s or 0, other.office))
        others = (
            (self.steps_instead(number, officer, source, other), other, now, office)
            for other, now in self._others(number, office)
        )
        return (*places, *self._best(others, days))

    def elsewhere(self, number: int, officer: str) -> tuple[Alternative, ...]:
        """The next best offices for an officer, other than where the plan has them; and better ones that break a rule."""
        now = self.names[number][officer]
        one = self.problem.phases[number].classes[self.ranks[number][officer]]
        offices = sorted({target.office for target in one.targets} - {now})
        candidates = ((self.steps(number, officer, office), officer, now, office) for office in offices)
        return tuple(self._best(candidates, self.days(number, officer)))

    def _best(self, candidates: Iterable[Candidate], days: int) -> list[Alternative]:
        """The next best of changes that keep the rules, and those that would be better but break one; least cost first."""
        priced = [(change, taken) for taken in candidates if (change := self.changes.change_s(taken[0])) is not None]
        found: list[Alternative] = []
        possible = 0
        for change, taken in sorted(priced, key=lambda one: (one[0], one[1][1:])):
            if len(found) - possible == NEXT and self.changes.breaks(taken[0]):
                continue
            found.append(self._told(taken, change, days))
            possible += not found[-1].forbidden
            if possible == NEXT:
                break
        return found

    def _told(self, candidate: Candidate, change: int | None, days: int) -> Alternative:
        steps, officer, source, office = candidate
        breaches = self.changes.breaches(steps)
        return Alternative(
            officer=officer,
            source=source,
            office=office,
            stays=source == office,
            change_s=change,
            change_min=None if change is None else round(change / 60 / max(days, 1), 1),
            forbidden=tuple(breach_reason(self.problem.phases[place], breach) for place, breach in breaches),
        )

    def _others(self, number: int, office: str) -> list[tuple[str, str]]:
        """Officers elsewhere who may serve at an office, the first by id of those alike in one place; with that place."""
        found: dict[tuple[int, str], str] = {}
        takes = self.takes[number].get(office, frozenset())
        for officer, now in self.names[number].items():
            rank = self.ranks[number][officer]
            if now != office and rank in takes:
                found[rank, now] = min(officer, found.get((rank, now), officer))
        return sorted((officer, now) for (_, now), officer in found.items())

    def steps(self, number: int, officer: str, office: str) -> Steps:
        """The changes of office of an officer sent elsewhere, phase by phase."""
        return {
            place: ((self.ranks[place][officer], now, other),)
            for place, now, other in self._span(number, officer, office)
            if now != other
        }

    def steps_instead(self, number: int, officer: str, source: str, other: str) -> Steps:
        """The changes of office when another goes where an officer is sent, who stays at the source; phase by phase."""
        found: dict[int, tuple[Step, ...]] = {}
        spans = zip(self._span(number, officer, source), self._span(number, other, self.names[number][officer]), strict=False)
        for (place, now, back), (_, theirs, there) in spans:
            pairs = ((self.ranks[place][officer], now, back), (self.ranks[place][other], theirs, there))
            found[place] = tuple(step for step in pairs if step[1] != step[2])
        return {place: steps for place, steps in found.items() if steps}

    def days(self, number: int, officer: str) -> int:
        """Working days for which the plan keeps an officer where they are as the phase of that number begins."""
        office = self.names[number][officer]
        return sum(self.problem.phases[place].days for place, *_ in self._span(number, officer, office))

    def _span(self, number: int, officer: str, office: str) -> Iterator[tuple[int, str, str]]:
        """Phases in which the plan keeps an officer in one place: its number, that office, and the other one, after mergers."""
        now, other = self.names[number][officer], office
        for place in range(number, len(self.problem.phases)):
            if place > number:
                into = self.problem.into[place - 1]
                now, other = into[now], into.get(other, other)
                if self.names[place].get(officer) != now:
                    return
            yield place, now, other

    def _sides(self, number: int, one: StaffClass, source: str, office: str) -> Iterator[Reason]:
        """What the citizens of both offices see, and what the rules leave there."""
        phase, crews = self.problem.phases[number], self.crews[number]
        groups = {target.office: target.group for target in (*one.targets, *filter(None, (one.left,)))}
        for place, gains in ((office, True), (source, False)):
            if place not in phase.offices:
                continue
            desk = (place, groups.get(place, ""))
            crew = crews.get(desk, 0)
            worth = worth_s(phase, desk, crew if gains else crew + 1)
            code = "R-GAIN-001" if gains else "R-LOSS-001"
            if desk in phase.curves:
                served = " ".join(sorted(one.fields & {field for field, _ in phase.offices[place].holders}))
                whom = (("office", place), ("group", desk[1]), ("fields", served))
                yield Reason(code, (*whom, ("crew", crew), ("minutes", round(worth / 60, 1))))
            yield self.slack(number, place)

    def _prices(self, phase: PhaseProblem, one: StaffClass, office: str) -> Iterator[Reason]:
        if self.problem.objective != "total":
            yield Reason("R-PRICE-001", price_values(phase, one, office))

    def caps(self, number: int) -> tuple[Reason, ...]:
        """What the caps of a phase leave: changes of office, and kilometers beyond those from home."""
        if number not in self._caps:
            self._caps[number] = self._caps_left(number)
        return self._caps[number]

    def _caps_left(self, number: int) -> tuple[Reason, ...]:
        phase = self.problem.phases[number]
        moves = sum(comers(self.problem, self.staffing, number).values())
        found = [Reason("R-SLACK-003", (("found", moves), ("limit", phase.max_moves), ("left", phase.max_moves - moves)))]
        if phase.max_commute_m is not None:
            beyond = self.changes.beyond_home_m(number)
            metres = {"found": beyond, "limit": phase.max_commute_m, "left": phase.max_commute_m - beyond}
            found.append(Reason("R-SLACK-004", tuple((name, round(value / 1000, 1)) for name, value in metres.items())))
        return tuple(found)

    def slack(self, number: int, office: str) -> Reason:
        """What the rules leave at an office as planned: officers above the fewest, counters, holders of the scarcest field."""
        if (number, office) not in self._slack:
            self._slack[number, office] = _slack(self.problem.phases[number], self.staffing, number, office)
        return self._slack[number, office]


def why_still(phase: PhaseProblem, proven: bool) -> Reason:
    """Why nothing changes in a phase: no change is allowed, by the curves none is worth its price, or none was found in time."""
    limit_s = phase.max_overload_s
    over = sum(phase.home_cost(office) > limit_s for office in phase.places()) if limit_s is not None else 0
    if phase.max_moves == 0:
        code = "R-STILL-001"
    elif not proven:
        code = "R-STILL-005"
    elif limit_s is None:
        code = "R-STILL-002"
    else:
        code = "R-STILL-004" if over else "R-STILL-003"
    return Reason(code, (("phase", phase.phase), ("limit", (limit_s or 0) / 60), ("count", over)))


def _takes(phase: PhaseProblem) -> dict[str, frozenset[int]]:
    """Classes that an office may take."""
    found: dict[str, set[int]] = {}
    for rank, one in enumerate(phase.classes):
        for target in one.targets:
            found.setdefault(target.office, set()).add(rank)
    return {office: frozenset(ranks) for office, ranks in found.items()}


def breach_reason(phase: PhaseProblem, breach: Breach) -> Reason:
    """A broken rule as a reason: where, what there would be, and what is asked."""
    unit = UNITS.get(breach.rule, 1)
    found, limit = (value if unit == 1 else round(value / unit, 1) for value in (breach.found, breach.limit))
    values = {"phase": phase.phase, "office": breach.office, "group": breach.group, "field": breach.field}
    shown = [(name, value) for name, value in values.items() if value]
    return Reason(BREACHES[breach.rule], (*shown, ("found", found), ("limit", limit)))


def price_values(phase: PhaseProblem, one: StaffClass, office: str) -> Values:
    """What a change of office costs beside overload, person-minutes a day of the phase."""
    target = next((target for target in one.targets if target.office == office), None)
    learning = one.learning_s / max(1, phase.days)
    return (
        ("commute_min", round((target.price_s if target else 0) / 60, 1)),
        ("move_min", round(phase.move_price_s / 60, 1)),
        ("learning_min", round(learning / 60, 1)),
    )


def worth_s(phase: PhaseProblem, place: Place, crew: int) -> int:
    """Overload that the last officer of a crew takes away, person-seconds a day; 0 beyond the curve."""
    curve = phase.curves.get(place, {})
    return curve[crew - 1] - curve[crew] if crew in curve and crew - 1 in curve else 0


def _move_values(phase: PhaseProblem, one: StaffClass, source: str, office: str, crews: dict[Place, int]) -> Values:
    """What the last officer of the group saves at the target and would save at the source, at the planned crews."""
    targets = {target.office: target for target in (*one.targets, *filter(None, (one.left,)))}
    target, home, left = targets[office], one.at_home, targets.get(source)
    there, here = (office, target.group), (source, left.group if left else "")
    price = target.price_s + phase.move_price_s + one.learning_s // max(1, phase.days)
    return (
        ("saved_min", round(worth_s(phase, there, crews.get(there, 0)) / 60, 1)),
        ("lost_min", round((worth_s(phase, here, crews.get(here, 0) + 1) if left else 0) / 60, 1)),
        ("price_min", round(price / 60, 1)),
        ("commute_km_before", round((left or home or target).commute_m / 1000, 1)),
        ("commute_km_after", round(target.commute_m / 1000, 1)),
    )


def _slack(phase: PhaseProblem, staffing: Staffing, number: int, office: str) -> Reason:
    rules, chosen = phase.offices[office], staffing[number]
    people = [(phase.classes[rank], rank, count) for (rank, place), count in chosen.people.items() if place == office]
    size = sum(count for *_, count in people)
    shares = [(one.shift, count * one.share_pm) for one, _, count in people]
    shares += [("full", chosen.posts_at(place) * post.share_pm) for place, post in phase.posts.items() if place[0] == office]
    room = rules.room_pm + 1000 * chosen.counters_at(office) - counters_needed_pm(shares)
    left = [
        (sum(count for one, _, count in people if field in one.fields) - fewest, field)
        for field, fewest in rules.holders
        if fewest > 0
    ]
    for place, held in phase.mix.items():
        if place[0] == office:
            crew = [(one, count) for one, rank, count in people if group_of(phase, rank, office) == place[1]]
            home, here = phase.home_size(place), sum(count for _, count in crew)
            for field, before in held:
                fewest = max(0, fewest_holders(before, here, home))
                if fewest:
                    left.append((sum(count for one, count in crew if field in one.fields) - fewest, field))
    values: Values = (("office", office), ("above", size - rules.minimum_crew), ("counters", round(room / 1000, 1)))
    if not left:
        return Reason("R-SLACK-001", values)
    spare, field = min(left)
    return Reason("R-SLACK-002", (*values, ("field", field), ("holders", spare)))
