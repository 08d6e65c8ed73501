"""The country played and shown: one row a province, and all together."""

from dataclasses import dataclass
from functools import partial
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from app.speaker import Fault, Json, plain_table
from results.wording import Lang, indicator_text, number, say
from scenarios.library.country import country_province, provinces
from sim.cluster import Cluster
from sim.country import ProvinceRun, country_digest, country_indicators, play_country
from sim.measures import Interval
from sim.run import Progress, Report

COUNTS = ("units", "offices", "officers")


@dataclass(frozen=True, slots=True)
class CountryRun:
    """All provinces asked for."""

    seed: int
    scale: float
    replications: int
    seconds: float
    provinces: tuple[ProvinceRun, ...]

    @property
    def days(self) -> int:
        return self.provinces[0].days

    @property
    def offices(self) -> int:
        return sum(run.offices for run in self.provinces)

    @property
    def visits(self) -> int:
        return int(self.sums[:, 0].sum())

    @property
    def digest(self) -> str:
        return country_digest(self.provinces)

    @property
    def sums(self) -> NDArray[np.int64]:
        return np.asarray(np.sum([run.sums for run in self.provinces], axis=0))


def played(
    asked: list[str] | None,
    *,
    days: int | None,
    replications: int,
    seed: int,
    scale: float,
    jobs: int | Cluster | None,
    progress: Report,
) -> CountryRun:
    """Play the provinces asked for, in order of code; Fault for an unknown one."""
    known = [province.code for province in provinces()]
    for code in asked or ():
        if code not in known:
            raise Fault("province", found=code, expected=" ".join(known))
    codes = [code for code in known if not asked or code in asked]
    began, found = perf_counter(), []
    scenario = partial(country_province, scale=scale)
    for run in play_country(codes, scenario, days=days, replications=replications, seed=seed, jobs=jobs):
        found.append(run)
        progress(Progress("country", len(found), len(codes)))
    return CountryRun(seed, scale, replications, perf_counter() - began, tuple(found))


def country_json(run: CountryRun) -> Json:
    """The country as JSON."""
    return {
        "synthetic": True,
        "seed": run.seed,
        "scale": run.scale,
        "replications": run.replications,
        "days": run.days,
        "visits": run.visits,
        "seconds": run.seconds,
        "digest": run.digest,
        "country": _intervals(country_indicators(run.sums, run.days)),
        "provinces": [_province_json(one) for one in run.provinces],
    }


def _province_json(run: ProvinceRun) -> Json:
    head = {"id": run.scenario_id, "name_vi": run.name_vi, "name_en": run.name_en, "citizens": run.citizens, "digest": run.digest}
    head |= {"processor_s": run.seconds}
    return head | {name: getattr(run, name) for name in COUNTS} | _intervals(country_indicators(run.sums, run.days))


def _intervals(indicators: dict[str, Interval]) -> Json:
    return {name: {"mean": one.mean, "low": one.low, "high": one.high} for name, one in indicators.items()}


def country_table(run: CountryRun, lang: Lang) -> Table:
    """One row a province, the whole last."""
    together = country_indicators(run.sums, run.days)
    heads = [say("cli.column_province", lang), *(say(f"cli.column_{name}", lang) for name in COUNTS)]
    table = plain_table([*heads, *(say(f"indicator.{name}", lang, standard=20, long=30) for name in together)])
    for column in table.columns[1:]:
        column.justify = "right"
    for one in run.provinces:
        counts = [number(getattr(one, name), lang) for name in COUNTS]
        title = one.name_vi if lang == "vi" else one.name_en
        table.add_row(title, *counts, *_cells(country_indicators(one.sums, one.days), lang))
    totals = [number(sum(getattr(one, name) for one in run.provinces), lang) for name in COUNTS]
    table.add_row(say("cli.country_total", lang), *totals, *_cells(together, lang))
    return table


def _cells(indicators: dict[str, Interval], lang: Lang) -> list[str]:
    return [indicator_text(name, one.mean, lang) for name, one in indicators.items()]
