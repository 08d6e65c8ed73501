"""Where the peers live: an environment of their own with pinned versions, and programs in C++ compiled on the spot."""

import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
PLACE = HERE.parent / ".peers"
PYTHON = PLACE / "bin" / "python"
PINS = ("simpy==4.1.2", "ciw==3.2.7", "salabim==26.0.9", "cimba==0.9.6", "numpy==2.4.6")


def install() -> bool:
    """An environment of the peers' own; False, with a line, where it cannot be made."""
    done = PLACE / "installed.txt"
    if done.exists() and done.read_text("utf-8").split() == list(PINS):
        return True
    try:
        if not PYTHON.exists():
            subprocess.run([sys.executable, "-m", "venv", PLACE], check=True)
        quiet = ("--quiet", "--disable-pip-version-check")
        subprocess.run([PYTHON, "-m", "pip", "install", *quiet, *PINS], check=True)
    except subprocess.CalledProcessError:
        print("The peers cannot be installed here (is there a network?): those in Python are left out.")
        return False
    done.write_text("\n".join(PINS), "utf-8")
    return True


def knows_queuecomputer() -> bool:
    """Whether R is here with queuecomputer; False, with a line, where it is not."""
    script = shutil.which("Rscript")
    known = script is not None and not subprocess.run([script, "-e", "library(queuecomputer)"], capture_output=True).returncode
    if not known:
        print("R with queuecomputer is not there: its algorithm is played in C++ alone.")
    return known


def built(name: str) -> Path | None:
    """A program, compiled with what is there; None, with a line, without a compiler."""
    found = shutil.which("clang++") or shutil.which("g++")
    if found is None:
        print("No clang++ or g++ here: what is in C++ is left out.")
        return None
    PLACE.mkdir(exist_ok=True)
    subprocess.run([found, "-O3", "-march=native", "-std=c++17", HERE / f"{name}.cpp", "-o", PLACE / name], check=True)
    print(f"{name}.cpp compiled by {Path(found).name}.")
    return PLACE / name
