"""The head of the decision paper: who issues it, its number, place and date, to whom it goes and who signs.

Read from a TOML file with a table `[paper]`; what is left out stands as dots to be filled in by hand.
"""

import datetime
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args

from scenarios.cells import BadCell, clean, nearest, shown
from scenarios.problems import Problem, ScenarioError
from scenarios.read_csv import decode, read_bytes
from scenarios.settings import parse_toml

SECTION = "paper"
LONGEST = 400  #: letters of one text
Kind = Literal["to_trinh", "bao_cao"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class PaperHeader:
    """Everything of the paper that no run knows; "" is written as dots."""

    kind: Kind = "to_trinh"  #: proposal or report
    superior: str = ""  #: body above the issuing one
    issuer: str = ""
    number: str = ""
    symbol: str = ""  #: after the number, such as TTr-TTPVHCC
    place: str = ""
    date: datetime.date | None = None
    subject: str = ""  #: what it is about; the scenario's name when left out
    recipients: tuple[str, ...] = ()
    grounds: tuple[str, ...] = ()  #: legal grounds, one a line
    authority: str = ""  #: above the post, such as TM. ỦY BAN NHÂN DÂN or KT. GIÁM ĐỐC
    post: str = ""
    signer: str = ""
    copies: tuple[str, ...] = ()  #: who else receives it
    archive: str = ""  #: where it is kept, such as VT, TCCB


KEYS = tuple(one.name for one in fields(PaperHeader))
LISTS = ("recipients", "grounds", "copies")


def file_name(lang: str) -> str:
    """Name of the Word file in a language."""
    return f"paper.{lang}.docx"


def read_header(path: Path) -> PaperHeader:
    """Read a header; ScenarioError with everything that is wrong in it."""
    name = shown(path.name)
    content, unread = read_bytes(path, name)
    if unread is not None:
        raise ScenarioError([unread])
    text, undecoded = decode(content, name)
    if undecoded:
        raise ScenarioError(undecoded)
    raw = parse_toml(text, name)
    if not raw.readable:
        raise ScenarioError(raw.problems)
    problems = [
        Problem(name, raw.line(section), shown(section), "E-TOML-003", shown(section), f"[{SECTION}]")
        for section in (*raw.sections, *raw.arrays)
        if section not in ("", SECTION)
    ]
    problems += [
        Problem(name, raw.line("", key), shown(key), "E-TOML-003", shown(key), f"[{SECTION}]") for key in raw.sections[""]
    ]
    if SECTION not in raw.sections:
        problems.append(Problem(name, 0, SECTION, "E-TOML-004", "", f"[{SECTION}]"))
    values: dict[str, Any] = {}
    for key, given in raw.sections.get(SECTION, {}).items():
        line = raw.line(SECTION, key)
        if key not in KEYS:
            problems.append(Problem(name, line, shown(key), "E-TOML-003", shown(key), nearest(key, KEYS)))
            continue
        try:
            values[key] = _value(key, given)
        except BadCell as bad:
            problems.append(Problem(name, line, key, bad.code, shown(given), bad.expected, bad.values))
    if problems:
        raise ScenarioError(problems)
    return PaperHeader(**values)


def _value(key: str, given: object) -> object:
    """A value of the right type; BadCell when it is of another."""
    if key == "date":
        if type(given) is not datetime.date:
            raise BadCell("E-TOML-006", "2025-01-31")
        return given
    if key in LISTS:
        if not isinstance(given, list):
            raise BadCell("E-TOML-006", '["…", "…"]')
        return tuple(_text(text) for text in given)
    text = _text(given)
    if key == "kind" and text not in KINDS:
        raise BadCell("E-VAL-002", nearest(text, KINDS), choices=", ".join(KINDS))
    return text


def _text(given: object) -> str:
    if not isinstance(given, str):
        raise BadCell("E-TOML-006", '"…"')
    if len(given) > LONGEST:
        raise BadCell("E-VAL-004", str(LONGEST), length=str(len(given)))
    return clean(given)
