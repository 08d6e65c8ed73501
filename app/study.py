"""The main job: every phase as it is and as planned, on the same citizens, compared.

What plans and what tells of a study is imported when the first plays are under way.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any

from app.aims import USUAL, Aims
from app.meanwhile import Meanwhile
from app.replications import CURVE_REPLICATIONS, PLAN_REPLICATIONS
from optimizer.problem import NO_WISHES, ROUNDS, Wishes
from results.compare import Measured
from results.forms import TABLES, VERDICTS, WEEKS
from results.memory import NO_MEMORY, Memory, content_digest, played_digest
from results.validation import Verdict, Yardstick, validate
from scenarios.schema import Scenario
from sim import PhaseTables, play_rollout, simulate
from sim.run import Progress, Report, make_ready

if TYPE_CHECKING:
    import pandas as pd

    from app.given import Given
    from optimizer import Certificate, Choice, Plan, Trial
    from optimizer.loop import Loop
    from results.summary import StudyData

SWEEP_REPLICATIONS = 4  #: on which a certificate plays offices again, at first
SWEEPS = 3  #: of a certificate after which what was proven better is done, at most
TRADE_REPLICATIONS = 5  #: on which plans for several caps are simulated, at most
ROLLOUT_REPLICATIONS = 2  #: of the whole rollout week by week, at most
HELD_REPLICATIONS = 3  #: held against published figures, at most


@dataclass(frozen=True, slots=True)
class _Played:
    """A scenario played on the replications of the verdict."""

    own: dict[str, PhaseTables]  #: by phase, on its days
    reference: dict[str, PhaseTables]  #: on the common reference days
    weeks: "pd.DataFrame | None"  #: of the whole rollout


def study(
    scenario: Scenario,
    phases: Iterable[str] | None = None,
    *,
    days: int | None = None,
    replications: int = 10,
    seed: int = 1,
    max_moves: int | None = None,
    time_limit_s: float = 60.0,
    rounds: int = ROUNDS,
    jobs: int | None = None,
    progress: Report | None = None,
    aims: Aims = USUAL,
    wishes: Wishes = NO_WISHES,
    given: "Given | None" = None,
    certified: bool = False,
    sweeps: int = SWEEPS,
    traded: bool = False,
    yardstick: Callable[[], Yardstick] | None = None,
    beside: Callable[[], object] | None = None,
    memory: Memory = NO_MEMORY,
) -> "StudyData":
    """Simulate each phase as it is, plan it, and simulate the plan on citizens that the plan never saw.

    days : working days a phase in whole weeks, all when None; replications : of the verdict, numbered after those of
    the curves; max_moves : changes of office a phase, the phase's own limit when None; aims : what else is asked of the
    plan; wishes : who is to stay, to keep away or to be somewhere; given : a plan to judge, none is made then; certified :
    whether single changes of the plan are tried, too; sweeps : after how many of them, at most, those that are surely better
    are made, before the plan is simulated; none of a plan that was given, nor for the worst office first; traded : whether
    plans for fewer moves are made, too; yardstick : reads figures published of the scenario, once plays are under way; beside :
    what else is to be done on cores that the program leaves idle, if there are any; memory : where the side as it is is kept,
    and found when it was asked for before; a plan is always played. When every phase is asked for on all its days, the whole
    rollout is played too, as one run across the phase lines, and held against the published figures.
    """
    began = perf_counter()
    asked = tuple(phases) if phases is not None else tuple(phase.id for phase in scenario.phases)
    whole = days is None and set(asked) == {phase.id for phase in scenario.phases}
    measured = Measured()

    def run(which: Scenario, label: str, reference_days: bool, kept: Memory, report: Report | None) -> dict[str, PhaseTables]:
        def show(step: Progress) -> None:
            if report is not None:
                report(Progress(label, step.done, step.total))

        how: dict[str, Any] = {
            "days": None if reference_days else days,
            "replications": replications,
            "first_replication": PLAN_REPLICATIONS,
            "seed": seed,
            "reference_days": reference_days,
        }

        def made(phases: tuple[str, ...]) -> dict[str, PhaseTables]:
            return {one.phase: one for one in simulate(which, phases, jobs=jobs, progress=show, **how).phases}

        found = kept.each(label, asked, made, TABLES, scenario=played_digest(which), **how)
        for one in found.values():  # while others play: at the end nobody does
            measured.ahead(one, which, by_office=not reference_days)
        return found

    def played(which: Scenario, state: str, kept: Memory, report: Report | None) -> _Played:
        count = min(replications, ROLLOUT_REPLICATIONS)
        how: dict[str, Any] = {"replications": count, "first_replication": PLAN_REPLICATIONS, "seed": seed}

        def made() -> "pd.DataFrame":
            return play_rollout(which, jobs=jobs, by_office=False, digested=False, progress=report, **how).weeks

        own = run(which, state, False, kept, report)
        weeks = kept.one("rollout", made, WEEKS, scenario=played_digest(which), **how) if whole else None
        return _Played(own, run(which, f"reference_{state}", True, kept, report), weeks)  # many short plays last: no core waits

    def held(against: Yardstick | None, report: Report) -> tuple[Verdict, ...]:
        if against is None or not against.figures or not whole:
            return ()
        how: dict[str, Any] = {"replications": min(replications, HELD_REPLICATIONS), "seed": seed}
        made = partial(validate, against, jobs=jobs, progress=report, **how)
        figures = [asdict(one) for one in against.figures]
        scenarios = {variant: content_digest(one) for variant, one in against.scenarios.items()}
        return memory.one("validation", made, VERDICTS, figures=figures, scenarios=scenarios, **how)

    seen: list[tuple[Scenario, _Played]] = []

    def judge(plan: "Plan") -> None:
        if not certified:  # else it may change yet
            planned = plan.applied_to(scenario)
            seen.append((planned, played(planned, "planned", NO_MEMORY, progress)))

    memory.make_ready()
    make_ready(scenario, asked, days=days, seed=seed)
    with Meanwhile(jobs, progress) as aside, Meanwhile(jobs, progress) as meanwhile:
        before = meanwhile.start(partial(played, scenario, "as_is", memory))
        from app.given import judged, without_additions
        from app.planning import Planned, at_home, planned_phases, predicted_by_playing, told_by
        from optimizer.loop import JUDGED
        from results.summary import PhaseStudy, RolloutStudy, StudyData

        if beside is not None:
            aside.start(lambda _: beside())
        against = yardstick() if yardstick is not None else None
        verdicts = meanwhile.start(partial(held, against))
        home = at_home(scenario, asked, days=days, seed=seed, jobs=jobs, progress=progress, memory=memory)
        if given is not None:
            told = judged(scenario, given, home.curves, max_moves=max_moves)
            made = Planned(told.plan, told.rounds, told.best, told)
        else:
            made = planned_phases(
                scenario,
                asked,
                home=home,
                days=days,
                seed=seed,
                max_moves=max_moves,
                time_limit_s=time_limit_s,
                rounds=rounds,
                jobs=jobs,
                progress=progress,
                aims=aims,
                wishes=wishes,
                memory=NO_MEMORY if certified else memory,
                judge=judge,
            )
        home.rooms.clear()
        plan, certificates, changes = made.plan, tuple["Certificate", ...](), tuple["Trial", ...]()
        if certified and made.loop is not None and made.loop.staffing is not None:
            most = 0 if given is not None or aims.objective == "worst" else sweeps
            plan, certificates, changes = _certified(
                scenario, made.loop, given, most, seed=seed, days=days, jobs=jobs, progress=progress
            )
        planned = plan.applied_to(scenario)
        if given is not None or changes:
            plan = predicted_by_playing(plan, planned, days=days, seed=seed, jobs=jobs)
        known = [found for which, found in seen if which == planned]
        after = known[0] if known else played(planned, "planned", NO_MEMORY, progress)
        as_is, validation = before(), verdicts()
    parts = {part.phase: part for part in plan.phases}
    last = []
    if made.rounds and replications > 1 and not changes:  # a single one has no interval; what was changed is of no round
        last.append(told_by(plan, made.rounds[made.best], after.own.values(), JUDGED))
    choices: tuple[Choice, ...] = ()
    if traded:
        from optimizer.trade_off import trade_off

        rules = aims.rules(scenario, asked, replications=range(CURVE_REPLICATIONS), days=days, seed=seed, jobs=jobs)
        numbers = range(PLAN_REPLICATIONS, PLAN_REPLICATIONS + min(replications, TRADE_REPLICATIONS))
        free, bare, kept = scenario, plan, wishes
        if given is not None:  # what it adds is in every plan held beside it
            free, bare, kept = given.unmoved(scenario), without_additions(plan), Wishes(pinned=given.posts(scenario))
        choices = trade_off(
            free, home.curves, plan=bare, replications=numbers, days=days, seed=seed, time_limit_s=time_limit_s, jobs=jobs,
            progress=progress, max_moves=max_moves, wishes=kept, **rules,
        )  # fmt: skip
    return StudyData(
        scenario=scenario,
        planned_scenario=planned,
        phases=tuple(
            PhaseStudy(phase, as_is.own[phase], after.own[phase], as_is.reference[phase], after.reference[phase], parts[phase])
            for phase in asked
        ),
        seed=seed,
        replications=replications,
        curve_replications=PLAN_REPLICATIONS,
        rollout=RolloutStudy(as_is.weeks, after.weeks) if as_is.weeks is not None and after.weeks is not None else None,
        validation=validation,
        seconds=perf_counter() - began,
        outcome=plan.outcome,
        rounds=(*made.rounds, *last),
        curves=home.curves,
        certificates=certificates,
        made=changes,
        choices=choices,
        measured=measured,
    )


def _certified(
    scenario: Scenario,
    loop: "Loop",
    given: "Given | None",
    sweeps: int,
    *,
    seed: int,
    days: int | None,
    jobs: int | None,
    progress: Report | None,
) -> "tuple[Plan, tuple[Certificate, ...], tuple[Trial, ...]]":
    """The plan of a loop with its certificate, after the changes that this one asked for; none without sweeps."""
    from app.given import without_additions
    from app.planning import sweep_numbers
    from optimizer.improvement import improve

    base, plan = (scenario, loop.plan) if given is None else (given.planned, without_additions(loop.plan))
    improved = improve(
        scenario, base, plan, loop.problem, sweeps, program=loop.program, replications=sweep_numbers(SWEEP_REPLICATIONS),
        seed=seed, days=days, jobs=jobs, progress=progress,
    )  # fmt: skip
    return improved.plan if improved.made else loop.plan, improved.certificates, improved.made
