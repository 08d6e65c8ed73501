"""Every sentence a person reads, in Vietnamese and English, and how numbers and dates are written in each.

Sentences stand in `wording*.toml` by code; nothing else holds text for people. A placeholder is `{name}` or
`{name:style}` with a style of `written`; values are put in once, so braces inside a value stay as they are.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from functools import cache
from math import isfinite
from pathlib import Path
from types import MappingProxyType
from typing import Literal, get_args

from scenarios.problems import Problem

Lang = Literal["vi", "en"]
LANGUAGES: tuple[Lang, ...] = get_args(Lang)
Value = str | int | float | date
Figure = bool | int | float | str | date | time  #: a cell of a scenario

MINUS = "\N{MINUS SIGN}"
UNKNOWN = "\N{EN DASH}"
FILES = "wording*.toml"  #: beside this module; a code stands in one of them only
_SEPARATORS: Mapping[str, tuple[str, str]] = MappingProxyType({"vi": (".", ","), "en": (",", ".")})
_SIGNS = {lang: str.maketrans(",.", "".join(signs)) for lang, signs in _SEPARATORS.items()}
_PLACEHOLDER = re.compile(r"\{(\w+)(?::([^{}]*))?\}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One sentence in both languages."""

    vi: str
    en: str

    def text(self, lang: Lang) -> str:
        return self.vi if lang == "vi" else self.en


def placeholders(text: str) -> frozenset[str]:
    """Names that a sentence wants values for."""
    return frozenset(found[1] for found in _PLACEHOLDER.finditer(text))


@cache
def catalogue() -> Mapping[str, Entry]:
    """All sentences by code; ValueError when two files hold the same code."""
    entries: dict[str, Entry] = {}
    for path in sorted(Path(__file__).parent.glob(FILES)):
        for code, entry in _entries(tomllib.loads(path.read_text("utf-8"))):
            if code in entries:
                raise ValueError(f"{path.name}: {code} stands in another file too")
            entries[code] = entry
    return MappingProxyType(entries)


def _entries(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, Entry]]:
    for key, value in table.items():
        if not isinstance(value, dict):
            raise TypeError(f"{prefix}{key}: expected a table with vi and en")
        vi, en = value.get("vi"), value.get("en")
        if isinstance(vi, str) and isinstance(en, str):
            yield prefix + key, Entry(vi, en)
        else:
            yield from _entries(value, f"{prefix}{key}.")


def say(code: str, lang: Lang, **values: Value) -> str:
    """Return the sentence of a code; KeyError for an unknown code or a value that is missing."""
    entry = catalogue()[code]

    def put(found: re.Match[str]) -> str:
        return written(values[found[1]], lang, found[2] or "")

    return _PLACEHOLDER.sub(put, entry.text(lang))


def has(code: str) -> bool:
    """Tell whether the catalogue holds a code."""
    return code in catalogue()


def written(value: Value, lang: Lang, style: str = "") -> str:
    """Write a value: text as it is, a date as a date, a number by a style.

    style : "" (as fits the size), "0"…"9" (decimals), "%" (a share as per cent), "pp" (a share as points of per cent);
    with a leading "+" the sign is always shown. "|officer|officers" writes no number but the first word when the value is 1,
    else the second; "weekday" names the day, 0 = Monday.
    """
    if style == "weekday":
        return say(f"roster.day_{value}", lang)
    if style.startswith("|"):
        one, many = style[1:].split("|")
        return one if value in (1, "1") else many
    if isinstance(value, str):
        return value
    if isinstance(value, date):
        return date_text(value, lang)
    signed, style = style.startswith("+"), style.lstrip("+")
    if style in ("%", "pp"):
        return percent(value, lang, signed=signed, points=style == "pp")
    return number(value, lang, int(style) if style else None, signed=signed)


def number(value: float, lang: Lang, digits: int | None = None, *, signed: bool = False) -> str:
    """Write a number; without digits an integer has none and other figures have as many as their size carries."""
    if not isfinite(value):
        return UNKNOWN
    if digits is None:
        digits = 0 if isinstance(value, int) or abs(value) >= 100 else 1 if abs(value) >= 1 or value == 0 else 2
    text = f"{abs(value):,.{digits}f}".translate(_SIGNS[lang])
    if not text.strip("0.,"):
        return text
    return (MINUS if value < 0 else "+" if signed else "") + text


def figure_text(value: Figure, lang: Lang) -> str:
    """Write what a scenario holds, with every digit that it has."""
    if isinstance(value, bool):
        return say("loop.yes" if value else "loop.no", lang)
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, str | date):
        return written(value, lang)
    exponent = Decimal(repr(value)).normalize().as_tuple().exponent
    return number(value, lang, max(0, -exponent) if isinstance(exponent, int) else None)


def percent(value: float, lang: Lang, *, signed: bool = False, points: bool = False) -> str:
    """Write a share as per cent, or a difference of shares as points of per cent."""
    if not isfinite(value):
        return UNKNOWN
    text = number(100 * value, lang, 1, signed=signed)
    return f"{text} {say('unit.points', lang)}" if points else f"{text}%"


def whole_percent(value: float, lang: Lang) -> str:
    """Write a share as per cent without a decimal that is zero: 50 %, 12.5 %."""
    zero = f"{_SEPARATORS[lang][1]}0%"
    text = percent(value, lang)
    return text.removesuffix(zero) + "%" if text.endswith(zero) else text


def date_text(day: date, lang: Lang) -> str:
    """Write a date: 02/09/2024 in Vietnamese, 2 Sep 2024 in English."""
    if lang == "vi":
        return f"{day:%d/%m/%Y}"
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{day.day} {months[day.month - 1]} {day.year}"


#: indicators written as a share
SHARES = frozenset({
    "share_wait_over_20", "share_wait_over_30", "left_share", "balked_share", "sent_away_share", "lost_share", "utilization",
    "coverage_share", "boundary_free_share", "on_time_share", "digitized_share", "reuse_share", "satisfaction",
    "posted_share", "archived_share", "remote_share", "incomplete_share", "turned_back_share", "fetch_share",
    "appointment_share", "no_show_share", "absent_share",
})  # fmt: skip
_DIGITS: Mapping[str, int] = MappingProxyType(
    {
        "visits_per_day": 0,
        "overload_min_per_day": 0,
        "overloaded_half_hours_per_day": 1,
        "wait_gini": 3,
        "moves": 0,
        "crew": 0,
        "commute_km_per_day": 0,
        "staff_cost": 0,
        "queue_mean": 2,
        "overdue_open": 0,
        "open_dossiers": 0,
        "overtime_min_per_day": 0,
    }
)


def indicator_text(indicator: str, value: float, lang: Lang, *, change: bool = False) -> str:
    """Write a value of an indicator in its manner; `change` writes a difference, with its sign."""
    if indicator in SHARES:
        return percent(value, lang, signed=change, points=change)
    digits = _DIGITS.get(indicator, 1)
    if digits == 0 and value != round(value) and abs(value) < 10:
        digits = 1
    return number(value, lang, digits, signed=change)


def range_text(indicator: str, low: float, high: float, lang: Lang, *, change: bool = False) -> str:
    """Write the two ends of an interval, without unit: it stands beside the mean."""
    if low == high or not (isfinite(low) and isfinite(high)):
        return ""
    first, last = (indicator_text(indicator, end, lang, change=change) for end in (low, high))
    if indicator in SHARES:
        first, last = (text.split(" ")[0].rstrip("%") for text in (first, last))
    return say("range", lang, low=first, high=last) if first != last else ""


def problem_sentence(problem: Problem, lang: Lang) -> str:
    """Return `file, row N, column X: sentence` for a problem of a scenario."""
    place = [problem.file] if problem.file else []
    if problem.row:
        place.append(say("place.row", lang, row=str(problem.row)))
    if problem.column:
        place.append(say("place.column", lang, column=problem.column))
    values = {"found": problem.found, "expected": problem.expected} | dict(problem.values)
    sentence = say(problem.code, lang, **values)
    if values.keys() >= {"count", "rows"}:
        sentence += " " + say("GROUPED", lang, **values)
    return f"{', '.join(place)}: {sentence}" if place else sentence
