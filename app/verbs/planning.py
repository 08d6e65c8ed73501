"""Verbs that plan: optimize, consolidate, roster, robust, why, certify, tradeoff."""

from pathlib import Path
from typing import Annotated

import typer

from app.inputs import (
    days_of,
    given_by,
    has_plan,
    load,
    note_sample,
    phases_of,
    planned_by,
    prepare_compiler,
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
    ObjectiveName,
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

FUTURES = ("growth-20", "absence-wave", "branch-closed")  #: against which a plan is made robust unless others are named


def optimize(
    scenario: ScenarioName,
    phase: Phases = None,
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
    out: Out = None,
    fresh: Fresh = False,
    as_json: AsJson = False,
    jobs: Jobs = None,
    lang: Language = LANG,
) -> None:
    """Plan the phases together; exit code 1 without a plan. With --out CSV of moves and additions, which --plan reads back."""
    with speaking(lang, as_json) as speaker:
        from results.memory import usual_memory  # before what it stands for

        loaded = load(scenario)
        asked = phases_of(loaded, phase)
        wishes = wishes_of(loaded, pin, forbid, want)
        prepare_compiler(speaker)
        from app.additions_output import additions_json, additions_table
        from app.aims import Aims
        from app.plan_output import moves_table, plan_json, reasons_of, rounds_table, why_unmoved
        from app.planning import planned_phases
        from app.remembered import remembered_json, say_remembered
        from app.speaker import FINDING, GOOD
        from app.why_verb import tell_conflict, told_impossible
        from optimizer import write_plan
        from optimizer.plan_files import ADDITIONS_FILE, PLAN_FILE
        from results.addition_words import write_additions_of

        if out is not None:
            writable(out)
        if refused := told_impossible(speaker, loaded, asked, wishes):
            if as_json:
                speaker.put({"scenario": loaded.id, "impossible": refused})
            raise typer.Exit(FINDING)
        memory = usual_memory(fresh=fresh)
        with speaker.progress() as report:
            found = planned_phases(
                loaded,
                asked,
                max_moves=max_moves,
                time_limit_s=time_limit,
                rounds=rounds,
                jobs=jobs,
                progress=report,
                aims=Aims(objective, max_km, max_overload, posts, postal_posts, rent, buy, volunteers, reserved),
                wishes=wishes,
                memory=memory,
            )
        say_remembered(speaker, memory)
        plan, loop = found.plan, found.loop
        clash = None
        if loop is not None:
            clash = tell_conflict(speaker, loaded, loop.problem, plan.outcome, wishes, time_limit_s=time_limit)
        unmoved = why_unmoved(plan.phases, loaded, speaker.lang)
        if out is not None and has_plan(plan.outcome):
            write_plan(plan.phases, loaded, out / PLAN_FILE, reasons_of(plan.phases, loaded, speaker.lang))
            write_additions_of(plan.phases, loaded, out / ADDITIONS_FILE, speaker.lang)
        if as_json:
            told = plan_json(plan, found.rounds, loaded, speaker.lang)
            added = additions_json(plan.phases, loaded, speaker.lang)
            more = {"additions": added, "conflict": clash, "unmoved": unmoved, **remembered_json(memory)}
            speaker.put({"scenario": loaded.id, **told, **more})
        else:
            for made in plan.phases if clash is None else ():
                say_plan(speaker, made, plan.outcome)
                if made.phase in unmoved:
                    typer.echo(unmoved[made.phase])
                if made.moves:
                    speaker.table(moves_table(made, loaded, speaker.lang))
                if made.additions:
                    speaker.table(additions_table(made, loaded, speaker.lang))
            if found.rounds:
                speaker.table(rounds_table(found.rounds, asked, speaker.lang))
            if out is not None and has_plan(plan.outcome):
                adds = any(made.additions for made in plan.phases)
                for file in (PLAN_FILE, ADDITIONS_FILE) if adds else (PLAN_FILE,):
                    speaker.line("cli.written", path=str(out / file))
        raise typer.Exit(GOOD if has_plan(plan.outcome) else FINDING)


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
    fresh: Fresh = False,
    as_json: AsJson = False,
    jobs: Jobs = None,
    lang: Language = LANG,
) -> None:
    """Find the plan of least regret over several futures; with --out its moves and the table of regrets."""
    with speaking(lang, as_json) as speaker:
        from app.robust_verb import EXPECTED, robust_phases
        from results.memory import usual_memory  # before what it stands for

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
            memory=usual_memory(fresh=fresh),
        )
        raise typer.Exit(status)


def why(
    scenario: ScenarioName,
    plan: Annotated[list[Path] | None, typer.Option("--plan", metavar="FILE", help=HELP["plan_asked"])] = None,
    phase: Phases = None,
    officer: Annotated[str | None, typer.Option("--officer", metavar="ID", help=HELP["officer"])] = None,
    office: Annotated[str | None, typer.Option("--office", metavar="ID", help=HELP["office"])] = None,
    force: Annotated[bool, typer.Option("--force", help=HELP["force"])] = False,
    alternatives: Annotated[int, typer.Option("--alternatives", metavar="N", min=0, max=50, help=HELP["alternatives"])] = 0,
    differ: Annotated[int, typer.Option("--differ", metavar="N", min=1, max=10_000, help=HELP["differ"])] = 1,
    pin: Pins = None,
    forbid: Forbids = None,
    want: Wants = None,
    next_person: Annotated[bool, typer.Option("--next-person", help=HELP["next_person"])] = False,
    max_moves: MaxMoves = None,
    days: Days = "all",
    seed: Seed = 1,
    time_limit: TimeLimit = 60.0,
    out: Out = None,
    fresh: Fresh = False,
    as_json: AsJson = False,
    jobs: Jobs = None,
    lang: Language = LANG,
) -> None:
    """Tell the reasons of a plan, why an officer is not sent elsewhere, the next best plans, where the next person helps most."""
    with speaking(lang, as_json) as speaker:
        from app.why_verb import Asked, check_question, tell_why
        from results.memory import usual_memory  # before what it stands for

        loaded = load(scenario)
        wishes = wishes_of(loaded, pin, forbid, want)
        asked = Asked(officer, office, alternatives, differ, force, next_person, wishes, max_moves, time_limit)
        check_question(loaded, asked)
        given = given_by(loaded, plan) if plan else None
        chosen = phases_of(loaded, phase, given.phases if given is not None else ())
        wanted = days_of(days)
        prepare_compiler(speaker)
        if out is not None:
            writable(out)
        note_sample(speaker, wanted)
        status = tell_why(
            speaker,
            loaded,
            given,
            chosen,
            asked,
            days=wanted,
            seed=seed,
            jobs=jobs,
            out=out,
            memory=usual_memory(fresh=fresh),
        )
        raise typer.Exit(status)


def certify(
    scenario: ScenarioName,
    plan: Annotated[list[Path] | None, typer.Option("--plan", metavar="FILE", help=HELP["plan_certified"])] = None,
    phase: Phases = None,
    zone: Annotated[float | None, typer.Option("--zone", metavar="MIN", min=0.0, max=1e9, help=HELP["zone"])] = None,
    error: Annotated[float, typer.Option("--error", metavar="SHARE", min=1e-6, max=0.5, help=HELP["error"])] = 0.05,
    improve: Annotated[int, typer.Option("--improve", metavar="N", min=0, max=50, help=HELP["improve"])] = 0,
    max_moves: MaxMoves = None,
    rounds: Rounds = 4,
    days: Days = "all",
    replications: Annotated[
        int, typer.Option("--replications", metavar="N", min=1, max=1_000, help=HELP["replications_certified"])
    ] = 4,
    seed: Seed = 1,
    time_limit: TimeLimit = 60.0,
    out: Out = None,
    fresh: Fresh = False,
    as_json: AsJson = False,
    jobs: Jobs = None,
    lang: Language = LANG,
) -> None:
    """Try every single move and swap of a plan; exit code 1 when one is better, or when that stays open."""
    with speaking(lang, as_json) as speaker:
        from results.memory import usual_memory  # before what it stands for

        loaded = load(scenario)
        given = given_by(loaded, plan) if plan else None
        chosen = phases_of(loaded, phase, given.phases if given is not None else ())
        wanted = days_of(days)
        prepare_compiler(speaker)
        from app.certify_verb import Sweeping, certify_phases

        if out is not None:
            writable(out)
        note_sample(speaker, wanted)
        status = certify_phases(
            speaker,
            loaded,
            given,
            chosen,
            Sweeping(zone, error, replications, wanted, seed, jobs, improve),
            max_moves=max_moves,
            rounds=rounds,
            time_limit_s=time_limit,
            out=out,
            memory=usual_memory(fresh=fresh),
        )
        raise typer.Exit(status)


def tradeoff(
    scenario: ScenarioName,
    phase: Phases = None,
    moves: Annotated[list[int] | None, typer.Option("--moves", metavar="N", min=0, help=HELP["moves"])] = None,
    days: Days = "all",
    replications: Annotated[
        int, typer.Option("--replications", metavar="N", min=0, max=100_000, help=HELP["replications_trade"])
    ] = 5,
    seed: Seed = 1,
    time_limit: TimeLimit = 60.0,
    out: Out = None,
    fresh: Fresh = False,
    as_json: AsJson = False,
    jobs: Jobs = None,
    lang: Language = LANG,
) -> None:
    """Plan for each cap on moves and simulate all plans on the same citizens; with --out the table and the picture."""
    with speaking(lang, as_json) as speaker:
        from results.memory import usual_memory  # before what it stands for

        loaded = load(scenario)
        asked, wanted = phases_of(loaded, phase), days_of(days)
        prepare_compiler(speaker)
        from app.trade_off_verb import trade_off_phases

        if out is not None:
            writable(out)
        note_sample(speaker, wanted)
        status = trade_off_phases(
            speaker,
            loaded,
            asked,
            caps=moves,
            days=wanted,
            replications=replications,
            seed=seed,
            time_limit_s=time_limit,
            jobs=jobs,
            out=out,
            memory=usual_memory(fresh=fresh),
        )
        raise typer.Exit(status)
