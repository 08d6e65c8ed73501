"""A researcher's own rules in both engines: any function of `sim.rules`, replaced from Python.

def send_score(shown, on_duty, coming, send_wait):  # help the office with the fewest officers first
    return 100 - on_duty if shown > send_wait else 0

simulate(scenario, rules={"send_score": send_score})

A rule takes the arguments of the one it replaces, integers and arrays as that does, and must be something Numba
compiles. The kernel is compiled anew around it, once in a process; the built-in rules keep their compiled code.
"""

from collections.abc import Callable, Mapping
from functools import cache
from importlib.util import find_spec, module_from_spec
from inspect import signature
from types import FunctionType, ModuleType, SimpleNamespace
from typing import Any

import numpy as np
from numba import njit

from . import hall, kernel, night, rules

Rule = Callable[..., Any]
RuleItems = tuple[tuple[str, Rule], ...]


def checked(own: Mapping[str, Rule]) -> RuleItems:
    """Return own rules in order of name. ValueError for a name that is no rule or for other arguments than the rule's."""
    for name, rule in own.items():
        built_in = getattr(getattr(rules, name, None), "py_func", None)
        if built_in is None:
            raise ValueError(f"{name!r} is no rule of sim.rules")
        wanted, given = list(signature(built_in).parameters), list(signature(rule).parameters)
        if len(wanted) != len(given):
            raise ValueError(f"rule {name!r} takes ({', '.join(wanted)}), not ({', '.join(given)})")
    return tuple(sorted(own.items()))


@cache
def block_player(own: RuleItems) -> Rule:
    """`kernel.play_block` with own rules compiled in: every function that leads to one of them is compiled anew."""
    changed: dict[str, Any] = {name: njit(nogil=True)(rule) for name, rule in own}
    twins = []
    for module in (rules, night, hall, kernel):
        functions = {name: value for name, value in vars(module).items() if hasattr(value, "py_func")}
        while True:
            stale = {
                name: function
                for name, function in functions.items()
                if name not in changed and changed.keys() & set(function.py_func.__code__.co_names)
            }
            if not stale:
                break
            for name, function in stale.items():
                twins.append(_twin(function.py_func))
                changed[name] = njit(nogil=True)(twins[-1])
    if {"best_office", "reluctance", "shown_wait", "write_reluctances"} & changed.keys():
        changed["CLEARLY"] = np.inf  # no choice is clear: the rule is asked for each citizen
    if {"free_to_choose", "looks_at_queues"} & changed.keys():
        changed["OWN_CHOICE"] = True
    for twin in twins:  # compiled when first called, so all know all that changed
        twin.__globals__.update(changed)
    player: Rule = changed.get("play_block", kernel.play_block)
    return player


def _twin(function: FunctionType) -> FunctionType:
    """The same function, with names of its own for what it uses."""
    return FunctionType(function.__code__, {**function.__globals__}, function.__name__)


@cache
def engine(own: RuleItems) -> ModuleType:
    """The SimPy engine with own rules."""
    spec = find_spec("sim.engine")
    if spec is None or spec.loader is None:
        raise ImportError("sim.engine")
    twin = module_from_spec(spec)
    spec.loader.exec_module(twin)
    vars(twin)["rules"] = SimpleNamespace(**{**vars(rules), **dict(own)})
    return twin
