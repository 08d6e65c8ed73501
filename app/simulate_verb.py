"""The verb `simulate`: one run of the phases asked for, as long as asked or as precise as asked."""

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal

import pandas as pd

from app.inputs import nothing, write_json
from app.output import CitizenFile, indicator_label, interval_json, run_json, run_table
from app.precision import check_indicator, simulate_until
from app.ranking_output import precision_json, say_precision
from app.speaker import Fault, Speaker
from app.waits_output import say_waits, waits_json
from app.warm_up import WarmUp, largest, warm_up_of, warmed
from results.exports import GrowingFrame
from results.statistics import Precision
from scenarios import Scenario
from sim import Measures, simulate
from sim.cluster import Cluster
from sim.measured import Each
from sim.rollout import OFFICE_INDICATORS
from sim.run import Engine, Report, Run


@dataclass(frozen=True, slots=True)
class How:
    """How to play; `warm_up` in working days, "auto" to find it, None for that of the scenario."""

    days: int | None
    replications: int
    seed: int
    engine: Engine
    precision: float | None
    indicator: str
    most: int
    warm_up: int | Literal["auto"] | None
    waits: bool


@dataclass(frozen=True, slots=True)
class Played:
    """A run, with what was found out on the way."""

    run: Run
    measures: Measures
    scenario: Scenario
    precision: Precision | None
    warm_up: WarmUp | None


def simulate_and_say(
    speaker: Speaker,
    scenario: Scenario,
    phases: tuple[str, ...],
    how: How,
    *,
    jobs: int | Cluster | None,
    place: Path | None,
    citizens: bool,
) -> None:
    """Play, say what came of it, and write what is asked for into `place`."""
    check_indicator(how.indicator, directed=False)
    with speaker.progress() as report, ReplicationFiles(place) if place is not None else nothing() as rows:
        file = CitizenFile(scenario, place / "citizens.parquet", how.days) if citizens and place is not None else None
        played = play(scenario, phases, how, jobs, file, rows.add if rows is not None else None, report)
    run = played.run
    content = run_json(run, played.measures, played.scenario)
    if played.precision is not None:
        content["precision"] = precision_json(played.precision)
    if played.warm_up is not None:
        content["warm_up"] = {
            "days": played.warm_up.days,
            "indicator": played.warm_up.indicator,
            "change_when_doubled": interval_json(played.warm_up.change),
            "enough": played.warm_up.enough,
        }
    if how.waits:
        content["waits"] = [waits_json(measured) for measured in played.measures.phases]
    if place is not None:
        write_json(place / "simulate.json", content)
    if speaker.json:
        speaker.put(content)
        return
    say_played(speaker, played, how)
    if place is not None:
        speaker.line("cli.written", path=str(place))


class ReplicationFiles:
    """Indicators by replication as they come: replications.csv of the whole network, office_replications.csv of its offices."""

    def __init__(self, place: Path) -> None:
        self.files = GrowingFrame(place / "replications.csv"), GrowingFrame(place / "office_replications.csv")

    def __enter__(self) -> "ReplicationFiles":
        for file in self.files:
            file.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for file in self.files:
            file.__exit__(kind, error, trace)

    def add(self, phase: str, whole: pd.DataFrame, by_office: pd.DataFrame) -> None:
        """Write some replications of a phase."""
        frames = whole.reset_index(), by_office[["replication", "office", *OFFICE_INDICATORS]]
        for file, frame in zip(self.files, frames, strict=True):
            file.add(frame.assign(phase=phase)[["phase", *frame.columns]])


def play(
    scenario: Scenario,
    phases: tuple[str, ...],
    how: How,
    jobs: int | Cluster | None,
    file: CitizenFile | None,
    each: Each | None,
    report: Report,
) -> Played:
    """Find the warm-up and the number of replications where these are asked for, and play."""
    found = None
    if how.warm_up == "auto":
        if isinstance(jobs, Cluster):
            raise Fault("warm_up_here")
        found = warm_up_of(
            scenario,
            phases,
            how.indicator,
            days=how.days,
            replications=max(how.replications, 2),
            seed=how.seed,
            jobs=jobs,
            progress=report,
        )
        scenario = warmed(scenario, found.days)
    elif how.warm_up is not None:
        scenario = warmed(scenario, how.warm_up)
    reached, replications, measures = None, how.replications, Measures(each if file is None else None)
    if how.precision is not None:
        run, reached = simulate_until(
            scenario,
            phases,
            precision=how.precision,
            indicator=how.indicator,
            measures=measures,
            replications=how.replications,
            most=how.most,
            days=how.days,
            seed=how.seed,
            engine=how.engine,
            jobs=jobs,
            progress=report,
        )
        replications = run.replications
    if how.precision is None or file is not None:
        measures = Measures(each)
        if file is not None:
            file.scenario = scenario
        with file or nothing():
            run = simulate(
                scenario,
                phases,
                days=how.days,
                replications=replications,
                seed=how.seed,
                engine=how.engine,
                jobs=jobs,
                citizens=file.add if file else None,
                measures=measures,
                progress=report,
            )
    return Played(run, measures, scenario, reached, found)


def say_played(speaker: Speaker, played: Played, how: How) -> None:
    """A run for a person."""
    run, scenario = played.run, played.scenario
    speaker.table(run_table(played.measures, scenario, speaker.lang))
    if how.waits:
        for measured in played.measures.phases:
            say_waits(speaker, measured, scenario)
    if played.warm_up is not None:
        found = played.warm_up
        speaker.line(
            f"statistics.warm_up_{'enough' if found.enough else 'short'}",
            days=found.days,
            indicator=indicator_label(scenario, found.indicator, speaker.lang),
            change=found.change.mean,
            most=largest(found.change),
        )
    if played.precision is not None:
        say_precision(speaker, played.precision, scenario)
    speaker.line(
        "cli.simulated",
        name=run.scenario_id,
        citizens=run.citizens,
        replications=run.replications,
        seconds=run.seconds,
        engine=run.engine,
        digest=run.digest,
    )
