from .curves import Curve
from .levers import Lever, lever_worths
from .measured import Measures, PhaseMeasures
from .measures import INDICATORS, Interval, interval, offices, paired, province, units
from .queues import (
    PlayedQueues,
    Queues,
    draw_queues,
    play_choices,
    play_queues,
    queue_laws,
    simulate_choices,
    simulate_queues,
)
from .recorded_weeks import record_rollout
from .replay import Replay, record
from .response import response_curves
from .rollout import Rollout, play_rollout
from .run import Progress, Run, simulate
from .tables import OFFICE_COLUMNS, UNIT_COLUMNS, PhaseTables

__all__ = [
    "INDICATORS",
    "OFFICE_COLUMNS",
    "UNIT_COLUMNS",
    "Curve",
    "Interval",
    "Lever",
    "Measures",
    "PhaseMeasures",
    "PhaseTables",
    "PlayedQueues",
    "Progress",
    "Queues",
    "Replay",
    "Rollout",
    "Run",
    "draw_queues",
    "interval",
    "lever_worths",
    "offices",
    "paired",
    "play_choices",
    "play_queues",
    "play_rollout",
    "province",
    "queue_laws",
    "record",
    "record_rollout",
    "response_curves",
    "simulate",
    "simulate_choices",
    "simulate_queues",
    "units",
]
