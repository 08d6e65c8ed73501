"""How a figure is put out: as JSON a program can hold, or with its interval for a person."""

from collections.abc import Mapping
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from app.speaker import Json
from results.wording import Lang, indicator_text, range_text, say
from scenarios import Scenario
from sim import Interval, interval


def known(value: float) -> float | None:
    """A number JSON can hold: nothing for what is not finite."""
    return float(value) if isfinite(value) else None


def interval_json(found: Interval) -> Json:
    """An interval as JSON."""
    return {"mean": known(found.mean), "low": known(found.low), "high": known(found.high)}


def intervals_json(figures: Mapping[str, NDArray[np.float64]]) -> Json:
    """Intervals of every indicator, of its figures by replication."""
    return {name: interval_json(interval(values)) for name, values in figures.items()}


def indicator_label(scenario: Scenario, indicator: str, lang: Lang) -> str:
    """Name of an indicator."""
    rules = scenario.indicators
    return say(f"indicator.{indicator}", lang, standard=rules.wait_standard_min, long=rules.wait_long_min)


def shown(indicator: str, found: Interval, lang: Lang, *, change: bool = False) -> str:
    """A mean with its interval, for a person."""
    mean = indicator_text(indicator, found.mean, lang, change=change)
    return f"{mean} {range_text(indicator, found.low, found.high, lang, change=change)}".strip()


def phase_head(scenario: Scenario, phase_id: str, days: int, lang: Lang) -> str:
    """Title of a phase."""
    phase = scenario.phase(phase_id)
    return say("cli.phase_head", lang, name=phase.name_vi if lang == "vi" else phase.name_en, phase=phase_id, days=days)
