"""A run of the phases asked for: JSON for programs, a table for people."""

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from app.output import indicator_label, interval_json, intervals_json, phase_head, shown
from app.speaker import Json, plain_table
from results.wording import Lang, say
from scenarios import Scenario
from scenarios.phases import phase_view
from sim import Measures, PhaseMeasures, Run, interval

if TYPE_CHECKING:
    from sim import Rollout


def run_head(run: "Run | Rollout") -> Json:
    """What was played, as JSON."""
    return {
        "scenario": run.scenario_id,
        "seed": run.seed,
        "replications": run.replications,
        "engine": run.engine,
        "digest": run.digest,
        "citizens": run.citizens,
        "seconds": run.seconds,
    }


def run_json(run: Run, measures: Measures, scenario: Scenario) -> Json:
    """A run as JSON."""
    return run_head(run) | {"phases": [phase_json(measured, scenario) for measured in measures.phases]}


def phase_json(measured: PhaseMeasures, scenario: Scenario) -> Json:
    """A phase of a run as JSON."""
    phase, view = scenario.phase(measured.phase), phase_view(scenario, measured.phase)
    rows = []
    for name in measured.office_ids:
        office, figures = view.offices[name], measured.office(name)
        head = {"id": office.id, "name": office.name, "kind": office.kind, "crew": len(view.crew(name))}
        rows.append(head | {key: interval_json(found) for key, found in figures.items() if key != "crew"})
    return {
        "phase": measured.phase,
        "start": phase.start.isoformat(),
        "end": phase.end.isoformat(),
        "days": measured.days,
        "province": intervals_json(measured.figures),
        "offices": rows,
    }


def run_table(measures: Measures, scenario: Scenario, lang: Lang) -> Table:
    """A run for a person: indicators of the network, one column a phase."""
    table = plain_table([say("cli.column_indicator", lang)])
    for measured in measures.phases:
        table.add_column(Text(phase_head(scenario, measured.phase, measured.days, lang)), justify="right")
    phases = [measured.figures for measured in measures.phases]
    for name in phases[0]:
        cells = [shown(name, interval(figures[name]), lang) for figures in phases]
        table.add_row(Text(indicator_label(scenario, name, lang)), *map(Text, cells))
    return table
