"""Single changes of a staffing, against the whole evaluation."""

from dataclasses import replace

import numpy as np
from test_optimizer_phases import joint_problem

from optimizer.changes import Changes
from optimizer.problem import StaffingProblem
from optimizer.solve import Staffing, broken_rules, cost, solve


def changed(staffing: Staffing, number: int, steps: list[tuple[int, str, str]]) -> Staffing:
    """The staffing with some officers elsewhere in one phase."""
    people = dict(staffing[number].people)
    for rank, source, target in steps:
        people[rank, source] -= 1
        people[rank, target] = people.get((rank, target), 0) + 1
    phases = list(staffing)
    phases[number] = replace(phases[number], people={key: count for key, count in people.items() if count})
    return tuple(phases)


def some_steps(problem: StaffingProblem, staffing: Staffing, rng: np.random.Generator) -> tuple[int, list[tuple[int, str, str]]]:
    """A move or a swap in one phase."""
    number = int(rng.integers(len(problem.phases)))
    phase, people = problem.phases[number], sorted(staffing[number].people)
    steps: list[tuple[int, str, str]] = []
    for place in rng.permutation(len(people))[: int(rng.integers(1, 3))]:
        rank, source = people[int(place)]
        targets = sorted(target.office for target in phase.classes[rank].targets if target.office != source)
        if targets:
            steps.append((rank, source, str(rng.choice(targets))))
    return number, steps


def test_a_change_is_judged_as_the_whole_staffing_is() -> None:
    """On random problems of several phases: the same cost and the same broken rules."""
    judged = 0
    for seed in range(60):
        problem = joint_problem(seed)
        _, staffing = solve(problem)
        if staffing is None:
            continue
        changes, rng = Changes(problem, staffing), np.random.default_rng([8, seed])
        for _ in range(6):
            number, steps = some_steps(problem, staffing, rng)
            if not steps:
                continue
            effect = changes.effect(number, steps)
            after = changed(staffing, number, steps)
            broken = set(broken_rules(problem, after))
            assert set(effect.broken) == broken, seed
            if not any(name.startswith("level") for name in broken):
                assert effect.cost_s(problem.phases[number].days) == cost(problem, after) - cost(problem, staffing), seed
                judged += 1
    assert judged > 80


def test_a_change_of_several_phases_is_judged_as_the_whole_staffing_is() -> None:
    """Officers sent elsewhere in two phases at once: the same cost and the same broken rules."""
    judged = 0
    for seed in range(60, 120):
        problem = joint_problem(seed)
        _, staffing = solve(problem)
        if staffing is None:
            continue
        changes, rng = Changes(problem, staffing), np.random.default_rng([9, seed])
        for _ in range(6):
            steps, after = {}, staffing
            for number, some in (some_steps(problem, staffing, rng) for _ in range(2)):
                if number not in steps:
                    steps[number] = tuple(some)
                    after = changed(after, number, some)
            effect = changes.effect_of(steps)
            assert set(effect.broken) == set(broken_rules(problem, after)), seed
            if not any(name.startswith("level") for name in effect.broken):
                assert changes.objective_s(effect) == cost(problem, after) - cost(problem, staffing), seed
                judged += len(steps) > 1
    assert judged > 80
