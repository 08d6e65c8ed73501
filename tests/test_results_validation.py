"""Published figures: how they are read, how verdicts come about, and the table of Binh Duong."""

import json
from dataclasses import replace
from datetime import timedelta
from math import isnan, nan
from pathlib import Path

import pytest

from results.validation import (
    PUBLISHED_FILE,
    Published,
    Verdict,
    Yardstick,
    _ended,
    _verdict,
    find_yardstick,
    published_file,
    quantity_text,
    read_published,
    read_verdict,
    validate,
    verdict_json,
    verdict_sentence,
)
from results.wording import LANGUAGES, problem_sentence
from scenarios import ScenarioError, load_scenario, write_scenario
from sim import Interval

HEADER = "id,name_vi,name_en,quantity,fields,of,place,phase,variant,start,end,low,high,basis,source,note_vi,note_en\n"


@pytest.fixture(scope="module")
def verdicts() -> tuple[Verdict, ...]:
    return validate(find_yardstick("binh-duong", load_scenario("binh-duong")), replications=2, days=5)


def test_every_published_figure_of_binh_duong_gets_a_verdict(verdicts: tuple[Verdict, ...]) -> None:
    """All rows, in the order of the file; the state follows from interval and range alone."""
    path = published_file("binh-duong")
    assert path is not None
    figures = read_published(path, load_scenario("binh-duong"))
    assert [verdict.published for verdict in verdicts] == list(figures)
    for verdict in verdicts:
        assert (verdict.missed_by > 0) == (verdict.state in ("above", "below"))


def test_what_cannot_miss_does_not(verdicts: tuple[Verdict, ...]) -> None:
    """The share of certification follows from the rates, and the on-time share is a share."""
    found = {verdict.published.id: verdict for verdict in verdicts}
    assert found["certification"].state in ("inside", "unclear")
    assert 0.9 < found["on_time"].simulated.mean <= 1
    assert found["online_2024"].simulated.mean == pytest.approx(0.49, abs=0.03)


def test_verdicts_are_written_and_read_as_they_are(verdicts: tuple[Verdict, ...]) -> None:
    """What a run stores is what it read."""
    for verdict in verdicts:
        again = read_verdict(verdict_json(verdict))
        assert again == verdict or verdict.state == "unplayed"  # of which no interval equals another
        assert again.published == verdict.published and verdict_json(again) == verdict_json(verdict)


def test_an_interval_is_inside_only_when_it_is_whole(verdicts: tuple[Verdict, ...]) -> None:
    """One that only touches is unclear; one beyond tells by how much its mean misses; a single figure has 5 % room."""
    figure = next(verdict.published for verdict in verdicts if verdict.published.low < verdict.published.high)
    middle = (figure.low + figure.high) / 2
    assert _verdict(figure, Interval(middle, figure.low, figure.high)).state == "inside"
    assert _verdict(figure, Interval(figure.high, middle, 2 * figure.high)).state == "unclear"
    beyond = _verdict(figure, Interval(2 * figure.high, 1.5 * figure.high, 3 * figure.high))
    assert (beyond.state, beyond.missed_by) == ("above", 1.0)
    assert "100" in verdict_sentence(beyond, "en")
    assert verdict_sentence(beyond, "vi") != verdict_sentence(beyond, "en")
    unplayed = _verdict(figure, Interval(nan, nan, nan))
    assert verdict_sentence(unplayed, "en") == "Nothing of it falls on the days that were played."
    assert quantity_text(figure.quantity, nan, nan, "en") == "–"
    text = json.dumps(verdict_json(unplayed), allow_nan=False)
    again = read_verdict(json.loads(text))
    assert again.state == "unplayed" and isnan(again.simulated.low) and json.dumps(verdict_json(again)) == text
    single = replace(figure, low=100.0, high=100.0)
    assert _verdict(single, Interval(103.0, 102.0, 104.0)).state == "inside"
    assert _verdict(single, Interval(90.0, 88.0, 92.0)).state == "below"


def test_shares_are_shown_in_per_cent_of_the_language() -> None:
    """Comma in Vietnamese, point in English."""
    assert quantity_text("online_share", 0.319, 0.6154, "vi") == "31,9% … 61,5%"
    assert quantity_text("visits_per_day", 445.0, 445.0, "en") == "445"


def test_wrong_rows_are_told_all_at_once(tmp_path: Path) -> None:
    """Each wrong cell with its column and row."""
    path = tmp_path / "published.csv"
    path.write_text(
        HEADER
        + "a,A,A,waits,*,,,p9,,,,1,2,published,s,,\n"
        + "b,B,B,visits_per_day,nothing,,nowhere,p1,,,,x,2,published,s,,\n"
        + "c,C,C,on_time_share,*,,,p1,,31/2/25,,2,1,published,s,,\n"
        + "d,D,D,on_time_share,*,,,p1,,,,2,1,published,s,,\n"
        + "e,E,E,on_time_share,*,,,p1,,,,1,2,published,s,,\n" * 2,
        encoding="utf-8",
    )
    with pytest.raises(ScenarioError) as error:
        read_published(path, load_scenario("tiny"))
    places = {(problem.row, problem.column) for problem in error.value.problems}
    wrong = {(2, "quantity"), (2, "phase"), (3, "fields"), (3, "place"), (3, "low"), (4, "start"), (5, "high"), (7, "id")}
    assert places == wrong
    assert all(problem_sentence(problem, lang) for problem in error.value.problems for lang in LANGUAGES)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ScenarioError):
        read_published(path, load_scenario("tiny"))


def test_a_source_is_told_in_the_language_it_was_written_in(tmp_path: Path) -> None:
    """The column of Vietnamese sources may be missing or empty; then, and in a run stored before, the other stands for both."""
    path, tiny = tmp_path / "published.csv", load_scenario("tiny")
    line = "a,A,A,on_time_share,*,,,p1,,,,0,1,published,{},,"
    path.write_text(HEADER + line.format("news") + "\n", encoding="utf-8")
    (figure,) = read_published(path, tiny)
    assert figure.told("vi") == figure.told("en") == "news"
    path.write_text(HEADER.replace("\n", ",source_vi\n") + line.format("news") + ",báo\n", encoding="utf-8")
    (figure,) = read_published(path, tiny)
    assert (figure.told("vi"), figure.told("en")) == ("báo", "news")
    verdict = Verdict(figure, Interval(0.5, 0.4, 0.6), "inside", 0.0)
    stored = verdict_json(verdict)
    assert read_verdict(stored) == verdict
    del stored["source_vi"]
    assert read_verdict(stored).published.told("vi") == "news"


def test_a_scenario_without_published_figures_has_no_verdicts(tmp_path: Path) -> None:
    """A folder is held against its own file only."""
    tiny = load_scenario("tiny")
    write_scenario(tiny, tmp_path / "mine")
    assert published_file(str(tmp_path / "mine")) is None
    assert validate(find_yardstick(str(tmp_path / "mine"), tiny)) == ()
    (tmp_path / "mine" / PUBLISHED_FILE.parent).mkdir()
    (tmp_path / "mine" / PUBLISHED_FILE).write_text(HEADER, encoding="utf-8")
    assert published_file(str(tmp_path / "mine")) is not None


def test_days_after_the_last_that_is_meant_change_nothing() -> None:
    """A phase played up to the last day of its figures gives the verdict that the whole phase gives."""
    tiny = load_scenario("tiny")
    phase = tiny.phases[-1].model_copy(update={"end": tiny.phases[-1].end + timedelta(days=14)})
    tiny = tiny.model_copy(update={"phases": (*tiny.phases[:-1], phase)})
    begin, end = phase.start + timedelta(days=3), phase.start + timedelta(days=15)
    figure = Published(
        "a", "A", "A", "visits_per_day", "*", "", tiny.offices[0].id, phase.id, "", f"{begin}", f"{end}", 1.0, 2.0, "", "", "", ""
    )
    early = Yardstick((figure,), {"": tiny})
    whole = Yardstick((figure, replace(figure, id="b", start="", end="")), {"": tiny})
    assert _ended(tiny, phase.id, early.figures).phase(phase.id).end < phase.end
    assert validate(early, replications=2)[0] == validate(whole, replications=2)[0]
