"""The verb why: the reasons of a plan, why not otherwise, the next best plans, the next person; and why there is no plan."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.table import Table
from rich.text import Text

from app.aims import Aims
from app.given import Given, planned_within
from app.inputs import has_plan
from app.plan_output import alternative_json, moves_json, reason_json
from app.planning import at_home
from app.remembered import remembered_json, say_remembered
from app.replications import CURVE_REPLICATIONS
from app.speaker import FINDING, GOOD, Fault, Json, Speaker, plain_table
from optimizer import (
    Alternative,
    Conflict,
    Outcome,
    PhasePlan,
    Plan,
    Reason,
    StaffingProblem,
    Wishes,
    find_conflict,
    staffing_problem,
)
from optimizer.alternatives import OtherPlan, alternatives
from optimizer.narrowing import staffing_of_plan
from optimizer.plan import plan_of
from optimizer.problem import NO_WISHES
from optimizer.reasons import breach_reason
from optimizer.solve import crew_breaches, solve
from optimizer.why_not import Question, impossible_wishes, why_here, why_not
from results.exports import write_frame
from results.files import write_text
from results.memory import Memory
from results.reason_words import Names
from results.wording import LANGUAGES, UNKNOWN, number, say, written
from scenarios.cells import names_by_id, nearest
from scenarios.schema import Scenario
from sim.run import Report

if TYPE_CHECKING:
    from results.summary import StudyData

SHOWN_PEOPLE = 15  #: offices of each side, in a table for a person
SHOWN_CHANGES = 6  #: of a whole plan, in a table for a person
NEXT_PERSON_FILE = "next_person.csv"


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to know of a plan."""

    officer: str | None = None
    office: str | None = None
    alternatives: int = 0
    differ: int = 1
    force: bool = False
    next_person: bool = False
    wishes: Wishes = NO_WISHES
    max_moves: int | None = None
    time_limit_s: float = 60.0


def check_question(scenario: Scenario, asked: Asked) -> None:
    """Refuse ids that the scenario does not have, before any long work."""
    officers, offices = names_by_id(scenario.officers), names_by_id(scenario.offices)
    if asked.officer is None and (asked.office is not None or asked.force):
        raise Fault("officer_first")
    if asked.force and asked.office is None:
        raise Fault("officer_first")
    if asked.officer is not None and asked.officer not in officers:
        raise Fault("officer", found=asked.officer, expected=nearest(asked.officer, officers))
    if asked.office is not None and asked.office not in offices:
        raise Fault("office", found=asked.office, expected=nearest(asked.office, offices))


def tell_why(
    speaker: Speaker,
    loaded: Scenario,
    given: Given | None,
    phases: Sequence[str],
    asked: Asked,
    *,
    days: int | None,
    seed: int,
    jobs: int | None,
    out: Path | None,
    memory: Memory,
) -> int:
    """Answer on stdout and return the exit code; given : the plan asked about, None = the best one.

    What a given plan adds is there whatever else is asked; the officers that it adds stay where they are.
    """
    if refused := told_impossible(speaker, loaded, phases, asked.wishes):
        if speaker.json:
            speaker.put({"scenario": loaded.id, "impossible": refused})
        return FINDING
    planned, home = loaded, loaded
    if given is not None:
        planned, home = given.planned, given.unmoved(loaded)
        asked = replace(asked, wishes=replace(asked.wishes, pinned=asked.wishes.pinned | given.posts(loaded)))
        if given.unseen:
            speaker.note("why.unseen")
    with speaker.progress() as report:
        problem = problem_of(loaded, planned, phases, asked, days=days, seed=seed, jobs=jobs, progress=report, memory=memory)
    say_remembered(speaker, memory)
    outcome, best = solve(problem, asked.time_limit_s)
    clash = tell_conflict(speaker, home, problem, outcome, asked.wishes, time_limit_s=asked.time_limit_s)
    if given is None and not has_plan(outcome):
        if speaker.json:
            speaker.put({"scenario": loaded.id, "status": outcome.status, "conflict": clash, **remembered_json(memory)})
        return FINDING
    plan = plan_of(problem, outcome, best) if given is None else planned_within(problem, planned)
    told = Told(Names.of(home, speaker.lang), {"scenario": loaded.id, "status": outcome.status})
    if given is not None:
        _standing(told, speaker, problem, plan, outcome)
    if asked.officer is not None:
        told.content["answers"] = [_answer(told, home, problem, plan, asked, asked.officer, phase) for phase in phases]
    elif not asked.alternatives and not asked.next_person:
        told.content["moves"] = [move for part in plan.phases for move in moves_json(part, home, speaker.lang)]
        for part in plan.phases:
            _moves(told, speaker, part)
    if asked.alternatives:
        others = alternatives(problem, plan, asked.alternatives, differ=asked.differ, time_limit_s=asked.time_limit_s)
        told.content["alternatives"] = [_other_json(other) for other in others]
        _others(told, speaker, others, problem)
    if asked.next_person:
        _people(told, speaker, home, plan, out)
    if speaker.json:
        speaker.put(told.content | remembered_json(memory))
    for item in told.shown if not speaker.json else ():
        if isinstance(item, str):
            typer.echo(item)
        else:
            speaker.table(item)
    return GOOD


@dataclass(slots=True)
class Told:
    """What is said, as it comes together."""

    names: Names
    content: Json
    shown: list[str | Table] = field(default_factory=list)


def problem_of(
    loaded: Scenario,
    planned: Scenario,
    phases: Sequence[str],
    asked: Asked,
    *,
    days: int | None,
    seed: int,
    jobs: int | None,
    progress: Report | None,
    memory: Memory,
) -> StaffingProblem:
    """The staffing problem of some phases with the curves about home that `optimize` begins with."""
    curves = at_home(loaded, phases, days=days, seed=seed, jobs=jobs, progress=progress, memory=memory).curves
    return staffing_problem(planned, curves, max_moves=asked.max_moves, wishes=asked.wishes)


def told_impossible(speaker: Speaker, scenario: Scenario, phases: Sequence[str], wishes: Wishes) -> list[Json]:
    """Say which officers wanted somewhere can be there in no phase, and by which rule."""
    names = Names.of(scenario, speaker.lang)
    found = impossible_wishes(scenario, phases, wishes)
    if not speaker.json:
        for reason in found:
            typer.echo(names.sentence(reason))
    return [reason_json(reason, names) for reason in found]


def tell_conflict(
    speaker: Speaker,
    scenario: Scenario,
    problem: StaffingProblem,
    outcome: Outcome,
    wishes: Wishes = NO_WISHES,
    *,
    time_limit_s: float = 60.0,
) -> Json | None:
    """Say which rules clash when a problem has no plan, and how to give in cheapest; None when it has one.

    wishes : with which the problem was made.
    """
    if outcome.status != "infeasible":
        return None
    found = find_conflict(scenario, problem, wishes, time_limit_s=time_limit_s)
    if found is None:
        return None
    names = Names.of(scenario, speaker.lang)
    if not speaker.json:
        for line in names.conflict(found):
            typer.echo(line)
    return conflict_json(found, names)


def problem_of_study(
    found: "StudyData", aims: Aims, wishes: Wishes, *, max_moves: int | None, days: int | None, jobs: int | None
) -> StaffingProblem:
    """The problem that the program of a study began with, on its curves about home."""
    rules = aims.rules(
        found.scenario, found.curves, replications=range(CURVE_REPLICATIONS), days=days, seed=found.seed, jobs=jobs
    )
    return staffing_problem(found.scenario, found.curves, max_moves=max_moves, wishes=wishes, **rules)


def conflict_json(found: Conflict, names: Names) -> Json:
    """A conflict as JSON: rules, what to give in, by how many units of each rule."""
    return {
        "proven": found.proven,
        "rules": [asdict(rule) | {"text": names.rule(rule)} for rule in found.rules],
        "relaxation": [
            {"rule": asdict(rule), "by": amount, "text": names.relaxed(rule, amount)} for rule, amount in found.relaxed
        ],
        "weight": found.weight,
    }


# -- a plan as it stands -------------------------------------------------------------------------------------------


def _standing(told: Told, speaker: Speaker, problem: StaffingProblem, plan: Plan, outcome: Outcome) -> None:
    """How far a plan is from the best one by these curves, and which rules it breaks."""
    staffing, _ = staffing_of_plan(problem, plan)
    broken = [
        breach_reason(phase, breach)
        for phase, chosen in zip(problem.phases, staffing, strict=True)
        for breach in crew_breaches(phase, chosen)
    ]
    told.content["breaks"] = [reason_json(reason, told.names) for reason in broken]
    told.shown += [speaker.say("why.breaks", rule=told.names.sentence(reason)) for reason in broken]
    if plan.outcome.objective is None or outcome.objective is None:
        return
    days = max(sum(phase.days for phase in problem.phases), 1)
    more = round((plan.outcome.objective - outcome.objective) / 60 / days, 1)
    told.content["more_than_best_min_per_day"] = more
    told.shown.append(speaker.say("why.differs", minutes=more) if more > 0 else speaker.say("why.best"))


def _moves(told: Told, speaker: Speaker, part: PhasePlan) -> None:
    """Every move of a phase with all that is told of it."""
    told.shown.append(speaker.say("why.title", phase=part.phase))
    if not part.moves:
        told.shown.append(f"  {speaker.say('report.no_moves')}")
    for move in part.moves:
        who = (("officer", move.officer), ("source", move.source), ("office", move.target), ("phase", move.phase))
        told.shown.append(told.names.sentence(Reason("R-WHY-009", who)))
        told.shown += _lines(told.names, (move.reason, *move.details), move.alternatives, move.officer)


def _lines(names: Names, reasons: Iterable[Reason], others: Sequence[Alternative], officer: str) -> list[str]:
    """Sentences below one another, then the alternatives."""
    lines = [f"  {names.sentence(reason)}" for reason in reasons]
    if others:
        lines.append(f"  {say('instead.title', names.lang)}")
        lines += [f"    – {names.alternative(other, officer)}" for other in others]
    return lines


# -- answers -------------------------------------------------------------------------------------------------------


def _answer(told: Told, scenario: Scenario, problem: StaffingProblem, plan: Plan, asked: Asked, officer: str, phase: str) -> Json:
    """Why an officer serves where they do in a phase, or why not at the office asked about."""
    others: tuple[Alternative, ...] = ()
    if asked.office is None:
        reasons, others = why_here(scenario, problem, plan, officer, phase, wishes=asked.wishes)
    else:
        question = Question(officer, asked.office, phase)
        reasons = why_not(
            scenario, problem, plan, question, wishes=asked.wishes, resolve_s=asked.time_limit_s if asked.force else None
        )
    told.shown.append(say("why.title", told.names.lang, phase=phase))
    told.shown += _lines(told.names, reasons, others, officer)
    clash = None
    if asked.office is not None and any(reason.code == "R-FORCED-003" for reason in reasons):
        wishes = replace(asked.wishes, wanted=asked.wishes.wanted | {(officer, asked.office)})
        clash = find_conflict(scenario, problem, wishes, time_limit_s=asked.time_limit_s)
        told.shown += told.names.conflict(clash) if clash is not None else []
    return {
        "phase": phase,
        "officer": officer,
        "office": asked.office,
        "reasons": [reason_json(reason, told.names) for reason in reasons],
        "alternatives": [alternative_json(other, officer, told.names) for other in others],
        "conflict": None if clash is None else conflict_json(clash, told.names),
    }


# -- other plans ---------------------------------------------------------------------------------------------------


def _other_json(other: OtherPlan) -> Json:
    """Another plan as JSON; change of the objective in person-seconds over all days."""
    return {
        "status": other.outcome.status,
        "objective": other.outcome.objective,
        "change": other.change_s,
        "changes": [
            {"phase": phase, "officer": officer, "planned": planned, "instead": instead}
            for phase, officer, planned, instead in other.changes
        ],
    }


def _others(told: Told, speaker: Speaker, others: Sequence[OtherPlan], problem: StaffingProblem) -> None:
    if not others:
        told.shown.append(speaker.say("why.no_alternatives"))
        return
    days, names = max(sum(phase.days for phase in problem.phases), 1), told.names
    rows = []
    for rank, other in enumerate(others, start=1):
        changes = [
            speaker.say(
                "why.change",
                officer=names.officers[officer],
                office=names.offices[instead],
                source=names.offices[planned],
                phase=phase,
            )
            for phase, officer, planned, instead in other.changes
        ]
        if len(changes) > SHOWN_CHANGES:
            changes[SHOWN_CHANGES:] = [speaker.say("why.changes_more", count=len(changes) - SHOWN_CHANGES)]
        rows.append((str(rank), written(round(other.change_s / 60 / days, 2), speaker.lang), "\n".join(changes)))
    heads = [speaker.say(f"why.column_{name}") for name in ("number", "more", "changes")]
    table = plain_table(heads, rows)
    table.title = Text(speaker.say("why.alternatives"))
    told.shown.append(table)


# -- the next person -----------------------------------------------------------------------------------------------


def _people(told: Told, speaker: Speaker, scenario: Scenario, plan: Plan, out: Path | None) -> None:
    """Where one more helps most and one less hurts least: the first of each side for a person, all in JSON and CSV."""
    told.content["next_person"] = [{"phase": part.phase, **asdict(one)} for part in plan.phases for one in part.next_person]
    told.shown += [_people_table(speaker, part, told.names) for part in plan.phases]
    if out is None:
        return
    from results.charts import next_person_figure, svg
    from results.next_person_table import next_person_frame

    write_frame(next_person_frame(plan.phases, scenario), out / NEXT_PERSON_FILE)
    paths = [out / NEXT_PERSON_FILE]
    for part in plan.phases:
        for lang in LANGUAGES:
            figure = next_person_figure(part.next_person, told.names.offices, lang)
            paths.append(out / f"next_person-{part.phase}.{lang}.svg")
            write_text(paths[-1], svg(figure, f"next-person-{part.phase}-{lang}"))
    told.shown += [speaker.say("cli.written", path=str(path)) for path in paths]


def _people_table(speaker: Speaker, part: PhasePlan, names: Names) -> Table:
    most = [one for one in part.next_person if one.more_min is not None][:SHOWN_PEOPLE]
    least = sorted(
        (one for one in part.next_person if one.less_min is not None), key=lambda one: (one.less_min or 0.0, one.office)
    )
    rows = []
    for one in (*most, *(one for one in least[:SHOWN_PEOPLE] if one not in most)):
        figures = (
            UNKNOWN if value is None else number(value, speaker.lang, 1, signed=True) for value in (one.more_min, one.less_min)
        )
        rows.append((names.offices[one.office], str(names.shown("group", one.group)), str(one.crew), *figures))
    table = plain_table([speaker.say(f"next_person.column_{name}") for name in ("office", "group", "crew", "more", "less")], rows)
    table.title = Text(speaker.say("next_person.title", phase=part.phase))
    for column in table.columns[2:]:
        column.justify = "right"
    return table
