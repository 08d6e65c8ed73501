"""The verb `sweep`: points of a design played and kept, tables for people and programs, pictures of what matters."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from math import isfinite
from pathlib import Path
from statistics import median

from rich.table import Table
from rich.text import Text

from app.experiments.design import Design, Kind, Level
from app.experiments.folder import OtherQuestion
from app.experiments.points import Base, points
from app.experiments.sweep import Sweep, sweep
from app.inputs import writable
from app.output import indicator_label, interval_json, shown
from app.precision import check_indicator
from app.speaker import Fault, Json, Speaker, plain_table
from results.charts import morris_figure, sobol_figure, svg, tornado_figure
from results.experiment_tables import PointFigure
from results.files import write_text
from results.sensitivity import Measure, Sensitivity
from results.wording import LANGUAGES, Lang, indicator_text, number, say
from scenarios import Scenario, scenario_digest
from sim import Interval

SWEEPS = Path("sweeps")
SHOWN = 40  #: points in the table for a person
#: in the table for a person, sorted by the first
MEASURES: Mapping[Kind, tuple[Measure, ...]] = {"morris": ("mu_star", "mu", "sigma"), "sobol": ("total", "first")}


def sweep_and_say(speaker: Speaker, base: Base, design: Design, of: str, *, out: Path | None, jobs: int | None) -> None:
    """Play a design, write its tables and pictures, and say what came of it; Fault for a folder of another experiment."""
    check_indicator(of, directed=False)
    if of not in design.indicators:
        raise Fault("not_measured", found=of, expected=", ".join(design.indicators))
    folder = out or SWEEPS / f"{base.scenario.id}-{_hash(base, design)}"
    writable(folder)
    with speaker.progress() as report:
        try:
            found = sweep(base, design, out=folder, jobs=jobs, progress=report)
        except OtherQuestion as error:
            raise Fault("other_experiment", found=str(error.folder), expected=", ".join(error.differs)) from error
    paths = _draw(found, of, folder)
    if speaker.json:
        speaker.put(sweep_json(found, of, folder))
        return
    for phase in found.phases:
        _say_phase(speaker, found, phase, of)
    for factor in found.idle:
        speaker.line("experiment.idle", factor=factor)
    speaker.line(
        "experiment.swept",
        points=len(found.points),
        played=found.played,
        kept=len(found.points) - found.played,
        replications=design.replications,
        seconds=found.seconds,
    )
    for path in (folder, *paths):
        speaker.line("cli.written", path=str(path))


def _hash(base: Base, design: Design) -> str:
    return sha256(repr((scenario_digest(base.scenario), design)).encode()).hexdigest()[:10]


def sweep_json(found: Sweep, of: str, folder: Path) -> Json:
    """A sweep as JSON: every point with its factors and indicators, and the measures of sensitivity."""
    figures: dict[tuple[int, str], Json] = {}
    for one in found.figures:
        told = {**interval_json(one.value), "change": interval_json(one.change)}
        figures.setdefault((one.point, one.phase), {})[one.indicator] = told
    results: list[Json] = []
    for rank, values in enumerate(points(found.design)):
        factors = {factor.name: value for factor, value in zip(found.design.factors, values, strict=True)}
        results += [{"point": rank, "phase": phase, "factors": factors, **figures[rank, phase]} for phase in found.phases]
    return {
        "scenario": found.scenario.id,
        "design": found.design.kind,
        "points": len(found.points),
        "played": found.played,
        "replications": found.design.replications,
        "seed": found.design.seed,
        "seconds": found.seconds,
        "of": of,
        "folder": str(folder),
        "without_effect": list(found.idle),
        "results": results,
        "sensitivity": [
            {"phase": phase, "indicator": indicator, **asdict(one), "value": interval_json(one.value)}
            for (phase, indicator), measures in found.sensitivities.items()
            for one in measures
        ],
    }


def _say_phase(speaker: Speaker, found: Sweep, phase: str, of: str) -> None:
    """A table of measures, or of points with the indicator and its change."""
    lang, figures = speaker.lang, _figures(found, phase, of)
    measures = found.sensitivities.get((phase, of), ())
    table = _measures_table(speaker, found, measures, of) if measures else _points_table(speaker, found, figures, of)
    table.title = Text(f"{_phase_name(found.scenario, phase, lang)}: {indicator_label(found.scenario, of, lang)}")
    table.title_justify = "left"
    speaker.table(table)
    if not measures and len(figures) > SHOWN:
        speaker.line("experiment.more_points", count=len(figures) - SHOWN)
    means = sorted(one.value.mean for one in figures if isfinite(one.value.mean)) or [float("nan")]
    low, middle, high = (indicator_text(of, value, lang) for value in (means[0], median(means), means[-1]))
    speaker.line("experiment.spread", phase=phase, indicator=of, low=low, middle=middle, high=high)


def _figures(found: Sweep, phase: str, of: str) -> list[PointFigure]:
    return [one for one in found.figures if (one.phase, one.indicator) == (phase, of)]


def _points_table(speaker: Speaker, found: Sweep, figures: Sequence[PointFigure], of: str) -> Table:
    names = [factor.name for factor in found.design.factors]
    table = plain_table([speaker.say("experiment.point"), *names, of, speaker.say("experiment.change")])
    for one, values in zip(figures[:SHOWN], points(found.design), strict=False):
        change = shown(of, one.change, speaker.lang, change=True) if one.point else ""
        levels = [_level_text(value, speaker.lang) for value in values]
        table.add_row(*map(Text, (str(one.point), *levels, shown(of, one.value, speaker.lang), change)))
    return table


def _measures_table(speaker: Speaker, found: Sweep, measures: Sequence[Sensitivity], of: str) -> Table:
    wanted = MEASURES[found.design.kind]
    table = plain_table([speaker.say(f"experiment.{name}") for name in ("factor", *(f"measure_{one}" for one in wanted))])
    by_place = {(one.factor, one.measure): one.value for one in measures}
    leading = sorted((-one.value.mean, one.factor) for one in measures if one.measure == wanted[0])
    for _, factor in leading:
        cells = [_measure_text(by_place[factor, one], of, one, speaker.lang) for one in wanted]
        table.add_row(Text(factor), *map(Text, cells))
    return table


def _measure_text(value: Interval, of: str, measure: Measure, lang: Lang) -> str:
    if measure in ("mu_star", "mu", "sigma"):
        return shown(of, value, lang, change=measure == "mu")
    low, high = (number(end, lang, 2) for end in (value.low, value.high))
    return f"{number(value.mean, lang, 2)} {say('range', lang, low=low, high=high)}"


def _level_text(value: Level | None, lang: Lang) -> str:
    if value is None:
        return "·"
    if isinstance(value, float):
        return number(value, lang, len(f"{value:.6g}".partition(".")[2]))
    return value or say("experiment.as_is", lang)


def _phase_name(scenario: Scenario, phase: str, lang: Lang) -> str:
    found = scenario.phase(phase)
    return found.name_vi if lang == "vi" else found.name_en


def _draw(found: Sweep, of: str, folder: Path) -> list[Path]:
    """Pictures of a design that has one, by phase and language."""
    paths = []
    for phase in found.phases:
        for lang in LANGUAGES:
            label = indicator_label(found.scenario, of, lang)
            title = say("experiment.sobol_title", lang, phase=_phase_name(found.scenario, phase, lang), indicator=label)
            if found.design.kind == "tornado":
                figure = tornado_figure(_changes(found, phase, of, lang), of, title, label, lang)
            elif measures := found.sensitivities.get((phase, of)):
                sobol = found.design.kind == "sobol"
                figure = sobol_figure(measures, title, lang) if sobol else morris_figure(measures, title, label, lang)
            else:
                continue
            name = f"{found.design.kind}-{phase}"
            paths.append(write_text(folder / f"{name}.{lang}.svg", svg(figure, f"{name}-{lang}")))
    return paths


def _changes(found: Sweep, phase: str, of: str, lang: Lang) -> list[tuple[str, list[tuple[str, Interval]]]]:
    """What each factor of a tornado changes at each of its values."""
    figures = _figures(found, phase, of)[1:]
    changes = []
    for factor in found.design.factors:
        own, figures = figures[: len(factor.ends())], figures[len(factor.ends()) :]
        levels = [(_level_text(end, lang), one.change) for end, one in zip(factor.ends(), own, strict=True)]
        changes.append((factor.name, levels))
    return changes
