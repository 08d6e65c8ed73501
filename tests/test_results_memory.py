"""The memory gives back what was made for the very same question, whole, or nothing."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from results import memory as module
from results.memory import ENDING, OFF, PLACE, Form, Memory, content_digest, content_of, usual_memory
from scenarios import load_scenario

NUMBERS: Form[list[float]] = Form(lambda numbers: json.dumps(numbers).encode(), json.loads)
HERE = Path(__file__).parent.parent


class Maker:
    """Makes numbers, and counts how often."""

    def __init__(self, numbers: list[float]) -> None:
        self.numbers, self.made = numbers, [""]
        self.made.clear()

    def __call__(self, names: tuple[str, ...]) -> Mapping[str, list[float]]:
        self.made.extend(names)
        return {name: [*self.numbers, float(len(name))] for name in names}


def remembered(memory: Memory, make: Callable[[], list[float]], **asked: object) -> list[float]:
    return memory.one("numbers", make, NUMBERS, **asked)


def only_file(memory: Memory) -> Path:
    (found,) = memory.files()
    return found


def test_what_was_made_is_given_back_and_made_once(tmp_path: Path) -> None:
    """A second question, by another memory of the folder, has the same answer; only names not met before are made."""
    make, memory = Maker([0.1, 1e300]), Memory(tmp_path)
    first = memory.each("numbers", ("a", "bb"), make, NUMBERS, seed=1)
    again = Memory(tmp_path)
    assert again.each("numbers", ("ccc", "bb", "a"), make, NUMBERS, seed=1) == {"ccc": [0.1, 1e300, 3.0], **first}
    assert make.made == ["a", "bb", "ccc"]
    assert [one.part for one in again.recalled] == ["numbers/bb", "numbers/a"]
    assert not memory.recalled


def test_whatever_differs_is_another_question(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another kind, option or name of an option, another source file or library: none is answered by what is kept."""
    memory = Memory(tmp_path)
    memory.one("numbers", lambda: [1.0], NUMBERS, days=None, seed=1)
    others: list[dict[str, object]] = [
        {"days": 5, "seed": 1},
        {"days": None, "seed": 2},
        {"seed": 1},
        {"days": "None", "seed": 1},
    ]
    for asked in others:
        assert remembered(memory, lambda: [2.0], **asked) == [2.0]
    assert memory.one("others", lambda: [2.0], NUMBERS, days=None, seed=1) == [2.0]
    for name, value in (("code_digest", "other"), ("_machine", {"numpy": "0"})):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, lambda value=value: value)
            assert remembered(memory, lambda: [3.0], days=None, seed=1) == [3.0]
    assert remembered(memory, lambda: [4.0], days=None, seed=1) == [1.0]


def test_any_change_of_a_scenario_is_another_content() -> None:
    """One person, one minute, one place in the order of rows."""
    tiny = load_scenario("tiny")
    more = (*tiny.units[:-1], tiny.units[-1].model_copy(update={"population": tiny.units[-1].population + 1}))
    ids = {content_digest(tiny)}
    ids.add(content_digest(tiny.model_copy(update={"units": more})))
    ids.add(content_digest(tiny.model_copy(update={"officers": tiny.officers[::-1]})))
    ids.add(content_digest(tiny.model_copy(update={"name_en": "Another"})))
    assert len(ids) == 4
    assert content_digest(load_scenario("tiny")) in ids


@pytest.mark.parametrize("name", ["tiny", "binh-duong"])
def test_the_content_of_a_scenario_is_all_of_it(name: str) -> None:
    """What the digest is taken of makes the scenario again."""
    scenario = load_scenario(name)
    assert type(scenario).model_validate_json(content_of(scenario)) == scenario


def test_a_source_file_that_changes_gives_another_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By content and by name; while a process runs the memory is off from then on."""
    (tmp_path / "sim").mkdir()
    (tmp_path / "sim" / "run.py").write_text("one = 1\n")
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "_STAMPS", module._stamps())
    before = module.code_digest()
    (tmp_path / "sim" / "run.py").write_text("one = 12\n")
    assert module.code_digest() is None
    memory = Memory(tmp_path / "memory")
    assert [remembered(memory, lambda number=number: [number]) for number in (1.0, 2.0)] == [[1.0], [2.0]]
    assert not memory.files()
    monkeypatch.setattr(module, "_STAMPS", module._stamps())
    changed = module.code_digest()
    (tmp_path / "sim" / "run.py").rename(tmp_path / "sim" / "ran.py")
    monkeypatch.setattr(module, "_STAMPS", module._stamps())
    assert len({before, changed, module.code_digest(), None}) == 4


def test_a_program_that_changes_while_it_makes_something_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was made is given, but nobody knows by which files."""
    memory = Memory(tmp_path)

    def make() -> list[float]:
        monkeypatch.setattr(module, "code_digest", lambda: None)
        return [1.0]

    assert remembered(memory, make) == [1.0]
    assert not memory.files()


@pytest.mark.parametrize("damage", ["cut", "empty", "bit", "other", "text"])
def test_a_damaged_file_is_made_anew(tmp_path: Path, damage: str) -> None:
    """Cut, emptied, one bit wrong, another question's answer under its name, or no answer at all; then it is whole again."""
    memory = Memory(tmp_path)
    remembered(memory, lambda: [1.0, 2.0], seed=1)
    path = only_file(memory)
    content = path.read_bytes()
    if damage == "other":
        remembered(memory, lambda: [5.0], seed=2)
        (other,) = (one for one in memory.files() if one != path)
        os.replace(other, path)
    else:
        wrong = content[:-3] + bytes([content[-3] ^ 1]) + content[-2:]
        path.write_bytes({"cut": content[:-2], "empty": b"", "bit": wrong, "text": b"nothing\n"}[damage])
    assert remembered(memory, lambda: [7.0], seed=1) == [7.0]
    assert remembered(memory, lambda: [8.0], seed=1) == [7.0]


def test_an_answer_of_another_form_is_made_anew(tmp_path: Path) -> None:
    """Its bytes are whole, but nobody can read them."""
    memory = Memory(tmp_path)
    broken: Form[list[float]] = Form(lambda numbers: b"\xff", lambda content: NUMBERS.unpack(content))
    assert [memory.one("numbers", lambda: [1.0], broken) for _ in range(2)] == [[1.0], [1.0]]
    assert not memory.recalled


def test_a_folder_that_cannot_be_written_is_gone_without(tmp_path: Path) -> None:
    """A file stands in its place."""
    (tmp_path / "place").write_text("")
    memory = Memory(tmp_path / "place" / "remembered")
    assert [remembered(memory, lambda number=number: [number]) for number in (1.0, 2.0)] == [[1.0], [2.0]]
    assert not memory.files()


def test_fresh_makes_anew_and_replaces(tmp_path: Path) -> None:
    """What was kept is not read, and the new answer is kept in its place."""
    remembered(Memory(tmp_path), lambda: [1.0])
    assert remembered(Memory(tmp_path, fresh=True), lambda: [2.0]) == [2.0]
    assert remembered(Memory(tmp_path), lambda: [3.0]) == [2.0]


def test_what_is_made_anew_is_made_before_sources_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits for it does not wait for the name under which it is kept."""
    done: list[str] = []
    monkeypatch.setattr(module, "code_digest", lambda: done.append("read") or "code")
    for fresh in (True, False):
        done.clear()
        assert remembered(Memory(tmp_path / f"{fresh}", fresh=fresh), lambda: done.append("made") or [1.0]) == [1.0]
        assert done == (["made", "read"] if fresh else ["read", "made", "read"])
        done.clear()
        Memory(tmp_path, fresh=fresh).make_ready()
        assert done == ([] if fresh else ["read"])


def test_what_was_least_lately_used_goes_first(tmp_path: Path) -> None:
    """The memory never holds more than its limit, leftovers of killed writers included; other files are not touched."""
    memory = Memory(tmp_path)
    for seed in range(4):
        remembered(memory, lambda: [1.0] * 100, seed=seed)
    size = only_size(memory)
    for age, path in enumerate(memory.files()):
        os.utime(path, (1_000 + age, 1_000 + age))
    first, second, *_ = memory.files()
    left = tmp_path / f".{'0' * 64}{ENDING}.tmp-1"
    left.write_bytes(b"0" * size)
    os.utime(left, (1, 1))
    (tmp_path / "notes.txt").write_text("mine")
    seed = next(seed for seed in range(4) if memory._path(json_question(seed)) == first)
    assert remembered(memory, lambda: [2.0], seed=seed) == [1.0] * 100
    small = Memory(tmp_path, limit=4 * size + 10)
    remembered(small, lambda: [1.0] * 100, seed=9)
    assert first.exists() and not second.exists() and not left.exists()
    assert len(memory.files()) == 4
    memory.forget()
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def only_size(memory: Memory) -> int:
    return max(path.stat().st_size for path in memory.files())


def json_question(seed: int) -> str:
    code = module.code_digest()
    assert code is not None
    return module._question("numbers", "all", code, {"seed": seed})


def test_two_processes_at_once_read_whole_answers(tmp_path: Path) -> None:
    """Whatever they overtake each other in, an answer is one that somebody kept."""
    code = (
        "import json, sys\n"
        "from pathlib import Path\n"
        "from results.memory import Form, Memory\n"
        "form = Form(lambda numbers: json.dumps(numbers).encode(), json.loads)\n"
        "mine = [int(sys.argv[1])] * 5000\n"
        "for turn in range(12):\n"
        "    for fresh in (True, False):\n"
        "        found = Memory(Path(sys.argv[2]), fresh, limit=10**5).one('numbers', lambda: mine, form)\n"
        "        assert len(found) == 5000 and len(set(found)) == 1 and found[0] in (1, 2), found[:9]\n"
    )
    command = [sys.executable, "-c", code]
    place = {**os.environ, "PYTHONPATH": str(HERE)}
    both = [subprocess.Popen([*command, str(who), str(tmp_path)], env=place, stderr=subprocess.PIPE) for who in (1, 2)]
    assert [(one.communicate()[1], one.returncode) for one in both] == [(b"", 0)] * 2
    assert len(list(tmp_path.iterdir())) == 1


def test_the_place_is_the_users_cache_unless_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable of the environment names another, or none at all."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv(PLACE)
    assert usual_memory().folder == tmp_path / "motcua" / "remembered"
    monkeypatch.setenv(PLACE, str(tmp_path / "mine"))
    assert usual_memory(fresh=True) == Memory(tmp_path / "mine" / "remembered", fresh=True)
    monkeypatch.setenv(PLACE, OFF)
    assert usual_memory().folder is None
    assert remembered(usual_memory(), lambda: [1.0]) == [1.0]
