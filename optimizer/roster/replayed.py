"""A faster judge of one office: the recorded run played again with other counter hours."""

from scenarios.phases import phase_view
from scenarios.rosters import Duty
from scenarios.schema import Scenario
from sim.replay import record
from sim.run import compile_days

from .hours import TRAINING, Evaluate
from .load import Chance


def replayed(scenario: Scenario, phase: str, chance: Chance = TRAINING) -> Evaluate:
    """Return an evaluator for `place_counter_hours`: citizens come as in the run as it is, whatever they meet."""
    view = phase_view(scenario, phase)
    compiled = compile_days(scenario, phase, seed=chance.seed, days=chance.days)
    replay = record(scenario, compiled, chance.replications, jobs=chance.jobs)

    def evaluate(office: str, hours: Duty) -> float:
        crew = [view.officers[name] for name in view.crew(office)]
        return float(replay.office_overload_s(office, crew, hours).mean())

    return evaluate
