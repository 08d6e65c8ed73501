"""Every single change of a plan: one officer moved, or two unlike ones swapped, by the rules.

A change touches two offices and cannot save more than the overload they have, so most need not be played.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, product

from scenarios.schema import Officer

from .changes import Changes, Step
from .problem import StaffingProblem
from .solve import Staffing


@dataclass(frozen=True, slots=True)
class Change:
    """A move, or a swap."""

    kind: str  #: move or swap
    officers: tuple[str, ...]
    steps: tuple[Step, ...]
    price_min: float  #: change of prices, person-minutes a day

    @property
    def offices(self) -> tuple[str, str]:
        """Where the first officer leaves, and where they come."""
        return self.steps[0][1], self.steps[0][2]

    @property
    def targets(self) -> tuple[str, ...]:
        """Where each officer comes."""
        return tuple(target for _, _, target in self.steps)


class Sweep:
    """Every single move and every swap of unlike officers that keeps the rules and could save more than a zone.

    Officers alike in all that a hall sees are swapped once: other swaps of the same kinds differ in prices alone, and swaps
    of alike officers in nothing else, which the program has settled.
    """

    def __init__(
        self,
        problem: StaffingProblem,
        staffing: Staffing,
        number: int,
        serves: Mapping[str, str],
        officers: Mapping[str, Officer],
        most_min: Mapping[str, float],
        zone_min: float,
    ) -> None:
        """serves : office of each officer in the plan; most_min : the most that an office can save, person-minutes a day."""
        self.bounded = 0
        self._number, self._zone, self._most = number, zone_min, most_min
        self._phase, self._judge = problem.phases[number], Changes(problem, staffing)
        self._groups: dict[str, dict[tuple[object, ...], list[tuple[int, str]]]] = {}
        for rank, one in enumerate(self._phase.classes):
            for officer in one.officers:
                kinds = self._groups.setdefault(serves[officer], {})
                kinds.setdefault(likeness(officers[officer]), []).append((rank, officer))
        self._reach = {rank: {target.office for target in one.targets} for rank, one in enumerate(self._phase.classes)}

    def changes(self) -> Iterator[Change]:
        """Yield the changes worth playing; `bounded` counts those whose offices have too little to save."""
        for source in sorted(self._groups):
            for rank, officer in sorted(pair for kind in self._groups[source].values() for pair in kind):
                for target in sorted(self._reach[rank] - {source}):
                    yield from self._worth("move", (officer,), ((rank, source, target),))
        for source, target in combinations(sorted(self._groups), 2):
            for (mine, here), (theirs, there) in product(self._groups[source].items(), self._groups[target].items()):
                if mine != theirs:
                    yield from self._swap(source, target, here, there)

    def _swap(self, source: str, target: str, here: list[tuple[int, str]], there: list[tuple[int, str]]) -> Iterator[Change]:
        """The cheapest swap of two kinds of officers."""
        found: list[Change] = []
        for (rank, officer), (other, name) in product(here, there):
            if target in self._reach[rank] and source in self._reach[other]:
                found += self._worth("swap", (officer, name), ((rank, source, target), (other, target, source)))
        if found:
            yield min(found, key=lambda change: (change.price_min, change.officers))

    def _worth(self, kind: str, names: tuple[str, ...], steps: tuple[Step, ...]) -> Iterator[Change]:
        price_min = self._judge.price_s(self._number, steps) / 60 / self._phase.days
        if self._most[steps[0][1]] + self._most[steps[0][2]] - price_min <= self._zone:
            self.bounded += 1
        elif not any(not name.startswith("level") for name in self._judge.effect(self._number, steps).broken):
            yield Change(kind, names, steps, price_min)


def likeness(officer: Officer) -> tuple[object, ...]:
    """All of an officer that the hall sees, but the name."""
    return tuple(sorted(officer.skills.items())), officer.counter_share, officer.shift, officer.absence_rate
