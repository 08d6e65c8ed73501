"""A sweep: every point of a design played on the same citizens, kept as it comes, and what the points tell."""

import tempfile
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from results.experiment_tables import (
    PointFigure,
    Sensitivities,
    by_office,
    idle_factors,
    network,
    point_figures,
    points_frame,
    sensitivities,
    sensitivity_frame,
    summary_frame,
    tidy,
    write_both,
)
from scenarios.schema import Scenario
from sim.run import Report

from .design import Design
from .folder import PointFolder
from .play import Experiment
from .points import Base, points, sample
from .read_design import read_design


@dataclass(frozen=True, slots=True)
class Sweep:
    """What a sweep came to; tables are described in the data dictionary."""

    scenario: Scenario
    design: Design
    phases: tuple[str, ...]
    points: pd.DataFrame  #: point, and a column for each factor
    values: pd.DataFrame  #: every measured figure of the whole network
    offices: pd.DataFrame  #: the same by office, no row unless asked for
    figures: tuple[PointFigure, ...]  #: mean, interval, and change since point 0, of the whole network
    sensitivities: Sensitivities  #: of Morris and Sobol' designs, else none
    idle: tuple[str, ...]  #: factors that change no figure, on the days that were played
    played: int  #: points played now; the others stood in the folder
    seconds: float


def sweep(
    source: str | Path | Scenario | Base,
    design: Design | Path | str,
    *,
    phases: Iterable[str] | None = None,
    days: int | None = None,
    replications: int | None = None,
    seed: int | None = None,
    out: Path | None = None,
    jobs: int | None = None,
    progress: Report | None = None,
) -> Sweep:
    """Play every point of a design and return what came of it.

    source : a scenario or its name; design : a design or its TOML file; phases, days, replications, seed : in the place of
    those of the design; out : folder that keeps each point as it comes, so that the same sweep goes on where it stopped,
    and the tables. ScenarioError with every problem of the design; OtherQuestion when `out` holds another experiment.
    """
    base = Base.of(source)
    asked = design if isinstance(design, Design) else read_design(Path(design))
    asked = replace(
        asked,
        phases=tuple(phases) if phases is not None else asked.phases,
        days=asked.days if days is None else days,
        replications=asked.replications if replications is None else replications,
        seed=asked.seed if seed is None else seed,
    )
    chosen = asked.phases or tuple(phase.id for phase in base.scenario.phases)
    with ExitStack() as stack:
        folder = out or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        experiment = Experiment(base, asked, points(asked), chosen, PointFolder(folder), jobs, progress)
        experiment.claim()
        results = experiment.results(range(len(experiment.points)))
    found = _swept(experiment, results)
    if out is not None:
        write_sweep(found, out)
    return found


def _swept(experiment: Experiment, results: dict[int, pd.DataFrame]) -> Sweep:
    design = experiment.design
    names = [factor.name for factor in design.factors]
    text = frozenset(factor.name for factor in design.factors if factor.is_text)
    numbered = points_frame(names, experiment.points, text)
    values = tidy(numbered, results)
    figures = point_figures(network(values), common_draws=design.common_draws)
    measured = design.kind in ("morris", "sobol")
    measures = sensitivities(design.kind, names, sample(design), figures, design.sample_seed) if measured else {}
    return Sweep(
        experiment.base.scenario,
        design,
        experiment.phases,
        numbered,
        network(values),
        by_office(values),
        figures,
        measures,
        idle_factors(names, experiment.points, figures),
        experiment.played.points,
        experiment.played.seconds,
    )


def write_sweep(found: Sweep, folder: Path) -> None:
    """Write the tables of a sweep into its folder."""
    tables = (found.values, summary_frame(found.points, found.figures), found.offices, sensitivity_frame(found.sensitivities))
    for name, frame in zip(("sweep", "sweep_summary", "sweep_by_office", "sensitivity"), tables, strict=True):
        if len(frame):
            write_both(frame, folder, name)
