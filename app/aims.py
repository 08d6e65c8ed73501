"""What a plan is asked for: its objective, its caps, and what it may add beside moves."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from optimizer.additions import OptionKind, options_of
from optimizer.problem import Allowance, Objective, Option, Wishes
from scenarios.schema import Scenario
from sim.response import recorded

WISHES = {"pin": "pinned", "forbid": "forbidden", "want": "wanted"}  #: option of the command line → part of the wishes
SURE = 1.96  #: standard errors by which an option must help to be offered


@dataclass(frozen=True, slots=True)
class Aims:
    """The options of the command line that shape a plan, as they are given."""

    objective: Objective = "weighted"
    max_km: float | None = None
    max_overload: float | None = None  #: person-minutes a day, at any office
    posts: int = 0
    postal_posts: int = 0
    rent: int = 0
    buy: int = 0
    volunteers: int = 0
    reserved: int = 0

    @property
    def kinds(self) -> tuple[tuple[OptionKind, int], ...]:
        """Options offered, and how many may be taken in a phase."""
        found: tuple[tuple[OptionKind, int], ...] = (("volunteer", self.volunteers), ("reserved", self.reserved))
        return tuple((kind, count) for kind, count in found if count)

    def rules(
        self,
        scenario: Scenario,
        phases: Iterable[str],
        *,
        replications: Iterable[int],
        days: int | None,
        seed: int,
        jobs: int | None,
    ) -> dict[str, Any]:
        """The same as `optimizer.staffing_problem` takes it; what options are worth is played again in a recorded run."""
        numbers = tuple(replications)
        options: dict[str, tuple[Option, ...]] = {}
        for phase in phases if self.kinds else ():
            replay = recorded(scenario, phase, numbers, seed, days, False, jobs)
            options[phase] = options_of(replay, [kind for kind, _ in self.kinds], sure=SURE, jobs=jobs)
        return {
            "objective": self.objective,
            "max_commute_km": self.max_km,
            "max_overload_min": self.max_overload,
            "allowance": Allowance(self.posts, self.postal_posts, self.rent, self.buy, self.kinds),
            "options": options,
        }

    @classmethod
    def of_arguments(cls, arguments: Mapping[str, str]) -> Self:
        """The aims that options of the command line ask for, as `arguments` has them."""
        asked = {field.name: arguments.get(field.name.replace("_", "-")) for field in fields(cls)}
        kinds: dict[str, Callable[[str], Any]] = {"objective": str, "max_km": float, "max_overload": float}
        return cls(**{name: kinds.get(name, int)(value) for name, value in asked.items() if value is not None})

    def arguments(self) -> tuple[tuple[str, str], ...]:
        """What was asked for beyond the usual, as options of the command line."""
        usual = Aims()
        pairs = ((field.name, getattr(self, field.name), getattr(usual, field.name)) for field in fields(self))
        return tuple((name.replace("_", "-"), f"{value}") for name, value, common in pairs if value != common)


USUAL = Aims()


def wish_arguments(wishes: Wishes) -> tuple[tuple[str, str], ...]:
    """What the planner says beforehand, as options of the command line, sorted."""
    return tuple(
        (option, one if isinstance(one, str) else ":".join(one))
        for option, part in WISHES.items()
        for one in sorted(getattr(wishes, part))
    )


def wishes_of_arguments(arguments: Iterable[tuple[str, str]]) -> Wishes:
    """The wishes that options of the command line ask for."""
    found: dict[str, set[Any]] = {part: set() for part in WISHES.values()}
    for option, value in arguments:
        if option in WISHES:
            officer, colon, office = value.rpartition(":")
            found[WISHES[option]].add((officer, office) if colon else value)
    return Wishes(**{part: frozenset(rows) for part, rows in found.items()})
