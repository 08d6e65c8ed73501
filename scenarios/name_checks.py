"""Rules on names: the same name twice, names that look the same, letters of other alphabets or fonts."""

import re
import unicodedata
from collections.abc import Callable, Iterator

from .cells import shown
from .placed import Placed, Tables
from .problems import Problem
from .schema import District, Entity, Office, Unit

_LOOKALIKES = str.maketrans("ÐðƉɖ", "ĐđĐđ")
_LEGACY = re.compile("[A-Za-z][¡-¿ÆÇÏÑÖ×ØÜÞßäåæçëîïñö÷øûüþÿ]|[¡-¿ÆÇÏÑÖ×ØÜÞßäåæçëîïñö÷øûüþÿ][A-Za-z]")
_NAMES = ("name", "name_vi")


def _named(tables: Tables) -> Iterator[tuple[Placed[Entity], str, str]]:
    for rows in tables.rows.values():
        for placed in rows:
            for column in _NAMES:
                name = getattr(placed.entity, column, "")
                if name:
                    yield placed, column, str(name)


def same_names(tables: Tables) -> Iterator[Problem]:
    """Two districts, or two units or offices of one district, do not share a name; officers may."""
    seen: dict[tuple[str, str, str], tuple[str, int]] = {}
    similar: dict[tuple[str, str, str], tuple[str, int]] = {}
    for kind in (District, Unit, Office):
        for placed in tables.of(kind):
            entity = placed.entity
            if not isinstance(entity, (District, Unit, Office)):
                continue
            within = "" if isinstance(entity, District) else entity.district
            name = unicodedata.normalize("NFC", entity.name)
            first = seen.setdefault((placed.file, within, name.casefold()), (name, placed.row))
            if first[1] != placed.row:
                yield placed.problem("name", "E-KEY-003", shown(name), "", other_row=str(first[1]))
                continue
            near = similar.setdefault((placed.file, within, _tone_order(name)), (name, placed.row))
            if near[1] != placed.row:
                yield placed.problem("name", "W-NAME-001", shown(name), shown(near[0]), other_row=str(near[1]))


def _tone_order(name: str) -> str:
    """A form equal for names that differ only in where a tone is written (Hoà, Hòa), in case or in spaces."""
    marks = {"\u0300", "\u0301", "\u0303", "\u0309", "\u0323"}
    words = []
    for word in name.casefold().translate(_LOOKALIKES).casefold().split():
        signs = unicodedata.normalize("NFD", word)
        tones = sorted(sign for sign in signs if sign in marks)
        words.append("".join(sign for sign in signs if sign not in marks) + "".join(tones))
    return " ".join(words)


def lookalike_letters(tables: Tables) -> Iterator[Problem]:
    """The Vietnamese Đ has its own code; Ð of Icelandic looks the same and is found by no search."""
    for placed, column, name in _named(tables):
        meant = name.translate(_LOOKALIKES)
        if meant != name:
            letter = next(sign for sign in name if ord(sign) in _LOOKALIKES)
            yield placed.problem(column, "W-NAME-002", shown(name), shown(meant), character=f"U+{ord(letter):04X}")


def legacy_fonts(tables: Tables) -> Iterator[Problem]:
    """Text typed for TCVN3 or VNI fonts shows signs inside words."""
    for placed, column, name in _named(tables):
        if _LEGACY.search(name):
            yield placed.problem(column, "W-ENC-006", shown(name), "Unicode")


NAME_RULES: tuple[Callable[[Tables], Iterator[Problem]], ...] = (same_names, lookalike_letters, legacy_fonts)
