"""A plan of the phases asked for, made in a closed loop of planning and simulating."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from app.aims import USUAL, Aims
from app.inputs import has_plan
from app.replications import CURVE_REPLICATIONS, LOOP_REPLICATIONS, SWEEPS_FROM
from optimizer.loop import KEPT, Judge, Loop, Round, closed_loop, kept_round
from optimizer.overload import office_overload_min, simulated_min
from optimizer.plan import Plan
from optimizer.problem import NO_WISHES, ROUNDS, Wishes
from results.forms import HOME, PLAN, AtHome, PlanMade
from results.memory import NO_MEMORY, Memory, content_digest, played_digest
from scenarios.schema import Scenario
from sim import Curve, PhaseTables, simulate
from sim.recording import Rooms
from sim.response import curves_of, recorded
from sim.run import Report


@dataclass(frozen=True, slots=True)
class Home:
    """What the replications that teach tell of the phases with everyone at home."""

    curves: dict[str, tuple[Curve, ...]]
    tables: dict[str, PhaseTables]
    rooms: Rooms = field(default_factory=Rooms)  #: where they were recorded, if they were


def at_home(
    scenario: Scenario,
    phases: Iterable[str],
    *,
    days: int | None = None,
    seed: int = 1,
    jobs: int | None = None,
    progress: Report | None = None,
    memory: Memory = NO_MEMORY,
) -> Home:
    """Record the phases with everyone at home, by the replications that the verdict never uses, and take their curves.

    memory : where they are kept, and found when they were asked for before.
    """
    numbers, rooms = range(CURVE_REPLICATIONS), Rooms()

    def told(phase: str) -> AtHome:
        replay = recorded(scenario, phase, numbers, seed, days, jobs=jobs, rooms=rooms)
        return curves_of(replay, jobs=jobs, progress=progress), replay.tables

    def made(phases: tuple[str, ...]) -> dict[str, AtHome]:
        return {phase: told(phase) for phase in phases}

    content = played_digest(scenario)
    found = memory.each("home", phases, made, HOME, scenario=content, days=days, seed=seed, replications=list(numbers))
    curves = {phase: of_phase for phase, (of_phase, _) in found.items()}
    return Home(curves, {phase: tables for phase, (_, tables) in found.items()}, rooms)


def plan_phases(
    scenario: Scenario,
    phases: Iterable[str],
    *,
    home: Home | None = None,
    days: int | None = None,
    seed: int = 1,
    max_moves: int | None = None,
    time_limit_s: float = 60.0,
    rounds: int = ROUNDS,
    jobs: int | None = None,
    progress: Report | None = None,
    aims: Aims = USUAL,
    memory: Memory = NO_MEMORY,
    told: bool = False,
    judge: Judge | None = None,
    **rules: Any,
) -> Loop:
    """Return the plan that is best, all phases together, in a closed loop, with the loop.

    home : as `at_home` makes it, made here when None; rounds : of planning and simulating, at most; 0 = the
    first plan, not simulated; memory : as `at_home`; told : whether the plan kept is simulated on more replications, and told of
    in a last round; judge : as `closed_loop`. rules : as `optimizer.optimize`.
    """
    phases = tuple(phases)
    if home is None:
        home = at_home(scenario, phases, days=days, seed=seed, jobs=jobs, progress=progress, memory=memory)
    return closed_loop(
        scenario,
        home.curves,
        replications=range(LOOP_REPLICATIONS if told else CURVE_REPLICATIONS),
        curve_replications=range(CURVE_REPLICATIONS),
        as_is=home.tables,
        rounds=rounds,
        days=days,
        seed=seed,
        time_limit_s=time_limit_s,
        jobs=jobs,
        progress=progress,
        judge=judge,
        rooms=home.rooms,
        max_moves=max_moves,
        **aims.rules(scenario, phases, replications=range(CURVE_REPLICATIONS), days=days, seed=seed, jobs=jobs),
        **rules,
    )


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan that a loop came to, made now or remembered."""

    plan: Plan
    rounds: tuple[Round, ...]
    best: int  #: place in rounds of the plan
    loop: Loop | None  #: None when it is remembered; then there is a plan


def planned_phases(
    scenario: Scenario,
    phases: Iterable[str],
    *,
    memory: Memory,
    days: int | None = None,
    seed: int = 1,
    max_moves: int | None = None,
    time_limit_s: float = 60.0,
    rounds: int = ROUNDS,
    jobs: int | None = None,
    progress: Report | None = None,
    aims: Aims = USUAL,
    wishes: Wishes = NO_WISHES,
    home: Home | None = None,
    judge: Judge | None = None,
) -> Planned:
    """Return what `plan_phases` comes to, found in the memory when the same was asked before.

    It is kept only when each program ended before the time allowed: what a limit cuts short hangs on the machine. A last round
    tells what the plan kept comes to on more replications, unless there is a `judge` to tell it, who is not asked about a plan
    that was found.
    """
    phases = tuple(phases)
    asked: dict[str, Any] = {"days": days, "seed": seed, "max_moves": max_moves, "time_limit_s": time_limit_s, "rounds": rounds}
    loops: list[Loop] = []

    def made() -> PlanMade:
        loop = plan_phases(
            scenario, phases, home=home, jobs=jobs, progress=progress, memory=memory, aims=aims, wishes=wishes,
            told=judge is None, judge=judge, **asked,
        )  # fmt: skip
        loops.append(loop)
        return loop.plan, loop.rounds, loop.best

    def worth(made: PlanMade) -> bool:
        return has_plan(made[0].outcome) and loops[0].longest_s < time_limit_s

    wanted = {part.name: sorted(getattr(wishes, part.name)) for part in fields(wishes)}
    content, more = content_digest(scenario), {"aims": asdict(aims), "wishes": wanted}
    plan, found, best = memory.one("plan", made, PLAN, worth=worth, scenario=content, phases=phases, **more, **asked)
    own = tuple(one for one in found if one.rule != KEPT)
    if judge is not None or not own:
        return Planned(plan, own, best, loops[0] if loops else None)
    if found == own:  # it was made for a study
        run = simulate(
            plan.applied_to(scenario), phases, days=days, replications=LOOP_REPLICATIONS, seed=seed, jobs=jobs, progress=progress
        )
        found = (*own, told_by(plan, own[best], run.phases, KEPT))
    return Planned(plan, found, best, loops[0] if loops else None)


def told_by(plan: Plan, best: Round, tables: Iterable[PhaseTables], rule: str) -> Round:
    """What the plan of a round comes to by tables of all its phases; rule : as `kept_round`."""
    by_phase = {one.phase: one for one in tables}
    ordered = [by_phase[part.phase] for part in plan.phases]
    return kept_round(best, plan, [office_overload_min(one) for one in ordered], [one.days for one in ordered], rule)


def sweep_numbers(count: int) -> range:
    """Replications on which a certificate plays offices again, at first."""
    return range(SWEEPS_FROM, SWEEPS_FROM + count)


def predicted_by_playing(
    plan: Plan, planned: Scenario, *, days: int | None = None, seed: int = 1, jobs: int | None = None
) -> Plan:
    """A plan with the overload that it has on the replications which teach, in place of what curves about another one say."""
    phases = [part.phase for part in plan.phases]
    overload = simulated_min(planned, phases, range(CURVE_REPLICATIONS), days=days, seed=seed, jobs=jobs)
    parts = (replace(part, predicted_overload_min_per_day=float(overload[part.phase].mean())) for part in plan.phases)
    return replace(plan, phases=tuple(parts))
