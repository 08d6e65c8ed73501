"""Verbs that put things side by side: compare, study, report."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.inputs import (
    RUNS,
    days_of,
    has_plan,
    load,
    note_sample,
    phases_of,
    planned_by,
    prepare_compiler,
    run_folder,
    say_plan,
    speaking,
    writable,
)
from app.options import (
    HELP,
    LANG,
    AsJson,
    Days,
    Jobs,
    Language,
    MaxMoves,
    Out,
    Phases,
    Replications,
    Rounds,
    ScenarioName,
    Seed,
    TimeLimit,
)

if TYPE_CHECKING:
    from app.speaker import Json, Speaker
    from scenarios import Scenario
    from sim import PhaseTables


def compare(
    things: Annotated[list[str], typer.Argument(metavar="A B…", help=HELP["things"])],
    phase: Phases = None,
    days: Days = "all",
    replications: Replications = 10,
    seed: Seed = 1,
    as_json: AsJson = False,
    jobs: Jobs = None,
    lang: Language = LANG,
) -> None:
    """Compare each thing with the first on the same citizens; one stored run alone: as it is with as planned."""
    with speaking(lang, as_json) as speaker:
        wanted = days_of(days)
        prepare_compiler(speaker)
        from app.output import comparison_json, comparison_table
        from app.speaker import Fault
        from results import compare as pair

        sides = sides_of(speaker, things, phase, wanted, replications, seed, jobs)
        first, pairs = sides[0], []
        for other in sides[1:]:
            common = [one for one in first.tables if one in other.tables]
            if not common:
                raise Fault("no_common_phase", found=first.name, expected=other.name)
            for one in common:
                try:
                    made = pair(first.tables[one], other.tables[one], first.scenario, other.scenario)
                except ValueError as error:
                    raise Fault("not_paired", found=first.name, expected=other.name) from error
                pairs.append((other, made))
        if as_json:
            rows: list[Json] = [
                {
                    "before": first.name,
                    "after": other.name,
                    **comparison_json(made, "indicators_before", "indicators_after"),
                    "verdicts": {row.indicator: row.verdict for row in made.province},
                    "gains": list(made.gains),
                    "loses": list(made.loses),
                }
                for other, made in pairs
            ]
            speaker.put({"comparisons": rows})
            return
        for other, made in pairs:
            title = speaker.say("cli.compared", before=first.name, after=other.name, phase=made.phase, days=made.days)
            heads = (first.name, other.name)
            speaker.table(comparison_table(made, first.scenario, heads, title, speaker.lang))


def study(
    scenario: ScenarioName,
    phase: Phases = None,
    days: Days = "all",
    replications: Replications = 10,
    seed: Seed = 1,
    max_moves: MaxMoves = None,
    time_limit: TimeLimit = 60.0,
    rounds: Rounds = 4,
    out: Out = None,
    as_json: AsJson = False,
    jobs: Jobs = None,
    lang: Language = LANG,
) -> None:
    """Study every phase, store the run with its report below --out (runs/ when left out), show the main figures."""
    with speaking(lang, as_json) as speaker:
        loaded = load(scenario)
        asked, wanted = phases_of(loaded, phase), days_of(days)
        prepare_compiler(speaker)
        from app.output import comparison_table, phase_head, rounds_table, study_json
        from app.speaker import FINDING, GOOD
        from app.study import study as run_study
        from results import RunStore, find_unit_map, provenance_of, summarize
        from results.report import REPORT_FILE
        from results.validation import check_published
        from results.validation import validate as hold

        folder = out or RUNS
        writable(folder)
        check_published(scenario, loaded)
        note_sample(speaker, wanted)
        with speaker.progress() as report:
            found = run_study(
                loaded,
                asked,
                days=wanted,
                replications=replications,
                seed=seed,
                max_moves=max_moves,
                time_limit_s=time_limit,
                rounds=rounds,
                jobs=jobs,
                progress=report,
            )
        verdicts = hold(scenario, replications=min(replications, 3), seed=seed, jobs=jobs) if found.rollout is not None else ()
        found = replace(found, unit_map=find_unit_map(scenario), validation=verdicts)
        arguments = study_arguments(phase, days, replications, seed, max_moves, time_limit, rounds)
        stored = RunStore(folder).write(found, provenance_of(found, "study", arguments), lang=speaker.lang)
        if as_json:
            speaker.put(study_json(found, stored / REPORT_FILE, speaker.lang))
        else:
            heads = (speaker.say("state.as_is"), speaker.say("state.planned"))
            for one, summary in zip(found.phases, summarize(found).phases, strict=True):
                title = phase_head(loaded, one.phase, summary.days, speaker.lang)
                speaker.table(comparison_table(summary.own, loaded, heads, title, speaker.lang))
                say_plan(speaker, one.plan, found.outcome)
            if found.rounds:
                speaker.table(rounds_table(found.rounds, asked, speaker.lang))
            speaker.line("cli.studied", seconds=found.seconds)
            speaker.line("cli.report", path=str(stored / REPORT_FILE))
        raise typer.Exit(GOOD if has_plan(found.outcome) else FINDING)


def report(
    run: Annotated[str, typer.Argument(metavar="RUN", help=HELP["run"])],
    as_json: AsJson = False,
    jobs: Jobs = None,
    lang: Language = LANG,
) -> None:
    """Write the report of a stored run again; the run is checked first and takes its place whole."""
    with speaking(lang, as_json) as speaker:
        from results import RunStore
        from results.report import REPORT_FILE
        from results.store import read_run

        folder = run_folder(run) or Path(run)
        found, manifest = read_run(folder)
        stored = RunStore(folder.resolve().parent).write(found, manifest.provenance, lang=speaker.lang)
        if as_json:
            speaker.put({"run": manifest.run, "report": str(stored / REPORT_FILE)})
        speaker.line("cli.report", path=str(stored / REPORT_FILE))


@dataclass(frozen=True, slots=True)
class Side:
    """One thing to compare, played: a scenario, a scenario under a plan, or a stored run as planned."""

    name: str
    scenario: "Scenario"
    tables: dict[str, "PhaseTables"]


def sides_of(
    speaker: "Speaker",
    things: list[str],
    phases: list[str] | None,
    days: int | None,
    replications: int,
    seed: int,
    jobs: int | None,
) -> list[Side]:
    """Read and play the things to compare; scenarios beside a stored run take its seed and replications."""
    from app.speaker import Fault
    from results.store import read_run
    from sim import simulate as play

    runs = {name: read_run(folder)[0] for name in things if (folder := run_folder(name)) is not None}
    if len(things) == 1:
        if things[0] not in runs:
            raise Fault("one_thing")
        alone = runs[things[0]]
        chosen = phases_of(alone.scenario, phases)
        played = [one for one in alone.phases if one.phase in chosen]
        before = Side(speaker.say("state.as_is"), alone.scenario, {one.phase: one.as_is for one in played})
        return [before, Side(speaker.say("state.planned"), alone.planned_scenario, {one.phase: one.planned for one in played})]
    first_replication = 0
    if runs:
        model = next(iter(runs.values()))
        seed, replications, first_replication = model.seed, model.replications, model.curve_replications
    sides: list[Side] = []
    scenario: Scenario | None = None
    with speaker.progress() as report:
        for name in things:
            if name in runs:
                stored = runs[name]
                scenario, asked = stored.scenario, phases_of(stored.scenario, phases)
                kept = {one.phase: one.planned for one in stored.phases if one.phase in asked}
                sides.append(Side(name, stored.planned_scenario, kept))
                continue
            if name.lower().endswith(".csv"):
                if scenario is None:
                    raise Fault("plan_first", found=name)
                side = planned_by(scenario, [Path(name)])
            else:
                side = scenario = load(name)
            run = play(
                side,
                phases_of(side, phases),
                days=days,
                replications=replications,
                first_replication=first_replication,
                seed=seed,
                jobs=jobs,
                progress=report,
            )
            sides.append(Side(name, side, {tables.phase: tables for tables in run.phases}))
    return sides


def study_arguments(
    phases: list[str] | None, days: str, replications: int, seed: int, max_moves: int | None, time_limit: float, rounds: int
) -> tuple[tuple[str, str], ...]:
    """The options that a study's numbers depend on, to make it again."""
    arguments = [("phase", phase) for phase in phases or ()]
    arguments += [("days", days), ("replications", str(replications)), ("seed", str(seed))]
    if max_moves is not None:
        arguments.append(("max-moves", str(max_moves)))
    return (*arguments, ("time-limit", f"{time_limit:g}"), ("rounds", str(rounds)))
