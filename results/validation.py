"""The simulated system against published figures: nothing is tuned, what misses is shown as a miss.

Published figures are data: `validation/published.csv` beside a scenario, one row a figure. Dossiers handed in at counters
are simulated; those from afar enter with their expected number, as they bring no visit.
"""

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, timedelta
from functools import cache
from io import StringIO
from math import isfinite, isnan, nan
from pathlib import Path
from typing import Literal, Self, get_args

import numpy as np
from numpy.typing import NDArray

from scenarios import Problem, Scenario, ScenarioError, bundled, load_scenario
from scenarios.cells import nearest
from scenarios.load import LIBRARY
from scenarios.phases import LEVELS, PhaseView, phase_view
from scenarios.schema import ANY, told_in
from sim import Interval, PhaseTables, interval
from sim.columns import COUNTED_FETCHING, COUNTED_FIELDS, COUNTED_VISITS, Tables
from sim.network import Compiled, assisted_share, online_self_share, postal_share
from sim.run import Progress, Report, compile_days, play, play_counted, spread
from sim.tables import compact, stacked

from .wording import Lang, number, percent, say

Quantity = Literal[
    "dossiers",
    "dossiers_per_month",
    "dossiers_per_day",
    "online_share",
    "field_share",
    "on_time_share",
    "visits_per_day",
    "service_visits_per_day",
    "fetches_per_day",
    "counter_use",
    "dossiers_per_counter_day",
]
State = Literal["inside", "unclear", "above", "below", "unplayed"]  #: unplayed: nothing of it falls on the days played
PUBLISHED_FILE = Path("validation") / "published.csv"
ROUNDING = 0.05  #: room given to a figure that was published without a range
SHARES = ("online_share", "field_share", "on_time_share", "counter_use")
AT_AN_OFFICE = ("visits_per_day", "service_visits_per_day", "fetches_per_day", "counter_use", "dossiers_per_counter_day")

PLAYED = timedelta(days=14)  #: at least, of a phase
OF_THE_WHOLE = ("on_time_share", "counter_use")  #: quantities read from the tables of a whole phase


@dataclass(frozen=True, slots=True)
class Published:
    """A published figure: low and high are equal when there is one. `fields` and `of` are field ids, levels or `*`, a `-`
    takes out; `place` is an office, an office kind (its middle office) or units; `variant` is played in place of the base;
    `start` and `end` are the days meant, as text, empty = the whole phase; `basis` is published or by_hand."""

    id: str
    name_vi: str
    name_en: str
    quantity: Quantity
    fields: str
    of: str
    place: str
    phase: str
    variant: str
    start: str
    end: str
    low: float
    high: float
    basis: str
    source: str
    note_vi: str
    note_en: str
    source_vi: str = ""  #: the source in Vietnamese, empty = as it stands; the one column that a file may leave out

    def told(self, lang: Lang) -> str:
        """Where published, in a language."""
        return told_in(lang, english=self.source, vietnamese=self.source_vi)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A published figure beside the simulated one; missed_by is a share of the nearer end, 0 inside."""

    published: Published
    simulated: Interval
    state: State
    missed_by: float


@dataclass(slots=True)
class _Counted:
    """What one replication of a phase counts, a day. U units, O offices, F fields."""

    dossiers: NDArray[np.float64]  #: (U, F) at counters and from afar
    online: NDArray[np.float64]  #: (U, F) of them, online
    handed_in: NDArray[np.float64]  #: (O, F) dossiers at counters
    visits: NDArray[np.float64]  #: (O,) not made to fetch a result
    fetching: NDArray[np.float64]  #: (O,)
    days: int


_Counts = tuple[Tables, dict[tuple[str, str], _Counted]]  #: a replication's tables, and what it counts by span of days


def published_file(scenario: str) -> Path | None:
    """The file of published figures beside a scenario's tables, None when there is none."""
    for name in (scenario, scenario.rpartition(":")[0]):
        path = (LIBRARY / name if name in bundled() else Path(name)) / PUBLISHED_FILE
        if name and path.is_file():
            return path
    return None


def read_published(path: Path, scenario: Scenario) -> tuple[Published, ...]:
    """Read published figures; ScenarioError with every problem of the file."""
    rows: list[Published] = []
    problems: list[Problem] = []
    names = [field.name for field in fields(Published)]
    try:
        reader = csv.DictReader(StringIO(path.read_text("utf-8-sig")))
    except UnicodeDecodeError as error:
        raise ScenarioError((Problem(path.name, 0, "", "E-FILE-003", "UTF-8"),)) from error
    missing = [name for name in names if name not in (*(reader.fieldnames or ()), "source_vi")]
    if missing:
        raise ScenarioError((Problem(path.name, 1, ", ".join(missing), "E-COL-002", "", ", ".join(names)),))
    seen: dict[str, int] = {}
    for line, row in enumerate(reader, start=2):
        place = (path.name, line)
        bad = len(problems)
        if row["quantity"] not in get_args(Quantity):
            found, choices = str(row["quantity"]), get_args(Quantity)
            allowed = (("choices", ", ".join(choices)),)
            problems.append(Problem(*place, "quantity", "E-VAL-002", found, nearest(found, choices), allowed))
        if row["phase"] not in [phase.id for phase in scenario.phases]:
            problems.append(_unknown(place, "phase", str(row["phase"]), [phase.id for phase in scenario.phases], "phases"))
        known = {field.id for field in scenario.fields} | set(LEVELS) | {ANY}
        for column in ("fields", "of"):
            strange = [word for word in (row[column] or "").split() if word.lstrip("-") not in known]
            if strange:
                problems.append(_unknown(place, column, " ".join(strange), known, "fields"))
        places = {unit.id for unit in scenario.units} | {one for office in scenario.offices for one in (office.id, office.kind)}
        strange = [word for word in (row["place"] or "").split() if word not in places]
        if strange or (row["quantity"] in AT_AN_OFFICE and not row["place"]):
            problems.append(_unknown(place, "place", " ".join(strange), places, "offices, units"))
        if not row["id"]:
            problems.append(Problem(*place, "id", "E-VAL-001"))
        elif row["id"] in seen:
            other = (("other_row", str(seen[row["id"]])),)
            problems.append(Problem(*place, "id", "E-KEY-001", row["id"], "", other))
        seen.setdefault(row["id"] or "", line)
        for column in ("start", "end"):
            try:
                date.fromisoformat(row[column] or "2025-01-01")
            except ValueError:
                problems.append(Problem(*place, column, "E-DATE-001", str(row[column]), "2025-01-31"))
        ends = {}
        for column in ("low", "high"):
            try:
                ends[column] = float(row[column] or "")
                if not 0 <= ends[column] < 1e12:
                    raise ValueError
            except ValueError:
                problems.append(Problem(*place, column, "E-NUM-001", str(row[column]), "0.5"))
        if len(problems) == bad and ends["low"] > ends["high"]:
            least = f"≥ {row['low']}"
            problems.append(Problem(*place, "high", "E-BOUND-001", str(row["high"]), least, (("other", f"low {row['low']}"),)))
        if len(problems) == bad:
            rows.append(Published(**{name: row.get(name) or "" for name in names} | ends))  # type: ignore[arg-type]
    if problems:
        raise ScenarioError(tuple(problems))
    return tuple(rows)


def _unknown(place: tuple[str, int], column: str, found: str, known: Iterable[str], table: str) -> Problem:
    """An id that no table holds."""
    return Problem(*place, column, "E-REF-001", found, nearest(found, known), (("table", table),))


@dataclass(frozen=True, slots=True)
class Yardstick:
    """Published figures beside a scenario, and the scenario with each variant that they name."""

    figures: tuple[Published, ...]
    scenarios: Mapping[str, Scenario]  #: by variant, "" = the base


def find_yardstick(name: str, scenario: Scenario) -> Yardstick:
    """Read the figures published beside a scenario; ScenarioError when they or the variants they name are wrong.

    name : the scenario's, or its folder.
    """
    path = published_file(name)
    figures = read_published(path, scenario) if path is not None else ()
    variants = {figure.variant for figure in figures if figure.variant}
    loaded = {variant: load_scenario(_varied(name, variant)) for variant in sorted(variants)}
    return Yardstick(figures, loaded | {"": scenario})


def _varied(name: str, variant: str) -> str:
    """Name of a scenario with one more variant."""
    return f"{name}{'+' if ':' in name else ':'}{variant}"


def validate(
    yardstick: Yardstick,
    *,
    replications: int = 3,
    days: int | None = None,
    seed: int = 1,
    jobs: int | None = None,
    progress: Report | None = None,
) -> tuple[Verdict, ...]:
    """Hold a scenario against its published figures, in the order of the file.

    days : working days a phase as `simulate`.
    """
    figures = yardstick.figures

    @cache
    def bench(variant: str, phase: str) -> _Bench:
        meant = tuple(figure for figure in figures if (figure.variant, figure.phase) == (variant, phase))
        loaded = yardstick.scenarios[variant]
        if days is None:
            loaded = _ended(loaded, phase, meant)
        compiled = compile_days(loaded, phase, seed=seed, days=days)
        return _Bench(loaded, compiled, _Lots.of(loaded, compiled), meant)

    runs = list(dict.fromkeys((figure.variant, figure.phase) for figure in figures))
    for run in runs[:1]:
        play(bench(*run).compiled, 0, warm=True)
    tasks = [(run, number) for number in range(replications) for run in runs]  # one is made ready while another is played
    counted = spread(lambda task: bench(*task[0]).count(task[1]), tasks, jobs=jobs)
    played: dict[tuple[str, str], list[_Counts]] = {run: [] for run in runs}
    for done, ((run, _), counts) in enumerate(zip(tasks, counted, strict=True), start=1):
        played[run].append(counts)
        if progress is not None:
            progress(Progress("validating", done, len(tasks)))
    values = {name: value for run in runs for name, value in bench(*run).values(played[run]).items()}
    return tuple(_verdict(figure, interval(values[figure.id])) for figure in figures)


@dataclass(frozen=True, slots=True)
class _Bench:
    """A phase to be played, and the figures that it is held against."""

    scenario: Scenario
    compiled: Compiled
    lots: "_Lots"
    figures: tuple[Published, ...]

    def count(self, replication: int) -> _Counts:
        """Play a replication, and count it for each span of days meant."""
        tables, counted = play_counted(self.compiled, replication)
        spans = {(figure.start, figure.end) for figure in self.figures}
        return compact(tables), {span: _count(self.compiled, self.lots, counted, *span) for span in spans}

    def values(self, played: Sequence[_Counts]) -> dict[str, NDArray[np.float64]]:
        """What each figure is in each replication, by id."""
        numbers = tuple(range(len(played)))
        tables = stacked(self.compiled, numbers, [one for one, _ in played], [np.uint64(0)] * len(played))
        view = phase_view(self.scenario, self.compiled.phase)
        found = {}
        for figure in self.figures:
            value = _measure(self.scenario, view, figure, self.compiled, tables)
            found[figure.id] = np.array([value(number, played[number][1][figure.start, figure.end]) for number in numbers])
        return found


def _ended(scenario: Scenario, phase: str, figures: Iterable[Published]) -> Scenario:
    """The scenario with a phase that ends with the last day that figures mean; nothing that comes later changes them."""
    figures = list(figures)
    if any(not figure.end or figure.quantity in OF_THE_WHOLE for figure in figures):
        return scenario
    last = max(date.fromisoformat(figure.end) for figure in figures)
    whole = scenario.phase(phase)
    shorter = whole.model_copy(update={"end": min(whole.end, max(last, whole.start + PLAYED))})
    return scenario.model_copy(update={"phases": tuple(shorter if one is whole else one for one in scenario.phases)})


@dataclass(frozen=True, slots=True)
class _Lots:
    """What is expected of dossiers, by field, (F,)."""

    helped: NDArray[np.float64]  #: share of those at counters that are put online there
    of_remote: NDArray[np.float64]  #: share of those from afar that come online

    @classmethod
    def of(cls, scenario: Scenario, compiled: Compiled) -> Self:
        """The shares of a phase."""
        view = phase_view(scenario, compiled.phase)
        ordered = sorted(scenario.fields, key=lambda field: field.id)
        alone = np.array([online_self_share(field, view.phase.online_self_factor) for field in ordered])
        post = np.array([postal_share(field, view) for field in ordered])
        of_remote = np.divide(alone, alone + post, out=np.zeros(len(ordered)), where=alone + post > 0)
        return cls(np.array([assisted_share(field, view) for field in ordered]), of_remote)


def _count(compiled: Compiled, lots: _Lots, counted: Sequence[NDArray[np.int64]], start: str, end: str) -> _Counted:
    """Count a replication a day: all played days, or those from start to end; counted : by block, as `play_counted`."""
    offices = len(compiled.office_ids)
    meant = _meant(compiled, start, end)
    days = max(sum(int(inside.sum()) for inside in meant), 1)
    total = np.sum([block[inside].sum(axis=0) for block, inside in zip(counted, meant, strict=True)], axis=0)
    dossiers = total[:, COUNTED_FIELDS:]
    at_counter = dossiers[offices:]
    remote = np.zeros(at_counter.shape)
    for block, inside in zip(compiled.blocks, meant, strict=True):
        if len(block.laws.remote_micro):  # none are expected where citizens are given one by one
            remote += block.laws.remote_micro[inside].sum(axis=0) / 1e6
    return _Counted(
        dossiers=(at_counter + remote) / days,
        online=(at_counter * lots.helped + remote * lots.of_remote) / days,
        handed_in=dossiers[:offices] / days,
        visits=total[:offices, COUNTED_VISITS] / days,
        fetching=total[:offices, COUNTED_FETCHING] / days,
        days=days,
    )


def _meant(compiled: Compiled, start: str, end: str) -> list[NDArray[np.bool_]]:
    """Which days of each block are counted: those from start to end that are not played before."""
    first = date.fromisoformat(start).toordinal() if start else 0
    last = date.fromisoformat(end).toordinal() if end else date.max.toordinal()
    meant = []
    for block in compiled.blocks:
        inside = (block.laws.days >= first) & (block.laws.days <= last)
        inside[: block.days.lead_in] = False
        meant.append(inside)
    return meant


def _measure(
    scenario: Scenario, view: PhaseView, figure: Published, compiled: Compiled, tables: PhaseTables
) -> Callable[[int, _Counted], float]:
    """What a published figure is in one replication."""
    chosen, whole = _fields(scenario, figure.fields), _fields(scenario, figure.of or ANY)
    places = figure.place.split()
    units = [n for n, unit in enumerate(compiled.unit_ids) if not places or unit in places]
    survivor = view.survivor
    offices = [
        n
        for n, office in enumerate(compiled.office_ids)
        if office in [survivor.get(place, place) for place in places] or view.offices[office].kind in places
    ]
    month = scenario.demand.working_days_per_month
    counters = np.array([office.counters for office in view.offices.values()])

    def value(number: int, counted: _Counted) -> float:
        dossiers = counted.dossiers[units]
        busy, rostered = tables.column("busy")[number], tables.column("rostered")[number]
        by_office = {
            "visits_per_day": counted.visits + counted.fetching,
            "service_visits_per_day": counted.visits,
            "fetches_per_day": counted.fetching,
            "counter_use": np.divide(busy, rostered, out=np.zeros(len(busy)), where=rostered > 0),
            "dossiers_per_counter_day": counted.handed_in.sum(axis=1) / counters,
        }
        if figure.quantity in by_office:
            return float(np.median(by_office[figure.quantity][offices]))
        if figure.quantity == "on_time_share":
            return float(tables.column("on_time")[number].sum() / tables.column("completed")[number].sum())
        total = float(dossiers[:, chosen].sum())
        if total == 0:
            return float("nan")  # none of the days meant was played
        if figure.quantity == "online_share":
            return float(counted.online[units][:, chosen].sum()) / total
        if figure.quantity == "field_share":
            return total / float(dossiers[:, whole].sum())
        return total * {"dossiers_per_month": month, "dossiers": counted.days}.get(figure.quantity, 1.0)

    return value


def _fields(scenario: Scenario, words: str) -> NDArray[np.bool_]:
    """Fields meant by ids, levels and `*`, less those with a `-`, in the order of ids."""
    ordered = sorted(scenario.fields, key=lambda field: field.id)
    meant = np.zeros(len(ordered), np.bool_)
    for word in sorted(words.split(), key=lambda word: word.startswith("-")):
        name = word.lstrip("-")
        meant[[name in (ANY, field.id, field.level) for field in ordered]] = not word.startswith("-")
    return meant


def _verdict(figure: Published, simulated: Interval) -> Verdict:
    """Inside when the whole interval lies in the published range, unclear when it only touches it; else by how much of the
    nearer end the mean misses. A single figure is given the room of ROUNDING on both sides."""
    low, high = (
        (figure.low, figure.high) if figure.low < figure.high else (figure.low * (1 - ROUNDING), figure.high * (1 + ROUNDING))
    )
    if isnan(simulated.mean):
        return Verdict(figure, simulated, "unplayed", 0.0)
    if simulated.low > high:
        return Verdict(figure, simulated, "above", simulated.mean / figure.high - 1)
    if simulated.high < low:
        return Verdict(figure, simulated, "below", 1 - simulated.mean / figure.low)
    whole = simulated.low >= low and simulated.high <= high
    return Verdict(figure, simulated, "inside" if whole else "unclear", 0.0)


def quantity_text(quantity: str, low: float, high: float, lang: Lang) -> str:
    """A figure or a range in words: shares in per cent, small numbers with a decimal."""

    def text(value: float) -> str:
        if quantity in SHARES:
            return percent(value, lang)
        return number(value, lang, 0 if abs(value) >= 100 else 1)

    return text(low) if low == high or isnan(low) else f"{text(low)} … {text(high)}"


def verdict_sentence(verdict: Verdict, lang: Lang) -> str:
    """The verdict in words, with the reason that the file gives where it misses."""
    said = say(f"validation.{verdict.state}", lang, by=percent(verdict.missed_by, lang))
    note = verdict.published.note_vi if lang == "vi" else verdict.published.note_en
    return f"{said} {note}" if note and verdict.state in ("above", "below") else said


def verdict_json(verdict: Verdict) -> dict[str, object]:
    """A verdict as JSON, which holds no number that is not finite: null is told in its place."""
    shown = {name: value if isfinite(value) else None for name, value in asdict(verdict.simulated).items()}
    return {**asdict(verdict.published), "simulated": shown, "state": verdict.state, "missed_by": verdict.missed_by}


def read_verdict(data: dict[str, object]) -> Verdict:
    """A verdict from its JSON, which a manifest has vouched for."""
    names = [field.name for field in fields(Published)]
    simulated = data["simulated"]
    assert isinstance(simulated, dict)
    return Verdict(
        Published(**{name: data[name] for name in names if name in data}),  # type: ignore[arg-type]
        Interval(**{name: nan if value is None else value for name, value in simulated.items()}),
        data["state"],  # type: ignore[arg-type]
        float(str(data["missed_by"])),
    )
