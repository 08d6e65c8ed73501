"""What to do: the integer program that reassigns officers, its outcome told truthfully, and the plan as a table."""

from .checker import check_plan
from .plan import Move, Plan, Reason, optimize, read_plan, write_plan
from .problem import StaffingProblem, staffing_problem
from .solve import Outcome

__all__ = [
    "Move",
    "Outcome",
    "Plan",
    "Reason",
    "StaffingProblem",
    "check_plan",
    "optimize",
    "read_plan",
    "staffing_problem",
    "write_plan",
]
