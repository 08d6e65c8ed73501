"""What is asked: typed, checked, frozen scenarios, read from folders of TOML and CSV or from a workbook."""

from .checks import check_scenario
from .load import bundled, examine_scenario, load_scenario
from .problems import Problem, ScenarioError
from .schema import Scenario
from .write import scenario_digest, write_scenario

__all__ = [
    "Problem",
    "Scenario",
    "ScenarioError",
    "bundled",
    "check_scenario",
    "examine_scenario",
    "load_scenario",
    "scenario_digest",
    "write_scenario",
]
