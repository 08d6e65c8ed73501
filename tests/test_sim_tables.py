"""Tables are kept small without losing a wait."""

import numpy as np

from scenarios import load_scenario
from sim import simulate
from sim.columns import BINS
from sim.run import compile_days, play
from sim.tables import compact, digest, stacked


def test_a_histogram_cut_behind_its_last_wait_is_the_same_histogram() -> None:
    """Every bin that holds a wait is kept, and the digest is that of the whole tables."""
    compiled = compile_days(load_scenario("tiny"), "p1", seed=1)
    played = [play(compiled, number)[:2] for number in range(3)]
    whole, sums = [tables for tables, _ in played], [total for _, total in played]
    small = [compact(tables) for tables in whole]
    for before, after in zip(whole, small, strict=True):
        assert after.wait_histogram.shape[1] < BINS
        assert np.array_equal(before.wait_histogram[:, : after.wait_histogram.shape[1]], after.wait_histogram)
        assert before.wait_histogram.sum() == after.wait_histogram.sum()
    numbers = (0, 1, 2)
    assert digest((stacked(compiled, numbers, small, sums),)) == digest((stacked(compiled, numbers, whole, sums),))


def test_replications_take_little_memory() -> None:
    """Histograms of a run take less than a quarter of what they take at full length and width."""
    tables = simulate(load_scenario("tiny"), ["p1"], replications=4).phases[0]
    full = len(tables.replications) * len(tables.office_ids) * BINS * 8
    assert tables.wait_histogram.nbytes < full / 4
