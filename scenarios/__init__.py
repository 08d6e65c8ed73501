"""What is asked: typed, checked, frozen scenarios, read from folders of TOML and CSV or from a workbook."""

from .checks import check_scenario
from .disturbances import DISTURBANCES, disturb
from .load import bundled, examine_scenario, load_scenario
from .problems import Problem, ScenarioError
from .schema import Scenario
from .write import scenario_digest, write_scenario

__all__ = [
    "DISTURBANCES",
    "Problem",
    "Scenario",
    "ScenarioError",
    "bundled",
    "check_scenario",
    "disturb",
    "examine_scenario",
    "load_scenario",
    "scenario_digest",
    "write_scenario",
]
