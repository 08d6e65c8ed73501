"""Where an office breaks: bisection on a ladder against the whole ladder, and the picture of it."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from results import charts
from results.growth import Breaking, breakings, growth_frame, wanted_rungs

Numbers = NDArray[np.float64]
LAST, STEP = 40, 0.05
PLACES = {"early": 3.3, "late": 31.7, "never": 400.0, "already": -1.0}  #: rung at which the mean passes 10


def rising(rung: int) -> dict[tuple[str, str], Numbers]:
    """Values of four replications that rise by a line; replications lie about it."""
    about = np.array([-1.5, -0.5, 0.5, 1.5])
    return {("p1", name): 10 + (rung - at) + about for name, at in PLACES.items()}


def climbed(play: Callable[[int], dict[tuple[str, str], Numbers]], limit: float) -> dict[int, dict[tuple[str, str], Numbers]]:
    """Play what is asked for until nothing is."""
    played: dict[int, dict[tuple[str, str], Numbers]] = {}
    while wanted := wanted_rungs(played, limit, LAST):
        assert not set(wanted) & set(played)
        played |= {rung: play(rung) for rung in wanted}
    return played


def test_bisection_finds_what_the_whole_ladder_finds() -> None:
    """With fewer rungs, and no rung twice."""
    played = climbed(rising, 10.0)
    assert len(played) < 2 * LAST // 3
    assert breakings(played, 10.0, STEP) == breakings({rung: rising(rung) for rung in range(LAST + 1)}, 10.0, STEP)


def test_a_line_breaks_where_it_crosses() -> None:
    """The mean between two rungs is on the line; the interval lies about it, the lower end by the upper curve."""
    found = {one.office: one for one in breakings(climbed(rising, 10.0), 10.0, STEP)}
    half = 3.182446 * np.std([-1.5, -0.5, 0.5, 1.5], ddof=1) / 2
    for name in ("early", "late"):
        one = found[name]
        assert one.status == "within"
        assert one.growth == pytest.approx(STEP * PLACES[name])
        assert one.low == pytest.approx(STEP * max(PLACES[name] - half, 0.0), abs=1e-6)
        assert one.high == pytest.approx(STEP * (PLACES[name] + half), abs=1e-6)
    assert (found["never"].status, found["never"].growth) == ("beyond", np.inf)
    assert (found["already"].status, found["already"].growth) == ("already", 0.0)


def test_where_it_is_broken_already_demand_would_have_to_fall() -> None:
    """A ladder that starts below today's demand gives the same growth to all, and one below 0 to what is broken now."""
    today = 5
    low = {rung: rising(rung - today) for rung in range(LAST + 1 + today)}
    found = {one.office: one for one in breakings(low, 10.0, STEP, today)}
    usual = {one.office: one for one in breakings(climbed(rising, 10.0), 10.0, STEP)}
    assert found["already"].growth == pytest.approx(-1.0 * STEP)
    assert found["already"].status == "already"
    for name in ("early", "late", "never"):
        assert found[name].growth == pytest.approx(usual[name].growth)
        assert found[name].now == usual[name].now
    assert wanted_rungs({0: low[0], LAST: low[LAST]}, 10.0, LAST, today) == (today,)


def test_a_higher_limit_is_never_passed_earlier() -> None:
    """Growth rises with the limit at every place."""
    whole = {rung: rising(rung) for rung in range(LAST + 1)}
    by_limit = [{one.office: one.growth for one in breakings(whole, limit, STEP)} for limit in (5.0, 10.0, 20.0, 40.0)]
    for place in PLACES:
        values = [found[place] for found in by_limit]
        assert values == sorted(values)


def test_a_limit_met_but_not_passed_today_is_no_breach() -> None:
    """At a limit of 0 a place without any wait is not broken already."""
    flat = {rung: {("p1", "o"): np.full(3, float(rung))} for rung in range(3)}
    (found,) = breakings(flat, 0.0, STEP)
    assert found.status == "within"


def test_the_table_leaves_open_what_was_not_found() -> None:
    """First to break on top; no figure beyond the ladder."""
    found = breakings(climbed(rising, 10.0), 10.0, STEP)
    frame = growth_frame(found, {"late": ("=cmd()", "point")}, "wait_mean_min", 10.0)
    assert frame["office"].tolist() == ["already", "early", "late", "never"]
    assert frame["growth"].isna().tolist() == [False, False, False, True]
    assert frame["name"].tolist()[2] == "=cmd()"


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("count", [1, 101])
def test_the_picture_names_every_office(lang: str, count: int) -> None:
    """One office or a hundred and one, each once, hostile names as text."""
    assert lang in ("vi", "en")
    found = [
        Breaking("p1", f"o{rank}", *ends, 0.2, status)
        for rank in range(count)
        for ends, status in [
            (
                ((-0.2, -0.2, 0.1) if rank % 2 else (-0.1, -0.15, 0.1), "already"),
                ((0.3, 0.2, np.inf), "within"),
                ((np.inf, np.inf, np.inf), "beyond"),
            )[rank % 3]
        ]
    ]
    names = {f"o{rank}": f"<i>{rank}&" for rank in range(count)}
    text = charts.svg(charts.growth_figure(found, names, (-0.2, 1.0), "<title>", lang), "g")
    assert "&lt;title&gt;" in text
    assert all(text.count(f"&lt;i&gt;{rank}&amp;") >= 1 for rank in range(count))
