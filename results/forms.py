"""Results as bytes and back, equal to the bit: arrays as NumPy keeps them, the rest as JSON or Parquet. Nothing is pickled."""

import json
import zlib
from dataclasses import fields
from io import BytesIO
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sim import Curve, PhaseTables

from .memory import Form

if TYPE_CHECKING:
    import pandas as pd

    from optimizer import Plan, Round

    from .validation import Verdict

LEVEL = 1  #: of compression: tables are mostly zeros
COUNTED = ("office", "half_hour", "wait_histogram", "unit", "visit_hash")  #: arrays of `PhaseTables`
AtHome = tuple[tuple[Curve, ...], PhaseTables]
PlanMade: TypeAlias = "tuple[Plan, tuple[Round, ...], int]"  #: with its rounds, and which of them is the plan


def _packed(told: object, **arrays: NDArray[Any]) -> bytes:
    """JSON and arrays as bytes."""
    room = BytesIO()
    text = np.frombuffer(json.dumps(told, allow_nan=False).encode(), np.uint8)
    np.savez(room, allow_pickle=False, told=text, **arrays)
    return zlib.compress(room.getvalue(), LEVEL)


def _unpacked(content: bytes) -> tuple[Any, dict[str, NDArray[Any]]]:
    with np.load(BytesIO(zlib.decompress(content)), allow_pickle=False) as kept:
        arrays = {name: kept[name] for name in kept.files}
    return json.loads(arrays.pop("told").tobytes()), arrays


def _told(tables: PhaseTables) -> dict[str, object]:
    return {
        "phase": tables.phase,
        "office_ids": tables.office_ids,
        "unit_ids": tables.unit_ids,
        "days": tables.days,
        "replications": tables.replications,
    }


def _counted(tables: PhaseTables) -> dict[str, NDArray[Any]]:
    return {name: getattr(tables, name) for name in COUNTED}


def _tables(told: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> PhaseTables:
    whole: dict[str, Any] = _frozen(told) | arrays
    return PhaseTables(**whole)


def _frozen(told: dict[str, Any]) -> dict[str, Any]:
    """Lists of JSON as the tuples they were."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in told.items()}


def _home_packed(home: AtHome) -> bytes:
    curves, tables = home
    told = [{one.name: getattr(curve, one.name) for one in fields(curve)} for curve in curves]
    return _packed({"tables": _told(tables), "curves": told}, **_counted(tables))


def _home_unpacked(content: bytes) -> AtHome:
    told, arrays = _unpacked(content)
    return tuple(Curve(**_frozen(curve)) for curve in told["curves"]), _tables(told["tables"], arrays)


def _plan_packed(made: PlanMade) -> bytes:
    from .plan_json import by_field

    plan, rounds, best = made
    return json.dumps({"plan": plan, "rounds": rounds, "best": best}, default=by_field).encode()


def _plan_unpacked(content: bytes) -> PlanMade:
    from optimizer import Plan  # here, so that who plays does not wait for what plans

    from .plan_json import outcome_of, phase_plan_of, round_of

    told = json.loads(content)
    plan = Plan(outcome_of(told["plan"]["outcome"]), tuple(map(phase_plan_of, told["plan"]["phases"])))
    return plan, tuple(map(round_of, told["rounds"])), told["best"]


def _weeks_packed(weeks: "pd.DataFrame") -> bytes:
    room = BytesIO()
    weeks.to_parquet(room, index=False)
    return room.getvalue()


def _weeks_unpacked(content: bytes) -> "pd.DataFrame":
    import pandas as pd  # here, so that who plans does not wait for it

    return pd.read_parquet(BytesIO(content))


def _verdicts_packed(verdicts: "tuple[Verdict, ...]") -> bytes:
    from .validation import verdict_json

    return json.dumps([verdict_json(one) for one in verdicts]).encode()


def _verdicts_unpacked(content: bytes) -> "tuple[Verdict, ...]":
    from .validation import read_verdict

    return tuple(map(read_verdict, json.loads(content)))


TABLES: Form[PhaseTables] = Form(
    lambda tables: _packed(_told(tables), **_counted(tables)), lambda content: _tables(*_unpacked(content))
)
HOME: Form[AtHome] = Form(_home_packed, _home_unpacked)
PLAN: Form[PlanMade] = Form(_plan_packed, _plan_unpacked)
WEEKS: "Form[pd.DataFrame]" = Form(_weeks_packed, _weeks_unpacked)
VERDICTS: "Form[tuple[Verdict, ...]]" = Form(_verdicts_packed, _verdicts_unpacked)
