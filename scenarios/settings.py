"""The settings of a scenario (`scenario.toml`, or the sheet `scenario`), each with the line it stands on."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time

from .cells import BadCell, Column, Raw, Value, columns, is_blank, nearest, read_cell, shown
from .placed import Placed
from .problems import Problem
from .rows import build
from .schema import OPTIONAL_SECTIONS, SCHEMA_VERSION, SECTIONS, Entity, Scenario

TOP_TEXTS = ("id", "name_vi", "name_en", "notice_vi", "notice_en")
TOP_KEYS = ("schema_version", *TOP_TEXTS, "number_format")
NUMBER_FORMATS = ("en", "vi")
_SECTION_LINE = re.compile(r"\s*(\[\[?)\s*([A-Za-z0-9_\-.\"' ]+?)\s*\]\]?\s*(#.*)?")
_KEY_LINE = re.compile(r"\s*([A-Za-z0-9_\-\"'.]+)\s*=")
_AT = re.compile(r"\(at line (\d+), column (\d+)\)")


@dataclass(frozen=True, slots=True)
class RawSettings:
    """Settings as read. Keys are (section, key), section "" at the top; `lines` also has (section, "")."""

    file: str
    sections: Mapping[str, Mapping[str, Raw]]
    lines: Mapping[tuple[str, str], int]
    typed: bool  #: True when values carry their own type (TOML), False when text may stand for a number (a sheet)
    arrays: Mapping[str, list[Mapping[str, Raw]]] = field(default_factory=dict)  #: of a variant: table → rows
    problems: tuple[Problem, ...] = ()
    readable: bool = True

    def line(self, section: str, key: str = "") -> int:
        """Line of a key, else of its section, else 0."""
        return self.lines.get((section, key), self.lines.get((section, ""), 0))

    def lines_of(self, section: str) -> dict[str, int]:
        """Lines of the keys of a section."""
        return {key: line for (name, key), line in self.lines.items() if name == section}


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings that were good, and what was wrong with the others."""

    top: dict[str, Value]
    sections: dict[str, Placed[Entity]]
    problems: tuple[Problem, ...]
    decimal_comma: bool
    lines: Mapping[tuple[str, str], int]


def parse_toml(text: str, file: str) -> RawSettings:
    """Return the settings in a TOML text; a syntax error leaves only the number format, if it can be seen."""
    try:
        tree = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, ValueError, RecursionError) as error:
        guess = {"number_format": "vi"} if re.search(r"(?m)^\s*number_format\s*=\s*[\"']vi[\"']", text) else {}
        return RawSettings(file, {"": guess}, {}, True, {}, (_syntax(text, file, error),), False)
    lines = _key_lines(text)
    sections: dict[str, dict[str, Raw]] = {"": {}}
    arrays: dict[str, list[Mapping[str, Raw]]] = {}
    for key, value in tree.items():
        if isinstance(value, dict):
            sections[key] = value
        elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            arrays[key] = value
        else:
            sections[""][key] = value
    return RawSettings(file, sections, lines, True, arrays)


def _syntax(text: str, file: str, error: Exception) -> Problem:
    at = _AT.search(str(error))
    total = text.count("\n") + 1
    line, column = (int(at[1]), int(at[2])) if at else (total, 1)
    reason = _AT.sub("", str(error)).replace("(at end of document)", "").strip()
    twice = "overwrite" in reason.lower() or "twice" in reason.lower() or "already" in reason.lower()
    source = text.split("\n")[min(line, total) - 1]
    code = "E-TOML-002" if twice else "E-TOML-001"
    return Problem(file, line, "", code, shown(source.strip()), shown(reason), (("position", str(column)),))


def _key_lines(text: str) -> dict[tuple[str, str], int]:
    """Map (section, key) to lines of a correct TOML text. Rows of `[[table]]` count: section "table[0]"."""
    lines: dict[tuple[str, str], int] = {}
    counts: dict[str, int] = {}
    section, depth, fence = "", 0, ""
    for number, line in enumerate(text.split("\n"), 1):
        if fence:
            fence = "" if fence in line else fence
            continue
        header = _SECTION_LINE.fullmatch(line) if depth == 0 else None
        key = _KEY_LINE.match(line) if depth == 0 else None
        if header:
            section = header[2].strip("\"' ")
            if header[1] == "[[":
                counts[section] = counts.get(section, -1) + 1
                section = f"{section}[{counts[section]}]"
            lines.setdefault((section, ""), number)
        elif key:
            lines.setdefault((section, key[1].strip("\"'")), number)
        bare = re.sub(r"\"(\\.|[^\"\\])*\"(?!\")|'[^']*'(?!')|#.*", "", line) if '"""' not in line and "'''" not in line else ""
        depth += 0 if header else bare.count("[") - bare.count("]")
        for mark in ('"""', "'''"):
            if line.count(mark) == 1:
                fence = mark
    return lines


def read_settings(raw: RawSettings) -> Settings:
    """Check every setting against the schema; unknown, missing and wrong ones are all told."""
    problems = list(raw.problems)
    number_format = raw.sections[""].get("number_format", "en")
    decimal_comma = number_format == "vi"
    if not raw.readable:
        return Settings({}, {}, tuple(problems), decimal_comma, {})
    problems.extend(_unknown_names(raw))
    if number_format not in NUMBER_FORMATS:
        problems.append(
            Problem(raw.file, raw.line("", "number_format"), "number_format", "E-VAL-002", shown(number_format),
                    nearest(str(number_format), list(NUMBER_FORMATS)), (("choices", ", ".join(NUMBER_FORMATS)),))
        )  # fmt: skip
    top = _read_top(raw, problems)
    sections: dict[str, Placed[Entity]] = {}
    for name, kind in SECTIONS.items():
        if name not in raw.sections:
            if name in OPTIONAL_SECTIONS:
                sections[name] = Placed(raw.file, 0, kind())
            else:
                problems.append(Problem(raw.file, 0, name, "E-TOML-004", "", f"[{name}]"))
            continue
        values = section_values(raw, name, kind, decimal_comma and not raw.typed, problems)
        given = raw.sections[name]
        for key, setting in kind.model_fields.items():
            if key not in given and setting.is_required():
                problems.append(Problem(raw.file, raw.line(name), f"{name}.{key}", "E-TOML-005", "", key))
        absent = {key for key, setting in kind.model_fields.items() if key not in given and setting.is_required()}
        place = Placed(raw.file, raw.line(name), None)
        entity = build(kind, values, absent, given, place, problems, f"{name}.", raw.lines_of(name))
        if entity is not None:
            sections[name] = Placed(raw.file, raw.line(name), entity)
    return Settings(top, sections, tuple(problems), decimal_comma, raw.lines)


def _unknown_names(raw: RawSettings) -> list[Problem]:
    problems = []
    known = [*SECTIONS, *TOP_KEYS]
    for name in [*raw.sections, *raw.arrays]:
        if name and name not in SECTIONS:
            line = raw.line(name) or raw.line(f"{name}[0]")
            problems.append(Problem(raw.file, line, shown(name), "E-TOML-003", shown(name), nearest(name, known)))
    for key in raw.sections[""]:
        if key not in TOP_KEYS:
            problems.append(Problem(raw.file, raw.line("", key), shown(key), "E-TOML-003", shown(key), nearest(key, known)))
    return problems


def _read_top(raw: RawSettings, problems: list[Problem]) -> dict[str, Value]:
    given = raw.sections[""]
    wanted = columns(Scenario, TOP_TEXTS)
    top: dict[str, Value] = {}
    version = given.get("schema_version")
    if version is None:
        problems.append(Problem(raw.file, 0, "schema_version", "E-TOML-005", "", "schema_version"))
    elif isinstance(version, bool) or str(version).strip() != str(SCHEMA_VERSION):
        line = raw.line("", "schema_version")
        problems.append(Problem(raw.file, line, "schema_version", "E-TOML-007", shown(version), str(SCHEMA_VERSION)))
    for key in TOP_TEXTS:
        if is_blank(given.get(key)):
            if wanted[key].required:
                problems.append(Problem(raw.file, raw.line("", key), key, "E-TOML-005", "", key))
            continue
        value = read_setting(raw, "", key, wanted[key], False, problems)
        if isinstance(value, str) and key.startswith("name") and len(value) > 200:
            problems.append(Problem(raw.file, raw.line("", key), key, "E-VAL-004", shown(value), "200"))
        elif value is not None:
            top[key] = value
    return top


def section_values(
    raw: RawSettings, name: str, kind: type[Entity], decimal_comma: bool, problems: list[Problem]
) -> dict[str, Value]:
    """Read the values given in one section; unknown keys are told."""
    wanted = columns(kind)
    values: dict[str, Value] = {}
    for key in raw.sections[name]:
        if key not in wanted:
            place = (raw.file, raw.line(name, key), shown(f"{name}.{key}"))
            problems.append(Problem(*place, "E-TOML-003", shown(key), nearest(key, list(wanted))))
            continue
        value = read_setting(raw, name, key, wanted[key], decimal_comma, problems)
        if value is not None:
            values[key] = value
    return values


def read_setting(raw: RawSettings, section: str, key: str, column: Column, decimal_comma: bool, problems: list[Problem]) -> Value:
    """Read one setting; None when it is wrong, which is told."""
    place = Placed(raw.file, raw.line(section, key), None)
    shown_key = f"{section}.{key}" if section else key
    return read_given(raw.sections[section][key], column, raw.typed, decimal_comma, place, shown_key, problems)


def read_given(
    given: Raw, column: Column, typed: bool, decimal_comma: bool, place: Placed[None], name: str, problems: list[Problem]
) -> Value:
    """Read one value that may carry its own type; None when it is wrong, which is told."""
    if typed and not _fits_type(given, column.kind):
        problems.append(place.problem(name, "E-TOML-006", shown(given), _EXAMPLES[column.kind]))
        return None
    if is_blank(given):
        if column.required:
            problems.append(place.problem(name, "E-VAL-001"))
        return None
    try:
        return read_cell(given, column, decimal_comma)
    except BadCell as bad:
        problems.append(place.problem(name, bad.code, shown(given), bad.expected, **dict(bad.values)))
        return None


_EXAMPLES = {
    "whole": "3", "number": "0.5", "text": '"…"', "id": '"…"', "choice": '"…"', "yes_no": "true",
    "day": "2025-03-31", "clock": "07:30:00", "numbers": "[1.0, 0.5]",
}  # fmt: skip


def _fits_type(given: Raw, kind: str) -> bool:
    if kind in ("whole", "number"):
        return isinstance(given, (int, float)) and not isinstance(given, bool)
    if kind == "numbers":
        return isinstance(given, list) and all(isinstance(item, (int, float)) and not isinstance(item, bool) for item in given)
    if kind == "yes_no":
        return isinstance(given, bool)
    if kind == "day":
        return isinstance(given, (date, str)) and not isinstance(given, datetime)
    if kind == "clock":
        return isinstance(given, (time, str))
    return isinstance(given, str)
