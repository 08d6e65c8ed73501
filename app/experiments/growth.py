"""How much growth each office bears: a ladder of demands, only the rungs that the answer needs."""

import tempfile
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from results.experiment_tables import write_both
from results.growth import Breaking, Numbers, breakings, curves_at, growth_frame, wanted_rungs
from results.wording import SHARES
from scenarios.schema import Scenario
from sim.run import Report

from .design import Design, Factor
from .folder import PointFolder
from .play import Experiment
from .points import Base

#: growth on the first and on the last rung, and from one rung to the next, as shares of today's demand
LEAST, MOST, STEP = 0.0, 1.0, 0.05
INDICATOR, LIMIT = "share_wait_over_20", 0.1
DEMAND = "demand.scale"


@dataclass(frozen=True, slots=True)
class Growth:
    """What each office bears."""

    scenario: Scenario
    phases: tuple[str, ...]
    indicator: str
    limit: float
    least: float
    most: float
    found: tuple[Breaking, ...]
    table: pd.DataFrame
    rungs: tuple[int, ...]  #: played, of the whole ladder
    played: int  #: played now; the others stood in the folder
    seconds: float


def growth(
    source: str | Path | Scenario,
    *,
    phases: Iterable[str] | None = None,
    indicator: str = INDICATOR,
    limit: float = LIMIT,
    least: float = LEAST,
    most: float = MOST,
    step: float = STEP,
    days: int | None = None,
    replications: int = 5,
    seed: int = 1,
    out: Path | None = None,
    jobs: int | None = None,
    progress: Report | None = None,
) -> Growth:
    """Find for each office the growth of all demand at which an indicator passes a limit, with its 95 % interval.

    least, most, step : growth on the first and last rung and between rungs, shares of today's demand; a least below 0 tells
    of offices that are broken already how far demand would have to fall. Other arguments and errors as `sweep`.
    """
    if not (0 < step <= most <= 99 and -0.95 <= least <= 0):
        raise ValueError(f"least {least}, step {step}, most {most}: expected −0.95 ≤ least ≤ 0 < step ≤ most ≤ 99")
    base = Base.of(source)
    today = round(-least / step)
    last = today + round(most / step)
    chosen = tuple(phases) if phases is not None else tuple(phase.id for phase in base.scenario.phases)
    ladder = tuple((float(f"{1 + (rung - today) * step:.12g}"),) for rung in range(last + 1))
    design = Design(
        "factorial",
        (Factor("demand", DEMAND, low=ladder[0][0], high=ladder[-1][0], how="multiply"),),
        indicators=(indicator,),
        offices=True,
        phases=chosen,
        days=days,
        replications=replications,
        seed=seed,
    )
    with ExitStack() as stack:
        folder = out or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        experiment = Experiment(base, design, ladder, chosen, PointFolder(folder), jobs, progress, "growth")
        experiment.claim()
        played: dict[int, Mapping[tuple[str, str], Numbers]] = {}
        while wanted := wanted_rungs(played, limit, last, today):
            played |= {rung: curves_at(frame) for rung, frame in experiment.results(wanted).items()}
    found = tuple(
        one for one in breakings(played, limit, step, today) if one.office or indicator in SHARES or "wait" in indicator
    )
    names = {office.id: (office.name, office.kind) for office in base.scenario.offices}
    table = growth_frame(found, names, indicator, limit)
    if out is not None:
        write_both(table, out, "growth")
    rungs = tuple(sorted(played))
    state = experiment.played
    return Growth(
        base.scenario,
        chosen,
        indicator,
        limit,
        -today * step,
        (last - today) * step,
        found,
        table,
        rungs,
        state.points,
        state.seconds,
    )
