"""Verbs that play a scenario as it is: simulate, rollout, warn, validate."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from app.inputs import (
    RUNS,
    day_of,
    days_of,
    load,
    note_sample,
    phases_of,
    planned_by,
    prepare_compiler,
    speaking,
    warm_up_days_of,
    workers,
    writable,
    write_json,
)
from app.options import (
    HELP,
    LANG,
    AsJson,
    ClusterAddress,
    Days,
    Jobs,
    Language,
    MaxReplications,
    Of,
    Out,
    Phases,
    Replications,
    ScenarioName,
    Seed,
)


def simulate(
    scenario: ScenarioName,
    phase: Phases = None,
    days: Days = "all",
    replications: Replications = 10,
    seed: Seed = 1,
    engine: Annotated[Literal["fast", "reference"], typer.Option("--engine", help=HELP["engine"])] = "fast",
    plan: Annotated[list[Path] | None, typer.Option("--plan", metavar="FILE", help=HELP["plan"])] = None,
    citizens: Annotated[bool, typer.Option("--citizens", help=HELP["citizens"])] = False,
    precision: Annotated[
        float | None, typer.Option("--precision", metavar="SHARE", min=1e-4, max=1, help=HELP["precision"])
    ] = None,
    of: Of = "overload_min_per_day",
    max_replications: MaxReplications = 1_000,
    warm_up: Annotated[str | None, typer.Option("--warm-up", metavar="DAYS|auto", help=HELP["warm_up"])] = None,
    waits: Annotated[bool, typer.Option("--waits", help=HELP["waits"])] = False,
    out: Out = None,
    as_json: AsJson = False,
    jobs: Jobs = None,
    cluster: ClusterAddress = None,
    lang: Language = LANG,
) -> None:
    """Play a scenario; with --out also write what --json would print, with --citizens every visit."""
    with speaking(lang, as_json) as speaker:
        loaded = load(scenario)
        asked, wanted = phases_of(loaded, phase), days_of(days)
        warm_up_days = warm_up_days_of(warm_up)
        loaded = planned_by(loaded, plan) if plan else loaded
        prepare_compiler(speaker)
        from app.simulate_verb import How, simulate_and_say

        place = out or RUNS if citizens else out
        if place is not None:
            writable(place)
        note_sample(speaker, wanted)
        how = How(wanted, replications, seed, engine, precision, of, max_replications, warm_up_days, waits)
        with workers(jobs, cluster) as spread_over:
            simulate_and_say(speaker, loaded, asked, how, jobs=spread_over, place=place, citizens=citizens)


def rollout(
    scenario: ScenarioName,
    first_day: Annotated[str | None, typer.Option("--from", metavar="DATE", help=HELP["from_day"])] = None,
    last_day: Annotated[str | None, typer.Option("--to", metavar="DATE", help=HELP["to_day"])] = None,
    replications: Replications = 1,
    seed: Seed = 1,
    engine: Annotated[Literal["fast", "reference"], typer.Option("--engine", help=HELP["engine"])] = "fast",
    plan: Annotated[list[Path] | None, typer.Option("--plan", metavar="FILE", help=HELP["plan"])] = None,
    out: Out = None,
    as_json: AsJson = False,
    jobs: Jobs = None,
    lang: Language = LANG,
) -> None:
    """Play all phases as one run; with --out also write every indicator by week, of the province and of each office."""
    with speaking(lang, as_json) as speaker:
        loaded = load(scenario)
        first, last = day_of(first_day), day_of(last_day)
        loaded = planned_by(loaded, plan) if plan else loaded
        prepare_compiler(speaker)
        from app.rollout_output import rollout_json, weeks_table
        from app.speaker import Fault
        from results.exports import write_frame
        from scenarios.workdays import rollout_blocks
        from sim import play_rollout

        if not rollout_blocks(loaded, first, last):
            raise Fault("no_days", found=f"{first_day or ''} – {last_day or ''}")
        if out is not None:
            writable(out)
        with speaker.progress() as report:
            run = play_rollout(
                loaded,
                replications=replications,
                seed=seed,
                start=first,
                end=last,
                engine=engine,
                jobs=jobs,
                by_office=False,
                progress=report,
            )
        content = rollout_json(run)
        if out is not None:
            write_json(out / "rollout.json", content)
            write_frame(run.weeks, out / "weeks.csv")
            write_frame(run.offices, out / "office_weeks.csv")
        if as_json:
            speaker.put(content)
            return
        speaker.table(weeks_table(run, loaded, speaker.lang))
        weeks = len(run.weeks) // run.replications
        figures = {"citizens": run.citizens, "weeks": weeks, "replications": run.replications, "seconds": run.seconds}
        speaker.line("cli.rolled_out", name=run.scenario_id, digest=run.digest, **figures)
        if out is not None:
            speaker.line("cli.written", path=str(out))


def warn(
    scenario: ScenarioName,
    phase: Phases = None,
    first_day: Annotated[str | None, typer.Option("--from", metavar="DATE", help=HELP["from_day"])] = None,
    last_day: Annotated[str | None, typer.Option("--to", metavar="DATE", help=HELP["to_day"])] = None,
    share: Annotated[float, typer.Option("--share", metavar="SHARE", min=0.0, max=0.999, help=HELP["share"])] = 0.2,
    standard: Annotated[float | None, typer.Option("--standard", metavar="MIN", min=0.1, max=1e4, help=HELP["standard"])] = None,
    alarm: Annotated[float, typer.Option("--alarm", metavar="CHANCE", min=0.01, max=1.0, help=HELP["alarm"])] = 0.5,
    replications: Annotated[
        int, typer.Option("--replications", metavar="N", min=1, max=100_000, help=HELP["warn_replications"])
    ] = 30,
    held_back: Annotated[int, typer.Option("--held-back", metavar="N", min=0, max=100_000, help=HELP["held_back"])] = 10,
    trials: Annotated[int, typer.Option("--trials", metavar="N", min=0, max=100_000, help=HELP["trials"])] = 8,
    observed: Annotated[Path | None, typer.Option("--observed", metavar="FILE", help=HELP["observed"])] = None,
    plan: Annotated[list[Path] | None, typer.Option("--plan", metavar="FILE", help=HELP["plan"])] = None,
    seed: Seed = 1,
    out: Out = None,
    as_json: AsJson = False,
    jobs: Jobs = None,
    lang: Language = LANG,
) -> None:
    """Warn of weeks in which too many wait too long, with causes, remedies and scores; --out: tables, pictures, a page."""
    with speaking(lang, as_json) as speaker:
        loaded = load(scenario)
        asked_phases, first, last = phases_of(loaded, phase), day_of(first_day), day_of(last_day)
        loaded = planned_by(loaded, plan) if plan else loaded
        from app.speaker import Fault
        from scenarios.workdays import rollout_blocks

        if not {one for one, _ in rollout_blocks(loaded, first, last)} & set(asked_phases):
            raise Fault("no_days", found=f"{first_day or ''} – {last_day or ''}")
        if observed is not None and not observed.is_file():
            raise Fault("no_file", found=str(observed))
        if out is not None:
            writable(out)
        prepare_compiler(speaker)
        from app.warn_verb import warn_and_say
        from results.early_warning import WarnOptions
        from results.maps import find_unit_map

        warn_and_say(
            speaker,
            loaded,
            find_unit_map(scenario),
            WarnOptions(share, standard, alarm, replications, held_back, trials),
            phases=asked_phases,
            start=first,
            end=last,
            seed=seed,
            observed=observed,
            jobs=jobs,
            out=out,
        )


def validate(
    scenario: ScenarioName,
    days: Days = "all",
    replications: Replications = 3,
    seed: Seed = 1,
    as_json: AsJson = False,
    jobs: Jobs = None,
    lang: Language = LANG,
) -> None:
    """Hold a scenario against the published figures beside it; exit code 0 whatever the verdicts, they are shown."""
    with speaking(lang, as_json) as speaker:
        loaded, wanted = load(scenario), days_of(days)
        prepare_compiler(speaker)
        from app.verdicts_output import verdicts_table
        from results.validation import find_yardstick, verdict_json
        from results.validation import validate as hold

        note_sample(speaker, wanted)
        with speaker.progress() as report:
            verdicts = hold(
                find_yardstick(scenario, loaded), replications=replications, days=wanted, seed=seed, jobs=jobs, progress=report
            )
        if as_json:
            speaker.put({"scenario": scenario, "replications": replications, "figures": list(map(verdict_json, verdicts))})
        elif verdicts:
            speaker.table(verdicts_table(verdicts, speaker.lang))
        else:
            speaker.line("validation.none", name=scenario)
