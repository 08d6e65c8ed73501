"""Queueing formulas against values computed with forty digits."""

import numpy as np
import pytest
from scipy import special

from sim import erlang


@pytest.mark.parametrize(
    ("value", "certified"),
    [
        (erlang.mmc_wait(1, 0.5, 1.0), 1.0),
        (erlang.mmc_wait_tail(1, 0.5, 1.0, 1.0), 0.3032653298563167),
        (erlang.mmc_wait(1, 0.8, 1.0), 4.0),
        (erlang.mmc_wait_tail(1, 0.8, 1.0, 1.0), 0.6549846024623855),
        (erlang.erlang_c(5, 4.0), 0.5541125541125541),
        (erlang.mmc_wait(5, 4.0, 1.0), 0.5541125541125541),
        (erlang.erlang_c(20, 18.0), 0.5507690048161176),
        (erlang.mmc_wait(20, 18.0, 1.0), 0.2753845024080588),
        (erlang.erlang_c(101, 96.0), 0.5083527194974661),
        (erlang.mmc_wait(101, 96.0, 1.0), 0.1016705438994932),
        (erlang.erlang_b(10, 8.0), 0.1216610642529515),
        (erlang.erlang_b(50, 55.0), 0.1609776150748783),
        (erlang.mdc_wait(1, 0.8, 1.0), 2.0),
        (erlang.mg1_wait(0.8, 1.0, 2.0), 6.0),
        (erlang.erlang_a(10, 12.0, 1.0, 0.5)["wait_share"], 0.8503849479147523),
        (erlang.erlang_a(10, 12.0, 1.0, 0.5)["abandon_share"], 0.1956559440107232),
        (erlang.erlang_a(10, 12.0, 1.0, 0.5)["wait_mean"], 0.3913118880214463),
    ],
)
def test_formula_gives_the_certified_value(value: float, certified: float) -> None:
    """Sixteen digits, twelve asked."""
    assert value == pytest.approx(certified, rel=1e-12)


def test_overload_without_standard_and_charge_is_the_mean_wait() -> None:
    """Then only the wait is left, and the charge weighs who leaves."""
    theory = erlang.erlang_a(10, 12.0, 1.0, 0.5)
    assert erlang.erlang_a_overload(10, 12.0, 1.0, 0.5, 0.0, 0.0) == pytest.approx(theory["wait_mean"], rel=2e-3)
    charged = theory["wait_mean"] + 7 * theory["abandon_share"]
    assert erlang.erlang_a_overload(10, 12.0, 1.0, 0.5, 0.0, 7.0) == pytest.approx(charged, rel=2e-3)


def test_overload_falls_with_every_server() -> None:
    """More servers, less overload."""
    values = [erlang.erlang_a_overload(n, 6.0, 1.0, 0.2, 1.0, 5.0) for n in range(1, 20)]
    assert (np.diff(values) < 0).all()


@pytest.mark.parametrize(("y", "a"), [(0.77, 115.0), (0.77, 6.4), (0.999, 700.5), (0.5, 0.3), (1.0, 5.0), (0.0, 5.0)])
def test_beta_ratios_are_those_of_the_library(y: float, a: float) -> None:
    """All of one row at once, summed step by step."""
    assert erlang.beta_ratios(y, a, 256) == pytest.approx(special.betainc(a, np.arange(1, 257), y), rel=1e-12)


@pytest.mark.parametrize("formula", [lambda: erlang.erlang_c(4, 4.0), lambda: erlang.mdc_wait(2, 2.5, 1.0)])
def test_a_queue_without_end_is_refused(formula: object) -> None:
    """Formulas of the steady state say so when there is none."""
    with pytest.raises(ValueError, match="not below"):
        formula()  # type: ignore[operator]
