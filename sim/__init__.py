"""What happens: the citizens of a scenario, played forward by one of two engines that agree to the bit."""

import os
from hashlib import sha256
from pathlib import Path

import numba


def _set_cache_folder() -> None:
    """Give compiled code a folder named by everything it was compiled from.

    Numba notices a change in the file of a function but not in the files it calls; so the sources and the version of
    Numba name the folder. Must run before any decorator.
    """
    if "NUMBA_CACHE_DIR" in os.environ:
        return
    stamp = sha256(numba.__version__.encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        stamp.update(source.read_bytes())
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    numba.config.CACHE_DIR = str(Path(root) / "motcua" / stamp.hexdigest()[:16])  # type: ignore[attr-defined]


_set_cache_folder()

from .curves import Curve  # noqa: E402
from .levers import Lever, lever_worths  # noqa: E402
from .measures import INDICATORS, Interval, interval, offices, paired, province, units  # noqa: E402
from .replay import Replay, record  # noqa: E402
from .response import response_curves  # noqa: E402
from .rollout import Rollout, play_rollout  # noqa: E402
from .run import Progress, Run, simulate  # noqa: E402
from .tables import OFFICE_COLUMNS, UNIT_COLUMNS, PhaseTables  # noqa: E402

__all__ = [
    "INDICATORS",
    "OFFICE_COLUMNS",
    "UNIT_COLUMNS",
    "Curve",
    "Interval",
    "Lever",
    "PhaseTables",
    "Progress",
    "Replay",
    "Rollout",
    "Run",
    "interval",
    "lever_worths",
    "offices",
    "paired",
    "play_rollout",
    "province",
    "record",
    "response_curves",
    "simulate",
    "units",
]
