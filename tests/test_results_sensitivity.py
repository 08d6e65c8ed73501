"""Measures of sensitivity on functions whose answer is known, and their pictures."""

import numpy as np
import pytest
from numpy.typing import NDArray

from results import charts
from results.sensitivity import latin_sample, morris_effects, morris_sample, sobol_indices, sobol_sample
from results.wording import LANGUAGES
from sim import Interval

Numbers = NDArray[np.float64]
A, B = 7.0, 0.1  #: of the Ishigami function
NAMES = ("x1", "x2", "x3")


def ishigami(sample: Numbers) -> Numbers:
    """sin x1 + A sin² x2 + B x3⁴ sin x1 on (−π, π)³ (Ishigami and Homma 1990)."""
    x1, x2, x3 = (np.pi * (2 * column - 1) for column in sample.T)
    return np.asarray(np.sin(x1) + A * np.sin(x2) ** 2 + B * x3**4 * np.sin(x1), np.float64)


def exact() -> dict[tuple[str, str], float]:
    """Shares of the variance of the Ishigami function, from its closed form."""
    first = (0.5 * (1 + B * np.pi**4 / 5) ** 2, A**2 / 8, 0.0)
    both = B**2 * np.pi**8 * (1 / 18 - 1 / 50)
    whole = sum(first) + both
    total = (first[0] + both, first[1], both)
    return {("first", name): value / whole for name, value in zip(NAMES, first, strict=True)} | {
        ("total", name): value / whole for name, value in zip(NAMES, total, strict=True)
    }


def test_sobol_finds_the_shares_of_the_ishigami_function() -> None:
    """Each within 0.03 of the closed form with 4,096 rows, and inside its interval widened twice."""
    found = sobol_indices(NAMES, ishigami(sobol_sample(3, 4096, seed=1)), seed=1)
    assert len(found) == 6
    for one in found:
        true = exact()[one.measure, one.factor]
        assert one.value.mean == pytest.approx(true, abs=0.03)
        assert abs(one.value.mean - true) <= 2 * (one.value.high - one.value.mean) + 1e-9


def test_morris_finds_the_effects_of_a_plane() -> None:
    """Where the function is linear every elementary effect is the slope, without spread."""
    sample = morris_sample(3, 10, seed=2)
    found = morris_effects(NAMES, sample, sample @ np.array([4.0, -2.0, 0.0]), seed=2)
    values = {(one.factor, one.measure): one.value.mean for one in found}
    assert [values[name, "mu"] for name in NAMES] == pytest.approx([4, -2, 0], abs=1e-9)
    assert [values[name, "mu_star"] for name in NAMES] == pytest.approx([4, 2, 0], abs=1e-9)
    assert [values[name, "sigma"] for name in NAMES] == pytest.approx([0, 0, 0], abs=1e-9)


def test_morris_ranks_the_ishigami_factors_with_spread() -> None:
    """No factor acts alike everywhere, and the third acts only together with the first."""
    sample = morris_sample(3, 200, seed=3)
    found = morris_effects(NAMES, sample, ishigami(sample), seed=3)
    spread = {one.factor: one.value.mean for one in found if one.measure == "sigma"}
    signed = {one.factor: one.value.mean for one in found if one.measure == "mu"}
    assert all(value > 1 for value in spread.values())
    assert abs(signed["x3"]) < spread["x3"]


def test_what_never_varies_has_no_share() -> None:
    """A constant outcome gives zeros, no warning and no division by zero."""
    for level in (0.0, 7.5, 1e12):
        found = sobol_indices(NAMES, np.full(5 * 8, level), seed=1)
        assert {one.value for one in found} == {Interval(0.0, 0.0, 0.0)}


def test_samples_depend_on_their_seed_alone() -> None:
    """The same seed gives the same points; every factor of a Latin hypercube is once in each part."""
    for draw in (latin_sample, morris_sample, sobol_sample):
        assert np.array_equal(draw(3, 8, 5), draw(3, 8, 5))
        assert not np.array_equal(draw(3, 8, 5), draw(3, 8, 6))
    parts = np.floor(latin_sample(4, 10, 1) * 10).astype(int)
    assert all(sorted(column) == list(range(10)) for column in parts.T)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_pictures_of_sensitivity_name_every_factor(lang: str) -> None:
    """Factors with hostile names too, in both languages; nothing warns."""
    assert lang in ("vi", "en")
    names = ("<b>&", "$x^2$", "một-yếu-tố-có-tên-rất-dài-không-vừa-chỗ")
    sample = morris_sample(3, 4, seed=2)
    effects = morris_effects(names, sample, sample @ np.array([4.0, -2.0, 0.0]), seed=2)
    shares = sobol_indices(names, ishigami(sobol_sample(3, 64, seed=1)), seed=1)
    change = Interval(-3.0, -5.0, -1.0)
    levels = [(name, [("0,9", change), ("1,1", Interval(4.0, 2.0, float("nan")))]) for name in names]
    drawn = [
        charts.svg(charts.morris_figure(effects, "<title>", "μ", lang), "m"),
        charts.svg(charts.sobol_figure(shares, "<title>", lang), "s"),
        charts.svg(charts.tornado_figure(levels, "overload_min_per_day", "<title>", "x", lang), "t"),
    ]
    for text in drawn:
        assert "&lt;title&gt;" in text
        assert "&lt;b&gt;&amp;" in text
        assert "$x^2$" in text
