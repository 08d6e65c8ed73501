"""The command line: the verbs, their options and their exit codes. Everything heavy is imported inside the verbs.

0 good · 1 a finding · 2 wrong input · 5 no room or no right to write · 130, 143 cancelled · 70 a fault of our own.
"""

import errno
import io
import os
import signal
import sys
import tempfile
import threading
import tomllib
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import typer

if TYPE_CHECKING:
    from datetime import date

    from app.output import Json, Speaker
    from optimizer import Outcome, PhasePlan
    from scenarios import Problem, Scenario
    from scenarios.schema import Assignment
    from sim import PhaseTables

CANCELLED, TERMINATED = 130, 143
GRACE_S = 2.0  #: from a signal to the end, at most
RUNS = Path("runs")
PLAN_FILE = "plan.csv"
FUTURES = ("growth-20", "absence-wave", "branch-closed")  #: against which a plan is made robust unless others are named


class Terminated(BaseException):
    """The process was asked to end."""


def default_lang() -> Literal["vi", "en"]:
    """The language of the terminal: Vietnamese when it says so, else English."""
    setting = os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "vi" if setting.lower().startswith("vi") else "en"


def _sentences() -> dict[str, dict[str, dict[str, str]]]:
    """Sentences of the command line, read without the packages they belong to, so that the help comes at once."""
    path = Path(__file__).parent.parent / "results" / "wording_cli.toml"
    found: dict[str, dict[str, dict[str, str]]] = tomllib.loads(path.read_text("utf-8"))["cli"]
    return found


LANG = default_lang()
HELP = {code: entry[LANG] for code, entry in _sentences()["help"].items()}
app = typer.Typer(
    help=HELP["app"], no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
)

ScenarioName = Annotated[str, typer.Argument(metavar="SCENARIO", help=HELP["scenario"])]
Phases = Annotated[list[str] | None, typer.Option("--phase", metavar="ID", help=HELP["phase"])]
Days = Annotated[str, typer.Option("--days", metavar="N|all", help=HELP["days"])]
Replications = Annotated[int, typer.Option("--replications", metavar="N", min=1, max=100_000, help=HELP["replications"])]
Seed = Annotated[int, typer.Option("--seed", metavar="S", min=0, max=2**64 - 1, help=HELP["seed"])]
MaxMoves = Annotated[int | None, typer.Option("--max-moves", metavar="N", min=0, help=HELP["max_moves"])]
TimeLimit = Annotated[float, typer.Option("--time-limit", metavar="S", min=0.1, max=1e6, help=HELP["time_limit"])]
Rounds = Annotated[int, typer.Option("--rounds", metavar="N", min=0, max=100, help=HELP["rounds"])]
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help=HELP["out"])]
AsJson = Annotated[bool, typer.Option("--json", help=HELP["json"])]
Jobs = Annotated[int | None, typer.Option("--jobs", metavar="N", min=1, max=1024, help=HELP["jobs"])]
Language = Annotated[str, typer.Option("--lang", metavar="vi|en", help=HELP["lang"])]


@app.callback(invoke_without_command=True)
def _options(version: Annotated[bool, typer.Option("--version", help=HELP["version"])] = False) -> None:
    if version:
        from importlib.metadata import version as version_of

        typer.echo(version_of("motcua"))
        raise typer.Exit


@app.command("list", help=HELP["list"])
def list_(as_json: AsJson = False, jobs: Jobs = None, lang: Language = LANG) -> None:
    """List the bundled scenarios with their variants, and the disturbances that go with any scenario."""
    with speaking(lang, as_json) as speaker:
        from app.output import disturbances_json, disturbances_table, plain_table
        from scenarios import bundled
        from scenarios.load import LIBRARY

        rows: list[dict[str, str | list[str]]] = []
        for name in bundled():
            top = tomllib.loads((LIBRARY / name / "scenario.toml").read_text("utf-8"))
            variants = sorted(path.stem for path in (LIBRARY / name / "variants").glob("*.toml"))
            rows.append({"name": name, "name_vi": top["name_vi"], "name_en": top["name_en"], "variants": variants})
        if as_json:
            speaker.put({"scenarios": rows, "disturbances": disturbances_json()})
            return
        heads = [speaker.say(f"cli.column_{column}") for column in ("name", "title", "variants")]
        lines = [(str(row["name"]), str(row[f"name_{speaker.lang}"]), "\n".join(row["variants"])) for row in rows]
        speaker.table(plain_table(heads, lines))
        speaker.table(disturbances_table(speaker.lang))
        speaker.line("cli.combine")


@app.command(help=HELP["init"])
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=HELP["folder"])],
    source: Annotated[str, typer.Option("--from", metavar="NAME", help=HELP["source"])],
    as_json: AsJson = False,
    jobs: Jobs = None,
    lang: Language = LANG,
) -> None:
    """Copy a scenario into a new folder: a bundled one file by file, with map, sources and variants."""
    with speaking(lang, as_json) as speaker:
        from app.output import Fault

        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise Fault("not_empty", found=str(folder))
        copy_scenario(source, folder)
        if as_json:
            speaker.put({"scenario": source, "folder": str(folder)})
        speaker.line("cli.copied", name=source, path=str(folder))


def offices_by_phase(scenario: "Scenario") -> dict[str, dict[str, int]]:
    """Count the offices of each kind that stand in each phase, after its mergers."""
    from scenarios.phases import phase_view

    kinds = {phase.id: [office.kind for office in phase_view(scenario, phase.id).offices.values()] for phase in scenario.phases}
    return {phase: {kind: found.count(kind) for kind in ("center", "branch", "point")} for phase, found in kinds.items()}


@app.command(help=HELP["check"])
def check(scenario: ScenarioName, as_json: AsJson = False, jobs: Jobs = None, lang: Language = LANG) -> None:
    """Report every problem of a scenario; exit code 2 when there is an error, 1 when its plan breaks rules."""
    with speaking(lang, as_json) as speaker:
        from app.output import FINDING, GOOD, WRONG_INPUT, problem_json
        from scenarios import examine_scenario

        found, problems = examine_scenario(scenario)
        status = WRONG_INPUT if found is None else GOOD
        if found is not None and found.assignments:
            broken = plan_problems(found)
            problems += broken
            status = FINDING if any(problem.severity == "error" for problem in broken) else GOOD
        errors = sum(problem.severity == "error" for problem in problems)
        warnings = len(problems) - errors
        if as_json:
            listed = [problem_json(problem, speaker.lang) for problem in problems]
            standing = offices_by_phase(found) if found is not None else {}
            speaker.put({"scenario": scenario, "errors": errors, "warnings": warnings, "problems": listed, "offices": standing})
            raise typer.Exit(status)
        speaker.problems(problems, err=False)
        if found is None or status == FINDING:
            speaker.line("cli.unsound", name=scenario, errors=errors, warnings=warnings)
            raise typer.Exit(status)
        counts = {name: len(getattr(found, name)) for name in ("units", "offices", "officers", "phases")}
        speaker.line("cli.sound", name=scenario, warnings=warnings, **counts)
        for phase, kinds in offices_by_phase(found).items():
            speaker.line("cli.standing", phase=phase, offices=sum(kinds.values()), **kinds)


@app.command(help=HELP["simulate"])
def simulate(
    scenario: ScenarioName,
    phase: Phases = None,
    days: Days = "all",
    replications: Replications = 10,
    seed: Seed = 1,
    engine: Annotated[Literal["fast", "reference"], typer.Option("--engine", help=HELP["engine"])] = "fast",
    plan: Annotated[list[Path] | None, typer.Option("--plan", metavar="FILE", help=HELP["plan"])] = None,
    citizens: Annotated[bool, typer.Option("--citizens", help=HELP["citizens"])] = False,
    out: Out = None,
    as_json: AsJson = False,
    jobs: Jobs = None,
    lang: Language = LANG,
) -> None:
    """Play a scenario; with --out also write what --json would print, with --citizens every visit."""
    with speaking(lang, as_json) as speaker:
        loaded = load(scenario)
        asked, wanted = phases_of(loaded, phase), days_of(days)
        loaded = planned_by(loaded, plan) if plan else loaded
        prepare_compiler(speaker)
        from app.output import CitizenFile, run_json, run_table
        from sim import simulate as play

        place = out or RUNS if citizens else out
        if place is not None:
            writable(place)
        note_sample(speaker, wanted)
        with speaker.progress() as report:
            file = CitizenFile(loaded, place / "citizens.parquet", wanted) if citizens and place is not None else None
            with file or nothing():
                run = play(
                    loaded,
                    asked,
                    days=wanted,
                    replications=replications,
                    seed=seed,
                    engine=engine,
                    jobs=jobs,
                    citizens=file.add if file else None,
                    progress=report,
                )
        content = run_json(run, loaded)
        if place is not None:
            write_json(place / "simulate.json", content)
        if as_json:
            speaker.put(content)
            return
        speaker.table(run_table(run, loaded, speaker.lang))
        speaker.line(
            "cli.simulated",
            name=run.scenario_id,
            citizens=run.citizens,
            replications=run.replications,
            seconds=run.seconds,
            engine=run.engine,
            digest=run.digest,
        )
        if place is not None:
            speaker.line("cli.written", path=str(place))


@app.command(help=HELP["rollout"])
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
        from app.output import Fault, rollout_json, weeks_table
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


@app.command(help=HELP["validate"])
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
        load(scenario)
        wanted = days_of(days)
        prepare_compiler(speaker)
        from app.output import verdicts_table
        from results.validation import validate as hold
        from results.validation import verdict_json

        note_sample(speaker, wanted)
        with speaker.progress() as report:
            verdicts = hold(scenario, replications=replications, days=wanted, seed=seed, jobs=jobs, progress=report)
        if as_json:
            speaker.put({"scenario": scenario, "replications": replications, "figures": list(map(verdict_json, verdicts))})
        elif verdicts:
            speaker.table(verdicts_table(verdicts, speaker.lang))
        else:
            speaker.line("validation.none", name=scenario)


@app.command(help=HELP["optimize"])
def optimize(
    scenario: ScenarioName,
    phase: Phases = None,
    max_moves: MaxMoves = None,
    time_limit: TimeLimit = 60.0,
    rounds: Rounds = 4,
    out: Out = None,
    as_json: AsJson = False,
    jobs: Jobs = None,
    lang: Language = LANG,
) -> None:
    """Plan the phases together; exit code 1 without a plan. With --out a CSV of all moves, which --plan reads back."""
    with speaking(lang, as_json) as speaker:
        loaded = load(scenario)
        asked = phases_of(loaded, phase)
        prepare_compiler(speaker)
        from app.output import FINDING, GOOD, moves_table, plan_json, reasons_of, rounds_table
        from app.study import plan_phases
        from optimizer import write_plan

        if out is not None:
            writable(out)
        with speaker.progress() as report:
            loop = plan_phases(
                loaded, asked, max_moves=max_moves, time_limit_s=time_limit, rounds=rounds, jobs=jobs, progress=report
            )
        plan = loop.plan
        if out is not None:
            write_plan(plan.phases, loaded, out / PLAN_FILE, reasons_of(plan.phases, speaker.lang))
        if as_json:
            speaker.put({"scenario": loaded.id, **plan_json(plan, loop.rounds, speaker.lang)})
        else:
            for made in plan.phases:
                say_plan(speaker, made, plan.outcome)
                if made.moves:
                    speaker.table(moves_table(made, loaded, speaker.lang))
            if loop.rounds:
                speaker.table(rounds_table(loop.rounds, asked, speaker.lang))
            if out is not None:
                speaker.line("cli.written", path=str(out / PLAN_FILE))
        raise typer.Exit(GOOD if has_plan(plan.outcome) else FINDING)


@app.command(help=HELP["consolidate"])
def consolidate(
    scenario: ScenarioName,
    phase: Annotated[str | None, typer.Option("--phase", metavar="ID", help=HELP["phase_joined"])] = None,
    merge: Annotated[int | None, typer.Option("--merge", metavar="N", min=0, help=HELP["merge"])] = None,
    least: Annotated[int, typer.Option("--least", metavar="N", min=0, help=HELP["least"])] = 0,
    hall_price: Annotated[float, typer.Option("--hall-price", metavar="MIN", min=0.0, max=1e6, help=HELP["hall_price"])] = 240.0,
    way_weight: Annotated[float, typer.Option("--way-weight", metavar="W", min=0.0, max=1e3, help=HELP["way_weight"])] = 1.0,
    communes: Annotated[bool, typer.Option("--communes", help=HELP["communes"])] = False,
    grouping: Annotated[list[Path] | None, typer.Option("--grouping", metavar="FILE", help=HELP["grouping"])] = None,
    days: Days = "all",
    replications: Replications = 10,
    seed: Seed = 1,
    time_limit: TimeLimit = 60.0,
    out: Out = None,
    as_json: AsJson = False,
    jobs: Jobs = None,
    lang: Language = LANG,
) -> None:
    """Choose the points to join in a phase; exit code 1 without an answer. With --out its office_changes.csv and the table."""
    with speaking(lang, as_json) as speaker:
        loaded = load(scenario)
        from scenarios.phases import phase_order

        chosen = phases_of(loaded, [phase or phase_order(loaded)[-1]])[0]
        wanted = days_of(days)
        prepare_compiler(speaker)
        from app.consolidation_verb import consolidate_phase
        from optimizer.consolidation.choice import JoiningWishes

        if out is not None:
            writable(out)
        note_sample(speaker, wanted)
        kinds = frozenset({"ward", "town", "commune"} if communes else {"ward"})
        status = consolidate_phase(
            speaker,
            scenario,
            loaded,
            chosen,
            wishes=JoiningWishes(least, merge, hall_price, way_weight, kinds),
            files=grouping or (),
            days=wanted,
            replications=replications,
            seed=seed,
            time_limit_s=time_limit,
            jobs=jobs,
            out=out,
        )
        raise typer.Exit(status)


@app.command(help=HELP["roster"])
def roster(
    scenario: ScenarioName,
    phase: Phases = None,
    plan: Annotated[list[Path] | None, typer.Option("--plan", metavar="FILE", help=HELP["plan"])] = None,
    secondments: Annotated[int, typer.Option("--secondments", metavar="N", min=0, max=100_000, help=HELP["secondments"])] = 0,
    days: Days = "all",
    replications: Replications = 5,
    seed: Seed = 1,
    time_limit: Annotated[
        float, typer.Option("--time-limit", metavar="S", min=0.1, max=1e6, help=HELP["time_limit_office"])
    ] = 20.0,
    out: Out = None,
    as_json: AsJson = False,
    jobs: Jobs = None,
    lang: Language = LANG,
) -> None:
    """Place counter hours within the day and the week; with --out the table rosters.csv and a picture of each phase."""
    with speaking(lang, as_json) as speaker:
        loaded = load(scenario)
        asked, wanted = phases_of(loaded, phase), days_of(days)
        loaded = planned_by(loaded, plan) if plan else loaded
        prepare_compiler(speaker)
        from app.roster_verb import roster_phases

        if out is not None:
            writable(out)
        note_sample(speaker, wanted)
        status = roster_phases(
            speaker,
            loaded,
            asked,
            secondments=secondments,
            days=wanted,
            replications=replications,
            seed=seed,
            time_limit_s=time_limit,
            jobs=jobs,
            out=out,
        )
        raise typer.Exit(status)


@app.command(help=HELP["robust"])
def robust(
    scenario: ScenarioName,
    against: Annotated[list[str] | None, typer.Option("--against", metavar="NAME", help=HELP["against"])] = None,
    phase: Phases = None,
    max_moves: MaxMoves = None,
    days: Days = "all",
    replications: Replications = 3,
    seed: Seed = 1,
    time_limit: TimeLimit = 60.0,
    out: Out = None,
    as_json: AsJson = False,
    jobs: Jobs = None,
    lang: Language = LANG,
) -> None:
    """Find the plan of least regret over several futures; with --out its moves and the table of regrets."""
    with speaking(lang, as_json) as speaker:
        from app.robust_verb import EXPECTED, robust_phases

        joint = "+" if ":" in scenario else ":"
        futures = {EXPECTED: load(scenario)} | {name: load(f"{scenario}{joint}{name}") for name in against or FUTURES}
        asked, wanted = phases_of(futures[EXPECTED], phase), days_of(days)
        prepare_compiler(speaker)
        if out is not None:
            writable(out)
        note_sample(speaker, wanted)
        status = robust_phases(
            speaker,
            futures,
            asked,
            max_moves=max_moves,
            days=wanted,
            replications=replications,
            seed=seed,
            time_limit_s=time_limit,
            jobs=jobs,
            out=out,
        )
        raise typer.Exit(status)


@app.command(help=HELP["compare"])
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
        from app.output import Fault, comparison_json, comparison_table
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


@app.command(help=HELP["study"])
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
        from app.output import FINDING, GOOD, comparison_table, phase_head, rounds_table, study_json
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


@app.command(help=HELP["report"])
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


@contextmanager
def speaking(lang: str, as_json: bool) -> Iterator["Speaker"]:
    """Give the speaker of a verb; every failure inside becomes sentences and an exit code."""
    redirect_cache()
    from app.output import Fault, Speaker

    chosen: Literal["vi", "en"] = "vi" if lang == "vi" else "en" if lang == "en" else default_lang()
    speaker = Speaker(chosen, as_json)
    with speaker.faults():
        if lang not in ("vi", "en"):
            raise Fault("lang", found=lang)
        yield speaker


@contextmanager
def nothing() -> Iterator[None]:
    """Stand where a file would be opened."""
    yield


def load(name: str) -> "Scenario":
    """Load a scenario; ScenarioError with all its problems."""
    from scenarios import load_scenario

    return load_scenario(name)


def phases_of(scenario: "Scenario", asked: list[str] | None) -> tuple[str, ...]:
    """The phases asked for, once each, in the scenario's order."""
    from app.output import Fault

    known = [phase.id for phase in scenario.phases]
    for name in asked or ():
        if name not in known:
            raise Fault("phase", found=name, expected=", ".join(known))
    return tuple(name for name in known if not asked or name in asked)


def days_of(text: str) -> int | None:
    """The number of days asked for; None means all."""
    from app.output import Fault

    if text == "all":
        return None
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 100_000):
        raise Fault("days", found=text)
    return int(text)


def day_of(text: str | None) -> "date | None":
    """The day asked for, None when none is."""
    from datetime import date

    from app.output import Fault

    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Fault("day", found=str(text)) from None


def note_sample(speaker: "Speaker", days: int | None) -> None:
    """Say on stderr that days are left out."""
    if days is not None:
        speaker.note("cli.sampled", days=days)


def planned_by(scenario: "Scenario", files: Iterable[Path]) -> "Scenario":
    """The scenario under plans read from files; InvalidPlan when one breaks rules."""
    from app.output import Fault, InvalidPlan
    from optimizer import read_plan
    from scenarios import ScenarioError

    rows: dict[tuple[str, str], Assignment] = {}
    for path in files:
        if not path.is_file():
            raise Fault("no_file", found=str(path))
        try:
            rows |= {(row.phase, row.officer): row for row in read_plan(path, scenario)}
        except ScenarioError as error:
            raise InvalidPlan(error.problems) from error
    planned = scenario.model_copy(update={"assignments": tuple(rows[key] for key in sorted(rows))})
    broken = plan_problems(planned)
    if any(problem.severity == "error" for problem in broken):
        raise InvalidPlan(broken)
    return planned


def copy_scenario(source: str, folder: Path) -> None:
    """Copy a scenario; the folder appears whole or not at all."""
    import shutil

    from results import find_unit_map
    from results.maps import MAP_FILE
    from scenarios import bundled, write_scenario
    from scenarios.load import LIBRARY

    scenario = load(source)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as temporary:
        made = Path(temporary) / "scenario"
        if source in bundled():
            shutil.copytree(LIBRARY / source, made, copy_function=shutil.copyfile)
        else:
            write_scenario(scenario, made)
            if (outlines := find_unit_map(source)) is not None:
                (made / MAP_FILE).write_text(outlines.text, "utf-8")
        if folder.exists():
            folder.rmdir()
        os.replace(made, folder)


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
    from app.output import Fault
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


def run_folder(name: str) -> Path | None:
    """The folder of a stored run, given as it is or by its name below runs/; None when there is none."""
    from results.store import MANIFEST_FILE

    for folder in (Path(name), RUNS / name):
        if (folder / MANIFEST_FILE).is_file():
            return folder
    return None


def plan_problems(scenario: "Scenario") -> tuple["Problem", ...]:
    """What the assignments of a scenario break, over all its phases."""
    from optimizer import check_plan

    phases = sorted({row.phase for row in scenario.assignments})
    return tuple(problem for phase in phases for problem in check_plan(scenario, phase))


def has_plan(outcome: "Outcome") -> bool:
    """Tell whether the solver found a plan."""
    return outcome.status in ("optimal", "feasible")


def say_plan(speaker: "Speaker", plan: "PhasePlan", outcome: "Outcome") -> None:
    """Print what became of the plan in a phase."""
    status = speaker.say(f"plan_status.{outcome.status}")
    if outcome.status == "feasible" and outcome.gap is not None:
        status += ", " + speaker.say("cli.gap", gap=outcome.gap)
    speaker.line(
        "cli.plan",
        phase=plan.phase,
        status=status,
        moves=len(plan.moves),
        before=plan.as_is_predicted_overload_min_per_day,
        after=plan.predicted_overload_min_per_day,
    )


def study_arguments(
    phases: list[str] | None, days: str, replications: int, seed: int, max_moves: int | None, time_limit: float, rounds: int
) -> tuple[tuple[str, str], ...]:
    """The options that a study's numbers depend on, to make it again."""
    arguments = [("phase", phase) for phase in phases or ()]
    arguments += [("days", days), ("replications", str(replications)), ("seed", str(seed))]
    if max_moves is not None:
        arguments.append(("max-moves", str(max_moves)))
    return (*arguments, ("time-limit", f"{time_limit:g}"), ("rounds", str(rounds)))


def writable(folder: Path) -> None:
    """Make a folder and try it, before the long work; OSError when nothing can be written there."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(folder)) from error


def write_json(path: Path, content: "Json") -> None:
    """Write JSON whole."""
    import json

    from results.files import write_text

    write_text(path, json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def redirect_cache() -> None:
    """Let compiled code go to the temp folder when the home may not be written; must run before `sim` is imported."""
    if "NUMBA_CACHE_DIR" in os.environ:
        return
    try:
        root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "motcua"
        root.mkdir(parents=True, exist_ok=True)
        if os.access(root, os.W_OK):
            return
    except (OSError, RuntimeError):
        pass
    os.environ["NUMBA_CACHE_DIR"] = str(Path(tempfile.gettempdir()) / f"motcua-cache-{os.getuid()}")


def prepare_compiler(speaker: "Speaker") -> None:
    """Say so when the kernel will be compiled, which happens once after installation."""
    import numba

    import sim  # noqa: F401 (names the cache folder)

    settings = vars(numba.config)
    folder = os.environ.get("NUMBA_CACHE_DIR") or settings["CACHE_DIR"]
    if not settings["DISABLE_JIT"] and not any(Path(folder).rglob("*.nbi")):
        speaker.note("cli.compiling")


def _cancel(number: int, frame: FrameType | None) -> None:
    """Unwind, so that unfinished files go; but do not wait long for threads in the middle of a replication."""
    status = TERMINATED if number == signal.SIGTERM else CANCELLED
    watchdog = threading.Timer(GRACE_S, _leave, (status,))
    watchdog.daemon = True
    watchdog.start()
    raise Terminated if number == signal.SIGTERM else KeyboardInterrupt


def main() -> None:
    """Run the command; threads still at work do not hold up a cancelled one."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    signal.signal(signal.SIGTERM, _cancel)
    signal.signal(signal.SIGINT, _cancel)
    try:
        app(prog_name="motcua")
    except Terminated:
        _leave(TERMINATED)
    except SystemExit as stop:
        if stop.code == CANCELLED:
            _leave(CANCELLED)
        raise
    except KeyboardInterrupt:
        _leave(CANCELLED)
    except BrokenPipeError:
        os._exit(0)  # the reader has seen enough
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            _last_resort(error)
        sentence = _sentences()["fault"]["storage"][LANG]
        print(sentence.format(found="stdout", reason=error.strerror), file=sys.stderr)
        os._exit(5)  # what waits for stdout can never be written
    except Exception as error:
        _last_resort(error)


def _last_resort(error: Exception) -> NoReturn:
    """Say that the program failed where the verbs could not; only what needs no package of our own."""
    with tempfile.NamedTemporaryFile("w", prefix="motcua-", suffix=".log", delete=False, encoding="utf-8") as stream:
        traceback.print_exception(error, file=stream)
    sentence = _sentences()["fault"]["unexpected"][LANG]
    print(sentence.format(kind=type(error).__name__, path=stream.name), file=sys.stderr)
    raise SystemExit(70)


def _leave(status: int) -> None:
    """End at once, without waiting for threads."""
    print(_sentences()["fault"]["cancelled"][LANG], file=sys.stderr)
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    main()
