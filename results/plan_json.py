"""Plans as JSON, field by field, and from that form, which a digest has vouched for."""

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from optimizer import Addition, Alternative, Move, NextPerson, Outcome, PhasePlan, Reason, Round, Stage
from sim import Interval

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def by_field(thing: "DataclassInstance") -> dict[str, Any]:
    """The fields of a part of a plan by name, for `json.dumps`, which goes on into them."""
    return {one.name: getattr(thing, one.name) for one in fields(thing)}


def phase_plan_of(data: dict[str, Any]) -> PhasePlan:
    """A phase's plan."""
    moves = tuple(map(_move, data["moves"]))
    assignments = tuple((officer, office) for officer, office in data["assignments"])
    additions = tuple(Addition(**{**one, "saves_s": tuple(one.get("saves_s", ()))}) for one in data["additions"])
    crews = tuple((office, group, count) for office, group, count in data["crews"])
    people = tuple(NextPerson(**one) for one in data.get("next_person", ()))
    parts = {"moves": moves, "assignments": assignments, "additions": additions, "crews": crews, "next_person": people}
    still = {"still": _reason(**data["still"])} if data.get("still") else {}
    return PhasePlan(**data | parts | still)


def _move(data: dict[str, Any]) -> Move:
    alternatives = tuple(
        Alternative(**other | {"forbidden": tuple(_reason(**rule) for rule in other["forbidden"])})
        for other in data.get("alternatives", ())
    )
    details = tuple(_reason(**detail) for detail in data.get("details", ()))
    return Move(**data | {"reason": _reason(**data["reason"]), "details": details, "alternatives": alternatives})


def round_of(data: dict[str, Any]) -> Round:
    """A round of the closed loop."""
    simulated = tuple(Interval(**one) for one in data["simulated"])
    return Round(**data | {"moves": tuple(data["moves"]), "predicted": tuple(data["predicted"]), "simulated": simulated})


def outcome_of(data: dict[str, Any]) -> Outcome:
    """What a program came to."""
    stages = (
        Stage(one["overload_s"], tuple((phase, office) for phase, office in one["places"])) for one in data.get("stages", ())
    )
    return Outcome(**data | {"stages": tuple(stages)})


def _reason(code: str, values: list[list[Any]]) -> Reason:
    return Reason(code, tuple((name, value) for name, value in values))
