"""The verb `warn`: which office, which week, how likely, why, what would help; and how good such forecasts are."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path

from app.inputs import write_json
from app.output import interval_json, known
from app.speaker import Json, Speaker, plain_table
from optimizer.remedies import Remedy
from results.early_warning import CauseFound, EarlyWarning, Spell, WarnOptions, warn
from results.forecast_scores import Scores
from results.maps import UnitMap
from results.warning_tables import write_tables
from results.warning_words import WarningWords
from results.wording import percent
from scenarios.schema import Scenario

SHOWN = 25  #: spells in the table for a person
JSON_FILE = "warn.json"


def warn_and_say(
    speaker: Speaker,
    scenario: Scenario,
    unit_map: UnitMap | None,
    asked: WarnOptions,
    *,
    phases: Sequence[str],
    start: date | None,
    end: date | None,
    seed: int,
    observed: Path | None,
    jobs: int | None,
    out: Path | None,
) -> None:
    """Warn, and say it; what each step finds is written as soon as it is known, so that a cancellation keeps it."""

    def finished(found: EarlyWarning) -> None:
        if out is not None:
            write_tables(found, out, speaker.lang)
            write_json(out / JSON_FILE, warning_json(found, speaker))

    with speaker.progress() as report:
        found = warn(
            scenario,
            asked,
            phases=phases,
            start=start,
            end=end,
            seed=seed,
            observed=observed,
            jobs=jobs,
            progress=report,
            finished=finished,
        )
    page = None
    if out is not None:
        from results.warning_page import write_warning  # here, so that who draws nothing does not wait for matplotlib

        page = write_warning(found, unit_map, out, speaker.lang)
    if speaker.json:
        speaker.put(warning_json(found, speaker))
        return
    _say(speaker, found)
    if page is not None:
        speaker.line("cli.written", path=str(page))


def _say(speaker: Speaker, found: EarlyWarning) -> None:
    """Warnings for a person, the likeliest first."""
    import typer

    words = WarningWords(found.scenario, speaker.lang)
    for line in words.head(found):
        typer.echo(line)
    ranked = sorted(found.spells, key=lambda spell: (-spell.chance * len(spell.weeks), spell.start, spell.office))
    if ranked:
        heads = [speaker.say(f"warn.column_{name}") for name in ("office", "when", "chance", "share", "cause", "remedy")]
        examined = found.done == "remedies"
        rows = [
            (
                f"{words.office(spell.office)} ({spell.phase})",
                words.when(spell),
                words.chance(spell),
                percent(spell.share_over, speaker.lang),
                words.main_cause(spell),
                words.best_remedy(spell, examined),
            )
            for spell in ranked[:SHOWN]
        ]
        speaker.table(plain_table(heads, rows))
        if len(ranked) > SHOWN:
            speaker.line("warn.shown", shown=SHOWN, spells=len(ranked))
    for told in words.scores(found):
        for sentence in told:
            typer.echo(sentence)


def warning_json(found: EarlyWarning, speaker: Speaker) -> Json:
    """An early warning as JSON; the chance of every office and week stands in office_weeks.csv."""
    words = WarningWords(found.scenario, speaker.lang)
    states = found.cells["state"]
    return {
        "scenario": found.scenario.id,
        "seed": found.seed,
        "share": found.asked.share,
        "standard_min": found.scenario.indicators.wait_standard_min,
        "alarm": found.asked.chance,
        "replications": found.asked.replications,
        "held_back": found.asked.held_back,
        "trials": found.asked.trials,
        "rollouts": found.rollouts,
        "seconds": found.seconds,
        "done": found.done,
        "office_weeks": len(states),
        "alarms": int((states == "alarm").sum()),
        "watches": int((states == "watch").sum()),
        "warnings": [spell_json(spell, words, found.done == "remedies") for spell in found.spells],
        "scores": None if found.scores is None else scores_json(found.scores),
        "observed": None if found.observed is None else {**scores_json(found.observed), "unmatched": found.unmatched},
    }


def spell_json(spell: Spell, words: WarningWords, examined: bool) -> Json:
    """A spell as JSON."""
    return {
        "phase": spell.phase,
        "office": spell.office,
        "name": words.office(spell.office),
        "start": spell.start.isoformat(),
        "end": spell.end.isoformat(),
        "weeks": [day.isoformat() for day in spell.weeks],
        "lead_weeks": spell.lead_weeks,
        "chance": spell.chance,
        "peak": spell.peak,
        "peak_week": spell.peak_week.isoformat(),
        "share_over": spell.share_over,
        "cause": spell.cause,
        "cause_text": words.main_cause(spell),
        "causes": [cause_json(one) for one in spell.causes],
        "remedy": None if spell.remedy is None else remedy_json(spell.remedy),
        "remedy_text": words.best_remedy(spell, examined),
        "remedies": [remedy_json(one) for one in spell.remedies],
    }


def cause_json(found: CauseFound) -> Json:
    """A cause as JSON."""
    return {**asdict(found), "rows": list(found.rows)}


def remedy_json(one: Remedy) -> Json:
    """A remedy as JSON; price in person-minutes a day."""
    return asdict(one)


def scores_json(scores: Scores) -> Json:
    """Scores as JSON."""
    return {
        "forecasts": scores.forecasts,
        "hits": scores.hits,
        "misses": scores.misses,
        "false_alarms": scores.false_alarms,
        "quiet": scores.quiet,
        "hit_rate": known(scores.hit_rate),
        "false_alarm_ratio": known(scores.false_alarm_ratio),
        "base_rate": known(scores.base_rate),
        "brier": {**interval_json(scores.brier_interval), "mean": known(scores.brier)},
        "brier_reference": known(scores.brier_reference),
        "skill": known(scores.skill),
        "miscalibration": known(scores.reliability),
        "resolution": known(scores.resolution),
        "reliability": [
            {
                "low": row.low,
                "high": row.high,
                "forecasts": row.forecasts,
                "said": row.said,
                "happened": interval_json(row.happened),
            }
            for row in scores.rows
        ],
    }
