"""Reading scenarios: every kind of fault is found in one pass, with file, row, column and code."""

import io
import random
import tomllib
import unicodedata
import zipfile
from collections.abc import Callable
from datetime import date, time
from pathlib import Path

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from small_scenario import TABLES, TOML, TOML_NEEDED, add_row, replace_text, set_cell, write_small

from results.wording import LANGUAGES, problem_sentence
from scenarios import (
    Problem,
    ScenarioError,
    bundled,
    check_scenario,
    examine_scenario,
    load_scenario,
    scenario_digest,
    write_scenario,
)
from scenarios.cells import nearest
from scenarios.problems import CODES
from scenarios.schema import OPTIONAL_SECTIONS, REQUIRED_TABLES, Papers, Results
from scenarios.schema import TABLES as SCHEMA_TABLES

Place = tuple[str, int, str, str]
WORDING = tomllib.loads((Path(__file__).parents[1] / "results" / "wording_problems.toml").read_text(encoding="utf-8"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_small(tmp_path / "Kịch bản nhỏ")


def places(problems: tuple[Problem, ...]) -> set[Place]:
    return {(problem.file, problem.row, problem.column, problem.code) for problem in problems}


def problems_of(source: Path | str) -> tuple[Problem, ...]:
    scenario, problems = examine_scenario(source)
    assert (scenario is None) == any(problem.severity == "error" for problem in problems)
    for problem in problems:
        assert "\n" not in problem.found
        assert len(problem.found) <= 60
        assert all("{" not in problem_sentence(problem, language) for language in LANGUAGES)
    return problems


def test_the_small_scenario_has_no_problem(folder: Path) -> None:
    """The unbroken scenario of these tests loads without a warning."""
    assert problems_of(folder) == ()


def test_every_code_has_a_sentence_in_both_languages() -> None:
    """Codes of the catalogue and sentences are the same set."""
    assert {*CODES, "GROUPED"} == set(WORDING)
    assert all(set(sentences) == {"vi", "en"} for sentences in WORDING.values())


# One cell: table, row, column, what is written there, code
CELLS = [
    ("units", 2, "lat", "10,98", "E-NUM-002"),
    ("units", 2, "population", "1.234,5", "E-NUM-002"),
    ("units", 2, "lat", "abc", "E-NUM-001"),
    ("fields", 2, "service_min", "12 phút", "E-NUM-006"),
    ("fields", 2, "service_min", "12%", "E-NUM-006"),
    ("fields", 3, "service_min", "1e400", "E-NUM-003"),
    ("fields", 3, "service_min", "inf", "E-NUM-003"),
    ("fields", 3, "service_min", "-inf", "E-NUM-003"),
    ("fields", 3, "service_min", "NaN", "E-NUM-003"),
    ("fields", 3, "service_min", "#DIV/0!", "E-NUM-003"),
    ("units", 3, "population", "1_000", "E-NUM-007"),
    ("units", 3, "population", "٣", "E-NUM-007"),
    ("units", 3, "population", "３０００", "E-NUM-007"),
    ("offices", 2, "counters", "TRUE", "E-NUM-001"),
    ("offices", 2, "counters", "-2", "E-NUM-005"),
    ("offices", 2, "counters", "2.5", "E-NUM-004"),
    ("offices", 2, "counters", "9" * 5000, "E-VAL-004"),
    ("offices", 2, "counters", "", "E-VAL-001"),
    ("units", 2, "population", "1000000001", "E-NUM-005"),
    ("units", 5, "area_km2", "0", "E-NUM-005"),
    ("units", 2, "lat", "106.65", "E-NUM-005"),
    ("fields", 2, "service_min", "0", "E-NUM-005"),
    ("fields", 2, "service_cv", "-0.5", "E-NUM-005"),
    ("fields", 2, "demand_per_1000_month", "-1", "E-NUM-005"),
    ("fields", 2, "online_self_share", "1.3", "E-NUM-005"),
    ("officers", 4, "counter_share", "0", "E-NUM-005"),
    ("officers", 4, "employer", "expo", "E-VAL-002"),
    ("officers", 4, "employer", "__import__('os')", "E-VAL-002"),
    ("officers", 4, "movable", "maybe", "E-VAL-003"),
    ("units", 2, "id", "", "E-VAL-001"),
    ("units", 2, "id", "   ", "E-VAL-001"),
    ("units", 2, "id", "../u1", "E-ID-001"),
    ("units", 2, "id", "đơn_vị", "E-ID-001"),
    ("units", 2, "id", "u" * 65, "E-ID-002"),
    ("units", 2, "name", "Phú\u200bCường", "E-ENC-005"),
    ("units", 2, "name", "Phú\u202eCường", "E-ENC-005"),
    ("units", 2, "name", "Phú\x1b[31mCường", "E-ENC-005"),
    ("units", 2, "name", "Phú\nCường", "E-ENC-005"),
    ("units", 2, "name", "Thá»§ Dáº§u Má»™t", "E-ENC-004"),
    ("units", 2, "name", "a" * 201, "E-VAL-004"),
    ("units", 2, "name", "", "E-VAL-001"),
    ("closures", 2, "start", "30/02/2025", "E-DATE-002"),
    ("closures", 2, "start", "2025-02-30", "E-DATE-002"),
    ("closures", 2, "start", "01/02/2025", "E-DATE-003"),
    ("closures", 2, "start", "25/01/2025", "E-DATE-001"),
    ("closures", 2, "start", "Tết", "E-DATE-001"),
    ("closures", 2, "start", "2025-01-25T00:00:00+07:00", "E-DATE-005"),
    ("closures", 2, "start", "25/01/25", "E-DATE-004"),
    ("closures", 2, "start", "2568-01-25", "E-DATE-004"),
    ("closures", 2, "start", "0000-01-25", "E-DATE-004"),
    ("hours", 2, "open", "7h30", "E-TIME-001"),
    ("hours", 2, "open", "7:30 SA", "E-TIME-001"),
    ("hours", 2, "close", "25:00", "E-TIME-002"),
    ("hours", 2, "close", "07:75", "E-TIME-002"),
    ("hours", 2, "close", "24:00", "E-TIME-002"),
    ("rosters", 2, "weekday", "8", "E-NUM-005"),
    ("targets", 2, "sense", "at least", "E-VAL-002"),
    ("phases", 2, "moves_within", "distrct", "E-VAL-002"),
    ("offers", 2, "office", "", "E-VAL-001"),
    ("hours", 2, "lunch_halves", "half", "E-VAL-003"),
    ("offices", 2, "scanners", "-1", "E-NUM-005"),
    ("fields", 2, "dossiers_per_visit", "0.5", "E-NUM-005"),
    ("fields", 2, "agent_dossiers", "17", "E-NUM-005"),
    ("fields", 2, "lead_days", "-1", "E-NUM-005"),
    ("fields", 2, "collect_share", "1,5", "E-NUM-002"),
    ("officers", 2, "shift", "night", "E-VAL-002"),
    ("phases", 2, "informed_share", "30%", "E-NUM-006"),
    ("office_changes", 2, "move_days", "1.5", "E-NUM-004"),
    ("systems", 2, "scope", "district", "E-VAL-002"),
    ("systems", 2, "manual_pace", "10001", "E-NUM-005"),
    ("outages", 2, "from_time", "8h", "E-TIME-001"),
    ("outages", 2, "start", "10/3/2025", "E-DATE-003"),
    ("outages", 2, "place", "", "E-VAL-001"),
    ("office_closures", 2, "end", "2025-02-29", "E-DATE-002"),
    ("absence_waves", 2, "share", "1.1", "E-NUM-005"),
    ("pools", 2, "look_min", "0", "E-NUM-005"),
    ("back_offices", 2, "level", "unit", "E-VAL-002"),
    ("back_offices", 2, "minutes_per_day", "-1", "E-NUM-005"),
    ("slots", 2, "slot_min", "4", "E-NUM-005"),
    ("slots", 2, "places", "0", "E-NUM-005"),
]


@pytest.mark.parametrize(("table", "row", "column", "value", "code"), CELLS)
def test_a_wrong_cell_is_told_with_its_place(folder: Path, table: str, row: int, column: str, value: str, code: str) -> None:
    """One wrong cell gives exactly that error, at that cell."""
    set_cell(folder, table, row, column, value)
    errors = {place for place in places(problems_of(folder)) if place[3].startswith("E-")}
    if column == "id":  # who names the row by its old id is told, too
        errors -= {place for place in errors if place[3] == "E-REF-001"}
    assert errors == {(f"{table}.csv", row, column, code)}


def _write(folder: Path, file: str, data: bytes) -> None:
    (folder / file).write_bytes(data)


def _lines(folder: Path, file: str, change: Callable[[list[str]], None]) -> None:
    lines = (folder / file).read_text(encoding="utf-8").split("\n")
    change(lines)
    (folder / file).write_text("\n".join(lines), encoding="utf-8")


def _folder_instead(path: Path) -> None:
    path.unlink()
    path.mkdir()


FILES: list[tuple[str, Callable[[Path], object], Place]] = [
    ("unclosed quote", lambda f: replace_text(f, "units.csv", "Hiệp", '"Hiệp'), ("units.csv", 3, "", "E-CSV-001")),
    ("too many cells", lambda f: replace_text(f, "units.csv", "u2,", "u2,,"), ("units.csv", 3, "", "E-CSV-002")),
    ("too few cells", lambda f: replace_text(f, "units.csv", "ward,", ""), ("units.csv", 2, "", "E-CSV-002")),
    ("mixed separators", lambda f: replace_text(f, "origins.csv", "u4,u3,0.2", "u4;u3;0.2"), ("origins.csv", 3, "", "E-CSV-003")),
    ("title line", lambda f: _lines(f, "units.csv", lambda t: t.insert(0, "Danh sách,,,,,,,,")), ("units.csv", 1, "", "E-CSV-004")),
    ("header repeated", lambda f: _lines(f, "units.csv", lambda t: t.insert(3, t[0])), ("units.csv", 4, "", "E-CSV-005")),
    ("totals row", lambda f: add_row(f, "units", "Tổng cộng,,,,110000,,,,"), ("units.csv", 6, "", "E-CSV-006")),
    ("blank row", lambda f: _lines(f, "units.csv", lambda t: t.insert(2, ",,,,,,,,")), ("units.csv", 3, "", "W-CSV-007")),
    ("header misspelt", lambda f: replace_text(f, "units.csv", "population", "popluation"),
     ("units.csv", 1, "popluation", "E-COL-003")),
    ("header that others hold", lambda f: replace_text(f, "offices.csv", ",counters,", ",counter,"),
     ("offices.csv", 1, "counter", "E-COL-003")),
    ("header in capitals", lambda f: replace_text(f, "units.csv", ",lat,", ",Lat,"), ("units.csv", 1, "Lat", "E-COL-003")),
    ("column missing", lambda f: replace_text(f, "units.csv", "area_km2", "district"), ("units.csv", 1, "area_km2", "E-COL-002")),
    ("column twice", lambda f: replace_text(f, "units.csv", "demand_factor", "lat"), ("units.csv", 1, "lat", "E-COL-001")),
    ("unknown column", lambda f: replace_text(f, "units.csv", "demand_factor", "ghi_chú"), ("units.csv", 1, "ghi_chú", "E-COL-003")),
    ("nameless column", lambda f: replace_text(f, "offers.csv", "office,", ","), ("offers.csv", 1, "", "E-COL-004")),
    ("empty file", lambda f: _write(f, "units.csv", b""), ("units.csv", 0, "", "E-FILE-004")),
    ("blanks only", lambda f: _write(f, "units.csv", b"\n \n,,\n"), ("units.csv", 0, "", "E-FILE-004")),
    ("header only", lambda f: _lines(f, "units.csv", lambda t: t.__delitem__(slice(1, None))), ("units.csv", 0, "", "E-FILE-005")),
    ("file missing", lambda f: (f / "units.csv").unlink(), ("units.csv", 0, "", "E-FILE-002")),
    ("settings missing", lambda f: (f / "scenario.toml").unlink(), ("scenario.toml", 0, "", "E-FILE-002")),
    ("folder as file", lambda f: _folder_instead(f / "units.csv"), ("units.csv", 0, "", "E-FILE-013")),
    ("html", lambda f: _write(f, "units.csv", b"<!DOCTYPE html><html></html>"), ("units.csv", 0, "", "E-FILE-006")),
    ("pdf", lambda f: _write(f, "units.csv", b"%PDF-1.7"), ("units.csv", 0, "", "E-FILE-006")),
    ("image", lambda f: _write(f, "units.csv", b"\x89PNG\r\n\x1a\n"), ("units.csv", 0, "", "E-FILE-006")),
    ("LFS pointer", lambda f: _write(f, "units.csv", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n"),
     ("units.csv", 0, "", "E-FILE-006")),
    ("workbook renamed", lambda f: _write(f, "units.csv", b"PK\x03\x04zip"), ("units.csv", 0, "", "E-FILE-006")),
    ("both forms", lambda f: _write(f, "units.xlsx", b"PK"), ("units.csv", 0, "", "E-FILE-008")),
    ("file name misspelt", lambda f: (f / "closures.csv").rename(f / "closure.csv"), ("closure.csv", 0, "", "E-FILE-009")),
    ("other file", lambda f: _write(f, "ghi chú.csv", b"a,b\n"), ("ghi chú.csv", 0, "", "W-FILE-011")),
    ("files exchanged", lambda f: _write(f, "units.csv", TABLES["offices"].encode()), ("units.csv", 1, "", "E-FILE-010")),
    ("cp1258", lambda f: _write(f, "districts.csv", b"id,name\nd1,X\nd2,B\xean\n"),
     ("districts.csv", 3, "", "E-ENC-001")),
    ("UTF-16", lambda f: _write(f, "units.csv", TABLES["units"].encode("utf-16")), ("units.csv", 0, "", "E-ENC-002")),
    ("UTF-16 without BOM", lambda f: _write(f, "units.csv", TABLES["units"].encode("utf-16-le")), ("units.csv", 0, "", "E-ENC-002")),
    ("NUL", lambda f: _write(f, "units.csv", TABLES["units"].encode().replace(b"u3", b"u3\0")), ("units.csv", 4, "", "E-ENC-003")),
    ("TOML syntax", lambda f: replace_text(f, "scenario.toml", "scale = 1.0", "scale = "), ("scenario.toml", 11, "", "E-TOML-001")),
    ("TOML never closed", lambda f: replace_text(f, "scenario.toml", "5000.0", "[5000.0"), ("scenario.toml", 50, "", "E-TOML-001")),
    ("TOML key twice", lambda f: replace_text(f, "scenario.toml", "scale = 1.0", "scale = 1.0\nscale = 2.0"),
     ("scenario.toml", 12, "", "E-TOML-002")),
    ("key misspelt", lambda f: replace_text(f, "scenario.toml", "warmup_days", "warmup_day"),
     ("scenario.toml", 72, "indicators.warmup_day", "E-TOML-003")),
    ("key missing", lambda f: replace_text(f, "scenario.toml", "warmup_days", "warmup_day"),
     ("scenario.toml", 60, "indicators.warmup_days", "E-TOML-005")),
    ("section misspelt", lambda f: replace_text(f, "scenario.toml", "[queue]", "[queues]"), ("scenario.toml", 21, "queues", "E-TOML-003")),
    ("section missing", lambda f: replace_text(f, "scenario.toml", "[queue]", "[queues]"), ("scenario.toml", 0, "queue", "E-TOML-004")),
    ("number as text", lambda f: replace_text(f, "scenario.toml", "scale = 1.0", 'scale = "1.0"'),
     ("scenario.toml", 11, "demand.scale", "E-TOML-006")),
    ("truth as number", lambda f: replace_text(f, "scenario.toml", "scale = 1.0", "scale = true"),
     ("scenario.toml", 11, "demand.scale", "E-TOML-006")),
    ("number not finite", lambda f: replace_text(f, "scenario.toml", "scale = 1.0", "scale = nan"),
     ("scenario.toml", 11, "demand.scale", "E-NUM-003")),
    ("number negative", lambda f: replace_text(f, "scenario.toml", "scale = 1.0", "scale = -1.0"),
     ("scenario.toml", 11, "demand.scale", "E-NUM-005")),
    ("count with fraction", lambda f: replace_text(f, "scenario.toml", "warmup_days = 5", "warmup_days = 5.5"),
     ("scenario.toml", 72, "indicators.warmup_days", "E-NUM-004")),
    ("six weekdays", lambda f: replace_text(f, "scenario.toml", "0.9, 0.0, 0.0]", "0.9, 0.0]"),
     ("scenario.toml", 12, "demand.weekday_factors", "E-VAL-008")),
    ("newer version", lambda f: replace_text(f, "scenario.toml", "schema_version = 1", "schema_version = 2"),
     ("scenario.toml", 1, "schema_version", "E-TOML-007")),
    ("unknown number format", lambda f: replace_text(f, "scenario.toml", '"en"', '"fr"'),
     ("scenario.toml", 7, "number_format", "E-VAL-002")),
    ("optional key misspelt", lambda f: replace_text(f, "scenario.toml", "mend_share", "mended_share"),
     ("scenario.toml", 76, "papers.mended_share", "E-TOML-003")),
    ("optional key out of bounds", lambda f: replace_text(f, "scenario.toml", "no_show_share = 0.1", "no_show_share = 1.1"),
     ("scenario.toml", 92, "booking.no_show_share", "E-NUM-005")),
    ("optional section misspelt", lambda f: replace_text(f, "scenario.toml", "[booking]", "[bookings]"),
     ("scenario.toml", 91, "bookings", "E-TOML-003")),
    ("optional table misspelt", lambda f: (f / "back_offices.csv").rename(f / "back_office.csv"),
     ("back_office.csv", 0, "", "E-FILE-009")),
    ("id missing", lambda f: replace_text(f, "scenario.toml", 'id = "small"', 'id = ""'), ("scenario.toml", 2, "id", "E-TOML-005")),
]  # fmt: skip


@pytest.mark.parametrize(("change", "place"), [case[1:] for case in FILES], ids=[case[0] for case in FILES])
def test_a_wrong_file_is_told_with_its_place(folder: Path, change: Callable[[Path], object], place: Place) -> None:
    """A fault of form is found at its row; no other error comes in its wake but of the same file."""
    change(folder)
    found = places(problems_of(folder))
    assert place in found
    assert {file for file, _, _, code in found if code.startswith("E-")} <= {place[0]}


def test_near_words_are_proposed(folder: Path) -> None:
    """Headers, keys, choices and ids misspelt come back with the right word."""
    replace_text(folder, "units.csv", "population", "popluation")
    replace_text(folder, "scenario.toml", "warmup_days", "warmupdays")
    set_cell(folder, "phases", 2, "moves_within", "distrct")
    set_cell(folder, "offices", 3, "unit", "Phu_Cuong")
    proposals = {problem.code: problem.expected for problem in problems_of(folder)}
    assert proposals["E-COL-003"] == "population"
    assert proposals["E-TOML-003"] == "warmup_days"
    assert proposals["E-VAL-002"] == "district"
    assert proposals["E-REF-001"] == "u1"


def test_one_pass_finds_every_planted_fault(folder: Path) -> None:
    """Twenty-five faults in twelve files are all told at once, each at its place."""
    cells = [
        ("districts", 2, "name", "", "E-VAL-001"),
        ("units", 2, "population", "-5", "E-NUM-005"),
        ("units", 3, "lat", "abc", "E-NUM-001"),
        ("units", 4, "kind", "wards", "E-VAL-002"),
        ("units", 5, "district", "d9", "E-REF-001"),
        ("hours", 2, "last_ticket", "18:00", "E-ORDER-001"),
        ("offices", 3, "counters", "2.5", "E-NUM-004"),
        ("offices", 4, "hours", "standrad", "E-REF-001"),
        ("fields", 2, "service_min", "0", "E-NUM-005"),
        ("fields", 3, "postal_share", "12 %", "E-NUM-006"),
        ("fields", 4, "arrival_profile", "offices", "E-REF-001"),
        ("officers", 2, "movable", "1", "E-VAL-003"),
        ("officers", 3, "fields", "land:100", "E-SKILL-001"),
        ("officers", 4, "home", "o9", "E-REF-001"),
        ("officers", 5, "counter_share", "1.5", "E-NUM-005"),
        ("rosters", 3, "start", "11:00", "E-WINDOW-002"),
        ("volunteers", 2, "end", "2025-02-01", "E-ORDER-002"),
        ("office_changes", 2, "into", "o4", "E-MERGE-001"),
        ("closures", 2, "start", "30/02/2025", "E-DATE-002"),
        ("demand_changes", 3, "field", "lnd", "E-REF-001"),
        ("targets", 2, "indicator", "wait_mean", "E-REF-002"),
        ("assignments", 2, "officer", "w66", "E-REF-001"),
    ]
    for table, row, column, value, _ in cells:
        set_cell(folder, table, row, column, value)
    replace_text(folder, "scenario.toml", "scale = 1.0", "scale = -1.0")
    replace_text(folder, "scenario.toml", "reach_min", "reach")
    add_row(folder, "units", "u1,Again,ward,d1,1,1,11,106.6,1")
    expected = {(f"{table}.csv", row, column, code) for table, row, column, _, code in cells}
    expected |= {
        ("scenario.toml", 11, "demand.scale", "E-NUM-005"),
        ("scenario.toml", 33, "choice.reach", "E-TOML-003"),
        ("scenario.toml", 29, "choice.reach_min", "E-TOML-005"),
    }
    with pytest.raises(ScenarioError) as error:
        load_scenario(folder)
    assert expected <= places(error.value.problems)
    assert list(error.value.problems) == sorted(error.value.problems)
    assert {place for place in places(error.value.problems) if place[3].startswith("E-")} - expected <= {
        ("units.csv", 6, "id", "E-KEY-001")
    }


def test_many_faults_of_one_kind_become_one(folder: Path) -> None:
    """Five hundred unknown fields in one column are one problem with count and first rows."""
    for index in range(500):
        add_row(folder, "offers", f"*,c1,fld{index}")
    (problem,) = problems_of(folder)
    assert (problem.code, problem.row, dict(problem.values)["count"]) == ("E-REF-001", 5, "500")
    assert dict(problem.values)["rows"] == "5, 6, 7, 8, 9, …"


def _rewrite(folder: Path, change: Callable[[str], bytes]) -> None:
    for path in folder.glob("*.csv"):
        path.write_bytes(change(path.read_text(encoding="utf-8")))


BENIGN: dict[str, Callable[[str], bytes]] = {
    "BOM": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "semicolons": lambda text: text.replace(",", ";").encode(),
    "tabs": lambda text: text.replace(",", "\t").encode(),
    "CRLF": lambda text: text.replace("\n", "\r\n").encode(),
    "NFD": lambda text: unicodedata.normalize("NFD", text).encode(),
    "blank rows at the end": lambda text: (text + "\n\n,,\n").encode(),
    "spaces around cells": lambda text: text.replace(",", " , ").encode(),
    "all quoted": lambda text: "\n".join(",".join(f'"{c}"' for c in row.split(",")) for row in text.strip().split("\n")).encode(),
    "rows reversed": lambda text: "\n".join([text.strip().split("\n")[0], *text.strip().split("\n")[:0:-1]]).encode(),
}


@pytest.mark.parametrize("change", BENIGN.values(), ids=BENIGN.keys())
def test_form_does_not_change_the_digest(folder: Path, tmp_path: Path, change: Callable[[str], bytes]) -> None:
    """Marks, separators, line ends, composition of letters, quotes and order of rows mean nothing."""
    other = write_small(tmp_path / "other")
    _rewrite(other, change)
    assert scenario_digest(load_scenario(other)) == scenario_digest(load_scenario(folder))


def test_a_value_changes_the_digest(folder: Path, tmp_path: Path) -> None:
    """One more citizen is another scenario."""
    other = write_small(tmp_path / "other")
    set_cell(other, "units", 2, "population", "30001")
    assert scenario_digest(load_scenario(other)) != scenario_digest(load_scenario(folder))


def test_vietnamese_numbers_are_read_when_declared(folder: Path) -> None:
    """Under number_format vi a comma is decimal, points separate thousands and are told."""
    plain = scenario_digest(load_scenario(folder))
    replace_text(folder, "scenario.toml", 'number_format = "en"', 'number_format = "vi"')
    _rewrite(folder, lambda text: text.replace(",", ";").encode())
    for table, kind in SCHEMA_TABLES.items():
        numbers = {name for name, info in kind.model_fields.items() if info.annotation is float}
        rows = [line.split(";") for line in (folder / f"{table}.csv").read_text(encoding="utf-8").strip().split("\n")]
        body = [
            [cell.replace(".", ",") if name in numbers else cell for name, cell in zip(rows[0], row, strict=False)]
            for row in rows[1:]
        ]
        (folder / f"{table}.csv").write_text("\n".join(map(";".join, [rows[0], *body])), encoding="utf-8")
    assert scenario_digest(load_scenario(folder)) == plain
    replace_text(folder, "units.csv", "30000", "30.000")
    scenario, (warning,) = examine_scenario(folder)
    assert scenario is not None
    assert scenario_digest(scenario) == plain
    assert (warning.code, warning.row, warning.expected) == ("W-NUM-009", 2, "30000")
    replace_text(folder, "units.csv", "30.000", "30,000.5")
    replace_text(folder, "units.csv", "25000", "25.00")
    assert places(problems_of(folder)) == {
        ("units.csv", 2, "population", "E-NUM-008"),
        ("units.csv", 3, "population", "E-NUM-008"),
    }


def test_accepted_oddities(folder: Path) -> None:
    """Whole numbers as 3.0, ids with leading zeros or like NA, names like formulas or markup stay what they are."""
    set_cell(folder, "offices", 3, "counters", "3.0")
    for path in folder.glob("*.csv"):
        path.write_text(path.read_text(encoding="utf-8").replace("d1", "007").replace("d2", "NA"), encoding="utf-8")
    set_cell(folder, "units", 2, "name", "=1+1")
    set_cell(folder, "units", 3, "name", "<script>alert(1)</script>")
    scenario = load_scenario(folder)
    assert scenario.offices[1].counters == 3
    assert [district.id for district in scenario.districts] == ["007", "NA"]
    assert [unit.name for unit in scenario.units][:2] == ["=1+1", "<script>alert(1)</script>"]


def test_writing_and_reading_give_the_same_scenario(folder: Path, tmp_path: Path) -> None:
    """A scenario written to a folder and read again is equal; a folder in use is never written over."""
    scenario = load_scenario(folder)
    write_scenario(scenario, tmp_path / "copy")
    assert load_scenario(tmp_path / "copy") == scenario
    assert check_scenario(scenario) == ()
    with pytest.raises(FileExistsError):
        write_scenario(scenario, tmp_path / "copy")


def test_every_table_and_section_survives_writing(folder: Path, tmp_path: Path) -> None:
    """The small scenario has rows in every table and no setting of an optional section at its default, and keeps them all."""
    scenario = load_scenario(folder)
    assert all(getattr(scenario, table) for table in SCHEMA_TABLES)
    for section in OPTIONAL_SECTIONS:
        written = getattr(scenario, section)
        assert all(getattr(written, name) != info.default for name, info in type(written).model_fields.items())
    write_scenario(scenario, tmp_path / "copy")
    again = load_scenario(tmp_path / "copy")
    assert again == scenario
    assert again.rosters[2].office == "o2"
    assert again.outages[0].from_time == time(8)
    assert (again.officers[10].shift, again.officers[11].pool) == ("morning", "float")
    assert again.interruptions.portal == "portal"


def test_what_is_optional_may_be_left_out(folder: Path) -> None:
    """Without the optional tables, columns and sections a scenario loads in silence, and they have their defaults."""
    (folder / "scenario.toml").write_text(TOML_NEEDED, encoding="utf-8")
    _keep_columns(folder, "fields", lambda name: SCHEMA_TABLES["fields"].model_fields[name].is_required())
    _keep_columns(folder, "officers", lambda name: name not in ("shift", "pool"))
    add = folder / "officers.csv"
    add.write_text("".join(add.read_text(encoding="utf-8").splitlines(keepends=True)[:-1]), encoding="utf-8")
    for table in SCHEMA_TABLES:
        if table not in REQUIRED_TABLES:
            (folder / f"{table}.csv").unlink()
    assert problems_of(folder) == ()
    scenario = load_scenario(folder)
    assert scenario.papers == Papers()
    assert scenario.results == Results()
    assert scenario.booking.no_show_share == 0.0
    assert scenario.interruptions.portal == ""
    assert (scenario.systems, scenario.pools, scenario.slots) == ((), (), ())
    assert {(field.systems, field.dossiers_per_visit, field.collect_share) for field in scenario.fields} == {("", 1.0, 0.0)}
    assert {(officer.shift, officer.pool) for officer in scenario.officers} == {("full", "")}


def _keep_columns(folder: Path, table: str, kept: Callable[[str], bool]) -> None:
    path = folder / f"{table}.csv"
    header, *rows = (line.split(",") for line in path.read_text(encoding="utf-8").strip().split("\n"))
    places = [place for place, name in enumerate(header) if kept(name)]
    path.write_text("".join(",".join(row[place] for place in places) + "\n" for row in (header, *rows)), encoding="utf-8")


@pytest.mark.parametrize("name", bundled())
def test_bundled_scenarios_load_and_survive_writing(name: str, tmp_path: Path) -> None:
    """Every bundled scenario is free of errors and equal after a round trip."""
    scenario = load_scenario(name)
    write_scenario(scenario, tmp_path / "copy")
    assert load_scenario(tmp_path / "copy") == scenario


def test_unknown_names_are_told() -> None:
    """A name that is nothing gives one problem, whatever its letters."""
    for name in ("tinny", "no/such/folder", "x\0y", "a" * 5000, "tiny:", "://", "missing.xlsx"):
        with pytest.raises(ScenarioError) as error:
            load_scenario(name)
        assert error.value.problems[0].code in ("E-FILE-001", "E-FILE-003")
        assert len(error.value.problems) == 1


# Variants

VARIANT = """name_vi = "Tỉnh nhỏ, đông"
name_en = "Small province, busy"

[demand]
scale = 1.5

[[fields]]
id = "civil"
service_min = 12

[[closures]]
id = "storm"
name_vi = "Bão"
name_en = "Storm"
start = 2025-05-05
end = 2025-05-06

[[origins]]
unit = "u1"
origin = "u2"
share = 0.4
"""


def write_variant(folder: Path, text: str) -> str:
    (folder / "variants").mkdir(exist_ok=True)
    (folder / "variants" / "busy.toml").write_text(text, encoding="utf-8")
    return f"{folder}:busy"


def test_a_variant_overrides_settings_and_rows(folder: Path) -> None:
    """Settings and columns given are replaced, rows with new keys added, everything else stays."""
    base, busy = load_scenario(folder), load_scenario(write_variant(folder, VARIANT))
    assert (busy.id, busy.name_en, busy.demand.scale) == ("small.busy", "Small province, busy", 1.5)
    assert busy.fields[0] == base.fields[0].model_copy(update={"service_min": 12.0})
    assert busy.fields[1:] == base.fields[1:]
    assert (busy.closures[0], busy.closures[1].start) == (base.closures[0], date(2025, 5, 5))
    assert (busy.origins[0].share, len(busy.origins)) == (0.4, 2)
    assert busy.offices == base.offices


def test_a_variant_adds_what_the_scenario_leaves_out(folder: Path) -> None:
    """Sections and tables that do not stand in the folder may stand in a variant."""
    (folder / "scenario.toml").write_text(TOML_NEEDED, encoding="utf-8")
    (folder / "absence_waves.csv").unlink()
    wave = '[[absence_waves]]\nid = "flu"\nplace = "*"\nstart = 2025-03-03\nend = 2025-03-07\nshare = 0.2\n'
    scenario = load_scenario(write_variant(folder, f"[papers]\ncheck_share = 0.25\n\n{wave}"))
    assert scenario.papers == Papers(check_share=0.25)
    assert [(wave.id, wave.share) for wave in scenario.absence_waves] == [("flu", 0.2)]


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("scale = 1.5", "scale = -1.5", (5, "demand.scale", "E-NUM-005")),
        ("scale = 1.5", 'scale = "x"', (5, "demand.scale", "E-TOML-006")),
        ("scale = 1.5", "skale = 1.5", (5, "demand.skale", "E-TOML-003")),
        ("[demand]", "[demands]", (4, "demands", "E-TOML-003")),
        ("name_vi", "nam_vi", (1, "nam_vi", "E-TOML-003")),
        ("service_min = 12", "service_min = 0", (9, "fields.service_min", "E-NUM-005")),
        ("service_min = 12", "servce_min = 12", (9, "fields.servce_min", "E-COL-003")),
        ('id = "civil"', "", (7, "fields.id", "E-VAR-002")),
        ('name_vi = "Bão"', "", (11, "closures.name_vi", "E-VAL-001")),
        ("[[fields]]", "[[field]]", (7, "field", "E-TOML-003")),
        ("end = 2025-05-06", "end = 2025-05-01", (11, "end", "E-ORDER-002")),
        ("scale = 1.5", "scale = ", (5, "", "E-TOML-001")),
    ],
)
def test_a_wrong_variant_is_told_at_its_line(folder: Path, old: str, new: str, place: tuple[int, str, str]) -> None:
    """Faults of a variant are placed in its own file."""
    assert places(problems_of(write_variant(folder, VARIANT.replace(old, new, 1)))) == {("variants/busy.toml", *place)}


def test_an_unknown_variant_is_told(folder: Path) -> None:
    """The known variants are proposed."""
    write_variant(folder, VARIANT)
    (problem,) = problems_of(f"{folder}:bussy")
    assert (problem.file, problem.code, problem.expected) == ("variants/bussy.toml", "E-VAR-001", "busy")


# Workbooks


def _typed(name: str, cell: str, table: str) -> object:
    kind = SCHEMA_TABLES[table].model_fields[name].annotation
    if not cell:
        return None
    if kind in (int, float):
        return float(cell)
    if kind is date:
        return date.fromisoformat(cell)
    if kind is time:
        return time.fromisoformat(cell)
    return cell == "yes" if kind is bool else cell


def small_workbook() -> openpyxl.Workbook:
    """The small scenario as a workbook with typed cells."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    sheet = book.create_sheet("scenario")
    sheet.append(["section", "key", "value"])
    for section, content in tomllib.loads(TOML).items():
        pairs = content.items() if isinstance(content, dict) else [("", content)]
        for key, value in pairs:
            cell = " ".join(map(str, value)) if isinstance(value, list) else value
            sheet.append([section, key, cell] if key else [None, section, cell])
    for table, text in TABLES.items():
        sheet = book.create_sheet(table)
        header, *rows = (line.split(",") for line in text.strip().split("\n"))
        sheet.append(header)
        for row in rows:
            sheet.append([_typed(name, cell, table) for name, cell in zip(header, row, strict=True)])
    return book


def save(book: openpyxl.Workbook, path: Path) -> Path:
    book.save(path)
    return path


@pytest.mark.parametrize(
    ("table", "column", "cell", "wanted"),
    [
        ("phases", "informed_share", "30%", "0.3"),
        ("phases", "informed_share", "100 %", "1"),
        ("phases", "informed_share", "12,5 %", "0,125"),
        ("units", "population", "41.056", "41056"),
        ("offices", "counters", "=SUM(A1)", "3"),
    ],
)
def test_what_a_message_would_have_written_is_what_was_meant(
    folder: Path, table: str, column: str, cell: str, wanted: str
) -> None:
    """A per cent as a share, points of thousands left out, a whole number where one is wanted."""
    set_cell(folder, table, 2, column, cell)
    assert [problem.expected for problem in problems_of(folder) if problem.column == column] == [wanted]


def test_a_workbook_gives_the_same_scenario_as_the_folder(folder: Path, tmp_path: Path) -> None:
    """Typed cells of sheets and text cells of files mean the same, in both date systems of Excel."""
    book = small_workbook()
    book["units"]["XFD1048576"].number_format = "0.00"
    assert scenario_digest(load_scenario(save(book, tmp_path / "a.xlsx"))) == scenario_digest(load_scenario(folder))
    book.epoch = CALENDAR_MAC_1904
    assert scenario_digest(load_scenario(save(book, tmp_path / "b.xlsx"))) == scenario_digest(load_scenario(folder))


def _change(sheet: str, cell: str, value: str | float) -> Callable[[openpyxl.Workbook], None]:
    def change(book: openpyxl.Workbook) -> None:
        book[sheet][cell] = value

    return change


def _title(sheet: str, title: str) -> Callable[[openpyxl.Workbook], None]:
    def change(book: openpyxl.Workbook) -> None:
        book[sheet].title = title

    return change


def _hide(book: openpyxl.Workbook) -> None:
    book["units"].row_dimensions[3].hidden = True


def _hide_sheet(book: openpyxl.Workbook) -> None:
    book["closures"].sheet_state = "hidden"


def _date_with_time(book: openpyxl.Workbook) -> None:
    book["closures"]["D2"] = "2025-01-25 10:00"


SHEETS: list[tuple[Callable[[openpyxl.Workbook], object], Place]] = [
    (_change("units", "G3", "abc"), ("units", 3, "lat", "E-NUM-001")),
    (_change("units", "E3", True), ("units", 3, "population", "E-NUM-001")),
    (_change("units", "E3", 2.5), ("units", 3, "population", "E-NUM-004")),
    (_change("units", "E3", "=1+1"), ("units", 3, "population", "E-XLS-006")),
    (_change("units", "E3", "#REF!"), ("units", 3, "population", "E-XLS-007")),
    (_change("units", "B3", 3.25), ("units", 3, "name", "E-VAL-006")),
    (_change("units", "N3", "note"), ("units", 3, "", "E-CSV-002")),
    (_change("closures", "D2", 60), ("closures", 2, "start", "E-DATE-004")),
    (_date_with_time, ("closures", 2, "start", "E-DATE-005")),
    (_change("scenario", "C10", "abc"), ("scenario", 10, "demand.scale", "E-NUM-001")),
    (_change("scenario", "B10", "skale"), ("scenario", 10, "demand.skale", "E-TOML-003")),
    (_change("scenario", "B11", "scale"), ("scenario", 11, "demand.scale", "E-KEY-001")),
    (_change("scenario", "C76", "half"), ("scenario", 76, "interruptions.portal_to_counter_share", "E-NUM-001")),
    (_change("outages", "F3", "7h30"), ("outages", 3, "from_time", "E-TIME-001")),
    (_change("pools", "C2", "o9"), ("pools", 2, "base", "E-REF-001")),
    (_title("slots", "slot"), ("slot", 0, "", "E-XLS-008")),
    (_change("scenario", "A1", "part"), ("scenario", 1, "", "E-COL-002")),
    (lambda book: book["units"].merge_cells("A3:A4"), ("units", 3, "", "E-XLS-005")),
    (_title("units", "unit"), ("unit", 0, "", "E-XLS-008")),
    (_title("units", "unit"), ("units", 0, "", "E-FILE-002")),
    (_hide, ("units", 0, "", "W-XLS-011")),
    (_hide_sheet, ("closures", 0, "", "W-XLS-012")),
    (lambda book: book.create_sheet("Ghi chú"), ("Ghi chú", 0, "", "W-XLS-013")),
]


@pytest.mark.parametrize(("change", "place"), SHEETS)
def test_a_wrong_sheet_is_told_with_its_place(
    tmp_path: Path, change: Callable[[openpyxl.Workbook], object], place: Place
) -> None:
    """Faults of a workbook are placed by sheet and row."""
    book = small_workbook()
    change(book)
    assert place in places(problems_of(save(book, tmp_path / "book.xlsx")))


def _repacked(path: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


_BOMB = b'<?xml version="1.0"?><!DOCTYPE sst [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><sst>&b;</sst>'
_OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE sst [<!ENTITY a SYSTEM "file:///etc/passwd">]><sst>&a;</sst>'

HOSTILE: list[tuple[Callable[[Path], object], str]] = [
    (lambda p: p.write_bytes(b"hello"), "E-XLS-001"),
    (lambda p: p.write_bytes(b""), "E-XLS-001"),
    (lambda p: p.write_bytes(p.read_bytes()[:3000]), "E-XLS-001"),
    (lambda p: p.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600), "E-XLS-002"),
    (lambda p: _repacked(p, lambda parts: parts.update({"xl/media/a.bin": b"\0" * 101_000_000})), "E-XLS-003"),
    (lambda p: _repacked(p, lambda parts: parts.update({"xl/sharedStrings.xml": _BOMB})), "E-XLS-004"),
    (lambda p: _repacked(p, lambda parts: parts.update({"xl/sharedStrings.xml": _OUTSIDE})), "E-XLS-004"),
    (lambda p: _repacked(p, lambda parts: parts.update({"../x": b"x"})), "E-XLS-004"),
    (lambda p: _repacked(p, lambda parts: parts.update({"xl/workbook.xml": b"<workbook"})), "E-XLS-001"),
    (lambda p: _repacked(p, lambda parts: parts.__delitem__("xl/workbook.xml")), "E-XLS-001"),
]


@pytest.mark.parametrize(("change", "code"), HOSTILE)
def test_a_hostile_workbook_is_refused(tmp_path: Path, change: Callable[[Path], object], code: str) -> None:
    """Damaged, protected, exploding and escaping workbooks are refused as a whole."""
    path = save(small_workbook(), tmp_path / "book.xlsx")
    change(path)
    assert {problem.code for problem in problems_of(path)} == {code}
    assert sorted(tmp_path.iterdir()) == [path]


# Chance

_PIECES = ["", "-1", "abc", "0", "1e400", '"', ",", ";", "\n", "\t", "u1", "o1", "*", "ý", "\u200b", "2025-01-01", "07:30", "nan",
           "\0", "9" * 400, "=1", "[", "]", "yes", "p1", "Ð", "💥", "\ud800", "1.5", "[[units]]", "\r"]  # fmt: skip


def test_random_damage_gives_a_scenario_or_its_problems(tmp_path: Path) -> None:
    """Three hundred scenarios with random pieces written over raise nothing but ScenarioError."""
    chance = random.Random(7)
    folder = write_small(tmp_path / "s")
    files = {path: path.read_text(encoding="utf-8") for path in sorted(folder.iterdir())}
    refused = 0
    for _ in range(300):
        damaged = chance.sample(sorted(files), chance.randint(1, 3))
        for path in damaged:
            text = files[path]
            for _ in range(chance.randint(1, 3)):
                start = chance.randrange(len(text))
                text = text[:start] + chance.choice(_PIECES) + text[start + chance.randint(0, 8) :]
            path.write_bytes(text.encode("utf-8", "surrogatepass"))
        try:
            check_scenario(load_scenario(folder))
        except ScenarioError as error:
            refused += 1
            assert any(problem.severity == "error" for problem in error.problems)
            assert {problem.code for problem in error.problems} <= CODES.keys()
        for path in damaged:
            path.write_text(files[path], encoding="utf-8")
    assert refused > 200


def test_random_cells_give_a_scenario_or_its_problems(tmp_path: Path) -> None:
    """Cells taken from other places of the scenario raise nothing but ScenarioError."""
    chance = random.Random(11)
    folder = write_small(tmp_path / "s")
    tables = {name: [line.split(",") for line in text.strip().split("\n")] for name, text in TABLES.items()}
    for _ in range(300):
        name = chance.choice(sorted(tables))
        donor = tables[chance.choice(sorted(tables))]
        rows = [list(row) for row in tables[name]]
        for _ in range(chance.randint(1, 4)):
            row = chance.randrange(len(rows))
            rows[row][chance.randrange(len(rows[row]))] = chance.choice(chance.choice(donor))
        (folder / f"{name}.csv").write_text("\n".join(map(",".join, rows)), encoding="utf-8")
        try:
            check_scenario(load_scenario(folder))
        except ScenarioError as error:
            assert any(problem.severity == "error" for problem in error.problems)
        (folder / f"{name}.csv").write_text(TABLES[name], encoding="utf-8")


def test_random_bytes_are_no_workbook(tmp_path: Path) -> None:
    """Workbooks with random bytes changed raise nothing but ScenarioError."""
    chance = random.Random(13)
    stream = io.BytesIO()
    small_workbook().save(stream)
    for _ in range(25):
        data = bytearray(stream.getvalue())
        for _ in range(chance.randint(1, 20)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path = tmp_path / "book.xlsx"
        path.write_bytes(bytes(data))
        try:
            load_scenario(path)
        except ScenarioError as error:
            assert error.problems


@pytest.mark.parametrize(
    ("word", "meant"),
    [("thu dau mot", "D718"), ("Chi nhánh Thủ Dầu Một", "D718"), ("nhanh di an", "D724"), ("D71", "D721"), ("D718", "D718")],
)
def test_an_id_is_found_by_some_words_of_a_name_without_tones(word: str, meant: str) -> None:
    """What a person would type for a name leads to the id; a misspelt id to the one most like it."""
    names = {"D718": "Chi nhánh Thủ Dầu Một", "D721": "Chi nhánh Bến Cát", "D724": "Chi nhánh Dĩ An", "P": ""}
    assert nearest(word, names) == meant
