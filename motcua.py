"""The verbs in Python: `import motcua; motcua.study(motcua.load_scenario("tiny"))`. Each package is imported when first used."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.experiments.growth import growth
    from app.experiments.sweep import sweep
    from app.study import study
    from optimizer import optimize, read_plan, write_plan
    from results import write_report
    from results.compare import compare
    from results.early_warning import warn
    from scenarios import Scenario, ScenarioError, bundled, examine_scenario, load_scenario, write_scenario
    from sim import (
        Measures,
        draw_queues,
        play_choices,
        play_queues,
        play_rollout,
        queue_laws,
        response_curves,
        simulate,
        simulate_choices,
        simulate_queues,
    )

__all__ = [
    "Measures",
    "Scenario",
    "ScenarioError",
    "bundled",
    "compare",
    "draw_queues",
    "examine_scenario",
    "growth",
    "load_scenario",
    "optimize",
    "play_choices",
    "play_queues",
    "play_rollout",
    "queue_laws",
    "read_plan",
    "response_curves",
    "simulate",
    "simulate_choices",
    "simulate_queues",
    "study",
    "sweep",
    "warn",
    "write_plan",
    "write_report",
    "write_scenario",
]

_HOMES = {
    "app.experiments.growth": ("growth",),
    "app.experiments.sweep": ("sweep",),
    "app.study": ("study",),
    "optimizer": ("optimize", "read_plan", "write_plan"),
    "results": ("write_report",),
    "results.compare": ("compare",),
    "results.early_warning": ("warn",),
    "scenarios": ("Scenario", "ScenarioError", "bundled", "examine_scenario", "load_scenario", "write_scenario"),
    "sim": (
        "Measures",
        "draw_queues",
        "play_choices",
        "play_queues",
        "play_rollout",
        "queue_laws",
        "response_curves",
        "simulate",
        "simulate_choices",
        "simulate_queues",
    ),
}


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module 'motcua' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
