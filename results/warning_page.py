"""Early warnings on one self-contained page in both languages, with its pictures."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from .charts import warning_drawings
from .charts.pen import svg
from .charts.style import DPI, png
from .early_warning import EarlyWarning, Spell
from .files import write_bytes, write_text
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
    """Write pictures and the page into a folder and return the path of the page; `lang` is shown first."""
    figures: dict[str, dict[Lang, str]] = {}
    for name, draw in warning_drawings(found, unit_map).items():
        for language in LANGUAGES:
            figure = draw(language)
            figures.setdefault(name, {})[language] = svg(figure, f"{name}-{language}")
            write_text(folder / "figures" / f"{name}.{language}.svg", figures[name][language])
            write_bytes(folder / "figures" / f"{name}.{language}.png", png(figure, DPI)[0])
    return write_text(folder / PAGE_FILE, render_warning(found, figures, lang))


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
