"""Rules of thumb that a planner might use in place of the program, under the same rules and with as many moves.

Each wants something of crews and moves one officer at a time from the place that is best off to the place that is worst
off, as long as that is still so after the move, everyone may serve there, and no rule is broken.
"""

import re
from bisect import insort
from collections.abc import Callable, Hashable, Mapping, Set
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from sim import PhaseTables

from .problem import PhaseProblem, Place, StaffingProblem
from .solve import (
    People,
    PhaseStaffing,
    Staffing,
    broken_crews,
    broken_people,
    broken_rules,
    comers,
    crews_of,
    group_of,
    seen_by_rules,
    stayers,
    today,
)

HALF_HOUR = 1_800_000  #: ticks
Step = tuple[int, str, str]  #: one of a class goes from an office to another
Pressure = Callable[[Place, int], float]  #: how badly a place is off with a crew


@dataclass(frozen=True, slots=True)
class Seen:
    """What an office looked like in the simulation as it is."""

    load: NDArray[np.float64]  #: officers busy if all were served at once, by half hour of the day; (48,)
    utilization: float


Rule = Callable[[PhaseProblem, Mapping[str, Seen], Mapping[Place, int]], Pressure]


def seen(tables: PhaseTables) -> dict[str, Seen]:
    """Offered load m(t) by half hour and utilization of each office: tickets × mean service, as simulated."""
    days = len(tables.replications) * tables.days
    tickets = tables.half_hour[:, :, :, 0].sum(axis=0) / days
    busy, rostered = (tables.column(name).sum(axis=0) for name in ("busy", "rostered"))
    served = (tables.column("served") + tables.column("incomplete")).sum(axis=0)
    service = busy / np.maximum(served, 1) / HALF_HOUR
    return {
        office: Seen(tickets[rank] * service[rank], float(busy[rank] / max(rostered[rank], 1)))
        for rank, office in enumerate(tables.office_ids)
    }


def proportional(phase: PhaseProblem, offices: Mapping[str, Seen], crews: Mapping[Place, int]) -> Pressure:
    """Officers in proportion to the day's work."""
    return _missing(_shared({office: float(one.load.sum()) for office, one in offices.items()}, crews))


def square_root(phase: PhaseProblem, offices: Mapping[str, Seen], crews: Mapping[Place, int]) -> Pressure:
    """Square-root staffing of the busiest half hour, m + β√m, with the β that needs all officers there are.

    Stationary half hour by half hour: Green, Kolesar and Soares 2001, Operations Research 49(4).
    """
    peak = {office: float(one.load.max()) for office, one in offices.items()}
    on_duty = _on_duty(phase)
    total, roots = sum(peak.values()), sum(value**0.5 for value in peak.values())
    beta = max(0.0, (sum(on_duty.values()) - total) / roots) if roots else 0.0
    return _missing(_shared({office: value + beta * value**0.5 for office, value in peak.items()}, crews))


def idlest_to_busiest(phase: PhaseProblem, offices: Mapping[str, Seen], crews: Mapping[Place, int]) -> Pressure:
    """From the office least in use to that most in use, by the utilization simulated and the crews as they change."""
    before = dict(crews)

    def pressure(place: Place, crew: int) -> float:
        used = offices[place[0]].utilization
        return used * before[place] / crew if crew > 0 else float("inf")

    return pressure


RULES: dict[str, Rule] = {"proportional": proportional, "idlest_to_busiest": idlest_to_busiest, "square_root": square_root}


def rival(problem: StaffingProblem, rule: Rule, offices: Mapping[str, Mapping[str, Seen]]) -> Staffing:
    """The staffing by a rule of thumb, phase after phase from where the phase before left everyone.

    offices : by phase, what was seen as it is. Never more moves a phase than the problem allows; nothing is added.
    Everyone stays at home when an early phase leads where a later one cannot go on.
    """
    found: list[PhaseStaffing] = []
    for number, phase in enumerate(problem.phases):
        start = PhaseStaffing({key: count for key, count in stayers(problem, tuple(found), number).items() if count})
        alone = StaffingProblem((replace(phase, max_moves=sum(one.size for one in phase.classes)),))
        crews = _allowed(_Crews.of(alone.phases[0], start))
        came = sum(comers(problem, (*found, crews.staffing), number).values())
        pressure = rule(phase, offices[phase.phase], dict(crews.sizes))
        found.append(_moved(alone, crews, pressure, phase.max_moves - came))
    staffing = tuple(found)
    return today(problem) if broken_rules(problem, staffing) else staffing


def _allowed(crews: "_Crews") -> "_Crews":
    """Send people home from offices where a rule is broken, one at a time, until none is; in the end everyone."""
    phase = crews.phase
    while broken := crews.broken():
        named = {word for rule in broken for word in re.findall(r"[\w.-]+", rule)}
        away = [(rank, office, phase.classes[rank].home) for rank, office in sorted(crews.people)]
        away = [way for way in away if way[1] != way[2]]
        if not away:
            break
        crews.change(min([way for way in away if way[1] in named] or away, key=crews.worse))
    return crews


def _moved(alone: StaffingProblem, crews: "_Crews", pressure: Pressure, max_moves: int) -> PhaseStaffing:
    """Move one at a time from the best off to the worst off, at most so often."""
    hopeless: dict[Place, set[Place]] = {}
    takes: dict[Place, set[int]] = {}
    for rank, one in enumerate(crews.phase.classes):
        for aim in one.targets:
            takes.setdefault((aim.office, aim.group), set()).add(rank)
    for _ in range(max_moves):
        step = _step(alone, crews, pressure, takes, hopeless)
        if step is None:
            break
        crews.change(step)
        touched = [place for place in crews.held if place[0] in step[1:]]
        hopeless = {target: sources.difference(touched) for target, sources in hopeless.items() if target not in touched}
    return crews.staffing


def _step(
    alone: StaffingProblem,
    crews: "_Crews",
    pressure: Pressure,
    takes: Mapping[Place, Set[int]],
    hopeless: dict[Place, set[Place]],
) -> Step | None:
    """The first allowed move, worst-off target first, then best-off source; class, source and target.

    takes : classes that a place may take; hopeless : by target, sources of which nobody may come, found so far.
    """
    sizes, held = crews.sizes, crews.held
    sources = sorted((pressure(place, sizes[place] - 1), place) for place, ranks in held.items() if ranks and place in sizes)
    targets = sorted(((-pressure(place, crew), place) for place, crew in sizes.items()))
    for need, target in targets:
        welcome, vain = takes.get(target, frozenset()), hopeless.setdefault(target, set())
        for left, source in sources:
            if left >= -need:
                break
            if source in vain:
                continue
            for rank in held[source] if source[0] != target[0] else ():
                step = (rank, source[0], target[0])
                if rank in welcome and crews.bear(step) and not _too_far(alone, crews.staffing, step):
                    return step
            vain.add(source)
    return None


@dataclass(frozen=True, slots=True)
class _Crews:
    """Crews as they change, and the rules they break, also with one officer more or fewer."""

    phase: PhaseProblem
    people: People
    sizes: dict[Place, int]  #: as `crews_of`
    held: dict[Place, list[int]]  #: classes of which someone is there, ascending
    here: dict[str, People]  #: people by office
    alone: dict[str, PhaseProblem] = field(default_factory=dict)  #: by office: the phase with its rules, as asked for
    known: dict[str, dict[Hashable, list[str]]] = field(default_factory=dict)  #: by office, then who is more or fewer

    @classmethod
    def of(cls, phase: PhaseProblem, chosen: PhaseStaffing) -> "_Crews":
        held: dict[Place, list[int]] = {}
        here: dict[str, People] = {office: {} for office in phase.offices}
        for (rank, office), count in sorted(chosen.people.items()):
            held.setdefault((office, group_of(phase, rank, office)), []).append(rank)
            here[office][rank, office] = count
        return cls(phase, dict(chosen.people), crews_of(phase, chosen), held, here)

    @property
    def staffing(self) -> PhaseStaffing:
        """As it is now."""
        return PhaseStaffing(dict(self.people))

    def broken(self) -> list[str]:
        """Names of the rules broken."""
        people = broken_people(self.phase, PhaseStaffing(self.people))
        return [*people, *(name for office in self.phase.offices for name in self._broken(office))]

    def bear(self, step: Step) -> bool:
        """Whether both crews keep the rules after a step."""
        rank, source, target = step
        return not self._broken(source, rank, -1) and not self._broken(target, rank, 1)

    def worse(self, step: Step) -> int:
        """How many rules more both crews break after a step."""
        rank, source, target = step
        before = len(self._broken(source)) + len(self._broken(target))
        return len(self._broken(source, rank, -1)) + len(self._broken(target, rank, 1)) - before

    def change(self, step: Step) -> None:
        """Make a step."""
        rank, source, target = step
        for office, more in ((source, -1), (target, 1)):
            place, key = (office, group_of(self.phase, rank, office)), (rank, office)
            if place in self.sizes:
                self.sizes[place] += more
            held = self.held.setdefault(place, [])
            if key not in self.people:
                insort(held, rank)
            self.people[key] = self.people.get(key, 0) + more
            if not self.people[key]:
                held.remove(rank)
                del self.people[key]
            self.here[office] = _changed(self.here[office], key, more)
            self.known.pop(office, None)

    def _broken(self, office: str, rank: int = -1, more: int = 0) -> list[str]:
        found = self.known.setdefault(office, {})
        key = (more, seen_by_rules(self.phase, rank, office)) if more else None
        if key not in found:
            people = _changed(self.here[office], (rank, office), more) if more else self.here[office]
            if office not in self.alone:
                self.alone[office] = self.phase.alone(office)
            found[key] = broken_crews(self.alone[office], PhaseStaffing(people))
        return found[key]


def _too_far(alone: StaffingProblem, chosen: PhaseStaffing, step: Step) -> bool:
    """Whether after a step all go farther than may be."""
    if alone.phases[0].max_commute_m is None:
        return False
    return "few_kilometers" in broken_rules(alone, (replace(chosen, people=_with(chosen.people, *step)),))


def _with(people: People, rank: int, source: str, target: str) -> People:
    """One of a class moved."""
    return _changed(_changed(people, (rank, source), -1), (rank, target), 1)


def _changed(people: People, key: tuple[int, str], more: int) -> People:
    """People with so many more of a class at an office."""
    return {one: count for one, count in {**people, key: people.get(key, 0) + more}.items() if count}


def _missing(wanted: Mapping[Place, float]) -> Pressure:
    """Officers short of those wanted."""
    return lambda place, crew: wanted[place] - crew


def _shared(needs: Mapping[str, float], crews: Mapping[Place, int]) -> dict[Place, float]:
    """All officers dealt to offices in proportion to needs, within an office as its groups are now."""
    officers, total = sum(crews.values()), sum(needs[office] for office in {place[0] for place in crews})
    here: dict[str, int] = {}
    for place, crew in crews.items():
        here[place[0]] = here.get(place[0], 0) + crew
    return {place: officers * needs[place[0]] / max(total, 1e-9) * crew / max(here[place[0]], 1) for place, crew in crews.items()}


def _on_duty(phase: PhaseProblem) -> dict[str, float]:
    """Officers at counters at any time, by home office, as paid shares have it."""
    found = dict.fromkeys(phase.offices, 0.0)
    for one in phase.classes:
        found[one.home] += one.size * one.share_pm / 1000
    return found
