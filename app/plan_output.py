"""A plan with its reasons: JSON for programs, tables for people."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict

from rich.table import Table
from rich.text import Text

from app.output import interval_json, known
from app.speaker import Json, plain_table
from optimizer import Alternative, PhasePlan, Plan, Reason, Round
from results.reason_words import Names
from results.wording import Lang, say
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
    """The rounds of the closed loop: predicted and simulated overload of each phase."""
    table = Table(title=Text(say("loop.title", lang)), title_justify="left")
    table.add_column(Text(say("loop.round", lang)))
    for phase in phases:
        table.add_column(Text(say("loop.phase", lang, phase=phase)), justify="right")
    table.add_column(Text(say("loop.agrees", lang)))
    for one in rounds:
        figures = [
            {"moves": moves, "predicted": predicted, "simulated": found.mean, "half": (found.high - found.low) / 2}
            for moves, predicted, found in zip(one.moves, one.predicted, one.simulated, strict=True)
        ]
        cells = [say("loop.cell_tried" if one.agrees is None else "loop.cell", lang, **values) for values in figures]
        name = say(f"rule_of_thumb.{one.rule}", lang) if one.rule else ""
        agrees = "" if one.agrees is None else say("loop.yes" if one.agrees else "loop.no", lang)
        table.add_row(Text(f"{one.number} {name}".strip()), *map(Text, cells), Text(agrees))
    return table


def why_unmoved(phases: Iterable[PhasePlan], scenario: Scenario, lang: Lang) -> dict[str, str]:
    """Why nothing changes, by phase in which nothing does."""
    names = Names.of(scenario, lang)
    return {part.phase: names.sentence(part.still) for part in phases if part.still is not None}
