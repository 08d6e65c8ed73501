"""Playing points: each is stored as soon as it ends, none twice, on any number of threads with the same figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from time import perf_counter

import numpy as np
import pandas as pd

from app.replications import PLAN_REPLICATIONS
from results.compare import LOST, lost_share, province_indicators
from results.provenance import version_of
from scenarios import Scenario, scenario_digest
from sim import PhaseTables, offices, simulate
from sim.compiled import kernel_stamp
from sim.run import Progress, Report, spread, workers_of
from sim.stream_version import STREAM_VERSION

from .design import MAX_MOVES, PLAN, Design
from .folder import PointFolder, Question
from .points import Base, Values, check_points, planner_of, scenario_at

COLUMNS = ("phase", "replication", "office", "indicator", "value")


@dataclass(slots=True)
class Played:
    """What playing came to so far."""

    points: int = 0  #: played now, not read back
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Experiment:
    """A design on a scenario, its points, and the folder that keeps what they come to."""

    base: Base
    design: Design
    points: tuple[Values, ...]
    phases: tuple[str, ...]
    store: PointFolder
    jobs: int | None = None
    progress: Report | None = None
    label: str = "sweep"  #: of the progress
    played: Played = field(default_factory=Played)

    def claim(self) -> None:
        """Check every factor and take the folder; ScenarioError or OtherQuestion when that cannot be."""
        self.store.claim(question(self, check_points(self.base, self.design)))

    def results(self, numbers: Sequence[int]) -> dict[int, pd.DataFrame]:
        """What points came to, in the order of their numbers; those missing are played and stored first."""
        found = {number: self.store.read(number) for number in sorted(set(numbers))}
        missing = [number for number, frame in found.items() if frame is None]
        workers = workers_of(self.jobs)
        inner = max(1, workers // max(len(missing), 1))
        began = perf_counter()
        done = len(found) - len(missing)
        self._tell(done, len(found))
        for number, frame in zip(missing, spread(partial(self._play, inner), missing, jobs=workers), strict=True):
            found[number] = frame
            done += 1
            self.played.points += 1
            self._tell(done, len(found))
        self.played.seconds += perf_counter() - began
        return {number: frame for number, frame in found.items() if frame is not None}

    def _tell(self, done: int, total: int) -> None:
        if self.progress is not None:
            self.progress(Progress(self.label, done, total))

    def _play(self, jobs: int, number: int) -> pd.DataFrame:
        """Play a point and store it, unless another process has done so."""
        frame = self.store.read(number)
        if frame is None:
            frame = self._measured(jobs, number)
            self.store.write(number, frame)
        return frame

    def _measured(self, jobs: int, number: int) -> pd.DataFrame:
        design = self.design
        planner = planner_of(self.phases, design.days, design.seed)
        scenario = scenario_at(self.base, design, self.points[number], planner)
        first = PLAN_REPLICATIONS if any(factor.path == MAX_MOVES for factor in design.factors) else 0
        run = simulate(
            scenario,
            self.phases,
            days=design.days,
            replications=design.replications,
            first_replication=first if design.common_draws else first + number * design.replications,
            seed=design.seed,
            jobs=jobs,
        )
        return pd.concat([measured(tables, scenario, design) for tables in run.phases], ignore_index=True)


def measured(tables: PhaseTables, scenario: Scenario, design: Design) -> pd.DataFrame:
    """Indicators of a phase in long form, by COLUMNS; no office is the whole network."""
    wide = [province_indicators(tables, scenario).reset_index().assign(office="")]
    if design.offices:
        by_office = offices(tables, scenario)
        wide.append(by_office.assign(**{LOST: lost_share(by_office)}))
    frames = []
    for frame in wide:
        named = [name for name in design.indicators if name in frame]
        long = frame.melt(["replication", "office"], named, "indicator", "value")
        frames.append(long)
    found = pd.concat(frames, ignore_index=True).assign(phase=tables.phase)
    return found.astype({"replication": np.int64, "value": np.float64})[list(COLUMNS)]


def question(asked: Experiment, digests: Mapping[str, str]) -> Question:
    """All that the figures depend on."""
    design = asked.design
    return {
        "scenario": asked.base.scenario.id,
        "scenario_digest": scenario_digest(asked.base.scenario),
        "design": design.kind,
        "design_digest": sha256(repr((design.factors, design.points, design.sample_seed)).encode()).hexdigest(),
        "factors": [factor.name for factor in design.factors],
        "points": len(asked.points),
        "indicators": list(design.indicators),
        "offices": design.offices,
        "phases": list(asked.phases),
        "days": design.days,
        "replications": design.replications,
        "seed": design.seed,
        "common_draws": design.common_draws,
        "levels": {**digests, **_files(design)},
        "program": {"motcua": version_of("motcua"), "kernel": kernel_stamp(), "streams": STREAM_VERSION},
    }


def _files(design: Design) -> dict[str, str]:
    """Digests of the plans that a design names."""
    plans = [str(level) for factor in design.factors if factor.path == PLAN for level in factor.levels if level]
    return {f"file={name}": sha256((design.folder / name).read_bytes()).hexdigest() for name in plans}
