"""What a plan adds beside moves, for people, for programs and as a file: posts, counters, volunteers, reserved counters."""

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from rich.table import Table

from app.speaker import Json, plain_table
from optimizer import Addition, PhasePlan
from optimizer.additions import write_additions
from results.addition_words import addition_reason
from results.reason_words import Names
from results.wording import Lang, number, say
from scenarios import Scenario

HEADS = ("kind", "office", "group", "count", "reason")


def additions_table(plan: PhasePlan, scenario: Scenario, lang: Lang) -> Table:
    """What is added in a phase, where and why."""
    names = Names.of(scenario, lang)
    rows = [
        (
            say(f"addition.{one.kind}", lang),
            str(names.shown("office", one.office)),
            str(names.shown("group", one.group)) if one.group else "",
            number(one.count, lang),
            addition_reason(one, lang),
        )
        for one in plan.additions
    ]
    return plain_table([say(f"addition.column_{name}", lang) for name in HEADS], rows)


def additions_json(phases: Iterable[PhasePlan], scenario: Scenario, lang: Lang) -> list[Json]:
    """What is added in each phase; savings in person-seconds a day."""
    return [
        {"phase": phase.phase, **asdict(one), "saves_s": list(one.saves_s), "reason": addition_reason(one, lang)}
        for phase in phases
        for one in phase.additions
    ]


def write_additions_of(phases: Iterable[PhasePlan], scenario: Scenario, path: Path, lang: Lang) -> None:
    """Write the table of additions with reasons; it holds its header alone when nothing is added."""
    rows: list[tuple[str, Addition]] = [(phase.phase, one) for phase in phases for one in phase.additions]
    write_additions(rows, scenario, path, {row: addition_reason(row[1], lang) for row in rows})
