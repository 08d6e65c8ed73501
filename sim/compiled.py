"""Where the compiled kernel is kept between runs."""

import os
import sys
import tempfile
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

#: modules with compiled code, or with numbers that go into it
COMPILED = (
    *("columns", "hall", "kept", "kernel", "lanes", "night"),
    *("office_days", "race", "recursion", "rules", "stream_version", "streams"),
)
FOLDER = "NUMBA_CACHE_DIR"


def name_cache_folder() -> None:
    """Give compiled code a folder named by all it was compiled from, unless the user names one.

    Numba notices a change in the file of a function but not in the files it calls; so the sources and the version of
    Numba name the folder. Where the home may not be written it stands in the temp folder. Must run before any decorator.
    """
    if FOLDER in os.environ:
        return
    os.environ[FOLDER] = str(_root() / kernel_stamp())
    if "numba" in sys.modules:
        sys.modules["numba"].config.reload_config()


def kernel_stamp() -> str:
    """Return what names compiled code: a hash of its sources and of the version of Numba."""
    stamp = sha256(version("numba").encode())
    for name in COMPILED:
        stamp.update(Path(__file__).with_name(f"{name}.py").read_bytes())
    return stamp.hexdigest()[:16]


def is_compiled() -> bool:
    """Tell whether there is compiled code to load, or none is asked for."""
    return os.environ.get("NUMBA_DISABLE_JIT", "0") != "0" or any(Path(os.environ[FOLDER]).rglob("*.nbi"))


def user_folder() -> Path | None:
    """The user's own folder for what may be lost, None where that may not be written."""
    try:
        root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "motcua"
        root.mkdir(parents=True, exist_ok=True)
        if os.access(root, os.W_OK):
            return root
    except (OSError, RuntimeError):
        pass
    return None


def _root() -> Path:
    """The user's folder for caches, or one in the temp folder where that may not be written."""
    user = os.getuid() if hasattr(os, "getuid") else "user"
    return user_folder() or Path(tempfile.gettempdir()) / f"motcua-cache-{user}"
