"""The report: one self-contained HTML page in both languages, written from a Summary and nothing else."""

import datetime
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from math import isfinite
from pathlib import Path
from pickle import UnpicklingError
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket
from markupsafe import Markup, escape

from optimizer import Addition, Alternative, Certificate, Reason, Trial
from sim.compiled import user_folder

from . import decision
from .addition_words import HEADS, addition_cells
from .compare import DECIDING, LOST, WEEK_INDICATORS, Difference
from .files import write_all
from .memory import kind_and_name
from .provenance import Provenance, provenance_of
from .reason_words import Names
from .summary import MoveLine, PhaseSummary, StudyData, Summary, TargetLine, summarize
from .trade_off import knee_of, unproven
from .validation import Published, Verdict, quantity_text, verdict_sentence
from .wording import LANGUAGES, Lang, Value, indicator_text, range_text, say

if TYPE_CHECKING:
    from .charts import Figures

REPORT_FILE = "report.html"
PAGE = "report.html.j2"  #: its template
FIGURES_FOLDER = "figures"
#: rows of the decision page, in the order a manager asks
KEY_INDICATORS = (
    DECIDING, "overloaded_half_hours_per_day", "wait_mean_min", "wait_p90_min", "share_wait_over_20", "share_wait_over_30",
    LOST, "utilization", "moves",
)  # fmt: skip
PHASES_PER_TABLE = 3
ROOM = re.compile("\0([^ ]+) ([^\0]+)\0")  #: for a figure: its name, and the code of its description
OUTLINE = re.compile(r'<path( id="[^"]*")? d="([^"]{60,})"')  #: of a size that pays to be shared


def write_report(study: StudyData, folder: Path, *, lang: Lang = "vi", provenance: Provenance | None = None) -> Path:
    """Write the report and its figures into a folder and return the path of the page; `lang` is shown first."""
    return write_summary(summarize(study), provenance or provenance_of(study), folder, lang=lang)


def write_summary(
    summary: Summary,
    provenance: Provenance,
    folder: Path,
    *,
    lang: Lang = "vi",
    beside: Callable[[], object] | None = None,
) -> Path:
    """Write the report of a summary that stands already; beside : what else is to be done while figures are drawn."""
    from .charts import draw_figures, drawings  # here, so that who draws nothing does not wait for matplotlib

    pages: list[str] = []

    def tell() -> None:
        if beside is not None:
            beside()
        pages.append(_page(summary, drawings(summary), provenance, lang))

    figures = draw_figures(summary, tell)
    place, page = folder / FIGURES_FOLDER, _illustrated(pages[0], figures)
    drawn = {place / f"{name}.{lang}.svg": text.encode() for name, texts in figures.items() for lang, text in texts.items()}
    write_all(drawn | {folder / REPORT_FILE: page.encode()})
    return folder / REPORT_FILE


def render_report(summary: Summary, figures: "Figures", provenance: Provenance, *, lang: Lang = "vi") -> str:
    """Return the page as text; the same input gives the same text."""
    return _illustrated(_page(summary, figures, provenance, lang), figures)


def _illustrated(page: str, figures: "Figures") -> str:
    """Put the figures where a page leaves room for them; outlines that come back, as those of a map, stand once at its end."""
    pictures = Pictures(figures)
    page = ROOM.sub(lambda room: pictures.show(room[1], room[2]) if room[1] in figures else room[0], page)
    seen = Counter(shape for _, shape in OUTLINE.findall(page))
    shared = {shape: f"shape-{number}" for number, shape in enumerate(shape for shape, count in seen.items() if count > 1)}
    page = OUTLINE.sub(lambda one: f'<use{one[1] or ""} href="#{shared[one[2]]}"' if one[2] in shared else one[0], page)
    shapes = "\n".join(f'<path id="{name}" d="{shape}"/>' for shape, name in shared.items())
    return page.replace("</body>", f'<svg class="shapes" aria-hidden="true"><defs>\n{shapes}\n</defs></svg>\n</body>')


def _room(name: str, code: str) -> Markup:
    """Leave room for a figure and its description."""
    return Markup("\0{} {}\0").format(name, code)


class _Compiled(FileSystemBytecodeCache):
    """Templates as code in the user's own folder for what may be lost: read anew when one changes."""

    def load_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError, EOFError, UnpicklingError):  # not to be read, or cut short: compiled again
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):  # no room or no right to write: compiled again next time
            Path(self.directory).mkdir(exist_ok=True)
            super().dump_bytecode(bucket)


@cache
def _environment() -> Environment:
    """What reads templates, each once."""
    folder = user_folder()
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        bytecode_cache=_Compiled(str(folder / "templates")) if folder is not None else None,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def know_templates() -> None:
    """Read the templates of the page, so that it is written sooner."""
    for name in _environment().list_templates():
        _environment().get_template(name)


def _page(summary: Summary, pictures: Collection[str], provenance: Provenance, lang: Lang) -> str:
    """Return the page with room for its pictures, which may be drawn meanwhile."""
    words = _Words(summary, {lang: Names.of(summary.scenario, lang) for lang in LANGUAGES})
    template = _environment().get_template(PAGE)
    return template.render(
        t=words.both,
        label=words.label,
        named=words.named,
        date=words.date,
        headline=words.headline,
        plan_status=words.plan_status,
        wanted=words.wanted,
        target_state=words.target_state,
        reason=words.reason,
        told=words.told,
        other=words.other,
        addition=words.addition,
        addition_heads=HEADS,
        goes=words.goes,
        certified=words.certified,
        predicted_by=predicted_by,
        kind_and_name=kind_and_name,
        trade_knee=knee_of(summary.choices),
        trade_unproven=unproven(summary.choices),
        value=words.value,
        whole=words.whole,
        change=words.change,
        shade=shade,
        raw=raw,
        figure=_room,
        deciding=DECIDING,
        key_indicators=KEY_INDICATORS,
        week_indicators=WEEK_INDICATORS,
        day=words.day,
        figure_range=words.figure_range,
        verdict_text=words.verdict_text,
        told_source=words.told_source,
        target_where=words.target_where,
        gain_indicators=decision.GAINS,
        cost_indicators=decision.COSTS,
        pictures=pictures,
        paper=_paper(summary, provenance),
        summary=summary,
        scenario=summary.scenario,
        provenance=provenance,
        lang=lang,
        blocks=[summary.phases[n : n + PHASES_PER_TABLE] for n in range(0, len(summary.phases), PHASES_PER_TABLE)],
        reference_phases=[phase for phase in summary.phases if phase.reference is not None],
    )


@dataclass(frozen=True, slots=True)
class _Paper:
    """The sentences of `decision` in both languages, escaped."""

    asked: tuple[Markup, ...]
    conditions: Markup
    costs: Markup
    losers: tuple[Markup, ...]
    certainty: tuple[Markup, ...]
    risks: tuple[tuple[Markup, Markup], ...]
    inputs: tuple[tuple[Markup, ...], ...]
    assumptions: tuple[tuple[Markup, ...], ...]
    checklist: tuple[tuple[Markup, tuple[tuple[Markup, ...], ...]], ...]


def _paper(summary: Summary, provenance: Provenance) -> _Paper:
    def both(told: Callable[[Summary, Lang], tuple[str, ...]]) -> tuple[Markup, ...]:
        return _pairs(told(summary, "vi"), told(summary, "en"))

    def table(rows: Callable[[Summary, Lang], tuple[tuple[str, ...], ...]]) -> tuple[tuple[Markup, ...], ...]:
        return tuple(_pairs(*row) for row in zip(rows(summary, "vi"), rows(summary, "en"), strict=True))

    vi, en = (decision.checklist(summary, provenance, lang) for lang in LANGUAGES)
    return _Paper(
        asked=both(decision.asked),
        conditions=_pair(*(decision.conditions(summary, provenance, lang) for lang in LANGUAGES)),
        costs=_pair(*(decision.costs(summary, lang) for lang in LANGUAGES)),
        losers=both(decision.losers),
        certainty=both(decision.certainty),
        risks=tuple(
            (_pair(risk, also), _pair(found, found_also))
            for (risk, found), (also, found_also) in zip(*(decision.risks(summary, lang) for lang in LANGUAGES), strict=True)
        ),
        inputs=table(decision.input_rows),
        assumptions=table(decision.assumption_rows),
        checklist=tuple(
            (_pair(section, also), tuple(_pairs(item, item_also) for item, item_also in zip(items, items_also, strict=True)))
            for (section, items), (also, items_also) in zip(vi, en, strict=True)
        ),
    )


def _pairs(vi: Sequence[str], en: Sequence[str]) -> tuple[Markup, ...]:
    return tuple(_pair(first, second) for first, second in zip(vi, en, strict=True))


def raw(**values: float | str | None) -> Markup:
    """Attributes data-… with the bare values of what a cell shows, numbers in full; none of what is not known."""
    shown = [
        f' data-{name.replace("_", "-")}="{escape(value) if isinstance(value, str) else repr(float(value))}"'
        for name, value in values.items()
        if value is not None and value == value
    ]
    return Markup("".join(shown))


def shade(difference: Difference) -> str:
    """Class of a difference: its verdict, but plain when the figure shown is zero."""
    shown = indicator_text(difference.indicator, difference.change.mean, "en", change=True)
    return difference.verdict if any(letter in "123456789" for letter in shown) else "same"


def _pair(vi: str | Markup, en: str | Markup) -> Markup:
    """The two languages of a piece of text, once when they agree."""
    if vi == en:
        return escape(vi)
    return Markup(f'<span class="vi" lang="vi">{escape(vi)}</span><span class="en" lang="en">{escape(en)}</span>')


@dataclass(frozen=True, slots=True)
class _Words:
    """What the template may say: everything in both languages, escaped."""

    summary: Summary
    names: Mapping[Lang, Names]

    def both(self, code: str, **values: Value) -> Markup:
        return _pair(say(code, "vi", **values), say(code, "en", **values))

    def label(self, indicator: str, prefix: str = "indicator") -> Markup:
        rules = self.summary.scenario.indicators
        return self.both(f"{prefix}.{indicator}", standard=rules.wait_standard_min, long=rules.wait_long_min)

    def named(self, thing: object, stem: str = "name") -> Markup:
        return _pair(str(getattr(thing, f"{stem}_vi")), str(getattr(thing, f"{stem}_en")))

    def date(self, code: str, phase: PhaseSummary) -> Markup:
        return self.both(code, start=phase.start, end=phase.end, days=phase.days, all_days=phase.all_days)

    def day(self, day: datetime.date) -> Markup:
        return self.both("report.day", day=day)

    def figure_range(self, quantity: str, low: float, high: float) -> Markup:
        """A published figure or its range, a share in per cent."""
        return _pair(*(quantity_text(quantity, low, high, lang) for lang in LANGUAGES))

    def verdict_text(self, verdict: Verdict) -> Markup:
        return _pair(*(verdict_sentence(verdict, lang) for lang in LANGUAGES))

    def told_source(self, figure: Published) -> Markup:
        """Where a figure was published."""
        return _pair(*(figure.told(lang) for lang in LANGUAGES))

    def value(self, indicator: str, value: float) -> Markup:
        return _pair(*(indicator_text(indicator, value, lang) for lang in LANGUAGES))

    def whole(self, value: float) -> Markup:
        return self.value("crew", value)

    def change(self, difference: Difference) -> Markup:
        """The paired difference, its interval small below."""
        texts = []
        for lang in LANGUAGES:
            interval = difference.change
            main = indicator_text(difference.indicator, interval.mean, lang, change=True)
            ends = range_text(difference.indicator, interval.low, interval.high, lang, change=True)
            small = Markup('<small class="range">{}</small>').format(ends) if ends else Markup("")
            texts.append(Markup("{}{}").format(main, small))
        return _pair(*texts)

    def headline(self, phase: PhaseSummary) -> Markup:
        return _pair(*(decision.headline(phase, lang) for lang in LANGUAGES))

    def addition(self, one: Addition) -> tuple[Markup, ...]:
        """The cells of an addition in their table."""
        return _pairs(*(addition_cells(one, self.names[lang]) for lang in LANGUAGES))

    def plan_status(self, phase: PhaseSummary) -> Markup:
        status = self.both(f"plan_status.{phase.plan.status}")
        if phase.plan.gap is None or not isfinite(phase.plan.gap):
            return status
        gap = self.both("report.gap", gap=phase.plan.gap) if phase.plan.gap else self.both("report.gap_zero")
        return Markup("{} ({})").format(status, gap)

    def wanted(self, line: TargetLine) -> Markup:
        indicator, value = line.target.indicator, line.target.value
        texts = (say(f"report.{line.target.sense}", lang, value=indicator_text(indicator, value, lang)) for lang in LANGUAGES)
        return _pair(*texts)

    def target_state(self, line: TargetLine) -> Markup:
        return _pair(*(decision.target_state(line, lang) for lang in LANGUAGES))

    def target_where(self, line: TargetLine) -> Markup:
        return _pair(*(decision.target_where(line, lang) for lang in LANGUAGES))

    def reason(self, move: MoveLine) -> Markup:
        return self.told(move.reason)

    def told(self, reason: Reason) -> Markup:
        """A reason with names for ids."""
        return _pair(*(self.names[lang].sentence(reason) for lang in LANGUAGES))

    def other(self, alternative: Alternative, move: MoveLine) -> Markup:
        """Another office or officer instead of a move."""
        return _pair(*(self.names[lang].alternative(alternative, move.officer) for lang in LANGUAGES))

    def certified(self, found: Certificate) -> Markup:
        """The verdict of a certificate."""
        verdict = "better" if found.better else "open" if found.open else "holds"
        count = len(found.better or found.open)
        return self.both(f"certify.{verdict}", count=count, zone=found.zone_min, error=found.error, sure=1 - found.error)

    def goes(self, trial: Trial) -> Markup:
        """Who would go where by a change that was tried."""
        return _pair(*("; ".join(self.names[lang].tried(trial)) for lang in LANGUAGES))


def predicted_by(phase: PhaseSummary) -> str:
    """What the prediction of a plan rests on: a plan given or changed is played beforehand, curves tell of others."""
    return "expected" if phase.plan.status in ("given", "improved") else "predicted"


@dataclass(frozen=True, slots=True)
class Pictures:
    """Figures by name, ready to stand in a page."""

    figures: "Figures"

    def show(self, name: str, code: str) -> Markup:
        """The figure in both languages, each with its description, ready to stand in the page."""
        parts = []
        for lang, text in self.figures[name].items():
            inline = text.replace(' xmlns="http://www.w3.org/2000/svg"', "").replace(
                ' xmlns:xlink="http://www.w3.org/1999/xlink"', ""
            )
            opening = Markup('<svg role="img" aria-label="{}" ').format(say(code, lang))
            inline = inline.replace("xlink:href", "href").replace("<svg ", str(opening), 1)
            parts.append(Markup('<div class="{} picture" lang="{}">{}</div>').format(lang, lang, Markup(inline)))
        return Markup("\n").join(parts)
