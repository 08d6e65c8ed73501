"""What a plan adds beside moves, in words and as a file: how much of each kind, and what one addition is worth."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from optimizer import Addition, PhasePlan
from optimizer.additions import write_additions
from scenarios.schema import Scenario

from .reason_words import Names
from .wording import Lang, number, say

HEADS = ("kind", "office", "group", "count", "reason")  #: columns of a table of additions
SHOWN = 6  #: posts at one place whose worth is told one by one


def added(additions: Iterable[Addition], lang: Lang) -> str:
    """How much is added of each kind; empty when nothing is."""
    counts: Counter[str] = Counter()
    for one in additions:
        counts[one.kind] += one.count
    return ", ".join(say(f"added.{kind}", lang, count=count) for kind, count in counts.items())


def addition_cells(one: Addition, names: Names) -> tuple[str, ...]:
    """An addition by the columns of HEADS."""
    return (
        say(f"addition.{one.kind}", names.lang),
        str(names.shown("office", one.office)),
        str(names.shown("group", one.group)) if one.group else "",
        number(one.count, names.lang),
        addition_reason(one, names.lang),
    )


def write_additions_of(phases: Iterable[PhasePlan], scenario: Scenario, path: Path, lang: Lang) -> None:
    """Write the table of additions with reasons; it holds its header alone when nothing is added."""
    rows: list[tuple[str, Addition]] = [(phase.phase, one) for phase in phases for one in phase.additions]
    write_additions(rows, scenario, path, {row: addition_reason(row[1], lang) for row in rows})


def addition_reason(one: Addition, lang: Lang) -> str:
    """Why it is added: what each takes away by the curves, or the counters that the crew needs."""
    if one.kind in ("rented", "bought"):
        return say("addition.counters_for", lang, needed=one.counters_needed, counters=one.counters)
    if not one.saves_s:
        return say("addition.beyond", lang)
    minutes = [number(value / 60, lang, 1) for value in one.saves_s]
    if len(minutes) == 1:
        return say("addition.saves", lang, minutes=minutes[0])
    told = "; ".join(minutes[:SHOWN]) + (" …" if len(minutes) > SHOWN else "")
    return say("addition.saves_each", lang, minutes=told)
