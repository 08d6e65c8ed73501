"""The variants of `binh-duong`: named overrides as TOML text."""

from collections.abc import Sequence
from hashlib import sha256
from math import exp, log, sqrt
from statistics import NormalDist

from ..schema import ProcedureField, Unit

LOCAL_CV = 0.35  # of demand factors between units
LOCAL_UNITS = {"25760": 2.0, "25762": 2.0}  # Hòa Phú, Phú Mỹ: the new city center
LOCAL_DISTRICTS = {"723": 1.15}  # Tân Uyên
GROWTH = 1.2
PATIENCE_WITHOUT_END_MIN = 1_000_000.0
OVERTIME_WITHOUT_END_MIN = 600.0


def variants(units: Sequence[Unit], fields: Sequence[ProcedureField]) -> dict[str, str]:
    """Text by file name."""
    return {
        "growth-20.toml": _head("nhu cầu tăng 20 %", "demand up by 20 %") + f"\n[demand]\nscale = {GROWTH}\n",
        "local-demand.toml": _head("nhu cầu khác nhau theo nơi (giả định)", "demand that differs by place (assumed)")
        + "".join(f'\n[[units]]\nid = "{unit}"\ndemand_factor = {factor}\n' for unit, factor in local_factors(units).items()),
        "nobody-leaves.toml": _head("mọi người chờ đến lượt", "everybody waits for their turn")
        + f"\n[queue]\novertime_min = {OVERTIME_WITHOUT_END_MIN}\n"
        + "".join(
            f'\n[[fields]]\nid = "{field.id}"\npatience_min = {PATIENCE_WITHOUT_END_MIN}\n'
            "balk_long_share = 0.0\nbalk_very_long_share = 0.0\n"
            for field in fields
        ),
    }


def _head(change_vi: str, change_en: str) -> str:
    return f'name_vi = "Bình Dương: {change_vi}"\nname_en = "Binh Duong: {change_en}"\n'


def local_factors(units: Sequence[Unit]) -> dict[str, float]:
    """Demand factors by unit, invented: lognormal quantiles dealt out by a hash of the id, two places fixed.

    The others have a mean of one, weighted by inhabitants.
    """
    sigma = sqrt(log(1 + LOCAL_CV**2))
    fixed = {unit.id: LOCAL_UNITS.get(unit.id, LOCAL_DISTRICTS.get(unit.district, 0.0)) for unit in units}
    free = [unit for unit in units if not fixed[unit.id]]
    dealt = sorted(free, key=lambda unit: sha256(unit.id.encode()).hexdigest())
    drawn = {unit.id: exp(sigma * NormalDist().inv_cdf((rank + 0.5) / len(dealt))) for rank, unit in enumerate(dealt)}
    mean = sum(unit.population * drawn[unit.id] for unit in free) / sum(unit.population for unit in free)
    return {unit.id: fixed[unit.id] or round(drawn[unit.id] / mean, 2) for unit in units}
