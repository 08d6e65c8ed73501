from .additions import Addition
from .certificate import Certificate, certify
from .checker import check_plan
from .conflicts import Conflict, NamedRule, find_conflict
from .loop import Loop, Round, closed_loop
from .next_person import NextPerson
from .plan import Move, PhasePlan, Plan, Reason, optimize, read_plan, write_plan
from .problem import Allowance, StaffingProblem, Wishes, staffing_problem
from .reasons import Alternative
from .roster.checker import check_roster
from .roster.hours import place_counter_hours
from .roster.plan import RosterPlan
from .roster.problem import RosterRules
from .roster.secondments import second
from .sieves import Trial
from .solve import Outcome, Stage
from .trade_off import Choice, trade_off

__all__ = [
    "Addition",
    "Allowance",
    "Alternative",
    "Certificate",
    "Choice",
    "Conflict",
    "Loop",
    "Move",
    "NamedRule",
    "NextPerson",
    "Outcome",
    "PhasePlan",
    "Plan",
    "Reason",
    "RosterPlan",
    "RosterRules",
    "Round",
    "StaffingProblem",
    "Stage",
    "Trial",
    "Wishes",
    "certify",
    "check_plan",
    "check_roster",
    "closed_loop",
    "find_conflict",
    "optimize",
    "place_counter_hours",
    "read_plan",
    "second",
    "staffing_problem",
    "trade_off",
    "write_plan",
]
