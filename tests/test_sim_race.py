"""The race among offices, and looks in order."""

import numpy as np
import pytest

from sim.hall import ROW_BITS, _put_in_order
from sim.race import CLEARLY, STEPS, of_wait, of_way
from sim.rules import reluctance

SCALE = 2_400_000


@pytest.mark.parametrize("appeal", [-3_000_000, 0, 456_789, 2_500_000])
@pytest.mark.parametrize("wait", [0, 1, 149_999, 150_000, 7_654_321, 90_000_000])
def test_the_way_and_the_queue_make_up_what_speaks_against_an_office(appeal: int, wait: int) -> None:
    """Their product is the rule's number to six digits, far nearer than two offices may be before the rule is asked."""
    product = of_way(appeal) * of_wait(wait, STEPS / SCALE)
    assert product == pytest.approx(reluctance(appeal, wait, SCALE), rel=1e-6)
    assert CLEARLY - 1 > 50e-6


def test_a_queue_never_makes_an_office_better() -> None:
    """What a queue adds is 1 or more, so that who loses by taste and way alone need not be brought forward."""
    added = [of_wait(wait, STEPS / SCALE) for wait in range(0, 40 * SCALE, 77_777)]
    assert added[0] == 1.0 and min(added) >= 1.0


@pytest.mark.parametrize(("appeal", "wait"), [(600_000_000, 0), (-600_000_000, 0), (0, 41 * SCALE), (0, -1_000_000)])
def test_what_is_not_known_is_nought(appeal: int, wait: int) -> None:
    """Beyond its table a factor is 0, which leaves the choice to the rule."""
    assert of_way(appeal) * of_wait(wait, STEPS / SCALE) == 0.0


@pytest.mark.parametrize("span", [36_000_000, 3])
def test_looks_are_dealt_in_order(span: int) -> None:
    """Spread over a day or crowded into an instant, looks come out as sorted."""
    rng = np.random.default_rng(5)
    looks = (rng.integers(25_000_000, 25_000_000 + span, 500) << ROW_BITS) | rng.permutation(500)
    expected = np.sort(looks)
    _put_in_order(looks, 500, 24_000_000)
    assert (looks == expected).all()
