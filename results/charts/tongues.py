"""What is written in a figure, in one language or in both: a figure is drawn once, and its file parted into two.

Texts of both languages lie side by side in one string, between signs that no text holds. Strings may be put together as ever;
room is measured for the longer of the two (`pen`), and `parted` gives what a language reads.
"""

import re
from collections.abc import Callable
from functools import partial
from typing import Literal, Protocol

from .. import wording
from ..wording import LANGUAGES, Lang, Value

Tongue = Lang | Literal["both"]
BOTH: Literal["both"] = "both"
OPENS, PARTS, CLOSES = "\x02", "\x03", "\x04"
PLACES: dict[Lang, str] = {lang: rf"\{place}" for place, lang in enumerate(LANGUAGES, start=1)}
SAID = re.compile(f"{OPENS}([^{PARTS}]*){PARTS}([^{CLOSES}]*){CLOSES}")


class Named(Protocol):
    """What has a name in each language."""

    @property
    def name_vi(self) -> str: ...
    @property
    def name_en(self) -> str: ...


def in_each(tongue: Tongue, tell: Callable[[Lang], str]) -> str:
    """What is told in a language, or in both; once when they agree."""
    if tongue != BOTH:
        return tell(tongue)
    vi, en = (tell(lang) for lang in LANGUAGES)
    return vi if vi == en else f"{OPENS}{vi}{PARTS}{en}{CLOSES}"


def parted(text: str, lang: Lang) -> str:
    """What a language reads of a text."""
    return SAID.sub(PLACES[lang], text) if OPENS in text else text


def readings(text: str) -> tuple[str, ...]:
    """A text as each language reads it, once when it is in one."""
    return tuple(parted(text, lang) for lang in LANGUAGES) if OPENS in text else (text,)


def say(code: str, tongue: Tongue, **values: Value) -> str:
    """`wording.say`; values may be in both languages."""

    def told(lang: Lang) -> str:
        put = {name: parted(value, lang) if isinstance(value, str) else value for name, value in values.items()}
        return wording.say(code, lang, **put)

    return in_each(tongue, told)


def number(value: float, tongue: Tongue, digits: int | None = None, *, signed: bool = False) -> str:
    """`wording.number`."""
    return in_each(tongue, lambda lang: wording.number(value, lang, digits, signed=signed))


def percent(value: float, tongue: Tongue) -> str:
    """`wording.percent`."""
    return in_each(tongue, partial(wording.percent, value))


def whole_percent(value: float, tongue: Tongue) -> str:
    """`wording.whole_percent`."""
    return in_each(tongue, partial(wording.whole_percent, value))


def indicator_text(indicator: str, value: float, tongue: Tongue) -> str:
    """`wording.indicator_text`."""
    return in_each(tongue, partial(wording.indicator_text, indicator, value))


def named(thing: Named, tongue: Tongue) -> str:
    """The name of a thing."""
    return in_each(tongue, lambda lang: thing.name_vi if lang == "vi" else thing.name_en)
