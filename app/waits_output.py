"""Percentiles of waits with three intervals: of the mean over replications, of all waits together, of a typical replication."""

from dataclasses import dataclass

from rich.table import Table
from rich.text import Text

from app.output import interval_json, phase_head, shown
from app.speaker import Json, Speaker
from results.statistics import pooled_percentile, quantile_interval
from scenarios import Scenario
from sim import Interval, PhaseMeasures, interval
from sim.measures import percentile_min

SHARES = (50, 75, 90, 95, 99)
INDICATOR = "wait_p90_min"  #: after whose manner minutes are written


@dataclass(frozen=True, slots=True)
class Percentile:
    """One percentile of the waits of a phase, minutes."""

    share: int
    mean: Interval  #: of the percentiles of the replications, Student
    pooled: Interval  #: of all waits together, bootstrap over replications
    median: Interval  #: of the percentiles of the replications, between order statistics


def percentiles_of(measured: PhaseMeasures) -> tuple[Percentile, ...]:
    """Percentiles of the waits of all who were called, of the whole network."""
    together = measured.waits
    found = []
    for share in SHARES:
        each = percentile_min(together, share)
        found.append(Percentile(share, interval(each), pooled_percentile(together, share), quantile_interval(each)))
    return tuple(found)


def waits_json(measured: PhaseMeasures) -> Json:
    """Percentiles as JSON."""
    return {
        "phase": measured.phase,
        "percentiles": [
            {
                "share": one.share,
                "mean_of_replications": interval_json(one.mean),
                "all_waits": interval_json(one.pooled),
                "median_replication": interval_json(one.median),
            }
            for one in percentiles_of(measured)
        ],
    }


def say_waits(speaker: Speaker, measured: PhaseMeasures, scenario: Scenario) -> None:
    """Percentiles for a person."""
    title = speaker.say("statistics.waits", phase=phase_head(scenario, measured.phase, measured.days, speaker.lang))
    table = Table(title=Text(title), title_justify="left")
    for name in ("waiting_at_most", "mean_of_replications", "all_waits", "median_replication"):
        table.add_column(Text(speaker.say(f"statistics.{name}")), justify="right")
    for one in percentiles_of(measured):
        cells = [shown(INDICATOR, found, speaker.lang) for found in (one.mean, one.pooled, one.median)]
        table.add_row(f"{one.share}%", *map(Text, cells))
    speaker.table(table)
