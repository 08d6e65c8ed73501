"""The catalogue is complete, and numbers read as each language writes them."""

import re
from datetime import date
from pathlib import Path

import pytest

import results
from results.compare import HIGHER_IS_BETTER, LOST, LOWER_IS_BETTER
from results.wording import (
    LANGUAGES,
    catalogue,
    date_text,
    indicator_text,
    number,
    percent,
    placeholders,
    problem_sentence,
    range_text,
    say,
)
from scenarios.problems import Problem
from sim import INDICATORS

SOURCES = Path(results.__file__).parent


def test_every_sentence_has_both_languages_with_the_same_placeholders() -> None:
    """No sentence is empty in a language, and both languages show the same values."""
    for code, entry in catalogue().items():
        assert entry.vi.strip(), code
        assert entry.en.strip(), code
        assert placeholders(entry.vi) == placeholders(entry.en), code


def test_every_indicator_has_a_name() -> None:
    """Each measured indicator, and each that has a direction, is named in both languages."""
    for indicator in {*INDICATORS, *LOWER_IS_BETTER, *HIGHER_IS_BETTER, LOST}:
        assert say(f"indicator.{indicator}", "vi", standard=20, long=30)


def test_every_code_named_in_the_sources_exists() -> None:
    """Templates and modules ask only for sentences that the catalogue holds."""
    asked = re.compile(r"""(?:\bt\(|\bsay\(|both\()\s*"([a-z_0-9.]+)"[,)]""")
    for path in (*SOURCES.glob("*.py"), *SOURCES.glob("templates/*.j2")):
        for code in asked.findall(path.read_text("utf-8")):
            assert code in catalogue(), (path.name, code)


def test_an_unknown_code_or_value_raises() -> None:
    """A sentence that is not there is a KeyError, and so is a value not given."""
    with pytest.raises(KeyError):
        say("no.such.sentence", "vi")
    with pytest.raises(KeyError):
        say("place.row", "en")


def test_a_word_agrees_with_its_number() -> None:
    """English says one officer and two officers; Vietnamese has one form for both."""
    assert say("paper.step_move", "en", count=1) == "move 1 officer as listed"
    assert say("paper.step_move", "en", count=2) == "move 2 officers as listed"
    assert say("paper.step_move", "vi", count=1) == "điều động 1 cán bộ theo danh sách"


def test_braces_in_a_value_stay() -> None:
    """A value is put in once and never read as a placeholder itself."""
    assert say("place.column", "en", column="{row}") == "column {row}"


@pytest.mark.parametrize(
    ("value", "vi", "en"),
    [
        (1234567, "1.234.567", "1,234,567"),
        (1234.6, "1.235", "1,235"),
        (12.34, "12,3", "12.3"),
        (0.456, "0,46", "0.46"),
        (-7.25, "\N{MINUS SIGN}7,2", "\N{MINUS SIGN}7.2"),
        (-0.001, "0,00", "0.00"),
        (float("nan"), "–", "–"),
    ],
)
def test_numbers_are_written_as_the_language_writes_them(value: float, vi: str, en: str) -> None:
    """Vietnamese has a decimal comma and points between thousands; zero has no sign."""
    assert number(value, "vi") == vi
    assert number(value, "en") == en


def test_shares_and_their_differences_are_told_apart() -> None:
    """A share is per cent; a difference of shares is points of per cent with its sign."""
    assert percent(0.123, "vi") == "12,3%"
    assert indicator_text("utilization", -0.042, "vi", change=True) == "\N{MINUS SIGN}4,2 điểm %"
    assert indicator_text("utilization", 0.042, "en", change=True) == "+4.2 pp"
    assert range_text("utilization", 0.01, 0.02, "en", change=True) == "+1.0 … +2.0"
    assert range_text("crew", 3.0, 3.0, "en") == ""


def test_every_share_is_written_as_per_cent() -> None:
    """An indicator that is a share by its name never stands as a bare fraction."""
    for indicator in INDICATORS:
        if indicator.endswith("_share"):
            assert indicator_text(indicator, 0.25, "en") == "25.0%", indicator


def test_dates_are_written_as_the_language_writes_them() -> None:
    """2 September 2024 has its usual form in each language."""
    assert date_text(date(2024, 9, 2), "vi") == "02/09/2024"
    assert date_text(date(2024, 9, 2), "en") == "2 Sep 2024"


def test_a_problem_names_its_place() -> None:
    """The sentence of a problem begins with file, row and column in the reader's language."""
    problem = Problem("officers.csv", 12, "home", "E-FILE-003", found="…")
    for lang, start in zip(LANGUAGES, ("officers.csv, dòng 12, cột home: ", "officers.csv, row 12, column home: "), strict=True):
        assert problem_sentence(problem, lang).startswith(start)
        assert len(problem_sentence(problem, lang)) > len(start) + 5
