"""The same numbers with the compiler off; this file is played in both sessions."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from played_week import on_a_grid, some_days
from random_scenarios import random_scenario

import sim
from scenarios import load_scenario
from sim.network import Compiled
from sim.run import play_fast, play_reference, simulate
from sim.stream_version import STREAM_VERSION
from sim.tables import empty_tables

pytestmark = pytest.mark.nojit

#: digests of `tiny` by stream version: one week of each phase, one replication, seed 1. They hold every number of chance
#: and every rule of the day in place: whoever runs another machine, another version of a library or no compiler finds the
#: same citizens and the same minutes, and published figures can be played again. A change needs a new stream version or
#: its reason in the changelog under [RESULT]; that a figure is right is for the other tests to say.
GOLDEN = {2: "8aea823c3e822325ec4846fb94163c4a61decc980d5f745fc3c0bd212ef32363"}


def test_tiny_gives_the_digest_of_its_stream_version() -> None:
    """One digest with and without the compiler, today and in later versions."""
    with np.errstate(over="ignore"):
        assert simulate(load_scenario("tiny"), days=5, replications=1, jobs=1).digest == GOLDEN[STREAM_VERSION]


def short(number: int) -> Compiled:
    """Two days of a random scenario after its lead-in and warm-up."""
    compiled = on_a_grid(random_scenario(number), number)
    return some_days(compiled, 0, compiled.blocks[0].days.lead_in + compiled.blocks[0].days.warmup + 2)


@pytest.mark.parametrize("number", range(20))
def test_engines_agree_on_small_random_scenarios(number: int) -> None:
    """Two days of a random scenario, visit by visit."""
    compiled = short(number)
    fast, slow = (empty_tables(len(compiled.office_ids), len(compiled.unit_ids)) for _ in range(2))
    with np.errstate(over="ignore"):
        ours, _, _ = play_fast(compiled, 0, number, fast)
        theirs, _, _ = play_reference(compiled, 0, number, slow)
    assert ours == theirs
    assert all(np.array_equal(mine, other) for mine, other in zip(fast, slow, strict=True))


def numbers() -> str:
    """Hashes and sums of tables of some random scenarios, as text."""
    rows = []
    for number in range(40):
        compiled = short(number)
        tables = empty_tables(len(compiled.office_ids), len(compiled.unit_ids))
        with np.errstate(over="ignore"):
            hash_sum, _, _ = play_fast(compiled, 0, number, tables)
        rows.append(f"{number} {hash_sum} {tables.office.sum(axis=0).tolist()}")
    return "\n".join(rows)


def test_the_compiler_changes_no_number() -> None:
    """Forty random weeks played by a session with the compiler off give the same hashes and tables."""
    paths = os.pathsep.join((str(Path(__file__).parent), str(Path(sim.__file__).parents[1])))
    plain = subprocess.run(
        [sys.executable, "-c", "import test_sim_plain; print(test_sim_plain.numbers())"],
        env=os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": paths},
        capture_output=True,
        check=True,
        text=True,
    )
    assert plain.stdout.strip() == numbers()
