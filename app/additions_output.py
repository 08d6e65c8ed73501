"""What a plan adds beside moves, for people, for programs and as a file: posts, counters, volunteers, reserved counters."""

from collections.abc import Iterable
from dataclasses import asdict

from rich.table import Table

from app.speaker import Json, plain_table
from optimizer import PhasePlan
from results.addition_words import HEADS, addition_cells, addition_reason
from results.reason_words import Names
from results.wording import Lang, say
from scenarios import Scenario


def additions_table(plan: PhasePlan, scenario: Scenario, lang: Lang) -> Table:
    """What is added in a phase, where and why."""
    names = Names.of(scenario, lang)
    rows = [addition_cells(one, names) for one in plan.additions]
    return plain_table([say(f"addition.column_{name}", lang) for name in HEADS], rows)


def additions_json(phases: Iterable[PhasePlan], scenario: Scenario, lang: Lang) -> list[Json]:
    """What is added in each phase; savings in person-seconds a day."""
    return [
        {"phase": phase.phase, **asdict(one), "saves_s": list(one.saves_s), "reason": addition_reason(one, lang)}
        for phase in phases
        for one in phase.additions
    ]
