"""Sieves err as seldom as they say, and the sweep of a plan finds what is better and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from optimizer.certificate import Certificate, certify
from optimizer.plan import plan_of
from optimizer.problem import StaffingProblem, staffing_problem
from optimizer.sieves import LOOKS, PARTS, QUICK_LOOKS, WHOLE_LEAST, WHOLE_MOST, Saved, most_saved, one_sided, sift
from optimizer.solve import PhaseStaffing, prices, solve, today
from optimizer.sweep import Change
from scenarios import load_scenario
from scenarios.schema import Assignment
from sim import province, response_curves, simulate

ZONE, ERROR = 10.0, 0.2
QUICK = 40  #: batches of the first quick look
EXPERIMENTS = 300
SURE = 0.999  #: of the interval of a rate that was counted


def changes(count: int) -> list[Change]:
    """Changes of invented officers; what they save is the judge's business."""
    return [Change("move", (f"o{number}",), {0: ((0, "a", f"b{number}"),)}, 0.0, ZONE) for number in range(count)]


@dataclass
class Invented:
    """A judge who knows the truth and tells it with noise, part of it common to all changes."""

    truth: NDArray[np.float64]
    seed: tuple[int, ...]
    quick_noise: float = 20.0
    thorough_noise: float = 5.0

    def told(self, asked: Sequence[Change], batches: int, noise: float, look: int) -> list[Saved]:
        """The first batches of a change are the same at each call."""
        most = max(LOOKS[-1], QUICK * QUICK_LOOKS[-1])
        drawn = np.random.default_rng([*self.seed, look]).normal(0, noise, (most, len(self.truth) + 1))[:batches]
        places = [int(one.officers[0][1:]) for one in asked]
        return [[(1.0, self.truth[place] + drawn[:, place] + drawn[:, -1] / 2)] for place in places]

    def quick(self, asked: Sequence[Change], size: int) -> list[Saved]:
        return self.told(asked, QUICK * size, self.quick_noise, 0)

    def thorough(self, asked: Sequence[Change], batches: int) -> list[Saved]:
        return self.told(asked, batches, self.thorough_noise, 1)


def rate(count: int) -> tuple[float, float]:
    """Interval of the chance of an event counted in all experiments (Clopper and Pearson)."""
    found = stats.binomtest(count, EXPERIMENTS).proportion_ci(SURE)
    return float(found.low), float(found.high)


def test_a_better_change_is_missed_no_more_often_than_stated() -> None:
    """Of 30 changes five are better than the zone by a hair, where it is hardest; each miss counts."""
    truth = np.r_[np.full(5, ZONE + 1e-6), np.full(5, ZONE / 2), np.linspace(-40, 0, 20)]
    missed = wrong = 0
    for number in range(EXPERIMENTS):
        found = sift(changes(30), Invented(truth, (1, number)), ERROR)
        kept = {trial.officers for trial in (*found.open, *found.better)}
        missed += any((f"o{place}",) not in kept for place in range(5))
        wrong += any(int(trial.officers[0][1:]) >= 5 for trial in found.better)
    assert rate(missed)[0] <= 2 / PARTS * ERROR
    assert rate(wrong)[0] <= ERROR / PARTS
    assert missed > 0  # the zone is where misses happen, so the test can fail


def test_a_change_called_better_is_better_but_for_the_stated_error() -> None:
    """At the very edge of the zone nothing is better, and little is called so."""
    wrong = 0
    for number in range(EXPERIMENTS):
        wrong += bool(sift(changes(6), Invented(np.full(6, ZONE), (2, number)), ERROR).better)
    assert rate(wrong)[0] <= ERROR / PARTS


def test_clear_cases_are_told_apart() -> None:
    """What saves nothing is set aside and a few looked at all the same; what saves thrice the zone is found."""
    for number in range(100):
        nothing = sift(changes(30), Invented(np.full(30, -20.0), (3, number)), 0.05)
        assert (nothing.set_aside, len(nothing.thorough), nothing.better, nothing.open) == (30, WHOLE_LEAST, (), ())
        truth = np.r_[3 * ZONE, np.full(29, -20.0)]
        found = sift(changes(30), Invented(truth, (4, number), thorough_noise=2.0), 0.05)
        assert [trial.officers for trial in found.better] == [("o0",)]
        assert not found.open


def test_changes_that_nobody_had_time_for_stay_open() -> None:
    """Beyond those looked at thoroughly, what the quick look left is open, never set aside."""
    truth = np.full(WHOLE_MOST + 5, 5 * ZONE)
    found = sift(changes(len(truth)), Invented(truth, (5,), thorough_noise=1.0), 0.05)
    assert (len(found.better), len(found.open), found.set_aside) == (WHOLE_MOST, 5, 0)


def test_no_changes_and_single_batches() -> None:
    """Nothing to try is no finding; of one batch nothing is known."""
    judge = Invented(np.zeros(1), (6,))
    assert sift([], judge, ERROR).thorough == ()
    assert most_saved([{"a": np.array([3.0]), "b": np.zeros(4)}], ERROR) == [{"a": np.inf, "b": 0.0}]


def test_sums_of_phases_are_covered_as_often_as_stated() -> None:
    """Means of unlike phases, weighted by their days: each end is wrong with its chance."""
    beyond = np.zeros(2)
    for number in range(EXPERIMENTS):
        rng = np.random.default_rng([7, number])
        saved = [(0.3, rng.normal(5, 30, 12)), (0.7, rng.normal(-2, 4, 40))]
        low, high = one_sided(saved, ERROR, ERROR)
        beyond += [low > 0.3 * 5 - 0.7 * 2, high < 0.3 * 5 - 0.7 * 2]
    for count in beyond:
        assert rate(int(count))[0] <= ERROR <= rate(int(count))[1]


# -- the sweep of a plan ---------------------------------------------------------------------------------------------

TINY = load_scenario("tiny")


@pytest.fixture(scope="module")
def problem() -> StaffingProblem:
    """Both phases of tiny, few moves allowed."""
    curves = {phase: response_curves(TINY, phase, replications=range(2), jobs=1) for phase in ("p1", "p2")}
    return staffing_problem(TINY, curves)


def swept(problem: StaffingProblem, number: int, *, planned: bool, zone_min: float | None = None) -> Certificate:
    """The certificate of the best plan, or of no plan."""
    staffing = solve(problem)[1] if planned else today(problem)
    assert staffing is not None
    plan = plan_of(problem, solve(problem)[0], staffing, reasons=False)
    found = certify(
        TINY, plan.applied_to(TINY), problem, staffing, replications=range(5, 9), zone_min=zone_min, error=0.1, jobs=1
    )
    return found[number]


def test_the_best_plan_holds_and_no_plan_does_not(problem: StaffingProblem) -> None:
    """The one move that the program makes is the one that the sweep of no plan finds, for as long as it lasts."""
    assert swept(problem, 0, planned=True).holds
    found = swept(problem, 0, planned=False)
    assert not found.holds
    best = found.best
    assert best is not None
    assert best in found.better
    assert (best.kind, best.offices, best.lasts) == ("move", ("pa", "pb"), 2)
    assert best.lower_min > found.zone_min
    assert found.tried == found.bounded + found.replayed + len(found.better) + len(found.open)
    assert found.as_is == found.planned
    assert (found.change.low, found.change.high) == (0.0, 0.0)


def test_a_wide_zone_bounds_every_change(problem: StaffingProblem) -> None:
    """No office has so much overload to save, so nothing is played."""
    found = swept(problem, 0, planned=False, zone_min=1e6)
    assert (found.bounded, found.plays, found.simulated) == (found.tried, 0, ())
    assert found.holds


def test_a_change_saves_in_the_sweep_what_runs_and_prices_say(problem: StaffingProblem) -> None:
    """Paired differences of whole runs by the days of both phases, less the prices; offices played again say nearly as much."""
    best = swept(problem, 0, planned=False).best
    assert best is not None
    rows = (
        Assignment(phase="p1", officer=best.officers[0], office="pb"),
        Assignment(phase="p2", officer=best.officers[0], office="br"),
    )
    days = np.array([phase.days for phase in problem.phases])
    overload = []
    for scenario in (TINY, TINY.model_copy(update={"assignments": rows})):
        run = simulate(scenario, replications=4 * QUICK_LOOKS[-1], first_replication=5, jobs=1)
        played = [province(tables, scenario)["overload_min_per_day"].to_numpy() for tables in run.phases]
        overload.append(days @ np.array(played) / days.sum())
    saved = float((overload[0] - overload[1]).mean())
    staffing = today(problem)
    rank = next(rank for rank, one in enumerate(problem.phases[0].classes) if best.officers[0] in one.officers)
    people = [dict(phase.people) for phase in staffing]
    moved = []
    for place, (source, target) in zip(people, (("pa", "pb"), ("pa", "br")), strict=True):
        place[rank, source] -= 1
        place[rank, target] = place.get((rank, target), 0) + 1
        moved.append(PhaseStaffing(place))
    price = (prices(problem, tuple(moved)) - prices(problem, staffing)) / 60 / days.sum()
    assert best.lower_min < saved - price < best.upper_min
    assert best.saves_min == pytest.approx(saved - price, abs=0.5)
