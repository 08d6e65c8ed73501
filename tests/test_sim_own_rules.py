"""A researcher's own rule in the place of a built-in one, in both engines."""

import numpy as np
import pytest
from numpy.typing import NDArray
from random_scenarios import FEATURES, random_scenario

from scenarios import load_scenario
from scenarios.schema import Scenario
from sim import kernel, rules, simulate
from sim.own_rules import block_player, checked
from sim.run import compile_days, play_fast, play_reference
from sim.tables import empty_tables


def send_score(shown: int, on_duty: int, coming: int, send_wait: int) -> int:
    """Help where the board shows the longest wait, however short, one at a time."""
    return 1 + shown if coming == 0 else 0


def best_office(
    near_start: NDArray[np.int64],
    reachable: NDArray[np.int64],
    offers: NDArray[np.bool_],
    goes_to: NDArray[np.int64],
    office_hash: NDArray[np.uint64],
    reluctances: NDArray[np.float64],
    k0: np.uint64,
    k1: np.uint64,
    index: int,
    field: int,
    origin: int,
    competent: int,
    hindrance: float,
) -> int:
    """Of the open offices within reach take the one whose id sorts last; no taste counts."""
    best = competent
    for n in range(near_start[origin], near_start[origin + 1]):
        if offers[reachable[n], field] and goes_to[reachable[n]] == reachable[n]:
            best = max(best, reachable[n])
    return best


def with_reserves() -> Scenario:
    """The first random scenario with a pool whose reserves are sent, where everybody chooses by what they remember."""
    for number in range(100):
        scenario = random_scenario(number)
        if FEATURES["float pools"](scenario) and scenario.phases[0].stay_share == scenario.phases[0].informed_share == 0:
            run = simulate(scenario, replications=1, engine="reference")
            if run.phases[0].column("sent").sum() > 20:
                return scenario
    raise AssertionError("no scenario with reserves")


def test_both_engines_obey_own_rules() -> None:
    """Equal digests with two rules, and others than without them; the built-in rules stay as they were."""
    scenario = with_reserves()
    before = simulate(scenario, replications=2)
    own = {"send_score": send_score, "best_office": best_office}
    fast = simulate(scenario, replications=2, rules=own)
    slow = simulate(scenario, replications=2, rules=own, engine="reference")
    assert fast.digest == slow.digest != before.digest
    assert simulate(scenario, replications=2, rules={"send_score": send_score}, engine="reference").digest != slow.digest
    assert not np.array_equal(fast.phases[0].column("sent"), before.phases[0].column("sent"))
    assert simulate(scenario, replications=2).digest == before.digest
    assert np.array_equal(fast.phases[0].office, slow.phases[0].office)


def free_to_choose(boundary_free: bool, stay_word: int, stay_share: int) -> bool:
    """Everyone may choose, whatever the field."""
    return True


@pytest.mark.nojit
@pytest.mark.skipif(hasattr(rules.free_to_choose, "py_func"), reason="compiled code keeps the rules it was compiled with")
def test_own_rules_let_people_choose_where_no_field_is_boundary_free(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of them by the queues of the moment, the others by what they remember, in both engines alike."""
    scenario = load_scenario("tiny")
    first = scenario.phase("p1").model_copy(update={"stay_share": 0.5})
    compiled = compile_days(scenario.model_copy(update={"phases": (first, *scenario.phases[1:])}), "p1", seed=1, days=5)
    assert not compiled.network.boundary_free.any()
    tables = empty_tables(len(compiled.office_ids), len(compiled.unit_ids))
    for module in (rules, kernel):
        monkeypatch.setattr(module, "free_to_choose", free_to_choose)
    monkeypatch.setattr(kernel, "OWN_CHOICE", True)
    with np.errstate(over="ignore"):
        assert play_fast(compiled, 0, 0, tables)[0] == play_reference(compiled, 0, 0, tables)[0]


@pytest.mark.skipif(not hasattr(rules.free_to_choose, "py_func"), reason="nothing is compiled anew")
def test_the_kernel_knows_of_own_rules_for_who_may_choose() -> None:
    """They hold in phases in which nobody may choose by the built-in rule."""
    for own, known in ((("free_to_choose", free_to_choose), True), (("send_score", send_score), False)):
        assert block_player((own,)).py_func.__globals__["OWN_CHOICE"] is known  # type: ignore[attr-defined]


def test_a_rule_must_be_one_and_take_its_arguments() -> None:
    """Names and arguments are told before anything is played."""
    with pytest.raises(ValueError, match="no rule"):
        checked({"send_scores": send_score})
    with pytest.raises(ValueError, match="no rule"):
        checked({"within_days": lambda tick: tick})  # what keeps arrays from being written past their ends is nobody's own
    with pytest.raises(ValueError, match="takes"):
        checked({"send_score": lambda shown: 0})
    with pytest.raises(ValueError, match="no rule"):
        simulate(random_scenario(0), replications=1, rules={"OPEN": send_score})
