"""A design: what is varied, over which values, and what is measured."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from math import prod
from pathlib import Path
from typing import Literal, get_args

from results.compare import LOST
from scenarios.factors import FieldChange, Fits, How, numeric_fields

Kind = Literal["factorial", "tornado", "latin", "morris", "sobol"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Level = float | str
VARIANT, PLAN, MAX_MOVES = "variant", "plan", "max_moves"  #: paths of factors that are no field
DISTURBANCE, CREW = "disturbance.", "crew."  #: how paths of others begin
OFFICE_KINDS = ("center", "branch", "point")
#: rows of the sample when nobody says how many
USUAL_POINTS: Mapping[str, int] = {"latin": 20, "morris": 10, "sobol": 64}
USUAL_INDICATORS = (
    "overload_min_per_day",
    "wait_mean_min",
    "wait_p90_min",
    "share_wait_over_20",
    "utilization",
    "visits_per_day",
    LOST,
)


@dataclass(frozen=True, slots=True)
class Factor:
    """One thing that is varied: over levels, or within a range."""

    name: str  #: column of the tables
    path: str  #: what is varied
    levels: tuple[Level, ...] = ()
    low: float | None = None
    high: float | None = None
    how: How = "set"
    where: tuple[Fits, ...] = ()
    start: date | None = None  #: of a disturbance
    line: int = field(default=0, compare=False, repr=False)

    @property
    def change(self) -> FieldChange | None:
        """The change of a setting or column; None for a factor of another kind."""
        home, _, name = self.path.partition(".")
        return FieldChange(home, name, self.how, self.where) if name in numeric_fields(home) else None

    @property
    def is_text(self) -> bool:
        return self.path in (VARIANT, PLAN)

    def at(self, share: float) -> Level:
        """The value at a place between 0 and 1: within the range, or the level whose equal part holds it."""
        if self.low is not None and self.high is not None:
            return float(f"{self.low + share * (self.high - self.low):.12g}")
        return self.levels[min(int(share * len(self.levels)), len(self.levels) - 1)]

    def ends(self) -> tuple[Level, ...]:
        """Values that stand for all: every level, or both ends of the range."""
        return self.levels if self.low is None or self.high is None else (self.low, self.high)


@dataclass(frozen=True, slots=True)
class Design:
    """Which values are played, on what, and what is measured."""

    kind: Kind
    factors: tuple[Factor, ...]
    points: int = 0  #: rows of the sample of latin, morris and sobol
    sample_seed: int = 1
    indicators: tuple[str, ...] = USUAL_INDICATORS
    offices: bool = False  #: measured office by office, too
    common_draws: bool = True  #: every point on the same citizens
    phases: tuple[str, ...] | None = None
    days: int | None = None
    replications: int = 5
    seed: int = 1
    file: str = field(default="", compare=False, repr=False)
    folder: Path = field(default=Path(), compare=False, repr=False)  #: plans are looked for from here

    def size(self) -> int:
        """How many points the design has."""
        count = len(self.factors)
        if self.kind == "factorial":
            return prod(len(factor.levels) for factor in self.factors)
        if self.kind == "tornado":
            return 1 + sum(len(factor.ends()) for factor in self.factors)
        return {"latin": self.points, "morris": self.points * (count + 1), "sobol": self.points * (count + 2)}[self.kind]
