"""One cell: from what stands in a file to a value of the schema, or to a reason why not.

Strict on purpose: nothing is guessed, because a guess in one cell of a thousand is never seen. Text cells follow the
scenario's number format; typed cells (a workbook's numbers and dates, a TOML value) carry their own.
"""

import codecs
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, Literal, get_args, get_origin

from .schema import Entity

Raw = Any  #: str, int, float, bool, date, datetime, time, timedelta, list or None, as read
Value = Any  #: int, float, bool, str, date, time or tuple of float, as the schema wants it
Kind = Literal["whole", "number", "text", "id", "choice", "yes_no", "day", "clock", "numbers"]

FIRST_YEAR, LAST_YEAR = 2000, 2100
CELL_CHARACTERS = 4000
NUMBER_CHARACTERS = 64
HELD = 4  #: letters of a word that a name holds rather by sense than by chance

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_NUMBER_VI = re.compile(r"-?([0-9]+|[0-9]{1,3}(\.[0-9]{3})+)(,[0-9]+)?")
_POINTS_OF_THOUSANDS = re.compile(r"-?[1-9][0-9]{0,2}(\.[0-9]{3})+")
_COMMA = re.compile(r"-?[0-9]{1,3}(\.[0-9]{3})+,[0-9]+|-?[0-9]+(,[0-9]+)+(\.[0-9]+)?")
_POINT_AFTER_COMMA = re.compile(r"-?[0-9]{1,3}(,[0-9]{3})+\.[0-9]+|-?[0-9]+\.[0-9]+")
_WITH_UNIT = re.compile(r"-?[0-9]+([.,][0-9]+)*\s*[^\W\d_%][^\d]*|-?[0-9]+([.,][0-9]+)*\s*%")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]*")
_DAY = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_DAY_SLASHED = re.compile(r"([0-9]{1,2})[/.\-]([0-9]{1,2})[/.\-]([0-9]{2,4})")
_DAY_AND_TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ][0-9:.]+\s*(Z|[+-][0-9:]+)?")
_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})(:00)?")
_CLOCK_WORDS = re.compile(r"([0-9]{1,2})\s*(?:h|g|giờ|:|\.)\s*([0-9]{2})?\s*(?:sa|ch|am|pm)?", re.IGNORECASE)
#: what text becomes when it is written as Latin-1, and as Windows-1252 where that has no place for it
_WINDOWS = {n: n for n in range(256)} | {ord(sign): n for n in range(256) for sign in bytes([n]).decode("cp1252", "ignore")}
_NOT_FINITE = {"nan", "inf", "-inf", "+inf", "infinity", "-infinity", "na", "n/a"}
_BOOLEANS = {"yes": True, "no": False, "true": True, "false": False}


class BadCell(ValueError):
    """A cell that cannot be read: a code, what was expected, named values for the sentence."""

    def __init__(self, code: str, expected: str = "", **values: str) -> None:
        super().__init__(code)
        self.code = code
        self.expected = expected
        self.values = tuple(values.items())


@dataclass(frozen=True, slots=True)
class Broken:
    """A cell of a workbook that holds no value: an error of the spreadsheet, a formula never computed."""

    code: str
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Column:
    """What the schema says about one column."""

    name: str
    kind: Kind
    required: bool
    choices: tuple[str, ...] = ()


def columns(kind: type[Entity], only: Sequence[str] = ()) -> dict[str, Column]:
    """Return the columns of a row class in the order of the schema, or `only` those named."""
    found = {}
    for name in only or kind.model_fields:
        info = kind.model_fields[name]
        choices = tuple(map(str, get_args(info.annotation))) if get_origin(info.annotation) is Literal else ()
        is_id = any(getattr(rule, "pattern", None) for rule in info.metadata)
        found[name] = Column(name, "id" if is_id else _kind(info.annotation), info.is_required(), choices)
    return found


def _kind(annotation: object) -> Kind:
    if get_origin(annotation) is Literal:
        return "choice"
    if get_origin(annotation) is tuple:
        return "numbers"
    kinds: dict[object, Kind] = {int: "whole", float: "number", bool: "yes_no", date: "day", time: "clock", str: "text"}
    return kinds[annotation]


def shown(raw: Raw) -> str:
    """Return a cell as a message may show it: one line, at most 60 characters, nothing invisible."""
    text = "" if raw is None else raw if isinstance(raw, str) else str(raw)
    text = "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in text[:200])
    return text if len(text) <= 60 else text[:59] + "…"


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known word most like `word`, or the three least unlike when none is close; "" when none exist.

    known : words, or ids with the names of what they stand for, by which they are found, too.
    """
    return ", ".join(closest(word, known))


def closest(word: str, known: Iterable[str]) -> list[str]:
    """Return the known words that `nearest` joins."""
    names = known if isinstance(known, Mapping) else {}
    named = {_plain(names[word]): word for word in sorted(names, reverse=True) if names[word]}
    plain = named | {_plain(word): word for word in sorted(known, reverse=True)}
    asked = _plain(word)[:80]
    close = [asked] if asked in plain else []
    if not close and len(asked) >= HELD:  # a few words of a long name are less like it than another name
        holding = (name for name in named if all(part in name for part in asked.split()))
        close = sorted(holding, key=lambda name: (len(name), name))[:3]
    close = close or get_close_matches(asked, list(plain), n=1, cutoff=0.6)
    close = close or get_close_matches(asked, list(plain), n=3, cutoff=0.0)
    return list(dict.fromkeys(plain[name] for name in close))


def names_by_id(rows: Iterable[Entity]) -> dict[str, str]:
    """Names of rows by id, as `nearest` takes them; of those without a name, none."""
    return {str(found): str(getattr(row, "name", "")) for row in rows if (found := getattr(row, "id", ""))}


def is_near(word: str, known: Iterable[str]) -> bool:
    """Tell whether a word is probably a known one misspelt."""
    return bool(get_close_matches(_plain(word)[:80], [_plain(name) for name in known], n=1, cutoff=0.7))


def _plain(text: str) -> str:
    """Letters without tones, in lower case; only for comparing."""
    parts = unicodedata.normalize("NFD", text.casefold().replace("đ", "d").replace("ð", "d"))
    return "".join(sign for sign in parts if not unicodedata.combining(sign))


def is_blank(raw: Raw) -> bool:
    """Tell whether a cell holds nothing."""
    return raw is None or (isinstance(raw, str) and not raw.strip())


def clean(raw: str) -> str:
    """Return text trimmed and in NFC; BadCell when it holds what nobody can see or was decoded wrongly."""
    if raw.isascii() and raw.isprintable():
        return raw.strip()
    text = unicodedata.normalize("NFC", raw.strip())
    repaired = _undo_mojibake(text)
    if repaired:
        raise BadCell("E-ENC-004", repaired)
    if not text.isprintable():
        hidden = next(sign for sign in text if not sign.isprintable())
        raise BadCell("E-ENC-005", "", character=f"U+{ord(hidden):04X}")
    return text


def _undo_mojibake(text: str) -> str:
    """Return UTF-8 text that was read as Windows-1252, repaired; "" when the text is no such thing."""
    if text.isascii():
        return ""
    try:
        data, _ = codecs.charmap_encode(text, "strict", _WINDOWS)
        return unicodedata.normalize("NFC", data.decode("utf-8"))
    except UnicodeError:
        return ""


def read_cell(raw: Raw, column: Column, decimal_comma: bool = False) -> Value:
    """Return the value of a cell that is not blank; BadCell when it is not of the column's kind."""
    if isinstance(raw, Broken):
        raise BadCell(raw.code)
    if isinstance(raw, str):
        if len(raw) > CELL_CHARACTERS:
            raise BadCell("E-VAL-004", str(CELL_CHARACTERS), length=str(len(raw)))
        raw = clean(raw)
    if column.kind in ("whole", "number"):
        return _number(raw, column.kind == "whole", decimal_comma)
    if column.kind == "yes_no":
        return _yes_no(raw)
    if column.kind == "day":
        return _day(raw)
    if column.kind == "clock":
        return _clock(raw)
    if column.kind == "numbers":
        return _numbers(raw, decimal_comma)
    return _text(raw, column)


def _text(raw: Raw, column: Column) -> str:
    if isinstance(raw, (bool, float, list, date, time, timedelta)) and not (isinstance(raw, float) and raw.is_integer()):
        raise BadCell("E-VAL-006")
    text = raw if isinstance(raw, str) else str(int(raw))
    if column.kind == "choice" and text not in column.choices:
        raise BadCell("E-VAL-002", _nearest_choice(text[:80], column.choices), choices=", ".join(column.choices))
    if column.kind == "id":
        if len(text) > 64:
            raise BadCell("E-ID-002", "64", length=str(len(text)))
        if not _ID.fullmatch(text):
            raise BadCell("E-ID-001", "A-Z a-z 0-9 _ . -")
    return text


@lru_cache(maxsize=256)
def _nearest_choice(text: str, choices: tuple[str, ...]) -> str:
    """The choice most like a word; remembered, because whole columns repeat one mistake."""
    return nearest(text, choices)


def _number(raw: Raw, whole: bool, decimal_comma: bool) -> int | float:
    example = "3" if whole else "10,98" if decimal_comma else "10.98"
    if isinstance(raw, bool) or not isinstance(raw, (str, int, float)):
        raise BadCell("E-NUM-001", example)
    if isinstance(raw, str):
        if whole and not decimal_comma and _POINTS_OF_THOUSANDS.fullmatch(raw):
            raise BadCell("E-NUM-004", raw.replace(".", ""))
        raw = _number_from_text(raw, decimal_comma, example)
    if not isinstance(raw, int) and not math.isfinite(raw):
        raise BadCell("E-NUM-003")
    if not whole:
        return _finite(raw)
    if raw != int(raw):
        raise BadCell("E-NUM-004", str(round(raw)))
    return int(raw)


def _finite(number: float) -> float:
    try:
        return float(number) + 0.0  # no negative zero
    except OverflowError:
        raise BadCell("E-NUM-003") from None


def _number_from_text(text: str, decimal_comma: bool, example: str) -> int | float:
    if len(text) <= NUMBER_CHARACTERS:
        if decimal_comma and _NUMBER_VI.fullmatch(text):
            text = text.replace(".", "").replace(",", ".")
            return float(text) if "." in text else int(text)
        if not decimal_comma and _NUMBER.fullmatch(text):
            return int(text) if text.lstrip("-").isdecimal() else float(text)
    raise _why_no_number(text, decimal_comma, example)


def _why_no_number(text: str, decimal_comma: bool, example: str) -> BadCell:
    if text.lower() in _NOT_FINITE or text.startswith("#"):
        return BadCell("E-NUM-003")
    if any(sign.isdigit() and not sign.isascii() for sign in text) or re.fullmatch(r"-?[0-9]+(_[0-9]+)+", text):
        return BadCell("E-NUM-007", example)
    if decimal_comma and _POINT_AFTER_COMMA.fullmatch(text):
        return BadCell("E-NUM-008", text.replace(",", "").replace(".", ","))
    if not decimal_comma and _COMMA.fullmatch(text):
        return BadCell("E-NUM-002", text.replace(".", "").replace(",", ".") if text.count(",") == 1 else text.replace(",", ""))
    if _WITH_UNIT.fullmatch(text):
        alone: str = re.match(r"-?[0-9.,]*[0-9]", text)[0]  # type: ignore[index]
        return BadCell("E-NUM-006", _of_hundred(alone) if text.endswith("%") else alone)
    return BadCell("E-NUM-001", example)


def _of_hundred(text: str) -> str:
    """A number before a sign of per cent, as a share; with the sign of decimals that it has itself."""
    try:
        share = f"{Decimal(text.replace(',', '.')) / 100:f}"
    except InvalidOperation:
        return text
    return share.replace(".", ",") if "," in text else share


def _numbers(raw: Raw, decimal_comma: bool) -> tuple[float, ...]:
    if isinstance(raw, str):
        raw = re.split(r"[;\s]+", raw)
    if not isinstance(raw, list):
        raise BadCell("E-VAL-007")
    return tuple(float(_number(item, False, decimal_comma)) for item in raw)


def _yes_no(raw: Raw) -> bool:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, str) and raw.lower() in _BOOLEANS:
        return _BOOLEANS[raw.lower()]
    raise BadCell("E-VAL-003", "yes, no")


def _day(raw: Raw) -> date:
    if isinstance(raw, datetime):
        if raw.tzinfo is not None or raw.time() != time():
            raise BadCell("E-DATE-005", raw.date().isoformat())
        raw = raw.date()
    found = raw if isinstance(raw, date) else _day_from_text(raw if isinstance(raw, str) else str(raw))
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise BadCell("E-DATE-004", f"{FIRST_YEAR}-{LAST_YEAR}")
    return found


def _day_from_text(text: str) -> date:
    iso = _DAY.fullmatch(text)
    if iso:
        return _existing_day(*map(int, iso.groups()))
    with_time = _DAY_AND_TIME.fullmatch(text)
    if with_time:
        raise BadCell("E-DATE-005", with_time[1])
    slashed = _DAY_SLASHED.fullmatch(text)
    if slashed is None:
        raise BadCell("E-DATE-001", "2025-03-31")
    first, second, year = map(int, slashed.groups())
    if year < 100:
        raise BadCell("E-DATE-004", f"{FIRST_YEAR}-{LAST_YEAR}")
    if first > 12 or second > 12 or first == second:
        day, month = (second, first) if second > 12 else (first, second)
        raise BadCell("E-DATE-001", _existing_day(year, month, day).isoformat())
    raise BadCell("E-DATE-003", f"{year}-{second:02}-{first:02}, {year}-{first:02}-{second:02}")


def _existing_day(year: int, month: int, day: int) -> date:
    if not 1 <= year <= 9999:
        raise BadCell("E-DATE-004", f"{FIRST_YEAR}-{LAST_YEAR}")
    try:
        return date(year, month, day)
    except ValueError:
        raise BadCell("E-DATE-002", "2025-03-31") from None


def _clock(raw: Raw) -> time:
    if isinstance(raw, timedelta):
        raw = (datetime.min + raw).time() if timedelta() <= raw < timedelta(days=1) else str(raw)
    if isinstance(raw, datetime):
        raw = str(raw)
    if isinstance(raw, time):
        raw = raw.isoformat()
    text = raw if isinstance(raw, str) else str(raw)
    match = _CLOCK.fullmatch(text)
    if match is None:
        words = _CLOCK_WORDS.fullmatch(text)
        raise BadCell("E-TIME-001", f"{int(words[1]):02}:{words[2] or '00'}" if words else "07:30")
    hour, minute = int(match[1]), int(match[2])
    if hour > 23 or minute > 59:
        raise BadCell("E-TIME-002", "00:00-23:59")
    return time(hour, minute)
