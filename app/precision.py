"""As many replications as a wanted precision takes: each batch goes on where the streams of the one before ended."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from math import isnan

import numpy as np
from numpy.typing import NDArray

from app.speaker import Fault
from results.compare import HIGHER_IS_BETTER, LOST, LOWER_IS_BETTER, lost_share, province_indicators
from results.statistics import FEWEST, Precision, looks, relative_half_width
from scenarios.cells import nearest
from scenarios.schema import Scenario
from sim import INDICATORS, Measures, PhaseMeasures, PhaseTables, simulate
from sim.run import Run

Numbers = NDArray[np.float64]


def check_indicator(name: str, *, directed: bool) -> None:
    """Fault for an indicator that is not there, or one of which neither more nor less is better."""
    known = {*INDICATORS, LOST}
    if name not in known:
        raise Fault("indicator", found=name, expected=nearest(name, known))
    if directed and name not in LOWER_IS_BETTER | HIGHER_IS_BETTER:
        raise Fault("no_direction", found=name)


def simulate_until(
    scenario: Scenario,
    phases: Iterable[str] | None = None,
    *,
    precision: float,
    indicator: str,
    measures: Measures,
    replications: int = FEWEST,
    most: int = 1_000,
    **how: object,
) -> tuple[Run, Precision]:
    """Play until the interval of an indicator is narrow enough in every phase, and tell what came of it.

    precision : half width over the mean, at most; measures : is filled; replications : the fewest, 10 at least; most : where
    to give up. how : as `sim.simulate`. A run of N replications chosen so is the run of N replications asked for outright.
    """

    def play(first: int, count: int) -> tuple[Run, float]:
        run = simulate(scenario, phases, replications=count, first_replication=first, measures=measures, **how)  # type: ignore[arg-type]
        widths = [relative_half_width(measured_indicator(measured, indicator)) for measured in measures.phases]
        return run, float(max(widths, key=lambda width: (isnan(width), width)))

    first, *more = looks(min(max(replications, FEWEST), most), most)
    run, width = play(0, first)
    seconds = run.seconds
    for number in more:
        if not width > precision:
            break
        run, width = play(run.replications, number - run.replications)
        seconds += run.seconds
    return replace(run, seconds=seconds), Precision(indicator, precision, width, run.replications, width <= precision)


def measured_indicator(measured: PhaseMeasures, indicator: str) -> Numbers:
    """One indicator of the whole network, a figure a replication."""
    figures = measured.figures
    return lost_share(figures) if indicator == LOST else figures[indicator]


def indicator_of(tables: PhaseTables, scenario: Scenario, indicator: str) -> Numbers:
    """One indicator of the whole network, a figure a replication."""
    return province_indicators(tables, scenario)[indicator].to_numpy(np.float64)


def joined(first: PhaseTables, more: PhaseTables) -> PhaseTables:
    """Tables of a phase with those of later replications below them."""
    bins = max(first.wait_histogram.shape[2], more.wait_histogram.shape[2])
    wide = [np.pad(one.wait_histogram, ((0, 0), (0, 0), (0, bins - one.wait_histogram.shape[2]))) for one in (first, more)]
    return replace(
        first,
        replications=first.replications + more.replications,
        office=np.concatenate([first.office, more.office]),
        half_hour=np.concatenate([first.half_hour, more.half_hour]),
        wait_histogram=np.concatenate(wide),
        unit=np.concatenate([first.unit, more.unit]),
        visit_hash=np.concatenate([first.visit_hash, more.visit_hash]),
    )


def joined_phases(first: Mapping[str, PhaseTables], more: Mapping[str, PhaseTables]) -> dict[str, PhaseTables]:
    """Tables by phase with those of later replications below them."""
    return {phase: joined(tables, more[phase]) for phase, tables in first.items()}
