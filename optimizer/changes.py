"""What a change of a plan does, by the curves and the rules, without the program: for sweeps over many of them."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, replace

from .formulation import change_price_s
from .problem import PhaseProblem, Place, StaffingProblem, Target
from .solve import Breach, Staffing, comers, crew_breaches, crews_of, group_of, seen_by_rules

Step = tuple[int, str, str]  #: (class, from office, to office) of one officer
Steps = Mapping[int, tuple[Step, ...]]  #: by number of the phase
Way = tuple[tuple[int, Step], ...]  #: number of the phase, and a step of one of a class in it
Where = dict[str, int]  #: office → officers


@dataclass(frozen=True, slots=True)
class Effect:
    """A change of some officers' offices."""

    #: change of the overload of each phase touched, by the curves, person-seconds a day; 0 when a curve does not reach so far
    by_phase_s: tuple[tuple[int, int], ...]
    price_s: int  #: change of prices, person-seconds over all days
    breaches: tuple[tuple[int, Breach], ...]  #: rules it breaks, by number of the phase

    @property
    def overload_s(self) -> int:
        """Change of the overload of all phases touched, person-seconds a day."""
        return sum(value for _, value in self.by_phase_s)

    @property
    def broken(self) -> tuple[str, ...]:
        """Names of the rules it breaks."""
        return tuple(dict.fromkeys(breach.name for _, breach in self.breaches))

    def cost_s(self, days: int) -> int:
        """Change of the objective when one phase is touched, person-seconds over all its days."""
        return days * self.overload_s + self.price_s


class Changes:
    """Evaluates changes of one staffing, which must keep every rule."""

    def __init__(self, problem: StaffingProblem, staffing: Staffing) -> None:
        self.problem, self.staffing = problem, staffing
        self._moves = [sum(comers(problem, staffing, number).values()) for number in range(len(staffing))]
        self._here: list[dict[str, dict[int, int]]] = []  #: by phase and office: class → officers
        self._where: list[dict[int, Where]] = []  #: by phase and class
        for phase in staffing:
            here: dict[str, dict[int, int]] = {}
            where: dict[int, Where] = {}
            for (rank, office), count in phase.people.items():
                here.setdefault(office, {})[rank] = count
                where.setdefault(rank, {})[office] = count
            self._here.append(here)
            self._where.append(where)
        self._crew_sizes = [crews_of(phase, chosen) for phase, chosen in zip(problem.phases, staffing, strict=True)]
        self._beyond = [self.beyond_home_m(number) for number in range(len(staffing))]
        self._before = [problem.before(number) for number in range(len(problem.phases))]
        self._priced: dict[Way, tuple[int, dict[int, int]]] = {}  #: change of prices, and of changes of office by phase
        self._broken: dict[Hashable, list[Breach]] = {}  #: by phase and office, and who is more or fewer
        self._alone: dict[tuple[int, str], PhaseProblem] = {}  #: phases with the rules of one office
        self._stayers: dict[tuple[int, int], Where] = {}  #: by phase and class: where they are as it begins, as planned
        self._next = [{before: rank for rank, before in follows.items()} for follows in self._before[1:]]

    def effect(self, number: int, steps: Iterable[Step]) -> Effect:
        """What a change in the phase of that number does; KeyError for somebody who is not there."""
        return self.effect_of({number: tuple(steps)})

    def effect_of(self, steps: Steps) -> Effect:
        """What a change in several phases does; KeyError for somebody who is not there."""
        price, moved = self._price(steps)
        overload = tuple((number, self._on_curves(number, taken) or 0) for number, taken in sorted(steps.items()))
        return Effect(overload, price, self._broken_by(steps, moved))

    def breaches(self, steps: Steps) -> tuple[tuple[int, Breach], ...]:
        """The rules that a change in several phases breaks, by number of the phase."""
        return self._broken_by(steps, self._price(steps)[1])

    def objective_s(self, effect: Effect) -> int:
        """Change of the objective, person-seconds over all days."""
        return sum(self.problem.phases[number].days * value for number, value in effect.by_phase_s) + effect.price_s

    def change_s(self, steps: Steps) -> int | None:
        """Change of the objective whatever rules it breaks, person-seconds over all days.

        None beyond the reach of a curve, and for an office where somebody may not serve.
        """
        found = self._price(steps)[0]
        for number, taken in steps.items():
            if any(self._target(number, rank, target) is None for rank, _, target in taken):
                return None
            change = self._on_curves(number, taken)
            if change is None:
                return None
            found += self.problem.phases[number].days * change
        return found

    def _on_curves(self, number: int, steps: tuple[Step, ...]) -> int | None:
        """Change of the overload of a phase, person-seconds a day; None where a curve does not reach so far."""
        phase, crews = self.problem.phases[number], self._crew_sizes[number]
        curves = phase.curves
        more: dict[Place, int] = {}
        for rank, source, target in steps:
            for office, change in ((source, -1), (target, 1)):
                place = (office, group_of(phase, rank, office))
                if place in curves:
                    more[place] = more.get(place, 0) + change
        found = 0
        for place, change in more.items():
            curve, crew = curves[place], crews[place]
            if crew not in curve or crew + change not in curve:
                return None
            found += curve[crew + change] - curve[crew]
        return found

    def price_s(self, steps: Steps) -> int:
        """Change of prices alone, person-seconds over all days."""
        return self._price(steps)[0]

    def breaks(self, steps: Steps) -> bool:
        """Whether a change in several phases breaks a rule, the cap on changes of office asked first."""
        moved = self._price(steps)[1]
        return bool(self._too_many(moved)) or any(self._crews(number, taken) for number, taken in steps.items())

    def _broken_by(self, steps: Steps, moved: Mapping[int, int]) -> tuple[tuple[int, Breach], ...]:
        """The rules that a change breaks; moved : changes of office more, by phase."""
        found = [(number, breach) for number, taken in sorted(steps.items()) for breach in self._crews(number, taken)]
        return (*found, *self._too_many(moved))

    def _too_many(self, moved: Mapping[int, int]) -> list[tuple[int, Breach]]:
        """The caps on changes of office that so many more break, by phase."""
        found = []
        for number, more in sorted(moved.items()):
            most, now = self.problem.phases[number].max_moves, self._moves[number] + more
            if more > 0 and now > most:
                found.append((number, Breach("few_moves", "few_moves", found=now, limit=most)))
        return found

    def _crews(self, number: int, steps: tuple[Step, ...]) -> list[Breach]:
        """What the people and crews of a phase break."""
        more: dict[str, dict[int, int]] = {}
        for rank, source, target in steps:
            for office, change in ((source, -1), (target, 1)):
                here = more.setdefault(office, {})
                here[rank] = here.get(rank, 0) + change
        found = [breach for office in sorted(more) for breach in self._breaches(number, office, more[office])]
        broken = sorted(found, key=lambda breach: {"level": 0, "mix": 2}.get(breach.rule, 1))
        broken += [
            Breach(f"target {(rank, target)}", "target", target)
            for rank, _, target in steps
            if self._target(number, rank, target) is None
        ]
        return broken + self._far(number, steps)

    def _far(self, number: int, steps: tuple[Step, ...]) -> list[Breach]:
        """The cap on commuting, when a change breaks it."""
        most = self.problem.phases[number].max_commute_m
        more = sum(self._metres(number, rank, target) - self._metres(number, rank, source) for rank, source, target in steps)
        now = self._beyond[number] + more
        broken = most is not None and more > 0 and now > most
        return [Breach("few_kilometers", "few_kilometers", found=now, limit=most or 0)] if broken else []

    def beyond_home_m(self, number: int) -> int:
        """Metres a day that all officers commute beyond those from home."""
        classes = self.problem.phases[number].classes
        return sum(
            count * (self._metres(number, rank, office) - classes[rank].home_m)
            for (rank, office), count in self.staffing[number].people.items()
        )

    def _breaches(self, number: int, office: str, more: Mapping[int, int]) -> list[Breach]:
        """The rules that the crew of an office breaks with so many more of some classes; told again of officers who are alike."""
        alike: dict[Hashable, int] = {}
        for rank, change in more.items():
            seen = seen_by_rules(self.problem.phases[number], rank, office)
            alike[seen] = alike.get(seen, 0) + change
        key = (number, office, frozenset(alike.items()))
        if key not in self._broken:
            self._broken[key] = self._counted(number, office, more)
        return self._broken[key]

    def _counted(self, number: int, office: str, more: Mapping[int, int]) -> list[Breach]:
        """The same, counted."""
        here = self._here[number].get(office, {})
        people = {(rank, office): here.get(rank, 0) + more.get(rank, 0) for rank in (*here, *more)}
        chosen = replace(self.staffing[number], people={key: count for key, count in people.items() if count})
        if (number, office) not in self._alone:
            self._alone[number, office] = self.problem.phases[number].alone(office)
        return crew_breaches(self._alone[number, office], chosen)

    def _target(self, number: int, rank: int, office: str) -> Target | None:
        """What serving at an office is like for one of a class; None where they may not."""
        return self.problem.phases[number].classes[rank].target_at.get(office)

    def _metres(self, number: int, rank: int, office: str) -> int:
        """Metres a day that one of a class commutes."""
        target = self._target(number, rank, office)
        return target.commute_m if target is not None else 0

    def _price_of(self, number: int, rank: int, office: str) -> int:
        """Price a day of one of a class at an office, person-seconds."""
        target = self._target(number, rank, office)
        return target.price_s if target is not None else 0

    def _price(self, steps: Steps) -> tuple[int, dict[int, int]]:
        """Change of prices, and of the changes of office in the phases touched and in those that follow them."""
        ways: dict[tuple[str, ...], list[tuple[int, Step]]] = {}
        for number, taken in steps.items():
            for step in taken:
                ways.setdefault(self.problem.phases[number].classes[step[0]].officers, []).append((number, step))
        price, moved = 0, dict[int, int]()
        for way in map(tuple, ways.values()):
            if way not in self._priced:
                self._priced[way] = self._priced_way(way)
            more, moves = self._priced[way]
            price += more
            for number, count in moves.items():
                moved[number] = moved.get(number, 0) + count
        return price, moved

    def _priced_way(self, way: Way) -> tuple[int, dict[int, int]]:
        """The same of the steps of those who are one class in all phases; nobody else's change of office hangs on theirs."""
        changed: dict[tuple[int, int], Where] = {}
        price = 0
        for number, (rank, source, target) in way:
            where = changed.setdefault((number, rank), dict(self._where[number].get(rank, {})))
            where[source] -= 1
            where[target] = where.get(target, 0) + 1
            days = self.problem.phases[number].days
            price += days * (self._price_of(number, rank, target) - self._price_of(number, rank, source))
        if self.problem.objective == "total":
            price = 0
        touched = set(changed)
        for number, rank in changed:
            if number + 1 < len(self.staffing) and rank in self._next[number]:
                touched.add((number + 1, self._next[number][rank]))
        moved: dict[int, int] = {}
        for number, rank in touched:
            more = self._comers(number, rank, changed) - self._comers(number, rank, {})
            moved[number] = moved.get(number, 0) + more
            price += more * self._change_price(number, rank)
        return price, moved

    def _change_price(self, number: int, rank: int) -> int:
        return 1 if self.problem.objective == "total" else change_price_s(self.problem.phases[number], rank)

    def _comers(self, number: int, rank: int, changed: Mapping[tuple[int, int], Where]) -> int:
        """Changes of office of a class as a phase begins."""
        before = (number - 1, self._before[number].get(rank, -1))
        if before in changed:
            there = self._merged(number, changed[before])
        else:
            if (number, rank) not in self._stayers:
                self._stayers[number, rank] = self._there(number, rank)
            there = self._stayers[number, rank]
        where = changed.get((number, rank), self._where[number].get(rank, {}))
        return sum(count - there.get(office, 0) for office, count in where.items() if count > there.get(office, 0))

    def _there(self, number: int, rank: int) -> Where:
        """Where a class is as a phase begins, as planned."""
        one = self.problem.phases[number].classes[rank]
        if rank in self._before[number]:
            return self._merged(number, self._where[number - 1].get(self._before[number][rank], {}))
        return {one.came or one.home: one.size}

    def _merged(self, number: int, where: Where) -> Where:
        """Where those are in a phase who were there in the phase before."""
        into = self.problem.into[number - 1]
        found: Where = {}
        for office, count in where.items():
            found[into[office]] = found.get(into[office], 0) + count
        return found
