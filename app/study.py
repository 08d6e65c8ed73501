"""The main job: every phase as it is and as planned, on the same citizens, compared."""

from collections.abc import Iterable
from time import perf_counter

import pandas as pd

from optimizer import Plan, optimize
from results.summary import PhaseStudy, RolloutStudy, StudyData
from scenarios.schema import Scenario
from sim import PhaseTables, play_rollout, response_curves, simulate
from sim.run import Progress, Report

CURVE_REPLICATIONS = 2  #: replications 0…1 teach the plan; the verdict uses those after them
ROLLOUT_REPLICATIONS = 2  #: of the whole rollout week by week, at most


def study(
    scenario: Scenario,
    phases: Iterable[str] | None = None,
    *,
    days: int | None = None,
    replications: int = 10,
    seed: int = 1,
    max_moves: int | None = None,
    time_limit_s: float = 60.0,
    jobs: int | None = None,
    progress: Report | None = None,
) -> StudyData:
    """Simulate each phase as it is, plan it, and simulate the plan on citizens that the plan never saw.

    days : working days a phase in whole weeks, all when None; replications : of the verdict, numbered after those of
    the curves; max_moves : changes of office a phase, the phase's own limit when None. When every phase is asked for on
    all its days, the whole rollout is played too, as one run across the phase lines.
    """
    began = perf_counter()
    asked = tuple(phases) if phases is not None else tuple(phase.id for phase in scenario.phases)
    plans = {}
    planned = scenario
    for phase in asked:
        plans[phase] = plan_phase(
            scenario, phase, days=days, seed=seed, max_moves=max_moves, time_limit_s=time_limit_s, jobs=jobs, progress=progress
        )
        planned = plans[phase].applied_to(planned)

    def played(which: Scenario, label: str, reference_days: bool) -> dict[str, PhaseTables]:
        def report(step: Progress) -> None:
            if progress is not None:
                progress(Progress(label, step.done, step.total))

        run = simulate(
            which,
            asked,
            days=None if reference_days else days,
            replications=replications,
            first_replication=CURVE_REPLICATIONS,
            seed=seed,
            jobs=jobs,
            reference_days=reference_days,
            progress=report,
        )
        return {tables.phase: tables for tables in run.phases}

    as_is = played(scenario, "as_is", False)
    as_planned = played(planned, "planned", False)
    reference_as_is = played(scenario, "reference_as_is", True)
    reference_planned = played(planned, "reference_planned", True)
    whole = days is None and set(asked) == {phase.id for phase in scenario.phases}

    def rolled_out(which: Scenario) -> pd.DataFrame:
        count = min(replications, ROLLOUT_REPLICATIONS)
        return play_rollout(
            which, replications=count, first_replication=CURVE_REPLICATIONS, seed=seed, jobs=jobs, progress=progress
        ).weeks

    return StudyData(
        scenario=scenario,
        planned_scenario=planned,
        phases=tuple(
            PhaseStudy(phase, as_is[phase], as_planned[phase], reference_as_is[phase], reference_planned[phase], plans[phase])
            for phase in asked
        ),
        seed=seed,
        replications=replications,
        curve_replications=CURVE_REPLICATIONS,
        rollout=RolloutStudy(rolled_out(scenario), rolled_out(planned)) if whole else None,
        seconds=perf_counter() - began,
    )


def plan_phase(
    scenario: Scenario,
    phase: str,
    *,
    days: int | None = None,
    seed: int = 1,
    max_moves: int | None = None,
    time_limit_s: float = 60.0,
    jobs: int | None = None,
    progress: Report | None = None,
) -> Plan:
    """Compute the response curves of a phase and the plan that is best on them."""
    curves = response_curves(
        scenario, phase, replications=range(CURVE_REPLICATIONS), seed=seed, days=days, jobs=jobs, progress=progress
    )
    return optimize(scenario, phase, curves, max_moves=max_moves, time_limit_s=time_limit_s)
