"""The report says what the tables say, in both languages, asks nothing of the network and runs nothing of its input."""

import json
import re
import warnings
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from report_study import invented_study
from small_scenario import write_small

from optimizer import Reason, Round
from optimizer.loop import KEPT
from optimizer.rivals import RULES
from results import charts, report, summarize, write_report
from results.decision import ROWS_NAMED, assumption_rows
from results.maps import read_unit_map
from results.provenance import provenance_of
from results.report import render_report
from results.summary import StudyData
from results.wording import LANGUAGES, Lang, catalogue, indicator_text, placeholders
from scenarios import Scenario, load_scenario
from scenarios.schema import Source
from sim import Interval

LONG = "Bộ phận Tiếp nhận và Trả kết quả giải quyết thủ tục hành chính Ủy ban nhân dân phường Phú Cường – Điểm số {} mở rộng"
HOSTILE = ("<script>alert(1)</script>", '=cmd|"/c calc"!A1', '"><img src=x onerror=alert(1)>', "{{ 7*7 }} $x^2$ & </style>")


def a_reason() -> Reason:
    """Any sentence without values serves as a reason."""
    return Reason(next(code for code, entry in sorted(catalogue().items()) if not placeholders(entry.vi)), ())


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> StudyData:
    return invented_study(load_scenario(write_small(tmp_path_factory.mktemp("scenario") / "small")), a_reason())


@pytest.fixture(scope="module")
def written(study: StudyData, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the study, written once."""
    return write_report(study, tmp_path_factory.mktemp("report"))


def renamed(scenario: Scenario, names: tuple[str, ...]) -> Scenario:
    """Give offices, officers, units, phases and the scenario names from a list."""
    rows = {
        table: tuple(row.model_copy(update={"name": names[n % len(names)]}) for n, row in enumerate(getattr(scenario, table)))
        for table in ("offices", "officers", "units")
    }
    phases = tuple(phase.model_copy(update={"name_vi": names[0], "name_en": names[-1]}) for phase in scenario.phases)
    notices = {"name_vi": names[0], "name_en": names[-1], "notice_vi": names[0], "notice_en": names[-1]}
    return scenario.model_copy(update={**rows, "phases": phases, **notices})


def test_templates_are_kept_compiled_where_that_may_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read the same from their files, from what is kept, from what is damaged there, and where nothing can be kept."""
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "templates").write_text("a file where the folder would stand")
    texts = set()
    damaged = ((tmp_path, length) for length in (-9, 3, 16, 18, 30, -9))
    for folder, left in ((None, 0), *damaged, (tmp_path, None), (taken, 0)):
        monkeypatch.setattr("results.report.user_folder", lambda folder=folder: folder)
        texts.add(report._environment.__wrapped__().get_template("report.css").render(lang="vi"))
        for path in (tmp_path / "templates").glob("*"):
            path.write_bytes(path.read_bytes()[:left])
    assert len(texts) == 1
    assert len(list((tmp_path / "templates").iterdir())) == 1


def test_a_page_is_the_same_told_beside_its_figures_or_after_them(study: StudyData, written: Path) -> None:
    """Where a figure goes is left open while it is drawn."""
    drawn: dict[str, dict[Lang, str]] = {}
    for name in charts.drawings(summarize(study)):
        drawn[name] = {lang: (written.parent / "figures" / f"{name}.{lang}.svg").read_text("utf-8") for lang in LANGUAGES}
    page = written.read_text("utf-8")
    assert page == render_report(summarize(study), drawn, provenance_of(study))
    assert "\0" not in page


class Page(HTMLParser):
    """Tags and the attributes of everything that carries data."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.ids: list[str] = []
        self.data: list[dict[str, str]] = []
        self.feed(text)

    def handle_data(self, data: str) -> None:
        if self.data:
            self.data[-1]["text"] = self.data[-1].get("text", "") + data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        self.attributes |= values.keys()
        self.ids += [values["id"]] if "id" in values else []
        found = {name.removeprefix("data-"): value for name, value in values.items() if name.startswith("data-")}
        if found:
            self.data.append(found)


def test_every_number_equals_the_summary(study: StudyData, written: Path) -> None:
    """Each figure in a table carries its bare value, and it is the value of the summary, to the last bit."""
    page = Page(written.read_text("utf-8"))
    seen: set[tuple[str, str, str]] = set()
    for phase in summarize(study).phases:
        offices = {office.id: office.comparison for office in phase.offices}
        for cell in page.data:
            if cell.get("phase") != phase.id or "state" not in cell:
                continue
            comparison = phase.own if cell["basis"] == "own" else phase.reference
            assert comparison is not None
            row = (offices[cell["office"]] if "office" in cell else comparison).of(cell["indicator"])
            wanted: Interval = {"as_is": row.before, "planned": row.after, "change": row.change}[cell["state"]]
            assert [cell["mean"], cell["low"], cell["high"]] == [repr(wanted.mean), repr(wanted.low), repr(wanted.high)]
            for lang in LANGUAGES:
                shown = indicator_text(cell["indicator"], wanted.mean, lang, change=cell["state"] == "change")
                assert shown in cell["text"], cell
            seen.add((phase.id, cell["basis"], cell["indicator"]))
        assert {(phase.id, "own", row.indicator) for row in phase.own.province} <= seen
        losers = {cell["loser"] for cell in page.data if cell.get("phase") == phase.id and "loser" in cell}
        assert losers == {office.id for office in phase.loses}
        moved = {cell["officer"] for cell in page.data if cell.get("phase") == phase.id and "officer" in cell}
        assert moved == {move.officer for move in phase.moves}


def test_the_summary_counts_as_the_tables_do(study: StudyData) -> None:
    """Overload, lost share and overloaded half hours are the plain sums of the tables, worked out a second way."""
    for played, phase in zip(study.phases, summarize(study).phases, strict=True):
        tables = played.planned
        lost = sum(tables.column(name).sum(axis=1) for name in ("left", "balked", "sent_away"))
        by_hand = {
            "overload_min_per_day": tables.column("overload").sum(axis=1) / 60_000 / tables.days,
            "lost_share": lost / tables.column("tickets").sum(axis=1),
            "overloaded_half_hours_per_day": tables.half_hour[:, :, :, 2].sum(axis=(1, 2)) / tables.days,
        }
        for indicator, values in by_hand.items():
            assert phase.own.of(indicator).after.mean == pytest.approx(values.mean(), rel=1e-12)
        assert phase.heat_planned.sum() == pytest.approx(by_hand["overloaded_half_hours_per_day"].mean())
        by_office = tables.half_hour[:, :, :, 2].sum(axis=2).mean(axis=0) / tables.days
        for row, office in zip(phase.heat_planned, phase.offices, strict=True):
            assert row.sum() == pytest.approx(by_office[tables.office_ids.index(office.id)])


def test_the_same_study_gives_the_same_bytes(study: StudyData, written: Path, tmp_path: Path) -> None:
    """Writing a report twice gives equal files, figures included."""
    first, second = written.parent, tmp_path / "second"
    write_report(study, second)
    names = sorted(path.relative_to(first) for path in first.rglob("*") if path.is_file())
    assert len(names) == 1 + 2 * len(charts.drawings(summarize(study)))
    for name in names:
        assert (first / name).read_bytes() == (second / name).read_bytes(), name


def test_names_are_text_and_never_markup(study: StudyData, tmp_path: Path) -> None:
    """A hostile name stands in the page as it is read, and makes no element and no attribute."""
    scenario, planned = renamed(study.scenario, HOSTILE), renamed(study.planned_scenario, HOSTILE)
    text = write_report(replace(study, scenario=scenario, planned_scenario=planned), tmp_path).read_text("utf-8")
    page = Page(text)
    assert not {"script", "img", "iframe", "object", "link"} & set(page.tags)
    assert not [name for name in page.attributes if name.startswith("on")]
    assert "&lt;script&gt;" in text
    assert "{{ 7*7 }}" in text


def test_the_page_asks_nothing_of_the_network(written: Path) -> None:
    """No address of another place stands in the page or in its figures, but the name of the SVG language in files."""
    assert not re.findall(r"https?:|//\w|@import|url\((?!#)", written.read_text("utf-8"))
    for figure in (written.parent / "figures").iterdir():
        addresses = set(re.findall(r"https?://[^\"'\s<]+", figure.read_text("utf-8")))
        assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}, figure.name


def test_outlines_that_come_back_stand_once(written: Path) -> None:
    """Maps in both languages share their borders; whatever is referred to stands on the page."""
    page = written.read_text("utf-8")
    outlines = [shape for shape in re.findall(r'<path[^>]* d="([^"]*)"', page) if len(shape) >= 60]
    assert len(outlines) == len(set(outlines))
    assert set(re.findall(r'href="#([^"]*)"', page)) <= set(Page(page).ids)
    assert page.count('href="#shape-') >= 2 * page.count('<path id="shape-') > 0


def test_ids_are_unique_and_both_languages_are_inside(study: StudyData, written: Path, tmp_path: Path) -> None:
    """Every id occurs once, and a choice of language shows first without losing the other."""
    vietnamese = written.read_text("utf-8")
    english = write_report(study, tmp_path / "en", lang="en").read_text("utf-8")
    page = Page(vietnamese)
    assert len(page.ids) == len(set(page.ids))
    for text in (vietnamese, english):
        assert catalogue()["paper.asked"].vi in text
        assert catalogue()["paper.asked"].en in text
    assert 'id="pick-vi" checked' in vietnamese
    assert 'id="pick-en" checked' in english


def test_grounds_and_values_stand_in_both_languages(study: StudyData, tmp_path: Path) -> None:
    """Where only one language was written it stands in both; numbers, days and hours are in the form of the language."""
    told = (
        ("units", "area_km2", "u1", "kept <short>", "ngắn gọn"),
        ("hours", "open", "*", "", "chỉ tiếng Việt"),
        ("demand", "weekday_factors", "*", "English only", ""),
        ("hours", "lunch_halves", "standard", "both", "cả hai"),
    )
    sources = tuple(
        Source(table=table, column=column, rows=rows, basis="assumed", source=source, source_vi=source_vi)
        for table, column, rows, source, source_vi in told
    )
    scenario = study.scenario.model_copy(update={"sources": sources})
    rows = {lang: assumption_rows(summarize(replace(study, scenario=scenario)), lang) for lang in LANGUAGES}
    assert [row[4] for row in rows["vi"]] == ["ngắn gọn", "chỉ tiếng Việt", "English only", "cả hai"]
    assert [row[4] for row in rows["en"]] == ["kept <short>", "chỉ tiếng Việt", "English only", "both"]
    area = scenario.units[0].area_km2
    assert [rows[lang][0][3] for lang in ("en", "vi")] == [f"{area:g}", f"{area:g}".replace(".", ",")]
    assert "," in rows["vi"][2][3] and "." not in rows["vi"][2][3]
    assert [rows[lang][3][3] for lang in ("en", "vi")] == ["no", "không"]
    text = write_report(replace(study, scenario=scenario), tmp_path).read_text("utf-8")
    assert '<span class="vi" lang="vi">ngắn gọn</span><span class="en" lang="en">kept &lt;short&gt;</span>' in text


def test_rows_with_one_ground_are_told_once(study: StudyData) -> None:
    """However many lines of the sources they fill; the first few by name, then their number and the range of their values."""
    officers = study.scenario.officers
    assert len(officers) > ROWS_NAMED
    sources = tuple(
        Source(table="officers", column="counter_share", rows=officer.id, basis="assumed", source="guessed")
        for officer in officers
    )
    summary = summarize(replace(study, scenario=study.scenario.model_copy(update={"sources": sources})))
    ((_, _, rows, value, why),) = assumption_rows(summary, "en")
    assert rows.startswith(f"{officers[0].name}; ") and rows.endswith(f"({len(officers)} rows)")
    shares = {officer.counter_share for officer in officers}
    assert value == " … ".join(f"{share:g}" for share in sorted({min(shares), max(shares)}))
    assert why == "guessed"


def test_the_notice_stands_in_every_section(study: StudyData, tmp_path: Path) -> None:
    """A scenario's notice opens every section and runs along every printed page."""
    notice = {"notice_vi": "Cán bộ là dữ liệu tổng hợp", "notice_en": "Officers are synthetic"}
    marked = replace(study, scenario=study.scenario.model_copy(update=notice))
    text = write_report(marked, tmp_path).read_text("utf-8")
    assert text.count("Officers are synthetic") == len(study.phases) + 6


@pytest.mark.parametrize("lang", LANGUAGES)
def test_figures_draw_without_warning_for_long_names_without_a_map(study: StudyData, lang: Lang) -> None:
    """Long Vietnamese names, one replication's worth of width or none, and no map: nothing warns, nothing is cut off."""
    names = tuple(LONG.format(n) for n in range(5))
    summary = summarize(
        replace(study, scenario=renamed(study.scenario, names), planned_scenario=renamed(study.planned_scenario, names))
    )
    phase = summary.phases[0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for figure in (
            charts.heat_figure(phase, lang),
            charts.waits_figure(summary, phase, lang),
            charts.overload_maps_figure(summary, phase, lang),
            charts.moves_figure(summary, phase, lang),
            charts.phases_figure(summary, lang),
        ):
            assert charts.svg(figure, "x").startswith("<svg")


def test_a_study_of_one_replication_without_a_plan_still_reports(study: StudyData, tmp_path: Path) -> None:
    """No intervals, no moves, no reference days, an infeasible plan: the page says so and nothing breaks."""
    lone = invented_study(study.scenario, a_reason(), moves=0, replications=1)
    phases = tuple(
        replace(
            phase,
            reference_as_is=None,
            reference_planned=None,
        )
        for phase in lone.phases
    )
    nothing = replace(lone.outcome, status="infeasible", gap=None)
    text = write_report(replace(lone, phases=phases, outcome=nothing), tmp_path).read_text("utf-8")
    assert catalogue()["headline.no_plan"].vi in text
    assert catalogue()["report.no_moves"].en in text
    assert catalogue()["basis.reference"].en not in text


def test_a_round_by_a_rule_of_thumb_says_so(study: StudyData, tmp_path: Path) -> None:
    """Every rule has its name in both languages; a round of the program has none."""
    count = len(study.phases)
    rounds = tuple(Round(1, (2,) * count, (5.0,) * count, (Interval(5, 4, 6),) * count, 9.0, True, rule) for rule in ("", *RULES))
    text = write_report(replace(study, rounds=rounds), tmp_path).read_text("utf-8")
    for rule in RULES:
        for lang in LANGUAGES:
            assert text.count(catalogue()[f"rule_of_thumb.{rule}"].text(lang)) == count


def test_only_the_plan_kept_is_held_against_an_interval(study: StudyData, tmp_path: Path) -> None:
    """Other rounds tell what they come to for the citizens who teach the curves, and of no agreement."""
    count, found = len(study.phases), Interval(70_125, 60_125, 80_125)
    tried = Round(1, (2,) * count, (5.0,) * count, (found,) * count, 9.0, None)
    kept = replace(tried, agrees=False, rule=KEPT)
    text = write_report(replace(study, rounds=(tried, kept)), tmp_path).read_text("utf-8")
    for shown in ("70,125", "60,125", "80,125"):
        assert text.count(shown) == count


def test_a_map_that_is_none_is_refused(tmp_path: Path) -> None:
    """Outlines come as polygons with the id of a unit; anything else is named."""
    path = tmp_path / "map.geojson"
    for wrong in (
        "{",
        "[]",
        '{"features": [{"properties": {}}]}',
        '{"features": [{"geometry": {"type": "Point", "coordinates": []}}]}',
    ):
        path.write_text(wrong)
        with pytest.raises(ValueError, match=r"map\.geojson"):
            read_unit_map(path)
    square = [[[106.0, 11.0], [106.1, 11.0], [106.1, 11.1], [106.0, 11.0]]]
    feature = {"properties": {"id": "u1"}, "geometry": {"type": "Polygon", "coordinates": square}}
    path.write_text(json.dumps({"features": [feature]}))
    assert [unit for unit, _ in read_unit_map(path).rings] == ["u1"]


def test_a_long_name_keeps_its_end() -> None:
    """What is cut is the middle; the end, which tells offices apart, stays; no result is longer than asked."""
    name = LONG.format(7)
    assert charts.short(name, 34).endswith("mở rộng")
    assert all(len(charts.short(name, width)) <= width for width in range(8, 120))
    assert charts.short("Ngắn", 34) == "Ngắn"
