"""The folder of compiled code is named by everything that goes into it."""

import re
from pathlib import Path

from sim.compiled import COMPILED

SOURCES = {path.stem: path.read_text("utf-8") for path in (Path(__file__).parents[1] / "sim").glob("*.py")}


def test_every_compiled_module_is_named() -> None:
    """Whatever is compiled and kept, and whatever such a module takes from its neighbors."""
    kept = {name for name, text in SOURCES.items() if "@njit(cache=True" in text}
    taken = {name for module in COMPILED for name in re.findall(r"^from \.(\w+) import", SOURCES[module], re.M)}
    assert kept <= set(COMPILED)
    assert taken <= set(COMPILED)
