"""A plan that was given in tables, not made here, told by the curves as one that was made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from app.speaker import Fault
from optimizer.additions import LEVERS, Addition
from optimizer.loop import Loop
from optimizer.narrowing import plan_of_rows, staffing_of_plan
from optimizer.plan import Plan, plan_of
from optimizer.problem import StaffingProblem, Wishes, staffing_problem
from scenarios.schema import Scenario
from sim import Curve

OPTION_KINDS = frozenset(LEVERS.values())


@dataclass(frozen=True, slots=True)
class Given:
    """A plan as its tables have it."""

    planned: Scenario  #: with its assignments, and what it adds
    additions: tuple[tuple[str, Addition], ...] = ()  #: by phase

    @property
    def phases(self) -> set[str]:
        """Phases that the tables name."""
        return {row.phase for row in self.planned.assignments} | {phase for phase, _ in self.additions}

    @property
    def unseen(self) -> bool:
        """Whether it adds what curves about home do not tell of: volunteers, counters kept for some."""
        return any(one.kind in OPTION_KINDS for _, one in self.additions)

    def unmoved(self, scenario: Scenario) -> Scenario:
        """A scenario with what the plan adds, and nobody sent anywhere by it."""
        return self.planned.model_copy(update={"assignments": scenario.assignments})

    def posts(self, scenario: Scenario) -> frozenset[str]:
        """Officers whom the plan adds to a scenario; they stay where their post is."""
        return frozenset(one.id for one in self.planned.officers) - {one.id for one in scenario.officers}


def planned_within(problem: StaffingProblem, planned: Scenario) -> Plan:
    """The plan that a scenario's assignments make; Fault where somebody serves outside the problem."""
    sent_to = {(row.phase, row.officer): row.office for row in planned.assignments}
    for phase in problem.phases:
        for one in phase.classes:
            for officer in one.officers:
                office = sent_to.get((phase.phase, officer), one.home)
                if office not in {target.office for target in one.targets}:
                    raise Fault("not_in_problem", officer=officer, found=office, phase=phase.phase)
    return plan_of_rows(problem, planned.assignments)


def with_added(plan: Plan, given: Given) -> Plan:
    """A plan with what the tables add in its phases."""
    parts = (replace(part, additions=tuple(one for phase, one in given.additions if phase == part.phase)) for part in plan.phases)
    return replace(plan, phases=tuple(parts))


def without_additions(plan: Plan) -> Plan:
    """The moves of a plan alone."""
    return replace(plan, phases=tuple(replace(part, additions=()) for part in plan.phases))


def judged(scenario: Scenario, given: Given, curves: Mapping[str, Sequence[Curve]], *, max_moves: int | None = None) -> Loop:
    """A given plan in the place of one that a loop made: reasons and predictions by curves about home, no rounds."""
    problem = staffing_problem(given.planned, curves, max_moves=max_moves, wishes=Wishes(pinned=given.posts(scenario)))
    plan = planned_within(problem, given.planned)
    plan = replace(plan, outcome=replace(plan.outcome, status="given"))
    home = plan_of(staffing_problem(scenario, curves), plan.outcome, None, reasons=False)
    before = {part.phase: part.as_is_predicted_overload_min_per_day for part in home.phases}
    parts = (replace(part, as_is_predicted_overload_min_per_day=before[part.phase], still=None) for part in plan.phases)
    staffing, _ = staffing_of_plan(problem, plan)
    return Loop(with_added(replace(plan, phases=tuple(parts)), given), problem, staffing, (), 0)
