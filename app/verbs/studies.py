"""Verbs that put things side by side and show them: compare, study, report, figures."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from app.inputs import (
    RUNS,
    days_of,
    given_by,
    has_plan,
    load,
    note_sample,
    phases_of,
    prepare_compiler,
    run_folder,
    say_plan,
    speaking,
    wishes_of,
    writable,
)
from app.options import (
    HELP,
    LANG,
    AsJson,
    Buy,
    Days,
    Forbids,
    Fresh,
    Jobs,
    Language,
    MaxKm,
    MaxMoves,
    MaxOverload,
    MaxReplications,
    ObjectiveName,
    Of,
    Out,
    Phases,
    Pins,
    PostalPosts,
    Posts,
    Rent,
    Replications,
    Reserved,
    Rounds,
    ScenarioName,
    Seed,
    TimeLimit,
    Volunteers,
    Wants,
)

if TYPE_CHECKING:
    from app.speaker import Json, Speaker
    from results.paper_header import PaperHeader
    from results.summary import StudyData
    from results.wording import Lang
    from scenarios import Scenario

Docx = Annotated[bool, typer.Option("--docx", help=HELP["docx"])]
Header = Annotated[Path | None, typer.Option("--header", metavar="FILE", help=HELP["header"])]


def compare(
    things: Annotated[list[str], typer.Argument(metavar="A B…", help=HELP["things"])],
    phase: Phases = None,
    days: Days = "all",
    replications: Replications = 10,
    seed: Seed = 1,
    ranking: Annotated[bool, typer.Option("--ranking", help=HELP["ranking"])] = False,
    of: Of = "overload_min_per_day",
    indifference: Annotated[
        float | None, typer.Option("--indifference", metavar="D", min=1e-9, help=HELP["indifference"])
    ] = None,
    against: Annotated[list[str] | None, typer.Option("--against", metavar="NAME", help=HELP["against_compared"])] = None,
    precision: Annotated[
        float | None, typer.Option("--precision", metavar="SHARE", min=1e-4, max=1, help=HELP["precision_compared"])
    ] = None,
    max_replications: MaxReplications = 1_000,
    as_json: AsJson = False,
    jobs: Jobs = None,
    lang: Language = LANG,
) -> None:
    """Compare each thing with the first on the same citizens; one stored run alone: as it is with as planned."""
    with speaking(lang, as_json) as speaker:
        wanted_days = days_of(days)
        prepare_compiler(speaker)
        from app.compare_verb import Wanted, compare_things

        wanted = Wanted(
            indicator=of,
            ranking=ranking or indifference is not None or bool(against),
            indifference=indifference,
            precision=precision,
            most=max_replications,
            against=tuple(against or ()),
        )
        compare_things(speaker, things, wanted, phases=phase, days=wanted_days, replications=replications, seed=seed, jobs=jobs)


def study(
    scenario: ScenarioName,
    phase: Phases = None,
    days: Days = "all",
    replications: Replications = 10,
    seed: Seed = 1,
    max_moves: MaxMoves = None,
    time_limit: TimeLimit = 60.0,
    rounds: Rounds = 4,
    objective: ObjectiveName = "weighted",
    max_km: MaxKm = None,
    max_overload: MaxOverload = None,
    posts: Posts = 0,
    postal_posts: PostalPosts = 0,
    rent: Rent = 0,
    buy: Buy = 0,
    volunteers: Volunteers = 0,
    reserved: Reserved = 0,
    pin: Pins = None,
    forbid: Forbids = None,
    want: Wants = None,
    plan: Annotated[list[Path] | None, typer.Option("--plan", metavar="FILE", help=HELP["plan_studied"])] = None,
    certify: Annotated[bool, typer.Option("--certify", help=HELP["certify_study"])] = False,
    improve: Annotated[int | None, typer.Option("--improve", metavar="N", min=0, max=50, help=HELP["improve_study"])] = None,
    trade_off: Annotated[bool, typer.Option("--trade-off", help=HELP["trade_off"])] = False,
    docx: Docx = False,
    header: Header = None,
    out: Out = None,
    fresh: Fresh = False,
    as_json: AsJson = False,
    jobs: Jobs = None,
    lang: Language = LANG,
) -> None:
    """Study every phase, store the run with its report below --out (runs/ when left out), show the main figures."""
    with speaking(lang, as_json) as speaker:
        from results.memory import usual_memory  # before what it stands for

        loaded = load(scenario)
        wishes = wishes_of(loaded, pin, forbid, want)
        given = given_by(loaded, plan) if plan else None
        asked, wanted = phases_of(loaded, phase, given.phases if given is not None else ()), days_of(days)
        prepare_compiler(speaker)
        from app.aims import Aims, wish_arguments
        from app.speaker import FINDING, GOOD, Fault
        from app.study import SWEEPS
        from app.study import study as run_study
        from results.validation import find_yardstick

        aims = Aims(objective, max_km, max_overload, posts, postal_posts, rent, buy, volunteers, reserved)
        if given is not None and (aims.arguments() or wish_arguments(wishes)):
            raise Fault("plan_or_wishes")
        unchanged = "given" if given is not None else "worst" if objective == "worst" else ""
        if improve and unchanged:
            raise Fault(f"improve_{unchanged}")
        certify, sweeps = certify or improve is not None, SWEEPS if improve is None else improve
        asked_for = {"certify": certify, "improve": certify and not unchanged, "trade-off": trade_off}
        extras = tuple((name, f"{sweeps}" if name == "improve" else "") for name, is_asked in asked_for.items() if is_asked)
        folder, paper = out or RUNS, paper_header(docx, header)
        writable(folder)
        if wishes.wanted:
            from app.why_verb import told_impossible  # here, so that plays begin sooner

            if refused := told_impossible(speaker, loaded, asked, wishes):
                if as_json:
                    speaker.put({"scenario": loaded.id, "impossible": refused})
                raise typer.Exit(FINDING)
        note_sample(speaker, wanted)
        memory = usual_memory(fresh=fresh)
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
                aims=aims,
                wishes=wishes,
                given=given,
                certified=certify,
                sweeps=sweeps,
                traded=trade_off,
                yardstick=partial(find_yardstick, scenario, loaded),
                beside=partial(ready_to_write, loaded),
                memory=memory,
            )
        from app.additions_output import additions_table  # what tells of a study is loaded while it is played
        from app.comparison_output import comparison_table, study_json
        from app.output import phase_head
        from app.plan_output import rounds_table, why_unmoved
        from app.remembered import remembered_json, say_remembered
        from optimizer.plan_files import PLAN_FILE
        from results import RunStore, find_unit_map, provenance_of, summarize
        from results.report import REPORT_FILE

        say_remembered(speaker, memory)
        remembered = tuple(sorted(one.part for one in memory.recalled))
        found = replace(found, unit_map=find_unit_map(scenario), remembered=remembered)
        arguments = (
            study_arguments(phase if given is None else list(asked), days, replications, seed, max_moves, time_limit, rounds)
            + aims.arguments()
        )
        arguments += wish_arguments(wishes) + (("plan", PLAN_FILE),) * (given is not None) + extras
        origin = origin_of(scenario, folder)
        with ThreadPoolExecutor(1) as beside:
            provenance = beside.submit(provenance_of, found, "study", arguments)  # digests leave the interpreter to others
            told = summarize(found)
        stored = RunStore(folder).write(found, provenance.result(), told, lang=speaker.lang, paper=paper, **origin)
        clash, unmoved = None, why_unmoved([one.plan for one in found.phases], loaded, speaker.lang)
        if found.outcome.status == "infeasible":
            from app.why_verb import problem_of_study, tell_conflict

            problem = problem_of_study(found, aims, wishes, max_moves=max_moves, days=wanted, jobs=jobs)
            clash = tell_conflict(speaker, loaded, problem, found.outcome, wishes, time_limit_s=time_limit)
        if as_json:
            content = study_json(found, told, stored / REPORT_FILE, speaker.lang) | paper_json(stored, paper, speaker.lang)
            content |= {"conflict": clash, "unmoved": unmoved} | remembered_json(memory)
            speaker.put(content | proof_json(found, asked))
        else:
            heads = (speaker.say("state.as_is"), speaker.say("state.planned"))
            for one, summary in zip(found.phases, told.phases, strict=True):
                title = phase_head(loaded, one.phase, summary.days, speaker.lang)
                speaker.table(comparison_table(summary.own, loaded, heads, title, speaker.lang))
                say_plan(speaker, one.plan, found.outcome)
                if one.phase in unmoved:
                    typer.echo(unmoved[one.phase])
                if one.plan.additions:
                    speaker.table(additions_table(one.plan, loaded, speaker.lang))
            if found.rounds:
                speaker.table(rounds_table(found.rounds, asked, speaker.lang))
            say_proof(speaker, found, asked)
            speaker.line("cli.studied", seconds=found.seconds)
            speaker.line("cli.report", path=str(stored / REPORT_FILE))
            say_paper(speaker, stored, paper)
        raise typer.Exit(GOOD if has_plan(found.outcome) else FINDING)


def ready_to_write(scenario: "Scenario") -> None:
    """Load what writes a run and tells of it, which takes a second, before there is anything to write."""
    from results.charts import know_letters
    from results.provenance import bundled_digest
    from results.report import know_templates
    from results.wording import catalogue
    from scenarios import bundled

    for module in ("results.study_files", "app.comparison_output"):
        import_module(module)
    know_templates()
    told = (text for code, entry in catalogue().items() if code.startswith("chart.") for text in (entry.vi, entry.en))
    know_letters((*told, *(office.name for office in scenario.offices), *(unit.name for unit in scenario.units)))
    if scenario.id in bundled():
        bundled_digest(scenario.id)


def proof_json(found: "StudyData", phases: tuple[str, ...]) -> "Json":
    """Certificates, and plans for fewer moves, when they were asked for."""
    from app.certify_verb import certificate_json, trial_json
    from app.trade_off_verb import choice_json

    told: Json = {}
    if found.certificates:
        told["made"] = [trial_json(one) for one in found.made]
        told["certificates"] = [certificate_json(one) for one in found.certificates]
    if found.choices:
        told["choices"] = [choice_json(one, phases) for one in found.choices]
    return told


def say_proof(speaker: "Speaker", found: "StudyData", phases: tuple[str, ...]) -> None:
    """The same for a person."""
    from app.certify_verb import say_certificate, say_made
    from app.trade_off_verb import say_choices

    say_made(speaker, found.scenario, found.made)
    for one in found.certificates:
        say_certificate(speaker, found.scenario, one)
    if found.choices:
        say_choices(speaker, found.choices, phases)


def report(
    run: Annotated[str, typer.Argument(metavar="RUN", help=HELP["run"])],
    docx: Docx = False,
    header: Header = None,
    as_json: AsJson = False,
    jobs: Jobs = None,
    lang: Language = LANG,
) -> None:
    """Write the report of a stored run again; the run is checked first and takes its place whole."""
    with speaking(lang, as_json) as speaker:
        from results import RunStore
        from results.report import REPORT_FILE
        from results.store import read_run

        folder, paper = run_folder(run) or Path(run), paper_header(docx, header)
        found, manifest = read_run(folder)
        place = folder.resolve()
        kept = {"asked": manifest.asked, "made": manifest.made, "name": place.name}
        stored = RunStore(place.parent).write(found, manifest.provenance, lang=speaker.lang, paper=paper, **kept)
        if as_json:
            speaker.put({"run": manifest.run, "report": str(stored / REPORT_FILE)} | paper_json(stored, paper, speaker.lang))
        speaker.line("cli.report", path=str(stored / REPORT_FILE))
        say_paper(speaker, stored, paper)


def figures(
    run: Annotated[str, typer.Argument(metavar="RUN", help=HELP["run"])],
    out: Out = None,
    form: Annotated[Literal["svg", "pdf", "png"], typer.Option("--format", help=HELP["format"])] = "svg",
    as_json: AsJson = False,
    lang: Language = LANG,
) -> None:
    """Make every figure of a stored run again, below --out (RUN-figures beside the run when left out)."""
    with speaking(lang, as_json) as speaker:
        from results import summarize
        from results.charts import write_figures
        from results.store import read_run

        folder = run_folder(run) or Path(run)
        found, manifest = read_run(folder)
        place = out or folder.resolve().parent / f"{manifest.run}-figures"
        writable(place)
        paths = write_figures(summarize(found), place, form, speaker.lang)
        if as_json:
            speaker.put({"run": manifest.run, "figures": [str(path) for path in paths]})
        speaker.line("cli.figures", count=len(paths), path=str(place))


def paper_header(docx: bool, path: Path | None) -> "PaperHeader | None":
    """The head of the Word file that is asked for, None when none is; a head asks for the file."""
    if path is None and not docx:
        return None
    from results.paper_header import PaperHeader, read_header

    return read_header(path) if path is not None else PaperHeader()


def paper_json(stored: Path, paper: "PaperHeader | None", lang: "Lang") -> "Json":
    """Where the Word file stands."""
    return {"paper": str(stored / paper_file(lang))} if paper is not None else {}


def say_paper(speaker: "Speaker", stored: Path, paper: "PaperHeader | None") -> None:
    """Tell a person where the Word file stands."""
    if paper is not None:
        speaker.line("cli.paper", path=str(stored / paper_file(speaker.lang)))


def paper_file(lang: "Lang") -> str:
    """Name of the Word file."""
    from results.paper_header import file_name

    return file_name(lang)


def origin_of(scenario: str, store: Path) -> dict[str, str]:
    """What a manifest says beside the provenance: the scenario as it was asked for, and when."""
    from datetime import UTC, datetime

    from results.run_list import asked_in

    return {"asked": asked_in(store, scenario), "made": datetime.now(UTC).isoformat(timespec="seconds")}


def study_arguments(
    phases: list[str] | None, days: str, replications: int, seed: int, max_moves: int | None, time_limit: float, rounds: int
) -> tuple[tuple[str, str], ...]:
    """The options that a study's numbers depend on, to make it again."""
    arguments = [("phase", phase) for phase in phases or ()]
    arguments += [("days", days), ("replications", str(replications)), ("seed", str(seed))]
    if max_moves is not None:
        arguments.append(("max-moves", str(max_moves)))
    return (*arguments, ("time-limit", f"{time_limit:g}"), ("rounds", str(rounds)))
