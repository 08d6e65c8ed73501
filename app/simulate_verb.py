"""The verb `simulate`: one run of the phases asked for, as long as asked or as precise as asked."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from app.inputs import nothing, write_json
from app.output import indicator_label, interval_json
from app.precision import check_indicator, simulate_until
from app.ranking_output import precision_json, say_precision
from app.run_output import run_json, run_table
from app.speaker import Fault, Speaker
from app.waits_output import say_waits, waits_json
from app.warm_up import WarmUp, largest, warm_up_of, warmed
from results.statistics import Precision
from scenarios import Scenario
from sim import Measures, simulate
from sim.cluster import Cluster
from sim.measured import Each
from sim.run import Engine, Report, Run

if TYPE_CHECKING:
    from app.run_files import CitizenFile


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
    with speaker.progress() as report:
        if place is None:
            played = play(scenario, phases, how, jobs, None, None, report)
        else:
            from app.run_files import CitizenFile, ReplicationFiles  # here, so that who writes nothing does not wait for them

            file = CitizenFile(scenario, place / "citizens.parquet", how.days) if citizens else None
            with ReplicationFiles(place) as rows:
                played = play(scenario, phases, how, jobs, file, rows.add, report)
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


def play(
    scenario: Scenario,
    phases: tuple[str, ...],
    how: How,
    jobs: int | Cluster | None,
    file: "CitizenFile | None",
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
