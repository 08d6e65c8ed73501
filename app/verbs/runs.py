"""Verbs for stored runs: list, show, compare, delete; what is remembered; and rerun."""

from pathlib import Path
from typing import Annotated

import typer

from app.inputs import RUNS, prepare_compiler, speaking
from app.options import HELP, LANG, AsJson, Jobs, Language, MaxReplications, Of, Phases

Store = Annotated[Path, typer.Option("--store", metavar="DIR", help=HELP["store"])]
Names = Annotated[list[str], typer.Argument(metavar="RUN…", help=HELP["run"])]
Name = Annotated[str, typer.Argument(metavar="RUN", help=HELP["run"])]

app = typer.Typer(help=HELP["runs"], no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command("list", help=HELP["runs_list"])
def list_(store: Store = RUNS, as_json: AsJson = False, lang: Language = LANG) -> None:
    """Every stored run with what it came from, and whether its inputs have changed since."""
    with speaking(lang, as_json) as speaker:
        from app.runs_verb import list_runs

        list_runs(speaker, store)


@app.command("show", help=HELP["runs_show"])
def show(run: Name, store: Store = RUNS, as_json: AsJson = False, lang: Language = LANG) -> None:
    """One run: where it comes from, its plan and its main figures; every file is checked first."""
    with speaking(lang, as_json) as speaker:
        from app.one_run_verb import show_run

        show_run(speaker, store, run)


@app.command("compare", help=HELP["runs_compare"])
def compare(
    runs: Names,
    store: Store = RUNS,
    phase: Phases = None,
    ranking: Annotated[bool, typer.Option("--ranking", help=HELP["ranking"])] = False,
    of: Of = "overload_min_per_day",
    indifference: Annotated[
        float | None, typer.Option("--indifference", metavar="D", min=1e-9, help=HELP["indifference"])
    ] = None,
    max_replications: MaxReplications = 1_000,
    as_json: AsJson = False,
    jobs: Jobs = None,
    lang: Language = LANG,
) -> None:
    """Compare stored runs as planned with the first; one alone: as it is with as planned."""
    with speaking(lang, as_json) as speaker:
        prepare_compiler(speaker)
        from app.compare_verb import Wanted, compare_things
        from app.runs_verb import folder_of

        wanted = Wanted(of, ranking or indifference is not None, indifference, most=max_replications)
        folders = [str(folder_of(store, name)) for name in runs]
        compare_things(speaker, folders, wanted, phases=phase, days=None, replications=10, seed=1, jobs=jobs)


@app.command("delete", help=HELP["runs_delete"])
def delete(
    runs: Names,
    store: Store = RUNS,
    yes: Annotated[bool, typer.Option("--yes", help=HELP["yes"])] = False,
    as_json: AsJson = False,
    lang: Language = LANG,
) -> None:
    """Delete runs, damaged ones too; all of them or, when a name is wrong, none."""
    with speaking(lang, as_json) as speaker:
        from app.runs_verb import delete_runs

        raise typer.Exit(delete_runs(speaker, store, runs, yes=yes))


@app.command("memory", help=HELP["runs_memory"])
def memory(
    forget: Annotated[bool, typer.Option("--forget", help=HELP["forget"])] = False,
    as_json: AsJson = False,
    lang: Language = LANG,
) -> None:
    """What is remembered between questions, and where; or away with it."""
    with speaking(lang, as_json) as speaker:
        from app.remembered import tell_memory
        from results.memory import usual_memory  # before what it stands for

        tell_memory(speaker, usual_memory(), forget=forget)


def rerun(run: Name, store: Store = RUNS, as_json: AsJson = False, jobs: Jobs = None, lang: Language = LANG) -> None:
    """Make a stored run again from its manifest and tell whether the same numbers come out; nothing is written."""
    with speaking(lang, as_json) as speaker:
        prepare_compiler(speaker)
        from app.one_run_verb import run_again

        raise typer.Exit(run_again(speaker, store, run, jobs=jobs))
