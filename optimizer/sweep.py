"""Every single change of a plan: one officer moved, or two unlike ones swapped, by the rules.

A change begins with a phase. It lasts that phase alone, or for as long as the plan keeps those concerned in one place, mergers
of offices aside. It touches two offices a phase and cannot save more than the overload they have, so most need not be played.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from scenarios.schema import Officer

from .changes import Changes, Step, Steps
from .problem import StaffingProblem
from .solve import Staffing

Names = Sequence[Mapping[str, str]]  #: office of each officer, by phase


@dataclass(frozen=True, slots=True)
class Change:
    """A move, or a swap; person-minutes a day of the phases in which it lasts."""

    kind: str  #: move or swap
    officers: tuple[str, ...]
    steps: Steps
    price_min: float  #: change of prices
    zone_min: float  #: no more than this is no difference

    @property
    def offices(self) -> tuple[str, str]:
        """Where the first officer leaves, and where they come, as the change begins."""
        _, source, target = self.steps[min(self.steps)][0]
        return source, target


class Sweep:
    """Every move and every swap of unlike officers that keeps the rules and could save more than the zone.

    Officers alike in all that a hall sees are swapped once: other swaps of the same kinds differ in prices alone, and swaps
    of alike officers in nothing else, which the program has settled.
    """

    def __init__(
        self,
        problem: StaffingProblem,
        staffing: Staffing,
        names: Names,
        officers: Mapping[str, Officer],
        most_min: Sequence[Mapping[str, float]],
        zones_min: Sequence[float],
    ) -> None:
        """names : of the plan; most_min : the most that an office can save, by phase, person-minutes a day."""
        self.bounded = 0
        self._phases, self._into, self._names = problem.phases, problem.into, names
        self._officers, self._most, self._zones = officers, most_min, zones_min
        self._judge = Changes(problem, staffing)
        self._ranks = [
            {officer: rank for rank, one in enumerate(phase.classes) for officer in one.officers} for phase in problem.phases
        ]
        self._reach = [[{target.office for target in one.targets} for one in phase.classes] for phase in problem.phases]

    def changes(self, number: int) -> Iterator[Change]:
        """Yield the changes that begin with a phase and are worth playing; `bounded` counts those that are not."""
        kinds = self._kinds(number)
        for source in sorted(kinds):
            for officer in sorted(name for kind in kinds[source].values() for name in kind):
                for target in sorted(self._reach[number][self._ranks[number][officer]] - {source}):
                    for steps in self._lasting(number, (officer,), (source, target)):
                        yield from self._worth("move", (officer,), steps)
        for source, target in combinations(sorted(kinds), 2):
            for (mine, here), (theirs, there) in product(kinds[source].items(), kinds[target].items()):
                if mine != theirs:
                    yield from self._swaps(number, (source, target), here, there)

    def _kinds(self, number: int) -> dict[str, dict[tuple[object, ...], list[str]]]:
        """Officers of each office, by what a hall sees of them."""
        kinds: dict[str, dict[tuple[object, ...], list[str]]] = {}
        for officer in self._ranks[number]:
            likes = kinds.setdefault(self._names[number][officer], {})
            likes.setdefault(likeness(self._officers[officer]), []).append(officer)
        return kinds

    def _swaps(self, number: int, offices: tuple[str, str], here: list[str], there: list[str]) -> Iterator[Change]:
        """The cheapest swap of two kinds of officers, of each length."""
        found: dict[tuple[int, ...], Change] = {}
        for pair in product(here, there):
            for steps in self._lasting(number, pair, offices):
                for one in self._worth("swap", pair, steps):
                    best = found.setdefault(tuple(steps), one)
                    found[tuple(steps)] = min(best, one, key=lambda change: (change.price_min, change.officers))
        yield from found.values()

    def _lasting(self, number: int, officers: tuple[str, ...], offices: tuple[str, str]) -> Iterator[Steps]:
        """The steps of a change in its first phase, and in all phases for which it can last when they are more."""
        found: dict[int, tuple[Step, ...]] = {}
        ways = list(zip(officers, (offices, offices[::-1]), strict=False))
        for place in range(number, len(self._phases)):
            if place > number:
                into = self._into[place - 1]
                ways = [(officer, (into[now], into[other])) for officer, (now, other) in ways]
            if any(self._names[place].get(officer) != now or now == other for officer, (now, other) in ways):
                break
            ranks = self._ranks[place]
            if any(officer not in ranks or other not in self._reach[place][ranks[officer]] for officer, (_, other) in ways):
                break
            found[place] = tuple((ranks[officer], now, other) for officer, (now, other) in ways)
        if found:
            yield {number: found[number]}
        if len(found) > 1:
            yield found

    def _worth(self, kind: str, names: tuple[str, ...], steps: Steps) -> Iterator[Change]:
        days = {number: self._phases[number].days for number in steps}
        total = sum(days.values())
        price_min = self._judge.price_s(steps) / 60 / total
        zone = sum(days[number] * self._zones[number] for number in steps) / total
        most = sum(
            days[number] * sum(self._most[number][office] for office in taken[0][1:]) / total for number, taken in steps.items()
        )
        if most - price_min <= zone:
            self.bounded += 1
        elif not any(not name.startswith("level") for name in self._judge.effect_of(steps).broken):
            yield Change(kind, names, steps, price_min, zone)


def likeness(officer: Officer) -> tuple[object, ...]:
    """All of an officer that the hall sees, but the name."""
    return tuple(sorted(officer.skills.items())), officer.counter_share, officer.shift, officer.absence_rate
