"""A stored run is whole or absent, tells when it was damaged, and gives its report again."""

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from report_study import invented_study
from small_scenario import write_small

from optimizer import Reason
from results import RunError, RunStore, provenance_of, write_report
from results.exports import csv_text, safe_cell
from results.files import write_all
from results.summary import StudyData
from scenarios import load_scenario


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> StudyData:
    reason = Reason("report.no_moves", (("saved", 12.5), ("to", "o1")))
    return invented_study(load_scenario(write_small(tmp_path_factory.mktemp("scenario") / "small")), reason)


@pytest.fixture(scope="module")
def written(study: StudyData, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One stored run; tests that spoil it take a copy."""
    return RunStore(tmp_path_factory.mktemp("runs")).write(study, provenance_of(study))


@pytest.fixture
def copied(written: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(written, tmp_path / "runs" / written.name))


def test_a_run_read_back_is_the_run_written(study: StudyData, written: Path, tmp_path: Path) -> None:
    """Scenario, plan and every integer of every table come back, and the report made from them is the same to the byte."""
    store = RunStore(written.parent)
    folder = written
    provenance = provenance_of(study)
    again, manifest = store.read(folder.name)
    assert manifest.provenance == provenance
    assert again.scenario == study.scenario
    assert again.planned_scenario == study.planned_scenario
    assert provenance_of(again).digests == provenance.digests
    for first, second in zip(study.phases, again.phases, strict=True):
        assert first.plan == second.plan
        for (*_, before), (*_, after) in zip(first.played(), second.played(), strict=True):
            assert before.office_ids == after.office_ids
            for name in ("office", "half_hour", "wait_histogram", "unit", "visit_hash"):
                np.testing.assert_array_equal(getattr(before, name), getattr(after, name))
                assert getattr(before, name).dtype == getattr(after, name).dtype
    report = write_report(again, tmp_path / "again", provenance=manifest.provenance)
    assert report.read_bytes() == (folder / "report.html").read_bytes()
    assert store.runs() == (folder.name,)


def test_a_write_that_fails_leaves_nothing_and_keeps_the_former_run(study: StudyData, tmp_path: Path) -> None:
    """An error in the middle leaves no folder of that name, or the former one untouched, and no litter."""
    store = RunStore(tmp_path / "runs")

    def failing() -> None:
        with store.writing("small-1") as place:
            (place / "half.txt").write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        failing()
    assert list(store.folder.iterdir()) == []
    with store.writing("small-1") as place:
        (place / "whole.txt").write_text("first")
    with pytest.raises(KeyboardInterrupt):
        failing()
    assert [path.name for path in store.folder.iterdir()] == ["small-1"]
    assert (store.folder / "small-1" / "whole.txt").read_text() == "first"


def test_many_files_are_written_or_none(tmp_path: Path) -> None:
    """Where one cannot be written, those beside it keep what they held, and nothing is left behind."""
    (tmp_path / "first").write_text("old")
    (tmp_path / "folder").touch()
    with pytest.raises(OSError):
        write_all({tmp_path / "first": b"new", tmp_path / "folder" / "second": b"new"})
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"first": "old", "folder": ""}
    write_all({tmp_path / "first": b"new", tmp_path / "other" / "second": b"new"})
    assert (tmp_path / "first").read_text() == (tmp_path / "other" / "second").read_text() == "new"


def test_a_run_written_again_replaces_the_former(tmp_path: Path) -> None:
    """The new run takes the place of the old one whole: no file of the old one stays."""
    store = RunStore(tmp_path / "runs")
    for name in ("old.txt", "new.txt"):
        with store.writing("small-1") as place:
            (place / name).write_text(name)
    assert [path.name for path in (store.folder / "small-1").iterdir()] == ["new.txt"]
    assert [path.name for path in store.folder.iterdir()] == ["small-1"]


def test_what_a_killed_writer_left_is_mended(tmp_path: Path) -> None:
    """Killed between its two renames, a writer leaves the former run aside; the next one brings it back first."""
    store = RunStore(tmp_path / "runs")
    (store.folder / ".small-1.former").mkdir(parents=True)
    (store.folder / ".small-1.former" / "whole.txt").write_text("first")
    (store.folder / ".small-1.tmp-999999999").mkdir()
    with pytest.raises(RuntimeError, match="stop"), store.writing("small-1"):
        raise RuntimeError("stop")
    assert [path.name for path in store.folder.iterdir()] == ["small-1"]
    assert (store.folder / "small-1" / "whole.txt").read_text() == "first"


@pytest.mark.parametrize("name", ["offices.parquet", "scenario/officers.csv", "report.html", "plans.json", "plan.csv"])
def test_one_changed_byte_is_found(copied: Path, name: str) -> None:
    """A file whose bytes changed, at the same length, is named."""
    store, folder = RunStore(copied.parent), copied
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).write_bytes(data)
    with pytest.raises(RunError) as found:
        store.read(folder.name)
    assert (found.value.code, found.value.place) == ("manifest.damaged", name)


def test_a_missing_file_and_a_missing_run_are_told_apart(copied: Path) -> None:
    """The error says whether there is no run, a file is gone, or the manifest does not read."""
    store, folder = RunStore(copied.parent), copied
    with pytest.raises(RunError, match=r"manifest\.no_run"):
        store.read("other")
    (folder / "units.parquet").unlink()
    with pytest.raises(RunError, match=r"manifest\.missing: units\.parquet"):
        store.read(folder.name)
    (folder / "manifest.json").write_text('{"format": 1}')
    with pytest.raises(RunError, match=r"manifest\.unreadable"):
        store.read(folder.name)


def test_a_manifest_cannot_point_outside_its_run(copied: Path) -> None:
    """A path that leaves the folder is no file of the run."""
    store, folder = RunStore(copied.parent), copied
    (folder.parent.parent / "outside.csv").write_text("outside")
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    manifest["files"][0]["path"] = "../../outside.csv"
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(RunError, match=r"manifest\.missing"):
        store.read(folder.name)


def test_the_name_of_a_run_is_its_question(study: StudyData) -> None:
    """The same question has the same id; another seed, argument or scenario another; silent arguments change nothing."""
    plain = provenance_of(study, arguments=(("seed", "1"),))
    assert plain.run_id == provenance_of(replace(study, seconds=99.0), arguments=(("seed", "1"),)).run_id
    assert plain.run_id == provenance_of(study, arguments=(("seed", "1"), ("jobs", "2"), ("lang", "en"))).run_id
    assert plain.run_id != provenance_of(replace(study, seed=2), arguments=(("seed", "1"),)).run_id
    assert plain.run_id != provenance_of(study, arguments=(("seed", "1"), ("max-moves", "9"))).run_id
    other = study.scenario.model_copy(update={"name_vi": "Khác"})
    assert plain.run_id != provenance_of(replace(study, scenario=other), arguments=(("seed", "1"),)).run_id


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\uff1d1"])
def test_no_text_becomes_a_formula(text: str) -> None:
    """Text that a spreadsheet would run is marked as text; numbers stay numbers."""
    assert safe_cell(text) == "'" + text
    assert safe_cell(-1.5) == -1.5
    assert safe_cell("Nguyễn Văn An") == "Nguyễn Văn An"
    rows = list(csv.reader(csv_text(("name",), [(text,)]).removeprefix("\ufeff").splitlines()))
    assert rows[1] == ["'" + text]
