"""The folder of compiled code is named by everything that goes into it."""

import ast
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


def test_what_borrows_asks_for_no_memory() -> None:
    """Functions compiled without memory of their own make and sort no array: such a call compiles or not by what came before."""
    asks = {"sort", "argsort", "copy", "empty", "zeros", "ones", "full", "append", "concatenate"}
    found = {}
    for module in COMPILED:
        for function in (one for one in ast.walk(ast.parse(SOURCES[module])) if isinstance(one, ast.FunctionDef)):
            decorators = [ast.unparse(one) for one in function.decorator_list]
            if any("**BORROWED" in one for one in decorators):
                calls = {
                    one.func.attr
                    for one in ast.walk(function)
                    if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute)
                }
                found[f"{module}.{function.name}"] = calls & asks
    assert len(found) > 20
    assert not any(found.values()), found
