"""The whole rollout, week by week: JSON for programs, a table for people."""

from rich.table import Table
from rich.text import Text

from app.output import indicator_label, intervals_json, shown
from app.run_output import run_head
from app.speaker import Json, plain_table
from results.compare import WEEK_INDICATORS
from results.wording import Lang, say
from scenarios import Scenario
from sim import INDICATORS, Rollout, interval


def rollout_json(run: Rollout) -> Json:
    """The whole rollout as JSON: the province's indicators by week."""
    named = ["phase", "start", "end", "days"]
    weeks: list[Json] = []
    for _, rows in run.weeks.groupby(named, sort=False):
        phase, start, end, days = rows[named].iloc[0]
        head = {"phase": phase, "start": start.isoformat(), "end": end.isoformat(), "days": int(days)}
        figures = {name: rows[name].to_numpy(float) for name in INDICATORS}
        weeks.append(head | intervals_json(figures))
    return run_head(run) | {"weeks": weeks}


def weeks_table(run: Rollout, scenario: Scenario, lang: Lang) -> Table:
    """The whole rollout for a person: one row a week, a line where a phase begins."""
    heads = [say("report.week_of", lang), *(indicator_label(scenario, name, lang) for name in WEEK_INDICATORS)]
    table = plain_table(heads)
    for column in table.columns[1:]:
        column.justify = "right"
    last = ""
    for _, rows in run.weeks.groupby(["phase", "start"], sort=False):
        phase, start = rows[["phase", "start"]].iloc[0]
        if phase != last:
            table.add_section()
        last = phase
        cells = [shown(name, interval(rows[name].to_numpy(float)), lang) for name in WEEK_INDICATORS]
        table.add_row(Text(f"{phase} {say('report.day', lang, day=start)}"), *map(Text, cells))
    return table
