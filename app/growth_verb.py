"""The verb `growth`: how much growth of demand each office bears, as a table, a file and a picture."""

from hashlib import sha256
from math import isfinite
from pathlib import Path

from rich.text import Text

from app.experiments.folder import OtherQuestion
from app.experiments.growth import Growth, growth
from app.inputs import writable
from app.output import indicator_label, known
from app.precision import check_indicator
from app.speaker import Fault, Json, Speaker, plain_table
from app.sweep_verb import SWEEPS
from results.charts import growth_figure, svg
from results.compare import LOST
from results.files import write_text
from results.growth import STATUSES, Breaking
from results.wording import LANGUAGES, Lang, indicator_text, number, say
from scenarios import Scenario, scenario_digest
from scenarios.cells import nearest

SHOWN = 25  #: offices of a phase in the table for a person
#: indicators that an office has and that get worse as more people come
BREAKABLE = (
    "share_wait_over_20",
    "share_wait_over_30",
    "wait_mean_min",
    "wait_p50_min",
    "wait_p90_min",
    "wait_p95_min",
    "overload_min_per_day",
    "overloaded_half_hours_per_day",
    LOST,
    "left_share",
    "balked_share",
    "sent_away_share",
    "queue_mean",
    "utilization",
    "overtime_min_per_day",
)


def grow_and_say(
    speaker: Speaker,
    scenario: Scenario,
    phases: tuple[str, ...],
    of: str,
    limit: float,
    *,
    least: float,
    most: float,
    step: float,
    days: int | None,
    replications: int,
    seed: int,
    out: Path | None,
    jobs: int | None,
) -> None:
    """Find where each office breaks, write table and pictures, and say it; least, most, step : per cent of today's demand."""
    check_indicator(of, directed=False)
    if of not in BREAKABLE:
        raise Fault("not_breakable", found=of, expected=nearest(of, BREAKABLE))
    if not step <= most:
        raise Fault("step", found=f"{step:g}", expected=f"{most:g}")
    asked = (scenario_digest(scenario), phases, of, least, most, step, days, replications, seed)
    folder = out or SWEEPS / f"{scenario.id}-growth-{sha256(repr(asked).encode()).hexdigest()[:10]}"
    writable(folder)
    with speaker.progress() as report:
        try:
            found = growth(
                scenario,
                phases=phases,
                indicator=of,
                limit=limit,
                least=least / 100,
                most=most / 100,
                step=step / 100,
                days=days,
                replications=replications,
                seed=seed,
                out=folder,
                jobs=jobs,
                progress=report,
            )
        except OtherQuestion as error:
            raise Fault("other_experiment", found=str(error.folder), expected=", ".join(error.differs)) from error
    paths = _draw(found, folder)
    if speaker.json:
        speaker.put(growth_json(found, folder))
        return
    for phase in phases:
        _say_phase(speaker, found, phase)
    speaker.line("experiment.rungs", count=len(found.rungs), played=found.played, seconds=found.seconds)
    for path in (folder, *paths):
        speaker.line("cli.written", path=str(path))


def growth_json(found: Growth, folder: Path) -> Json:
    """Where each office breaks, as JSON; growth is a share of today's demand, nothing where it holds to the end."""
    return {
        "scenario": found.scenario.id,
        "indicator": found.indicator,
        "limit": found.limit,
        "least": found.least,
        "most": found.most,
        "levels": len(found.rungs),
        "played": found.played,
        "seconds": found.seconds,
        "folder": str(folder),
        "offices": [
            {
                "phase": one.phase,
                "office": one.office,
                "status": one.status,
                "now": known(one.now),
                "growth": {"mean": known(one.growth), "low": known(one.low), "high": known(one.high)},
            }
            for one in found.found
        ],
    }


def _say_phase(speaker: Speaker, found: Growth, phase: str) -> None:
    rows = [one for one in found.found if one.phase == phase]
    names = {office.id: office.name for office in found.scenario.offices}
    table = plain_table([speaker.say(f"experiment.{name}") for name in ("office", "now", "breaks")])
    table.title, table.title_justify = Text(_title(found, phase, speaker.lang)), "left"
    for one in rows[:SHOWN]:
        name = names.get(one.office, "") or speaker.say("experiment.network")
        now = indicator_text(found.indicator, one.now, speaker.lang)
        table.add_row(Text(name), Text(now), Text(_growth_text(one, found, speaker.lang)))
    speaker.table(table)
    if len(rows) > SHOWN:
        speaker.line("experiment.more_offices", count=len(rows) - SHOWN)
    states = [one.status for one in rows if one.office]
    counts = {status: states.count(status) for status in STATUSES}
    speaker.line("experiment.grown", phase=phase, most=number(100 * found.most, speaker.lang, 0), **counts)


def _growth_text(one: Breaking, found: Growth, lang: Lang) -> str:
    """Growth with its interval in per cent, ends of the ladder as such."""

    def end(value: float) -> str:
        if not isfinite(value):
            return f"> {number(100 * found.most, lang, 0)}"
        return f"≤ {number(100 * value, lang, 0)}" if value <= found.least else number(100 * value, lang, 0)

    if one.status == "beyond":
        return f"{end(one.growth)}%"
    if one.growth <= found.least:
        return say("experiment.already", lang) + (f": {end(one.growth)}%" if found.least else "")
    text = f"{number(100 * one.growth, lang, 0, signed=True)}% {say('range', lang, low=end(one.low), high=end(one.high))}"
    return f"{say('experiment.already', lang)}: {text}" if one.status == "already" else text


def _title(found: Growth, phase: str, lang: Lang) -> str:
    named = found.scenario.phase(phase)
    return say(
        "experiment.growth_title",
        lang,
        phase=named.name_vi if lang == "vi" else named.name_en,
        indicator=indicator_label(found.scenario, found.indicator, lang),
        limit=indicator_text(found.indicator, found.limit, lang),
    )


def _draw(found: Growth, folder: Path) -> list[Path]:
    """A picture of each phase in each language."""
    names = {office.id: office.name for office in found.scenario.offices}
    paths = []
    for phase in found.phases:
        rows = [one for one in found.found if one.phase == phase]
        for lang in LANGUAGES:
            figure = growth_figure(rows, names, (found.least, found.most), _title(found, phase, lang), lang)
            name = f"growth-{phase}"
            paths.append(write_text(folder / f"{name}.{lang}.svg", svg(figure, f"{name}-{lang}")))
    return paths
