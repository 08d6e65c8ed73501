"""Early warnings on one self-contained page in both languages, as tables and as pictures."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from matplotlib.figure import Figure

from .charts import reliability_figure, warning_heat_figure, warning_map_figure
from .charts.style import DPI, png, svg
from .early_warning import EarlyWarning, Spell
from .exports import Cell, csv_text, write_frame
from .files import write_bytes, write_text
from .forecast_scores import Scores
from .maps import UnitMap
from .report import Pictures
from .warning_words import WarningWords, phase_name
from .wording import LANGUAGES, Lang, Value, percent, say

PAGE_FILE = "warning.html"
COLUMNS = ("office", "when", "lead", "chance", "share", "cause", "remedy")
Both = tuple[str, str]  #: Vietnamese, English


@dataclass(frozen=True, slots=True)
class SpellLine:
    """A spell as the page shows it."""

    phase: str
    phase_name: Both
    office: str
    name: str
    when: Both
    lead: str
    chance: float
    chance_text: Both
    share: Both
    cause: Both
    remedy: Both


def write_warning(found: EarlyWarning, unit_map: UnitMap | None, folder: Path, lang: Lang) -> Path:
    """Write tables, pictures and the page into a folder and return the path of the page; `lang` is shown first."""
    write_tables(found, folder, lang)
    drawn = warning_drawings(found, unit_map)
    figures: dict[str, dict[Lang, str]] = {}
    for name, draw in drawn.items():
        for language in LANGUAGES:
            figure = draw(language)
            figures.setdefault(name, {})[language] = svg(figure, f"{name}-{language}")
            write_text(folder / "figures" / f"{name}.{language}.svg", figures[name][language])
            write_bytes(folder / "figures" / f"{name}.{language}.png", png(figure, DPI)[0])
    return write_text(folder / PAGE_FILE, render_warning(found, figures, lang))


def warning_drawings(found: EarlyWarning, unit_map: UnitMap | None) -> dict[str, Callable[[Lang], Figure]]:
    """Every picture there is data for: name → what draws it in a language."""
    drawn: dict[str, Callable[[Lang], Figure]] = {
        "map": lambda lang: warning_map_figure(found, unit_map, lang),
        "heat": lambda lang: warning_heat_figure(found, lang),
    }
    scores = found.observed or found.scores
    if scores is not None:
        drawn["reliability"] = lambda lang: reliability_figure(scores, lang)
    return drawn


def render_warning(found: EarlyWarning, figures: Mapping[str, Mapping[Lang, str]], lang: Lang) -> str:
    """Return the page as text."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(t=_both, figure=Pictures(figures).show)
    words = [WarningWords(found.scenario, language) for language in LANGUAGES]
    return environment.get_template("warning.html.j2").render(
        scenario=found.scenario,
        lang=lang,
        columns=COLUMNS,
        head=list(zip(*(one.head(found) for one in words), strict=True)),
        spells=[_line(found, spell, words) for spell in found.spells],
        scores=[list(zip(*told, strict=True)) for told in zip(*(one.scores(found) for one in words), strict=True)],
        pictures=figures,
    )


def _both(code: str, **values: Value) -> Both:
    return say(code, "vi", **values), say(code, "en", **values)


def _line(found: EarlyWarning, spell: Spell, words: list[WarningWords]) -> SpellLine:
    vi, en = words
    scenario, examined = found.scenario, found.done == "remedies"
    return SpellLine(
        phase=spell.phase,
        phase_name=(phase_name(scenario, spell.phase, "vi"), phase_name(scenario, spell.phase, "en")),
        office=spell.office,
        name=vi.office(spell.office),
        when=(vi.when(spell), en.when(spell)),
        lead=str(spell.lead_weeks),
        chance=spell.chance,
        chance_text=(vi.chance(spell), en.chance(spell)),
        share=(percent(spell.share_over, "vi"), percent(spell.share_over, "en")),
        cause=(vi.main_cause(spell), en.main_cause(spell)),
        remedy=(vi.best_remedy(spell, examined), en.best_remedy(spell, examined)),
    )


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
