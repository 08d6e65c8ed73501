"""Two sides of a phase compared, and a study made of such: JSON for programs, a table for people."""

from pathlib import Path

from rich.table import Table
from rich.text import Text

from app.output import indicator_label, interval_json, known, shown
from app.plan_output import moves_json
from app.speaker import Json
from results.compare import DECIDING, Comparison, Difference
from results.report import KEY_INDICATORS
from results.summary import StudyData, Summary
from results.wording import Lang, say
from scenarios import Scenario


def comparison_json(comparison: Comparison, before: str, after: str) -> Json:
    """A comparison as JSON; `before` and `after` name its two sides."""
    return {
        "phase": comparison.phase,
        before: {row.indicator: interval_json(row.before) for row in comparison.province},
        after: {row.indicator: interval_json(row.after) for row in comparison.province},
        "difference": {row.indicator: interval_json(row.change) for row in comparison.province},
    }


def comparison_table(comparison: Comparison, scenario: Scenario, heads: tuple[str, str], title: str, lang: Lang) -> Table:
    """A comparison for a person: both sides, the difference and how sure it is."""
    columns = (say("cli.column_indicator", lang), *heads, say("state.change", lang), say("cli.column_verdict", lang))
    table = Table(title=Text(title), title_justify="left")
    for number, head in enumerate(columns):
        table.add_column(Text(head), justify="right" if 0 < number < 4 else "left")
    for row in key_differences(comparison):
        cells = (
            indicator_label(scenario, row.indicator, lang),
            shown(row.indicator, row.before, lang),
            shown(row.indicator, row.after, lang),
            shown(row.indicator, row.change, lang, change=True),
            say(f"verdict.{row.verdict}", lang),
        )
        table.add_row(*map(Text, cells))
    return table


def key_differences(comparison: Comparison) -> list[Difference]:
    """Differences of the indicators a manager asks for first."""
    return [comparison.of(name) for name in KEY_INDICATORS]


def study_json(study: StudyData, told: Summary, report: Path, lang: Lang) -> Json:
    """A study as JSON."""
    phases: list[Json] = []
    for played, summary in zip(study.phases, told.phases, strict=True):
        outcome = study.outcome
        plan: Json = {
            "status": outcome.status,
            "gap": None if outcome.gap is None else known(outcome.gap),
            "moves": moves_json(played.plan, study.scenario, lang),
            "predicted_overload_min_per_day": known(played.plan.predicted_overload_min_per_day),
            "simulated_overload_min_per_day": known(summary.own.of(DECIDING).after.mean),
        }
        phases.append(comparison_json(summary.own, "as_is", "planned") | {"plan": plan})
    return {"scenario": study.scenario.id, "seconds": study.seconds, "phases": phases, "report": str(report)}
