"""The decision paper as a Word file in the Vietnamese administrative form: the page's figures, to be signed."""

from collections.abc import Mapping
from pathlib import Path

from docx.document import Document as WordDocument
from docx.shared import Mm, Pt
from docx.table import _Cell
from docx.text.paragraph import Paragraph

from . import decision
from .addition_words import HEADS, addition_cells
from .compare import Difference
from .decision import change_text
from .files import write_bytes
from .paper_header import PaperHeader, file_name
from .provenance import Provenance
from .reason_words import Names
from .summary import PhaseSummary, Summary
from .validation import quantity_text, verdict_sentence
from .word_form import (
    CENTER,
    LEFT,
    SMALL,
    TEXT_MM,
    body,
    grid,
    item,
    new_document,
    packed,
    picture,
    rule,
    side_by_side,
    write,
)
from .wording import Lang, indicator_text, say

DOTS = "……"
NO_BREAK = "\N{NO-BREAK SPACE}"
PNG_DPI = 200  #: on paper
ROMAN = ("I", "II", "III", "IV", "V", "VI")
#: figures of the paper by name, of each phase after a dash
WHOLE = ("phases", "weeks", "gantt")
OF_PHASE = ("maps", "moves", "heat", "percentiles", "fairness")
Pictures = Mapping[str, tuple[bytes, tuple[float, float]]]  #: name → PNG, width and height in inches


def write_paper(summary: Summary, provenance: Provenance, header: PaperHeader, folder: Path, lang: Lang) -> Path:
    """Write the Word file of a summary into a folder and return its path."""
    from .charts import drawings  # here, so that who draws nothing does not wait for matplotlib
    from .charts.style import WIDTH, png

    wanted = {*WHOLE, *(f"{phase.id}-{name}" for phase in summary.phases for name in OF_PHASE)}
    dpi = PNG_DPI * TEXT_MM / 25.4 / WIDTH
    pictures = {name: png(draw(lang), dpi) for name, draw in drawings(summary).items() if name in wanted}
    return write_bytes(folder / file_name(lang), render_paper(summary, provenance, header, pictures, lang))


def render_paper(summary: Summary, provenance: Provenance, header: PaperHeader, pictures: Pictures, lang: Lang) -> bytes:
    """Return the Word file; the same input gives the same bytes."""
    scenario = summary.scenario
    name = scenario.name_vi if lang == "vi" else scenario.name_en
    subject = header.subject or say("word.subject", lang, scenario=name)
    document = new_document(lang, subject)
    _notice(document, scenario.notice_vi if lang == "vi" else scenario.notice_en)
    _head(document, header, subject, lang)
    _request(document, summary, provenance, header, name, lang)
    _signature(document, header, lang)
    _moves_annex(document, summary, lang)
    _losers_annex(document, summary, lang)
    _pictures_annex(document, summary, pictures, lang)
    if summary.validation:
        _validation_annex(document, summary, lang)
    _inputs_annex(document, summary, provenance, "V" if summary.validation else "IV", lang)
    return packed(document)


def _notice(document: WordDocument, notice: str) -> None:
    """The scenario's notice at the foot of every page."""
    section = document.sections[0]
    for foot in (section.first_page_footer, section.footer):
        if notice:
            write(foot.paragraphs[0], notice, italic=True, size=Pt(9), align=CENTER)


# --- the paper itself --------------------------------------------------------------------------------------------------


def _head(document: WordDocument, header: PaperHeader, subject: str, lang: Lang) -> None:
    (left, right), (under_left, under_right) = side_by_side(document, (70, 94), rows=2)
    first = write(left.paragraphs[0], (header.superior or DOTS).upper(), align=CENTER, after=Pt(0))
    first.paragraph_format.line_spacing = 1.0
    _line(left, (header.issuer or DOTS).upper(), bold=True)
    rule(left.add_paragraph(), Mm(22))
    symbol = header.symbol or say(f"word.{header.kind}_symbol", lang)
    numbered = say("word.number", lang, number=header.number or DOTS, symbol=symbol)
    for cell, text, italic in ((under_left, numbered, False), (under_right, _dated(header, lang), True)):
        one = write(cell.paragraphs[0], text, italic=italic, align=CENTER, after=Pt(0))
        one.paragraph_format.space_before, one.paragraph_format.line_spacing = Pt(4), 1.0
    write(right.paragraphs[0], say("word.nation", lang), bold=True, size=Pt(12), align=CENTER, after=Pt(0))
    _line(right, say("word.motto", lang), bold=True)
    rule(right.add_paragraph(), Mm(19))
    title = write(document.add_paragraph(), say(f"word.{header.kind}", lang), bold=True, size=Pt(14), align=CENTER, after=Pt(0))
    title.paragraph_format.space_before = Pt(16)
    write(document.add_paragraph(), subject, bold=True, align=CENTER, after=Pt(0))
    rule(document.add_paragraph(), Mm(60)).paragraph_format.space_after = Pt(10)


def _line(cell: _Cell, text: str, *, bold: bool = False) -> Paragraph:
    paragraph = write(cell.add_paragraph(), text, bold=bold, align=CENTER, after=Pt(0))
    paragraph.paragraph_format.line_spacing = 1.0
    return paragraph


def _dated(header: PaperHeader, lang: Lang) -> str:
    """Place and date; days below 10 and months below 3 with a zero, as the decree asks."""
    day = header.date
    return say(
        "word.dated",
        lang,
        place=header.place or DOTS,
        day=f"{day.day:02d}" if day else DOTS,
        month=(f"{day.month:02d}" if day.month < 3 else str(day.month)) if day else DOTS,
        year=str(day.year) if day else DOTS,
    )


def _request(
    document: WordDocument, summary: Summary, provenance: Provenance, header: PaperHeader, name: str, lang: Lang
) -> None:
    recipients = header.recipients or (DOTS,)
    if len(recipients) == 1:
        write(document.add_paragraph(), say("word.to", lang, recipient=recipients[0]), align=CENTER)
    else:
        write(document.add_paragraph(), say("word.to", lang, recipient=""), align=LEFT).paragraph_format.left_indent = Mm(30)
        for recipient in recipients:
            write(document.add_paragraph(), f"- {recipient};", align=LEFT).paragraph_format.left_indent = Mm(45)
    for ground in header.grounds:
        body(document, ground, italic=True)
    scenario = summary.scenario
    body(
        document,
        say(
            "word.intro",
            lang,
            scenario=name,
            offices=len(scenario.offices),
            units=len(scenario.units),
            officers=len(scenario.officers),
            replications=summary.replications,
        ),
    )
    parts = iter(ROMAN)
    _part(document, next(parts), "asked", lang)
    for number, text in enumerate(decision.asked(summary, lang), 1):
        item(document, f"{number}.", text)
    if conditions := decision.conditions(summary, provenance, lang):
        body(document, conditions)
    _part(document, next(parts), "changes", lang)
    body(document, say("paper.changes_note", lang))
    _changes(document, summary, lang)
    body(document, decision.costs(summary, lang))
    _part(document, next(parts), "losers", lang)
    for text in decision.losers(summary, lang):
        item(document, "-", text)
    _part(document, next(parts), "sure", lang)
    for text in decision.certainty(summary, lang):
        item(document, "-", text)
    if scenario.targets:
        _part(document, next(parts), "targets", lang)
        _targets(document, summary, lang)
    _part(document, next(parts), "risks", lang)
    grid(document, [say("paper.risk", lang), say("paper.risk_found", lang)], decision.risks(summary, lang), (2, 3))
    body(document, say(f"word.{header.kind}_close", lang))


def _part(document: WordDocument, number: str, code: str, lang: Lang) -> None:
    document.add_heading(f"{number}. {say(f'word.part_{code}', lang)}", 1)


def label(summary: Summary, indicator: str, lang: Lang) -> str:
    """Name of an indicator."""
    rules = summary.scenario.indicators
    return say(f"indicator.{indicator}", lang, standard=rules.wait_standard_min, long=rules.wait_long_min)


def trade_text(difference: Difference, lang: Lang) -> str:
    """An indicator as it is → as planned."""
    before, after = (indicator_text(difference.indicator, one.mean, lang) for one in (difference.before, difference.after))
    return f"{before} → {after}"


def difference_text(difference: Difference, lang: Lang) -> str:
    """The paired difference with its interval; a line may break between the two only."""
    change = difference.change
    mean, bracket, ends = change_text(difference.indicator, change.mean, change.low, change.high, lang).partition(" (")
    return mean.replace(" ", NO_BREAK) + bracket + ends.replace(" ", NO_BREAK)


def _changes(document: WordDocument, summary: Summary, lang: Lang) -> None:
    """Gains and costs, one table for all phases up to three, else one a phase group."""
    for first in range(0, len(summary.phases), 3):
        phases = summary.phases[first : first + 3]
        head = [say("report.indicator", lang), *(decision.phase_name(phase, lang) for phase in phases)]
        rows: list[list[str]] = []
        for group, indicators in (("gains", decision.GAINS), ("costs", decision.COSTS)):
            rows.append([say(f"paper.{group}_group", lang)])
            for indicator in indicators:
                found = [phase.own.of(indicator) for phase in phases]
                cells = [f"{trade_text(one, lang)}\n{difference_text(one, lang)}" for one in found]
                rows.append([label(summary, indicator, lang), *cells])
        grid(document, head, rows, (1.2, *(1.0,) * len(phases)), range(1, len(head)))


def _targets(document: WordDocument, summary: Summary, lang: Lang) -> None:
    head = [
        say(code, lang)
        for code in ("paper.target", "report.target_wanted", "paper.target_result", "paper.target_state", "paper.target_where")
    ]
    rows: list[list[str]] = []
    for phase in summary.phases:
        rows.append([decision.phase_name(phase, lang)])
        for line in phase.targets:
            target = line.target
            wanted = say(f"report.{target.sense}", lang, value=indicator_text(target.indicator, target.value, lang))
            planned = indicator_text(target.indicator, line.planned.mean, lang) if line.planned else "–"
            name = target.name_vi if lang == "vi" else target.name_en
            rows.append([name, wanted, planned, decision.target_state(line, lang), decision.target_where(line, lang)])
    grid(document, head, rows, (1.6, 1.2, 1, 1.2, 3), (1, 2))


def _signature(document: WordDocument, header: PaperHeader, lang: Lang) -> None:
    ((left, right),) = side_by_side(document, (80, 80))
    write(left.paragraphs[0], say("word.copies", lang), bold=True, italic=True, size=Pt(12), align=LEFT, after=Pt(0))
    kept = say("word.archive", lang, archive=header.archive or DOTS)
    for text in (say("word.as_above", lang), *(f"- {one};" for one in header.copies), kept):
        write(left.add_paragraph(), text, size=SMALL, align=LEFT, after=Pt(0)).paragraph_format.line_spacing = 1.0
    lines = [text for text in (header.authority.upper(), (header.post or DOTS).upper()) if text]
    write(right.paragraphs[0], lines[0], bold=True, align=CENTER, after=Pt(0))
    for text in lines[1:]:
        _line(right, text, bold=True)
    for _ in range(4):
        _line(right, "")
    _line(right, header.signer or DOTS, bold=True)


# --- annexes -----------------------------------------------------------------------------------------------------------


def _annex(document: WordDocument, number: str, code: str, lang: Lang) -> None:
    over = write(document.add_paragraph(), say("word.annex", lang, number=number), bold=True, align=CENTER, after=Pt(0))
    over.paragraph_format.page_break_before = True
    heading = document.add_heading(say(code, lang), 1)
    heading.alignment = CENTER


def _moves_annex(document: WordDocument, summary: Summary, lang: Lang) -> None:
    _annex(document, "I", "word.annex_moves", lang)
    names = Names.of(summary.scenario, lang)
    head = [say(f"report.{code}", lang) for code in ("col_number", "officer", "from", "to", "reason")]
    for phase in summary.phases:
        document.add_heading(say("word.moves_of", lang, phase=decision.phase_name(phase, lang), moves=len(phase.moves)), 2)
        if phase.moves:
            rows = [
                [
                    str(number),
                    names.officers[move.officer],
                    move.source_name,
                    move.target_name,
                    names.sentence(move.reason),
                ]
                for number, move in enumerate(phase.moves, 1)
            ]
            grid(document, head, rows, (0.7, 1.8, 1.6, 1.6, 3.2), (0,))
        else:
            body(document, names.sentence(phase.still) if phase.still else say("report.no_moves", lang))
        if phase.stays:
            body(document, say("report.stays", lang, count=phase.stays))
        if phase.additions:
            body(document, say("addition.title", lang))
            added = [addition_cells(one, names) for one in phase.additions]
            grid(document, [say(f"addition.column_{name}", lang) for name in HEADS], added, (1.6, 1.8, 1.4, 0.8, 3.2), (3,))


def _losers_annex(document: WordDocument, summary: Summary, lang: Lang) -> None:
    _annex(document, "II", "report.losers", lang)
    body(document, say("report.losers_note", lang))
    head = [
        say("report.col_number", lang),
        say("report.office", lang),
        say("paper.before_after", lang),
        say("state.change", lang),
    ]
    for phase in summary.phases:
        document.add_heading(decision.phase_name(phase, lang), 2)
        rows = [
            [str(number), office.name, trade_text(office.overload, lang), difference_text(office.overload, lang)]
            for number, office in enumerate(phase.loses, 1)
        ]
        if rows:
            grid(document, head, rows, (0.6, 3, 1.6, 2), (0, 2, 3))
        else:
            body(document, say("report.losers_none", lang))


def _pictures_annex(document: WordDocument, summary: Summary, pictures: Pictures, lang: Lang) -> None:
    _annex(document, "III", "word.annex_pictures", lang)
    shown: list[tuple[str, str, PhaseSummary | None]] = [(name, name, None) for name in WHOLE]
    shown += [(f"{phase.id}-{name}", name, phase) for phase in summary.phases for name in OF_PHASE]
    number = 0
    for name, code, phase in shown:
        if name not in pictures:
            continue
        number += 1
        title = say(f"figure.{code}", lang)
        of_phase = f" – {decision.phase_name(phase, lang)}" if phase else ""
        caption = write(
            document.add_paragraph(),
            say("word.figure", lang, number=number, title=title + of_phase),
            bold=True,
            size=Pt(12),
            align=LEFT,
            after=Pt(2),
        )
        note = write(
            document.add_paragraph(), say(f"figure.{code}_note", lang), italic=True, size=Pt(10), align=LEFT, after=Pt(2)
        )
        for one in (caption, note):
            one.paragraph_format.keep_with_next = True
        picture(document, *pictures[name], title + of_phase)


def _validation_annex(document: WordDocument, summary: Summary, lang: Lang) -> None:
    """Every figure published or worked out by hand beside the simulated one."""
    _annex(document, "IV", "word.annex_validation", lang)
    body(document, say("validation.note", lang))
    head = [say(f"validation.{code}", lang) for code in ("what", "published", "simulated", "verdict")]
    rows = []
    for verdict in summary.validation:
        known, found = verdict.published, verdict.simulated
        name = known.name_vi if lang == "vi" else known.name_en
        texts = (quantity_text(known.quantity, one.low, one.high, lang) for one in (known, found))
        rows.append([name, *texts, verdict_sentence(verdict, lang)])
    grid(document, head, rows, (2, 1.1, 1.1, 2.6), (1, 2))


def _inputs_annex(document: WordDocument, summary: Summary, provenance: Provenance, number: str, lang: Lang) -> None:
    _annex(document, number, "word.annex_inputs", lang)
    document.add_heading(say("paper.inputs", lang), 2)
    body(document, say("paper.inputs_note", lang))
    head = [say("report.col_table", lang), *(say(f"paper.{code}", lang) for code in ("rows", "sourced", "derived", "assumed"))]
    grid(document, head, decision.input_rows(summary, lang), (2, 1, 1, 1, 1), range(1, 5))
    if summary.assumptions:
        document.add_heading(say("report.assumptions", lang), 2)
        head = [say(f"report.col_{code}", lang) for code in ("table", "column", "value", "why")]
        rows = [(table, column, value, why) for table, column, _, value, why in decision.assumption_rows(summary, lang)]
        grid(document, head, rows, (1.2, 1.9, 1.3, 3))
    document.add_heading(say("paper.stress", lang), 2)
    body(document, say("paper.stress_note", lang))
    items: list[tuple[str, ...]] = []
    for section, answers in decision.checklist(summary, provenance, lang):
        items += [(section,), *answers]
    grid(document, ["", say("paper.stress_item", lang), say("paper.stress_answer", lang)], items, (0.45, 1.6, 4))
    document.add_heading(say("report.manifest", lang), 2)
    made = [
        (say("report.m_command", lang), provenance.command_line),
        (say("report.m_scenario", lang), f"{provenance.scenario_id} {provenance.scenario_digest}"),
        (say("report.m_seed", lang), str(provenance.seed)),
        (say("report.m_versions", lang), ", ".join(f"{name} {number}" for name, number in provenance.versions)),
        (say("report.m_digests", lang), "\n".join(f"{place} {digest}" for place, digest in provenance.digests)),
    ]
    grid(document, [say("paper.stress_item", lang), say("paper.stress_answer", lang)], made, (1.3, 4))
