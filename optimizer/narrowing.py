"""Staffing problems asked otherwise: an officer apart from those alike, or sent to one office; and plans as staffings."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from scenarios.schema import Assignment

from .names import Names
from .plan import Plan, named_plan
from .problem import PhaseProblem, Place, StaffClass, StaffingProblem, Target
from .solve import Outcome, PhaseStaffing, Staffing, broken_rules, cost


def apart(problem: StaffingProblem, officers: Collection[str]) -> StaffingProblem:
    """The same problem with each of some officers in a class of their own."""
    return replace(problem, phases=tuple(_apart(phase, officers) for phase in problem.phases))


def _apart(phase: PhaseProblem, officers: Collection[str]) -> PhaseProblem:
    classes: list[StaffClass] = []
    for one in phase.classes:
        named = [name for name in one.officers if name in officers]
        rest = tuple(name for name in one.officers if name not in officers)
        classes += [replace(one, officers=(name,)) for name in named]
        classes += [replace(one, officers=rest)] if rest else []
    return replace(phase, classes=tuple(classes))


def sent(problem: StaffingProblem, number: int, officer: str, office: str) -> StaffingProblem:
    """The same problem with an officer at one office in the phase of that number, whatever it costs."""
    split = apart(problem, (officer,))
    phase = split.phases[number]
    classes = tuple(
        replace(one, targets=tuple(target for target in one.targets if target.office == office), left=_left(one, office))
        if officer in one.officers
        else one
        for one in phase.classes
    )
    phases = list(split.phases)
    phases[number] = replace(phase, classes=classes)
    return replace(split, phases=tuple(phases))


def _left(one: StaffClass, office: str) -> Target | None:
    """Home, when it is no longer among the targets."""
    return one.at_home if office != one.home else None


def staffing_of_plan(problem: StaffingProblem, plan: Plan) -> tuple[Staffing, list[dict[str, str]]]:
    """The staffing of a plan, and the office of each officer by phase."""
    parts = {part.phase: part for part in plan.phases}
    names, found = [], []
    for phase in problem.phases:
        part = parts.get(phase.phase)
        sent_to = dict(part.assignments) if part else {}
        here = {officer: sent_to.get(officer, one.home) for one in phase.classes for officer in one.officers}
        names.append(here)
        found.append(_with_additions(phase, PhaseStaffing(people_of(phase, here)), plan))
    return tuple(found), names


def plan_of_rows(problem: StaffingProblem, rows: Iterable[Assignment]) -> Plan:
    """The plan that assignments make of a problem; who is named by none serves at home."""
    sent_to = {(row.phase, row.officer): row.office for row in rows}
    names = [
        {officer: sent_to.get((phase.phase, officer), one.home) for one in phase.classes for officer in one.officers}
        for phase in problem.phases
    ]
    staffing = tuple(PhaseStaffing(people_of(phase, here)) for phase, here in zip(problem.phases, names, strict=True))
    reached = not any(name.startswith("level") for name in broken_rules(problem, staffing))
    return named_plan(
        problem, Outcome("feasible", cost(problem, staffing) if reached else None, None, None, 0.0), staffing, names
    )


def people_of(phase: PhaseProblem, names: Mapping[str, str]) -> dict[tuple[int, str], int]:
    """Officers of each class at each office."""
    people: dict[tuple[int, str], int] = {}
    for rank, one in enumerate(phase.classes):
        for officer in one.officers:
            key = (rank, names[officer])
            people[key] = people.get(key, 0) + 1
    return people


def _with_additions(phase: PhaseProblem, staffing: PhaseStaffing, plan: Plan) -> PhaseStaffing:
    posts: dict[str, dict[Place, int]] = {"post": {}, "postal_post": {}}
    counters: dict[str, dict[str, int]] = {"rented": {}, "bought": {}}
    options = []
    ranks = {(option.kind, option.office): rank for rank, option in enumerate(phase.options)}
    for part in plan.phases:
        for one in part.additions if part.phase == phase.phase else ():
            if one.kind in posts:
                posts[one.kind][one.office, one.group] = one.count
            elif one.kind in counters:
                counters[one.kind][one.office] = one.count
            elif (one.kind, one.office) in ranks:
                options.append(ranks[one.kind, one.office])
    return replace(
        staffing,
        posts=posts["post"],
        postal=posts["postal_post"],
        rented=counters["rented"],
        bought=counters["bought"],
        options=tuple(sorted(options)),
    )


def named_like(problem: StaffingProblem, staffing: Staffing, planned: Names) -> list[dict[str, str]]:
    """Office of each officer by phase, as in a plan wherever the staffing leaves a choice among those alike."""
    found = []
    for phase, chosen, names in zip(problem.phases, staffing, planned, strict=True):
        now: dict[str, str] = {}
        for rank, one in enumerate(phase.classes):
            left = {target.office: chosen.people.get((rank, target.office), 0) for target in one.targets}
            for officer in one.officers:
                if left.get(names[officer], 0) > 0:
                    left[names[officer]] -= 1
                    now[officer] = names[officer]
            free = [office for office in sorted(left) for _ in range(left[office])]
            now |= dict(zip([officer for officer in one.officers if officer not in now], free, strict=True))
        found.append(now)
    return found
