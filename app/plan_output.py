"""A plan with its reasons: JSON for programs, tables for people."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict

from rich.table import Table
from rich.text import Text

from app.output import interval_json, known
from app.speaker import Json, plain_table
from optimizer import Alternative, PhasePlan, Plan, Reason, Round
from results.reason_words import Names
from results.wording import Lang, number, say
from scenarios import Scenario
from scenarios.phases import phase_view


def reasons_of(phases: Iterable[PhasePlan], scenario: Scenario, lang: Lang) -> dict[str, str]:
    """Reason of every move and stay away from home, with the next best alternative, by `PHASE/OFFICER`."""
    names = Names.of(scenario, lang)
    return {f"{step.phase}/{step.officer}": names.short(step) for phase in phases for step in phase.steps()}


def moves_table(plan: PhasePlan, scenario: Scenario, lang: Lang) -> Table:
    """The moves of a phase with their reasons, in short."""
    view, names = phase_view(scenario, plan.phase), Names.of(scenario, lang)
    rows = [
        (
            f"{view.officers[move.officer].name} ({move.officer})",
            view.offices[move.source].name,
            view.offices[move.target].name,
            names.short(move),
        )
        for move in plan.moves
    ]
    return plain_table([say(f"cli.column_{name}", lang) for name in ("officer", "from", "to", "reason")], rows)


def moves_json(plan: PhasePlan, scenario: Scenario, lang: Lang) -> list[Json]:
    """The moves of a phase as JSON, with all that is told of each."""
    names = Names.of(scenario, lang)
    return [
        {
            "officer": move.officer,
            "phase": move.phase,
            "from": move.source,
            "to": move.target,
            "reason": names.sentence(move.reason),
            "reasons": [reason_json(one, names) for one in (move.reason, *move.details)],
            "alternatives": [alternative_json(other, move.officer, names) for other in move.alternatives],
        }
        for move in plan.moves
    ]


def reason_json(reason: Reason, names: Names) -> Json:
    """A reason as JSON: its code, its values with ids as they are, and the sentence."""
    return {"code": reason.code, "values": dict(reason.values), "text": names.sentence(reason)}


def alternative_json(other: Alternative, officer: str, names: Names) -> Json:
    """Another office or another officer as JSON; change of the objective in person-minutes a day."""
    return {
        "officer": other.officer,
        "from": other.source,
        "to": other.office,
        "stays": other.stays,
        "change_min_per_day": other.change_min,
        "breaks": [reason_json(rule, names) for rule in other.forbidden],
        "text": names.alternative(other, officer),
    }


def plan_json(plan: Plan, rounds: Sequence[Round], scenario: Scenario, lang: Lang) -> Json:
    """A plan as JSON; objective and bound in person-seconds over all days of its phases."""
    outcome = plan.outcome
    return {
        "status": outcome.status,
        "objective": outcome.objective,
        "bound": None if outcome.bound is None else known(outcome.bound),
        "gap": None if outcome.gap is None else known(outcome.gap),
        "seconds": outcome.seconds,
        "rounds": [round_json(one) for one in rounds],
        "moves": [move for phase in plan.phases for move in moves_json(phase, scenario, lang)],
        "predicted_overload_min_per_day": known(sum(phase.predicted_overload_min_per_day for phase in plan.phases)),
        "phases": [
            {
                "phase": phase.phase,
                "moves": len(phase.moves),
                "away": len(phase.assignments),
                "additions": [asdict(one) for one in phase.additions],
                "as_is_predicted_overload_min_per_day": known(phase.as_is_predicted_overload_min_per_day),
                "predicted_overload_min_per_day": known(phase.predicted_overload_min_per_day),
            }
            for phase in plan.phases
        ],
    }


def round_json(one: Round) -> Json:
    """A round of the closed loop as JSON; overload in person-minutes a day, by phase."""
    return {
        "round": one.number,
        "rule": one.rule,
        "moves": list(one.moves),
        "predicted_overload_min_per_day": [known(value) for value in one.predicted],
        "simulated_overload_min_per_day": [interval_json(value) for value in one.simulated],
        "agrees": one.agrees,
    }


def rounds_table(rounds: Sequence[Round], phases: Sequence[str], lang: Lang) -> Table:
    """The rounds of the closed loop, a row a phase: moves, and overload as predicted and as simulated."""
    table = Table(title=Text(say("loop.title", lang)), title_justify="left")
    for name in ("round", "phase", "moves", "predicted", "simulated", "agrees"):
        figures = name in ("moves", "predicted", "simulated")
        table.add_column(Text(say(f"loop.{name}", lang)), justify="right" if figures else "left")
    for one in rounds:
        table.add_section()
        name = f"{one.number} {say(f'rule_of_thumb.{one.rule}', lang) if one.rule else ''}".strip()
        for place, phase in enumerate(phases):
            found, agrees = one.simulated[place], one.agrees_in(place)
            told, yes = number(found.mean, lang, 0), ""
            if agrees is not None:
                told += f" ± {number((found.high - found.low) / 2, lang, 0)}"
                yes = say("loop.yes" if agrees else "loop.no", lang)
            cells = (name, phase, number(one.moves[place], lang), number(one.predicted[place], lang, 0), told, yes)
            table.add_row(*map(Text, cells))
            name = ""
    return table


def why_unmoved(phases: Iterable[PhasePlan], scenario: Scenario, lang: Lang) -> dict[str, str]:
    """Why nothing changes, by phase in which nothing does."""
    names = Names.of(scenario, lang)
    return {part.phase: names.sentence(part.still) for part in phases if part.still is not None}
