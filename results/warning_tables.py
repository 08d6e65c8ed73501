"""Early warnings as tables for a spreadsheet."""

from pathlib import Path
from typing import Literal

from .early_warning import EarlyWarning
from .exports import Cell, csv_text, write_frame
from .files import write_text
from .forecast_scores import Scores
from .warning_words import WarningWords
from .wording import Lang


def write_tables(found: EarlyWarning, folder: Path, lang: Lang) -> None:
    """Write office_weeks.csv, warnings.csv, reliability.csv and, of real weeks, observed.csv."""
    write_frame(found.cells, folder / "office_weeks.csv")
    write_text(folder / "warnings.csv", spells_csv(found, lang))
    basis: tuple[tuple[Literal["held_back", "observed"], Scores | None], ...] = (
        ("held_back", found.scores),
        ("observed", found.observed),
    )
    rows: list[list[Cell]] = [
        [name, row.low, row.high, row.forecasts, row.said, row.happened.mean, row.happened.low, row.happened.high]
        for name, scores in basis
        if scores is not None
        for row in scores.rows
    ]
    header = ("basis", "class_low", "class_high", "forecasts", "said", "happened", "low", "high")
    if rows:
        write_text(folder / "reliability.csv", csv_text(header, rows))
    if found.observed_cells is not None:
        write_frame(found.observed_cells, folder / "observed.csv")


def spells_csv(found: EarlyWarning, lang: Lang) -> str:
    """The warnings, a row a spell, with cause and remedy by their codes and in words."""
    words = WarningWords(found.scenario, lang)
    header = (
        "phase", "office", "name", "start", "end", "weeks", "lead_weeks", "chance", "peak", "peak_week", "share_over",
        "cause", "cause_part", "cause_text", "remedy", "officer", "source", "price_min", "peak_after", "remedy_text",
    )  # fmt: skip
    rows: list[list[Cell]] = []
    for spell in found.spells:
        part = next((one.part for one in spell.causes if one.name == spell.cause), "")
        remedy = spell.remedy
        of_remedy: list[Cell] = (
            [remedy.kind, remedy.officer, remedy.source, remedy.price_min, remedy.peak] if remedy else ["", "", "", "", ""]
        )
        rows.append([
            spell.phase, spell.office, words.office(spell.office), spell.start.isoformat(), spell.end.isoformat(),
            len(spell.weeks), spell.lead_weeks, spell.chance, spell.peak, spell.peak_week.isoformat(), spell.share_over,
            spell.cause, part, words.main_cause(spell), *of_remedy, words.best_remedy(spell, found.done == "remedies"),
        ])  # fmt: skip
    return csv_text(header, rows)
