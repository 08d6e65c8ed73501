"""Writing a scenario as a folder of TOML and CSV, and naming its content by a digest.

Names are written as they are, also those that begin with `=`: these are source tables, read back by `load`.
"""

import csv
import json
import os
import tempfile
from datetime import date, time
from hashlib import sha256
from io import StringIO
from pathlib import Path

from .schema import REQUIRED_TABLES, SECTIONS, TABLES, Entity, Scenario

TOP = ("id", "name_vi", "name_en", "notice_vi", "notice_en")


def write_scenario(scenario: Scenario, folder: Path) -> None:
    """Write a scenario into a new or empty folder; it appears whole or not at all.

    FileExistsError when the folder holds anything.
    """
    folder = Path(folder)
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as temporary:
        written = Path(temporary) / "scenario"
        written.mkdir()
        (written / "scenario.toml").write_text(_toml(scenario), encoding="utf-8", newline="\n")
        for table, kind in TABLES.items():
            rows = getattr(scenario, table)
            if rows or table in REQUIRED_TABLES:
                (written / f"{table}.csv").write_text(_csv(kind, rows), encoding="utf-8", newline="\n")
        if folder.exists():
            folder.rmdir()
        os.replace(written, folder)


def write_table(kind: type[Entity], rows: tuple[Entity, ...], path: Path) -> None:
    """Write rows of a table, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp-{os.getpid()}")
    temporary.write_text(_csv(kind, rows), encoding="utf-8", newline="\n")
    os.replace(temporary, path)


def _toml(scenario: Scenario) -> str:
    lines = [f"schema_version = {scenario.schema_version}"]
    lines += [f"{key} = {_toml_value(getattr(scenario, key))}" for key in TOP]
    for name in SECTIONS:
        section = getattr(scenario, name)
        lines += ["", f"[{name}]"]
        lines += [f"{key} = {_toml_value(getattr(section, key))}" for key in type(section).model_fields]
    return "\n".join(lines) + "\n"


def _toml_value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml_value, value))}]"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, (date, time)):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _csv(kind: type[Entity], rows: tuple[Entity, ...]) -> str:
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = list(kind.model_fields)
    writer.writerow(names)
    writer.writerows([cell_text(getattr(row, name)) for name in names] for row in rows)
    return text.getvalue()


def cell_text(value: object) -> str:
    """A value as a table of text holds it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, time):
        return value.strftime("%H:%M")
    return repr(value) if isinstance(value, float) else str(value)


def scenario_digest(scenario: Scenario) -> str:
    """Return the SHA-256 of what a scenario means: not of its format, nor of the order of its rows."""
    model = scenario.model_dump(mode="json")
    told = json.JSONEncoder(sort_keys=True).encode
    for table in TABLES:
        model[table].sort(key=told)
    return sha256(json.dumps(model, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()).hexdigest()
