"""The same numbers with the compiler off; this file is played in both sessions."""

from dataclasses import replace

import numpy as np
import pytest
from random_scenarios import random_scenario

from scenarios import load_scenario
from sim.run import compile_days, play, simulate
from sim.streams import STREAM_VERSION

pytestmark = pytest.mark.nojit

#: digests of `tiny`, one week of each phase, one replication, seed 1; a change needs a new stream version or its reason
GOLDEN = {1: "cbb0757adec886c098eb2f758cc9ed7f5b65ad578f323964303e73ee5eda4fef"}


def test_tiny_gives_the_digest_of_its_stream_version() -> None:
    """One digest with and without the compiler, today and in later versions."""
    with np.errstate(over="ignore"):
        assert simulate(load_scenario("tiny"), days=5, replications=1, jobs=1).digest == GOLDEN[STREAM_VERSION]


@pytest.mark.parametrize("number", range(4))
def test_engines_agree_on_small_random_scenarios(number: int) -> None:
    """Two days of a random scenario, visit by visit."""
    compiled = compile_days(random_scenario(number), "p1", seed=number)
    short = tuple(
        replace(block, weekdays=block.weekdays[:2], moved_paces=block.moved_paces[:2], warmup=0) for block in compiled.blocks
    )
    compiled = replace(compiled, blocks=short)
    with np.errstate(over="ignore"):
        fast, fast_hash, _ = play(compiled, number)
        slow, slow_hash, _ = play(compiled, number, engine="reference")
    assert fast_hash == slow_hash
    assert all(np.array_equal(ours, theirs) for ours, theirs in zip(fast, slow, strict=True))
