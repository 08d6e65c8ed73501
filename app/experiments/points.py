"""From a design to points, and from a point to the scenario that is played: checked and frozen like any other."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.inputs import planned_by
from app.planning import plan_phases
from optimizer.additions import Addition, with_additions
from results.sensitivity import latin_sample, morris_sample, sobol_sample
from scenarios import Problem, Scenario, ScenarioError, check_scenario, disturb, load_scenario, scenario_digest
from scenarios.cells import BadCell, shown
from scenarios.factors import fits
from scenarios.phases import phase_view
from scenarios.placed import Placed
from scenarios.rows import grouped
from sim.response import desk_crews

from .design import CREW, DISTURBANCE, MAX_MOVES, PLAN, VARIANT, Design, Factor, Level

Values = tuple[Level | None, ...]  #: one a factor; None leaves it as it is
Planner = Callable[[Scenario, int], Scenario]


@dataclass(frozen=True, slots=True)
class Base:
    """The scenario that is varied, and its name when its variants are wanted."""

    scenario: Scenario
    name: str = ""

    @staticmethod
    def of(source: "str | Path | Scenario | Base") -> "Base":
        """Take a scenario, or load it by its name; ScenarioError with all its problems."""
        if isinstance(source, Base):
            return source
        return Base(source) if isinstance(source, Scenario) else Base(load_scenario(source), str(source))


def sample(design: Design) -> NDArray[np.float64]:
    """Points of latin, morris and sobol in the unit cube."""
    draw = {"latin": latin_sample, "morris": morris_sample, "sobol": sobol_sample}[design.kind]
    return draw(len(design.factors), design.points, design.sample_seed)


def points(design: Design) -> tuple[Values, ...]:
    """The values of every point, in the order in which points are numbered."""
    factors = design.factors
    if design.kind == "factorial":
        return tuple(product(*(factor.levels for factor in factors)))
    if design.kind == "tornado":
        usual: Values = (None,) * len(factors)
        return (usual, *((*usual[:rank], end, *usual[rank + 1 :]) for rank, one in enumerate(factors) for end in one.ends()))
    return tuple(tuple(factor.at(share) for factor, share in zip(factors, row, strict=True)) for row in sample(design).tolist())


def scenario_at(base: Base, design: Design, values: Values, planner: Planner | None = None) -> Scenario:
    """Return the scenario of a point. Variants come first, then fields and crews, disturbances, and plans on top.

    planner : plans a scenario with so many moves; None leaves such factors out. ScenarioError when a rule is broken.
    """
    pairs = [(factor, value) for factor, value in zip(design.factors, values, strict=True) if value is not None]
    scenario, problems = base.scenario, list[Problem]()
    for factor, value in sorted(pairs, key=lambda pair: _rank(pair[0])):
        place = Placed(design.file, factor.line, None)
        changed = _changed(base, design, factor, value, scenario, place, problems, planner)
        scenario = scenario if changed is None else changed
    if problems:
        raise ScenarioError(grouped(problems))
    broken = [one for one in check_scenario(scenario) if one.severity == "error"]
    if broken:
        said = ", ".join(f"{factor.name} = {shown(value)}" for factor, value in pairs)
        codes = ", ".join(dict.fromkeys(problem.code for problem in broken))
        raise ScenarioError([Problem(design.file, 0, "", "E-EXP-007", said, codes), *broken])
    return scenario


def _rank(factor: Factor) -> int:
    """Place in the order of changes."""
    if factor.path == VARIANT:
        return 0
    if factor.change is not None or factor.path.startswith(CREW):
        return 1
    return 2 if factor.path.startswith(DISTURBANCE) else 3


def _changed(
    base: Base,
    design: Design,
    factor: Factor,
    value: Level,
    scenario: Scenario,
    place: Placed[None],
    problems: list[Problem],
    planner: Planner | None,
) -> Scenario | None:
    """The scenario with one factor at a value; None when that cannot be, which is told."""
    if isinstance(value, str):
        if factor.path == PLAN:
            return planned_by(scenario, [design.folder / value]) if value else scenario
        if not base.name:
            problems.append(place.problem(factor.name, "E-EXP-008"))
            return None
        return _variant(base.name, value)
    if factor.change is not None:
        if factor.change.where and not any(fits(scenario, row, factor.where) for row in getattr(scenario, factor.change.home)):
            problems.append(place.problem(factor.name, "E-EXP-006", "", factor.change.home))
            return None
        return factor.change.applied(scenario, value, place, problems)
    if factor.path.startswith(CREW):
        return _with_crew(scenario, factor.path.removeprefix(CREW), round(value))
    if factor.path == MAX_MOVES:
        return planner(scenario, round(value)) if planner is not None and value else scenario
    try:
        return disturb(scenario, factor.path.removeprefix(DISTURBANCE), factor.start, strength=value)
    except BadCell as error:
        problems.append(place.problem(factor.name, error.code, shown(value), error.expected, **dict(error.values)))
        return None


def _variant(name: str, names: str) -> Scenario:
    return load_scenario(f"{name}{'+' if ':' in name else ':'}{names}" if names else name)


def _with_crew(scenario: Scenario, kind: str, more: int) -> Scenario:
    """So many officers more at every office of a kind, in every phase, at the desks that have most."""
    for phase in scenario.phases:
        view = phase_view(scenario, phase.id)
        desks = desk_crews(scenario, view)
        added = []
        for office in view.offices.values():
            groups = [(len(crew), group) for (place, group), crew in desks.items() if place == office.id and crew]
            if office.kind == kind and groups and more:
                largest = min(groups, key=lambda one: (-one[0], one[1]))
                added.append(Addition("post", office.id, largest[1], more))
        scenario = with_additions(scenario, phase.id, added) if added else scenario
    return scenario


def check_points(base: Base, design: Design) -> Mapping[str, str]:
    """Try every level, or both ends of a range, of each factor alone; the digest of each by `factor=value`.

    ScenarioError with the problems of all of them.
    """
    problems: list[Problem] = []
    digests: dict[str, str] = {}
    for rank, factor in enumerate(design.factors):
        for end in factor.ends():
            usual: list[Level | None] = [None] * len(design.factors)
            usual[rank] = end
            try:
                digests[f"{factor.name}={end}"] = scenario_digest(scenario_at(base, design, tuple(usual)))
            except ScenarioError as error:
                problems += [problem for problem in error.problems if problem not in problems]
    if problems:
        raise ScenarioError(problems)
    return digests


def planner_of(phases: tuple[str, ...], days: int | None, seed: int) -> Planner:
    """What plans a scenario for a point: the best plan with so many moves a phase."""

    def planned(scenario: Scenario, moves: int) -> Scenario:
        return plan_phases(scenario, phases, max_moves=moves, days=days, seed=seed, jobs=1).plan.applied_to(scenario)

    return planned
