"""What a single change of a plan does, by the curves and the rules, without the program: for sweeps over many of them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from .formulation import change_price_s
from .problem import PhaseProblem, StaffingProblem
from .solve import Staffing, broken_crews, comers, overload_s

Step = tuple[int, str, str]  #: (class, from office, to office) of one officer


@dataclass(frozen=True, slots=True)
class Effect:
    """A change of some officers' offices in one phase."""

    overload_s: int  #: change of the overload by the curves, person-seconds a day; 0 when a curve does not reach so far
    price_s: int  #: change of prices, person-seconds over all days
    broken: tuple[str, ...]  #: rules it breaks

    def cost_s(self, days: int) -> int:
        """Change of the objective, person-seconds over all days."""
        return days * self.overload_s + self.price_s


class Changes:
    """Evaluates changes of one staffing, which must keep every rule; kilometers are not counted."""

    def __init__(self, problem: StaffingProblem, staffing: Staffing) -> None:
        self.problem, self.staffing = problem, staffing
        self._moves = [sum(comers(problem, staffing, number).values()) for number in range(len(staffing))]
        self._here: list[dict[str, dict[int, int]]] = []  #: by phase and office: class → officers
        self._where: list[dict[int, dict[str, int]]] = []  #: by phase and class: office → officers
        for phase in staffing:
            here: dict[str, dict[int, int]] = {}
            where: dict[int, dict[str, int]] = {}
            for (rank, office), count in phase.people.items():
                here.setdefault(office, {})[rank] = count
                where.setdefault(rank, {})[office] = count
            self._here.append(here)
            self._where.append(where)
        self._prices = [
            {(rank, target.office): target.price_s for rank, one in enumerate(phase.classes) for target in one.targets}
            for phase in problem.phases
        ]
        self._places = [phase.places() for phase in problem.phases]
        self._before = [problem.before(number) for number in range(len(problem.phases))]
        self._next = [{before: rank for rank, before in follows.items()} for follows in self._before[1:]]

    def effect(self, number: int, steps: Iterable[Step]) -> Effect:
        """What a change in the phase of that number does; KeyError for somebody who is not there."""
        steps = tuple(steps)
        phase, chosen = self.problem.phases[number], self.staffing[number]
        offices = {office for _, source, target in steps for office in (source, target)}
        part = self._part(phase, number, offices)
        before = self._people(number, offices)
        after = dict(before)
        for rank, source, target in steps:
            after[rank, source] = after[rank, source] - 1
            after[rank, target] = after.get((rank, target), 0) + 1
        then = replace(chosen, people=before)
        now = replace(chosen, people={key: count for key, count in after.items() if count})
        broken = [*broken_crews(part, now)]
        broken += [f"target {(rank, target)}" for rank, _, target in steps if (rank, target) not in self._prices[number]]
        price, moved = self._price(number, steps)
        broken += [
            "few_moves"
            for later, more in moved.items()
            if more > 0 and self._moves[later] + more > self.problem.phases[later].max_moves
        ]
        reached = not any(name.startswith("level") for name in broken)
        overload = overload_s(part, now) - overload_s(part, then) if reached else 0
        return Effect(overload, price, tuple(dict.fromkeys(broken)))

    def price_s(self, number: int, steps: Iterable[Step]) -> int:
        """Change of prices alone, person-seconds over all days."""
        return self._price(number, tuple(steps))[0]

    def _part(self, phase: PhaseProblem, number: int, offices: set[str]) -> PhaseProblem:
        """The phase's problem at some offices alone."""
        places = [place for office in offices for place in self._places[number].get(office, ())]
        return replace(
            phase,
            offices={office: phase.offices[office] for office in offices},
            curves={place: phase.curves[place] for place in places},
            mix={place: phase.mix[place] for place in places if place in phase.mix},
        )

    def _people(self, number: int, offices: set[str]) -> dict[tuple[int, str], int]:
        here = self._here[number]
        return {(rank, office): count for office in offices for rank, count in here.get(office, {}).items()}

    def _price(self, number: int, steps: tuple[Step, ...]) -> tuple[int, dict[int, int]]:
        """Change of prices, and of the changes of office in this phase and the next."""
        phase, prices = self.problem.phases[number], self._prices[number]
        changed: dict[int, dict[str, int]] = {}
        price = 0
        for rank, source, target in steps:
            where = changed.setdefault(rank, dict(self._where[number].get(rank, {})))
            where[source] -= 1
            where[target] = where.get(target, 0) + 1
            price += phase.days * (prices.get((rank, target), 0) - prices.get((rank, source), 0))
        if self.problem.objective == "total":
            price = 0
        moved = {number: 0}
        for rank, where in changed.items():
            old = self._where[number].get(rank, {})
            more = self._comers(number, rank, where, None) - self._comers(number, rank, old, None)
            moved[number] += more
            price += more * self._change_price(number, rank)
            later = self._next[number].get(rank) if number + 1 < len(self.staffing) else None
            if later is not None:
                then = self._where[number + 1].get(later, {})
                more = self._comers(number + 1, later, then, where) - self._comers(number + 1, later, then, old)
                moved[number + 1] = moved.get(number + 1, 0) + more
                price += more * self._change_price(number + 1, later)
        return price, moved

    def _change_price(self, number: int, rank: int) -> int:
        return 1 if self.problem.objective == "total" else change_price_s(self.problem.phases[number], rank)

    def _comers(self, number: int, rank: int, where: dict[str, int], earlier: dict[str, int] | None) -> int:
        """Changes of office of a class as a phase begins; earlier : where it was in the phase before, as staffed when None."""
        one = self.problem.phases[number].classes[rank]
        there: dict[str, int] = {}
        if rank in self._before[number]:
            into = self.problem.into[number - 1]
            known = earlier if earlier is not None else self._where[number - 1].get(self._before[number][rank], {})
            for office, count in known.items():
                there[into[office]] = there.get(into[office], 0) + count
        else:
            there[one.came or one.home] = one.size
        return sum(max(count - there.get(office, 0), 0) for office, count in where.items())
