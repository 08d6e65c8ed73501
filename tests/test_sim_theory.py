"""The kernel against queueing theory, sized beforehand.

Each test plays two million citizens of one station and compares a mean with theory by batch means. The bound is
set for a false alarm of one in a million a test (Student t over 99 batches); and each test first asserts that a bias of
the stated size would be seen with probability 0.999.
"""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from sim import erlang
from sim.columns import R_OUTCOME, R_WAIT
from sim.rules import LEFT
from sim.run import play
from sim.station import station

CITIZENS = 2_000_000
BATCHES = 100
SCALE = 500  #: ticks a unit of time
ALARM = stats.t.isf(0.5e-6, BATCHES - 1)
POWER = stats.t.isf(1e-3, BATCHES - 1)


def played(servers: int, load: float, law: str, patience: float | None = None, number: int = 0) -> NDArray[np.int64]:
    """Records of a station with Poisson arrivals of rate `load` and services of mean 1, after the first twentieth."""
    rng = np.random.default_rng([404, servers, number])
    arrivals = np.cumsum(rng.exponential(SCALE / load, CITIZENS)).round().astype(np.int64)
    services = {
        "M": lambda: rng.exponential(SCALE, CITIZENS),
        "D": lambda: np.full(CITIZENS, float(SCALE)),
        "H": lambda: rng.gamma(0.5, 2 * SCALE, CITIZENS),  # squared coefficient of variation 2
    }[law]()
    patiences = None if patience is None else rng.exponential(SCALE * patience, CITIZENS).round().astype(np.int64)
    services = np.maximum(services.round().astype(np.int64), 1)
    _, _, records = play(station(arrivals, services, servers, patiences=patiences), 0, keep=True)
    return records[np.argsort(records[:, 0])][CITIZENS // 20 :]


def agrees(values: NDArray[np.float64], theory: float, bias: float) -> None:
    """Mean of dependent values by batch means; `bias` is the relative error that must not pass."""
    means = values[: len(values) // BATCHES * BATCHES].reshape(BATCHES, -1).mean(axis=1)
    error = means.std(ddof=1) / np.sqrt(BATCHES)
    assert (ALARM + POWER) * error <= bias * theory, f"too small a sample: {(ALARM + POWER) * error / theory:.4f}"
    assert abs(means.mean() - theory) <= ALARM * error, f"{means.mean()} against {theory}, error {error}"


@pytest.mark.parametrize(("servers", "load", "bias"), [(1, 0.5, 0.05), (5, 4.0, 0.09), (20, 16.0, 0.19)])
def test_mmc(servers: int, load: float, bias: float) -> None:
    """Share that waits and mean wait of M/M/c (Erlang C)."""
    waits = played(servers, load, "M")[:, R_WAIT] / SCALE
    agrees((waits > 0).astype(float), erlang.erlang_c(servers, load), bias)
    agrees(waits, erlang.mmc_wait(servers, load, 1.0), bias)


def test_tail_of_mmc() -> None:
    """P(wait > 1) of M/M/1 at load 0.5 is 0.30327."""
    waits = played(1, 0.5, "M", number=1)[:, R_WAIT]
    agrees((waits > SCALE).astype(float), erlang.mmc_wait_tail(1, 0.5, 1.0, 1.0), 0.04)


def test_mg1() -> None:
    """Mean wait of M/G/1 with a squared coefficient of variation of 2 (Pollaczek–Khinchine)."""
    agrees(played(1, 0.6, "H")[:, R_WAIT] / SCALE, erlang.mg1_wait(0.6, 1.0, 2.0), 0.06)


@pytest.mark.parametrize(("servers", "load", "bias"), [(1, 0.8, 0.06), (4, 3.0, 0.06)])
def test_mdc(servers: int, load: float, bias: float) -> None:
    """Mean wait of M/D/c (Crommelin)."""
    agrees(played(servers, load, "D")[:, R_WAIT] / SCALE, erlang.mdc_wait(servers, load, 1.0), bias)


def test_erlang_a() -> None:
    """Overloaded M/M/10+M: share that waits, that leaves, and mean wait."""
    records = played(10, 12.0, "M", patience=2.0)
    theory = erlang.erlang_a(10, 12.0, 1.0, 0.5)
    agrees((records[:, R_WAIT] > 0).astype(float), theory["wait_share"], 0.02)
    agrees((records[:, R_OUTCOME] == LEFT).astype(float), theory["abandon_share"], 0.04)
    agrees(records[:, R_WAIT] / SCALE, theory["wait_mean"], 0.04)
