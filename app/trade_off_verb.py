"""The verb tradeoff: what each further move buys, plan by plan, with the knee marked."""

from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from app.inputs import has_plan
from app.output import interval_json, known
from app.planning import at_home
from app.remembered import remembered_json, say_remembered
from app.replications import PLAN_REPLICATIONS
from app.speaker import FINDING, GOOD, Json, Speaker, plain_table
from optimizer import Choice, trade_off
from results.exports import csv_text
from results.files import write_text
from results.memory import Memory
from results.trade_off import choice_header, choice_rows, knee_of, trade_points, unproven
from results.wording import LANGUAGES, number
from scenarios.schema import Scenario

POINTS_FILE = "trade_off.csv"


def trade_off_phases(
    speaker: Speaker,
    loaded: Scenario,
    phases: Sequence[str],
    *,
    caps: Sequence[int] | None,
    days: int | None,
    replications: int,
    seed: int,
    time_limit_s: float,
    jobs: int | None,
    out: Path | None,
    memory: Memory,
) -> int:
    """Plan for each cap, simulate all plans on the same citizens, say what each is worth, and return the exit code."""
    with speaker.progress() as report:
        curves = at_home(loaded, phases, days=days, seed=seed, jobs=jobs, progress=report, memory=memory).curves
        choices = trade_off(
            loaded, curves, caps=caps, replications=range(PLAN_REPLICATIONS, PLAN_REPLICATIONS + replications), days=days,
            seed=seed, time_limit_s=time_limit_s, jobs=jobs, progress=report,
        )  # fmt: skip
    say_remembered(speaker, memory)
    best = knee_of(choices)
    if out is not None:
        write_text(out / POINTS_FILE, csv_text(choice_header(phases), choice_rows(choices)))
    if speaker.json:
        told = [choice_json(one, phases) | {"knee": one is best} for one in choices]
        speaker.put({"scenario": loaded.id, "replications": replications, "choices": told, **remembered_json(memory)})
    else:
        say_choices(speaker, choices, phases)
    if out is not None:
        speaker.line("cli.written", path=str(out / POINTS_FILE))
        _draw(speaker, choices, out)
    return GOOD if all(has_plan(one.outcome) for one in choices) else FINDING


def choice_json(one: Choice, phases: Sequence[str]) -> Json:
    """A plan of the curve as JSON; overload in person-minutes a day."""
    return {
        "max_moves": one.max_moves,
        "status": one.outcome.status,
        "gap": None if one.outcome.gap is None else known(one.outcome.gap),
        "moves": sum(one.moves),
        "overload_min_per_day": interval_json(one.overload),
        "change_min_per_day": interval_json(one.change),
        "phases": [
            {
                "phase": phase,
                "moves": one.moves[rank],
                "predicted_overload_min_per_day": known(one.predicted[rank]),
                "simulated_overload_min_per_day": interval_json(one.simulated[rank]) if one.simulated else None,
            }
            for rank, phase in enumerate(phases)
        ],
    }


def choices_table(speaker: Speaker, choices: Sequence[Choice], phases: Sequence[str], best: Choice | None) -> Table:
    """One row a plan: moves and overload of each phase, and over all days with its interval."""
    unsure = unproven(choices)
    heads = [speaker.say("trade.cap"), *(speaker.say("trade.phase", phase=phase) for phase in phases)]
    table = plain_table([*heads, speaker.say("trade.all_moves"), speaker.say("trade.overload"), speaker.say("trade.change")])
    for column in table.columns:
        column.justify = "right"
    for one in choices:
        shown = [found.mean for found in one.simulated] or one.predicted
        cells = [speaker.say("trade.cell", moves=moves, overload=value) for moves, value in zip(one.moves, shown, strict=True)]
        table.add_row(
            _name(speaker, one)
            + (f" {speaker.say('trade.mark')}" if one is best else "")
            + (f" {speaker.say('trade.unproven_mark')}" if one in unsure else ""),
            *cells,
            str(sum(one.moves)),
            speaker.say("trade.range", mean=one.overload.mean, low=one.overload.low, high=one.overload.high),
            number(one.change.mean, speaker.lang, 0, signed=True),
        )
    return table


def _name(speaker: Speaker, one: Choice) -> str:
    """The cap of a plan, or that it is the plan held against the others."""
    return speaker.say("trade.planned") if one.max_moves is None else str(one.max_moves)


def say_choices(speaker: Speaker, choices: Sequence[Choice], phases: Sequence[str]) -> None:
    """The table for a person, the knee, and what the mark of plans without a proof means."""
    best = knee_of(choices)
    speaker.table(choices_table(speaker, choices, phases, best))
    if best is not None:
        speaker.line("trade.knee", moves=sum(best.moves), overload=best.overload.mean)
    if unsure := unproven(choices):
        speaker.line("trade.unproven", count=len(unsure))


def _draw(speaker: Speaker, choices: Sequence[Choice], out: Path) -> None:
    """The picture in both languages."""
    from results.charts import svg, trade_off_figure

    for lang in LANGUAGES:
        path = out / f"trade_off.{lang}.svg"
        write_text(path, svg(trade_off_figure(trade_points(choices), lang), f"trade-off-{lang}"))
        speaker.line("cli.written", path=str(path))
