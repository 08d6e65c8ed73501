"""The decision paper: page and Word file say what the stored tables say, in the form of the decree, safe against any name."""

import datetime
import io
import re
import zipfile
from dataclasses import replace
from math import nan
from pathlib import Path
from xml.etree import ElementTree

import docx
import pandas as pd
import pytest
from report_study import invented_study
from small_scenario import write_small
from typer.testing import CliRunner

from app.aims import Aims
from app.cli import app
from optimizer import Addition, Reason
from optimizer.additions import read_additions
from optimizer.plan_files import ADDITIONS_FILE
from results import RunStore, Summary, provenance_of, summarize
from results.compare import Difference
from results.decision import COSTS, GAINS, asked, certainty, checklist, conditions, headline
from results.paper_header import KEYS, PaperHeader, read_header
from results.provenance import Provenance
from results.store import read_run
from results.summary import StudyData
from results.validation import Verdict, published_file, quantity_text, read_published, verdict_sentence
from results.word_paper import difference_text, render_paper, trade_text
from results.wording import LANGUAGES, Lang, catalogue, has, indicator_text, say
from scenarios import load_scenario
from scenarios.problems import ScenarioError
from scenarios.schema import SECTIONS, TABLES, Source, Target
from sim import Interval

HOSTILE = ('=cmd|"/c calc"!A1', "<script>alert(1)</script>", "]]>&<w:p/>", "{ HYPERLINK \"x\" }", "a\u0007b\u202e")  # fmt: skip
GOOD = """
[paper]
kind = "bao_cao"
superior = "Ủy ban nhân dân tỉnh"
issuer = "Trung tâm Phục vụ hành chính công"
number = "12"
symbol = "BC-TTPVHCC"
place = "Bình Dương"
date = 2025-02-03
subject = "Về bố trí cán bộ"
recipients = ["Ủy ban nhân dân tỉnh", "Sở Nội vụ"]
grounds = ["Căn cứ Nghị quyết số 108/NQ-CP;"]
authority = "KT. Giám đốc"
post = "Phó Giám đốc"
signer = "Nguyễn Văn An"
copies = ["Sở Tài chính"]
archive = "VT"
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> StudyData:
    scenario = load_scenario(write_small(tmp_path_factory.mktemp("scenario") / "small"))
    goals = (
        Target(id="w", name_vi="Chờ", name_en="Wait", indicator="wait_mean_min", sense="at_most", value=20.0),
        Target(id="s", name_vi="Hài lòng", name_en="Content", indicator="satisfaction", sense="at_least", value=0.95),
    )
    sources = tuple(
        Source(table="units", column="population", rows=rows, basis=basis, source="…")
        for rows, basis in (("u1", "sourced"), ("u2", "derived"), ("u3", "assumed"))
    )
    return invented_study(scenario.model_copy(update={"targets": goals, "sources": sources}), Reason("R-STAY-001", ()))


@pytest.fixture(scope="module")
def provenance(study: StudyData) -> Provenance:
    return provenance_of(study)


@pytest.fixture(scope="module")
def run(study: StudyData, provenance: Provenance, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One phase stored with its Word file."""
    one = replace(study, phases=study.phases[:1])
    return RunStore(tmp_path_factory.mktemp("runs")).write(one, provenance, lang="vi", paper=PaperHeader())


def words(content: bytes) -> list[str]:
    """All paragraphs of a Word file, those in tables too, in order."""
    root = ElementTree.fromstring(zipfile.ZipFile(io.BytesIO(content)).read("word/document.xml"))
    space = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    return ["".join(text.text or "" for text in one.iter(f"{space}t")) for one in root.iter(f"{space}p")]


def rendered(summary: Summary, provenance: Provenance, lang: Lang, header: PaperHeader | None = None) -> bytes:
    return render_paper(summary, provenance, header or PaperHeader(), {}, lang)


def test_figures_of_the_word_file_are_those_of_the_stored_tables(run: Path) -> None:
    """Gains and costs, moves and losers, read back from the file, equal `differences` and `moves` of the run."""
    stored = pd.read_parquet(run / "differences.parquet")
    document = docx.Document(str(run / "paper.vi.docx"))
    tables = [[[cell.text for cell in row.cells] for row in table.rows] for table in document.tables]
    changes = next(table for table in tables if table[0][0] == say("report.indicator", "vi"))
    shown = [row[1] for row in changes[1:] if row[0] != row[1]]
    province = stored[(stored["basis"] == "own") & (stored["office"] == "")].set_index("indicator")
    for indicator, text in zip((*GAINS, *COSTS), shown, strict=True):
        row = province.loc[indicator]
        ends = [Interval(*(row[f"{state}_{end}"] for end in ("mean", "low", "high"))) for state in ("as_is", "planned", "change")]
        difference = Difference(indicator, *ends, row["verdict"])
        assert text == f"{trade_text(difference, 'vi')}\n{difference_text(difference, 'vi')}"
    moves = pd.read_parquet(run / "moves.parquet")
    listed = next(table for table in tables if table[0][1] == say("report.officer", "vi"))
    assert [row[1] for row in listed[1:]] == [
        f"{name} ({officer})" for officer, name in zip(moves.officer, moves.name, strict=True)
    ]
    losing = stored[(stored["basis"] == "own") & (stored["office"] != "") & (stored["indicator"] == "overload_min_per_day")]
    losing = losing[losing["verdict"] == "worse"].sort_values("change_mean", ascending=False)
    worst = next(table for table in tables if table[0][1] == say("report.office", "vi"))
    ends = losing[["as_is_mean", "planned_mean"]].to_numpy().tolist()
    shown = [[indicator_text("overload_min_per_day", value, "vi") for value in pair] for pair in ends]
    assert [row[2] for row in worst[1:]] == [" → ".join(pair) for pair in shown]


def test_every_figure_of_the_page_is_in_the_stored_table(run: Path) -> None:
    """Each cell of `report.html` carries its bare value; it is that of `differences` to the last bit, and all are shown."""
    stored = pd.read_parquet(run / "differences.parquet").set_index(["basis", "office", "indicator"])
    page = (run / "report.html").read_text("utf-8")
    cells = [
        dict(re.findall(r'data-([a-z-]+)="([^"]*)"', tag)) for tag in re.findall(r"<(?:td|span)[^>]*data-basis=[^>]*>", page)
    ]
    assert len(cells) > 100
    for cell in cells:
        row = stored.loc[(cell["basis"], cell.get("office", ""), cell["indicator"])]
        for end in ("mean", "low", "high"):
            assert float(cell[end]) == row[f"{cell['state']}_{end}"] or pd.isna(row[f"{cell['state']}_{end}"]), cell
    shown = {(cell["basis"], cell.get("office", ""), cell["indicator"]) for cell in cells}
    assert {key for key in stored.index if key[:2] == ("own", "")} <= shown


def test_sentences_and_targets_of_the_word_file_are_those_of_the_stored_tables(run: Path) -> None:
    """What is asked for, and each target as planned, with the figures of `differences` and the moves counted in `moves`."""
    stored = pd.read_parquet(run / "differences.parquet")
    province = stored[(stored["basis"] == "own") & (stored["office"] == "")].set_index("indicator")
    content, scenario = (run / "paper.vi.docx").read_bytes(), load_scenario(run / "scenario")
    row = province.loc["overload_min_per_day"]
    wanted = say(
        "paper.ask_move",
        "vi",
        phase=scenario.phases[0].name_vi,
        start=scenario.phases[0].start,
        steps=say("paper.step_move", "vi", count=len(pd.read_parquet(run / "moves.parquet"))),
        before=row["as_is_mean"],
        after=row["planned_mean"],
        low=row["change_low"],
        high=row["change_high"],
    )
    assert f"1. {wanted}" in words(content)
    tables = [[[cell.text for cell in row.cells] for row in table.rows] for table in docx.Document(io.BytesIO(content)).tables]
    targets = next(table for table in tables if table[0][0] == say("paper.target", "vi"))
    shown = {row[0]: row[2] for row in targets[1:] if row[0] != row[1]}
    assert shown == {
        target.name_vi: indicator_text(target.indicator, province.loc[target.indicator, "planned_mean"], "vi")
        for target in scenario.targets
    }


def test_figures_held_against_published_ones_are_annexed(study: StudyData, provenance: Provenance) -> None:
    """Each with its range, what was simulated and the verdict; without any there is no such annex."""
    path = published_file("binh-duong")
    assert path is not None
    known = read_published(path, load_scenario("binh-duong"))[0]
    unplayed = Verdict(known, Interval(nan, nan, nan), "unplayed", 0.0)
    held = replace(study, validation=(Verdict(known, Interval(5.0, 4.0, 6.0), "below", 0.25), unplayed))
    for lang in LANGUAGES:
        document = docx.Document(io.BytesIO(rendered(summarize(held), provenance, lang)))
        tables = [[[cell.text for cell in row.cells] for row in table.rows] for table in document.tables]
        annexed = next(table for table in tables if table[0][0] == say("validation.what", lang))
        name = known.name_vi if lang == "vi" else known.name_en
        assert annexed[1][0] == name
        assert annexed[1][2:] == [quantity_text(known.quantity, 4.0, 6.0, lang), verdict_sentence(held.validation[0], lang)]
        assert annexed[2][2:] == ["–", say("validation.unplayed", lang)]
        assert say("paper.sure_validation", lang, count=1, inside=0, unclear=0, outside=1) in certainty(summarize(held), lang)
        assert say("word.annex_validation", lang) not in words(rendered(summarize(study), provenance, lang))


def test_both_languages_have_the_same_numbers(study: StudyData, provenance: Provenance) -> None:
    """Table by table, with point and comma exchanged; dates and phrases apart."""
    summary = summarize(study)

    def numbers(lang: Lang) -> list[list[str]]:
        document = docx.Document(io.BytesIO(rendered(summary, provenance, lang)))
        exchanged = str.maketrans(",.", ".,") if lang == "vi" else {}
        found = []
        for table in document.tables[1:]:
            if table.rows[0].cells[0].text in (
                say("report.indicator", lang),
                say("paper.target", lang),
                say("report.col_number", lang),
            ):
                cells = [cell.text for row in table.rows[1:] for cell in row.cells[1:4]]
                found.append([one.translate(exchanged) for text in cells for one in re.findall(r"\d[\d.,]*\d|\d", text)])
        return found

    vietnamese, english = numbers("vi"), numbers("en")
    assert len(vietnamese) >= 4
    assert vietnamese == english


def test_the_same_run_gives_the_same_bytes(study: StudyData, provenance: Provenance) -> None:
    """Written twice, byte by byte; no file inside knows when."""
    summary = summarize(study)
    first = rendered(summary, provenance, "vi")
    assert first == rendered(summary, provenance, "vi")
    entries = zipfile.ZipFile(io.BytesIO(first)).infolist()
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    made = docx.Document(io.BytesIO(first)).core_properties
    assert made.created == made.modified == datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)


def test_the_page_has_the_form_of_the_decree(study: StudyData, provenance: Provenance, tmp_path: Path) -> None:
    """A4 and its margins, Times New Roman 13, nation and motto, number, place and date, signature, copies, repeated heads."""
    path = tmp_path / "head.toml"
    path.write_text(GOOD, "utf-8")
    content = rendered(summarize(study), provenance, "vi", read_header(path))
    document = docx.Document(io.BytesIO(content))
    section = document.sections[0]
    assert [
        round(length.mm) for length in (section.page_width, section.page_height, section.left_margin, section.right_margin)
    ] == [210, 297, 30, 20]
    assert round(section.top_margin.mm) == round(section.bottom_margin.mm) == 20
    assert section.different_first_page_header_footer
    assert 'w:instr="PAGE"' in section.header._element.xml
    normal = document.styles["Normal"]
    assert (normal.font.name, normal.font.size.pt) == ("Times New Roman", 13)
    text = words(content)
    for wanted in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "ỦY BAN NHÂN DÂN TỈNH",
        "TRUNG TÂM PHỤC VỤ HÀNH CHÍNH CÔNG",
        "Số: 12/BC-TTPVHCC",
        "Bình Dương, ngày 03 tháng 02 năm 2025",
        "BÁO CÁO",
        "Về bố trí cán bộ",
        "- Sở Nội vụ;",
        "Căn cứ Nghị quyết số 108/NQ-CP;",
        "KT. GIÁM ĐỐC",
        "PHÓ GIÁM ĐỐC",
        "Nguyễn Văn An",
        "Nơi nhận:",
        "- Sở Tài chính;",
        "- Lưu: VT.",
    ):
        assert wanted in text, wanted
    tables = [table for table in document.tables if table.style.name == "Table Grid"]
    assert len(tables) >= 6
    assert all(table.rows[0]._tr.trPr.find(docx.oxml.ns.qn("w:tblHeader")) is not None for table in tables)


def test_a_name_never_becomes_markup_or_a_field(study: StudyData, provenance: Provenance) -> None:
    """Hostile names stand as they read, unreadable letters go; the only field is the page number, no link leads out."""
    rows = {
        table: tuple(
            row.model_copy(update={"name": HOSTILE[n % len(HOSTILE)]}) for n, row in enumerate(getattr(study.scenario, table))
        )
        for table in ("offices", "officers", "units")
    }
    phases = tuple(phase.model_copy(update={"name_vi": HOSTILE[2], "name_en": HOSTILE[1]}) for phase in study.scenario.phases)
    scenario = study.scenario.model_copy(update={**rows, "phases": phases, "name_vi": HOSTILE[4], "notice_vi": HOSTILE[0]})
    content = rendered(summarize(replace(study, scenario=scenario, planned_scenario=scenario)), provenance, "vi")
    text = " ".join(words(content))
    assert HOSTILE[2] in text
    assert "\u202e" not in text
    package = zipfile.ZipFile(io.BytesIO(content))
    for name in package.namelist():
        if name.endswith(".rels"):
            assert b'TargetMode="External"' not in package.read(name), name
        if name.endswith(".xml"):
            assert b"w:instrText" not in package.read(name)
    fields = [name for name in package.namelist() if name.endswith(".xml") and b"w:fldSimple" in package.read(name)]
    assert len(fields) == 1
    assert fields[0].startswith("word/header")


def test_every_wrong_entry_of_a_header_is_told_at_once(tmp_path: Path) -> None:
    """With its line and code, and nothing is written."""
    path = tmp_path / "head.toml"
    path.write_text(
        '[paper]\nkind = "letter"\ndate = "5/9"\nsigner = 5\ncopies = "x"\ncolour = "red"\npost = "a\\u200bb"\n[other]\nx = 1\n'
    )
    with pytest.raises(ScenarioError) as caught:
        read_header(path)
    assert [(problem.row, problem.code) for problem in sorted(caught.value.problems, key=lambda one: one.row)] == [
        (2, "E-VAL-002"),
        (3, "E-TOML-006"),
        (4, "E-TOML-006"),
        (5, "E-TOML-006"),
        (6, "E-TOML-003"),
        (7, "E-ENC-005"),
        (8, "E-TOML-003"),
    ]
    for text, code in (("[paper\n", "E-TOML-001"), ("", "E-TOML-004")):
        path.write_text(text)
        with pytest.raises(ScenarioError) as caught:
            read_header(path)
        assert {problem.code for problem in caught.value.problems} == {code}
    path.write_bytes(b"[paper]\nissuer = '\xff'\n")
    with pytest.raises(ScenarioError, match="E-ENC-001"):
        read_header(path)
    path.write_text(GOOD, "utf-8")
    assert {key for key in KEYS if not getattr(read_header(path), key)} == set()


def test_a_plan_that_is_not_better_is_not_asked_for(study: StudyData) -> None:
    """Better: approve; worse: do not; nobody moved: keep."""
    summary = summarize(study)
    swapped = tuple(replace(phase, as_is=phase.planned, planned=phase.as_is) for phase in study.phases)
    worse = summarize(replace(study, phases=swapped))
    still = summarize(invented_study(study.scenario, Reason("R-STAY-001", ()), moves=0))
    for code, found in (("ask_move", summary), ("ask_against", worse), ("ask_nothing", still)):
        for lang in LANGUAGES:
            sentence = re.sub(r"\\\{.*?\\\}", ".+", re.escape(catalogue()[f"paper.{code}"].text(lang)))
            assert all(re.fullmatch(sentence, text) for text in asked(found, lang)), code


def test_what_is_added_is_asked_for_and_listed(study: StudyData, provenance: Provenance, tmp_path: Path) -> None:
    """Posts and counters stand in what is asked for, in page and Word file, and in a table beside the plan of the run."""
    hired, rented = Addition("post", "o1", "commune", 3, (600, 300, 60)), Addition("rented", "o1", "", 1, (), 5, 4)
    phases = tuple(
        replace(one, plan=replace(one.plan, moves=(), assignments=(), additions=(hired, rented))) for one in study.phases
    )
    adding = replace(study, phases=phases)
    summary = summarize(adding)
    for lang, told in (("vi", "bổ sung 3 biên chế tuyển thêm, 1 quầy thuê"), ("en", "add 3 posts to fill, 1 counter rented")):
        assert all(told in text for text in asked(summary, lang))
        assert all(told in headline(phase, lang) for phase in summary.phases)
        content = words(rendered(summary, provenance, lang))
        assert say("addition.saves_each", lang, minutes="10.0; 5.0; 1.0" if lang == "en" else "10,0; 5,0; 1,0") in content
        assert say("addition.counters_for", lang, needed=5, counters=4) in content
    folder = RunStore(tmp_path).write(adding, provenance)
    page = (folder / "report.html").read_text("utf-8")
    assert page.count('data-addition="post"') == page.count('data-addition="rented"') == len(phases)
    rows = read_additions(folder / ADDITIONS_FILE, study.scenario)
    assert {(phase, one.key) for phase, one in rows} == {(one.phase, key.key) for one in phases for key in (hired, rented)}


def test_what_the_plan_had_to_keep_is_told(study: StudyData) -> None:
    """Objective, caps and what might be added stand on page and paper; a plan as usual says nothing of it."""
    usual, summary = provenance_of(study), summarize(study)
    assert conditions(summary, usual, "en") == ""
    aims = Aims("worst", max_km=30.0, posts=1)
    asked_for = replace(usual, arguments=usual.arguments + aims.arguments())
    told = conditions(summary, asked_for, "en")
    assert told.startswith("The plan was made with: the worst office first")
    assert told.endswith("at most 30 km a day of longer commuting, all together; at most 1 post to fill.")
    assert conditions(summary, asked_for, "vi") in words(rendered(summary, asked_for, "vi"))
    for name, value in Aims("total", 1.0, 2.0, 3, 4, 5, 6, 7, 8).arguments():
        alone = replace(usual, arguments=((name, value),))
        assert say("aim.title", "vi", aims="") != conditions(summary, alone, "vi") != "", name


def test_every_table_of_a_scenario_has_a_name() -> None:
    """With the name of its file in brackets, in both languages."""
    for table in (*TABLES, *SECTIONS):
        for lang in LANGUAGES:
            assert say(f"table_name.{table}", lang).endswith(f"({table})")


@pytest.mark.parametrize("name", ["binh-duong", "binh-duong-2025-actual", "country-48"])
def test_every_column_that_is_assumed_has_a_name(name: str) -> None:
    """In every scenario of our own, so that no reader meets the word of a file alone."""
    assumed = {source.column for source in load_scenario(name).sources if source.basis == "assumed"}
    assert not [column for column in sorted(assumed) if not has(f"column_name.{column}")]


def test_the_checklist_is_filled_in(study: StudyData, provenance: Provenance) -> None:
    """Every item of STRESS-DES has an answer in both languages, with nothing left to fill in."""
    for lang in LANGUAGES:
        items = [item for _, items in checklist(summarize(study), provenance, lang) for item in items]
        assert len(items) == 24
        assert all(answer and "{" not in answer for _, _, answer in items)


def test_a_stored_run_is_drawn_and_written_again(run: Path, tmp_path: Path) -> None:
    """`figures` makes the files; a bad header ends `report` before anything is touched."""
    assert read_run(run)[1].files
    made = CliRunner().invoke(app, ["figures", str(run), "--format", "svg", "--lang", "en", "--out", str(tmp_path), "--json"])
    assert made.exit_code == 0, made.output
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in (run / "figures").glob("*.en.svg"))
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (run / "figures" / path.name).read_bytes()
    bad = tmp_path / "bad.toml"
    bad.write_text("[paper]\nsigner = 1\n")
    before = (run / "paper.vi.docx").read_bytes()
    assert (run / "paper.en.docx").is_file()
    refused = CliRunner().invoke(app, ["report", str(run), "--header", str(bad), "--lang", "en"])
    assert refused.exit_code == 2
    assert "E-TOML-006" in refused.output
    assert (run / "paper.vi.docx").read_bytes() == before
