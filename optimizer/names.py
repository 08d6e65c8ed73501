"""Who of a class goes where: a staffing counts the officers of a class, a plan names them."""

from collections.abc import Mapping, Sequence

from .problem import StaffingProblem

People = dict[tuple[int, str], int]  #: (class, office) → officers, zeros left out
Names = Sequence[Mapping[str, str]]  #: office of each officer, by phase


def names_of(problem: StaffingProblem, people: Sequence[People]) -> list[dict[str, str]]:
    """Office of each officer in each phase: who is already there stays, in the order of the class; the others go in it, too."""
    found: list[dict[str, str]] = []
    for number, phase in enumerate(problem.phases):
        before = starts(problem, number, found)
        now: dict[str, str] = {}
        of_class: list[dict[str, int]] = [{} for _ in phase.classes]
        for (rank, office), count in people[number].items():
            of_class[rank][office] = count
        for one, places in zip(phase.classes, of_class, strict=True):
            leaves = []
            for officer in one.officers:
                if places.get(before[officer], 0) > 0:
                    places[before[officer]] -= 1
                    now[officer] = before[officer]
                else:
                    leaves.append(officer)
            free = [office for office in sorted(places) for _ in range(places[office])]
            now |= dict(zip(leaves, free, strict=True))
        found.append(now)
    return found


def starts(problem: StaffingProblem, number: int, names: Names) -> dict[str, str]:
    """Office of each officer as a phase begins."""
    places = {officer: one.came or one.home for one in problem.phases[number].classes for officer in one.officers}
    if number:
        into = problem.into[number - 1]
        places |= {officer: into[office] for officer, office in names[number - 1].items() if officer in places}
    return places


def counted(problem: StaffingProblem, names: Names) -> list[People]:
    """Officers of each class at each office, by phase."""
    found: list[People] = []
    for phase, now in zip(problem.phases, names, strict=True):
        people: People = {}
        for rank, one in enumerate(phase.classes):
            for officer in one.officers:
                people[rank, now[officer]] = people.get((rank, now[officer]), 0) + 1
        found.append(people)
    return found
