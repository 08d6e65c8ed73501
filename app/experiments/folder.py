"""The folder of an experiment: a manifest of what is asked, and one file for each point as soon as it is played.

    DIR/
        experiment.json  points/000000.parquet …  and the tables and pictures made of them

A point is there whole or not at all. Who plays again with the same question plays what is missing; two processes may share
a folder.
"""

import io
import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from results.files import write_bytes, write_text

MANIFEST_FILE, POINTS = "experiment.json", "points"
FORMAT = 1

Question = dict[str, object]  #: all that the figures depend on, as JSON


class OtherQuestion(ValueError):
    """A folder that holds the points of another question; `differs` names in what."""

    def __init__(self, folder: Path, differs: tuple[str, ...]) -> None:
        self.folder, self.differs = folder, differs
        super().__init__(f"{folder}: {', '.join(differs)}")


@dataclass(frozen=True, slots=True)
class PointFolder:
    """Points of one question in a folder."""

    folder: Path

    def claim(self, question: Question) -> None:
        """Begin, or go on where a former run stopped; OtherQuestion when other points stand here."""
        asked = json.loads(json.dumps({"format": FORMAT, **question}))
        path = self.folder / MANIFEST_FILE
        if path.is_file():
            found = _read(path)
            if found != asked:
                names = sorted(name for name in {*found, *asked} if found.get(name) != asked.get(name))
                raise OtherQuestion(self.folder, tuple(names))
            return
        if any((self.folder / POINTS).glob("*.parquet")):
            raise OtherQuestion(self.folder, (MANIFEST_FILE,))
        write_text(path, json.dumps(asked, ensure_ascii=False, indent=1) + "\n")

    def read(self, number: int) -> pd.DataFrame | None:
        """What a point came to; None when it was not played, or its file is damaged and must be made again."""
        try:
            return pd.read_parquet(self._path(number))
        except (OSError, ValueError):
            return None

    def write(self, number: int, frame: pd.DataFrame) -> None:
        """Keep what a point came to, durably."""
        stream = io.BytesIO()
        frame.to_parquet(stream, compression="zstd", index=False)
        write_bytes(self._path(number), stream.getvalue())

    def _path(self, number: int) -> Path:
        return self.folder / POINTS / f"{number:06}.parquet"


def _read(path: Path) -> Question:
    try:
        found = json.loads(path.read_text("utf-8"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
