"""What was made for a question, kept on disk and given back when the very same question is asked again.

A question is a text with all that its answer depends on: the content of the scenario, what was asked, every source file and
the libraries that count. Whatever differs is another question, so nothing kept is ever out of date; what is damaged is made
again. Imported before what it stands for: source files that change while a process runs turn its memory off.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from .files import write_bytes

if TYPE_CHECKING:
    from scenarios.schema import Scenario

PLACE = "MOTCUA_MEMORY"  #: variable of the environment: a folder, or OFF
OFF = "off"
LIMIT_BYTES = 1 << 30
ENDING = ".kept"
ROOT = Path(__file__).parent.parent
SOURCES = ("scenarios", "sim", "optimizer", "results", "app")
COMPILER = (
    "NUMBA_DISABLE_JIT",
    "NUMBA_CACHE_DIR",
    "NUMBA_CPU_NAME",
    "NUMBA_CPU_FEATURES",
    "NUMBA_OPT",
)  #: variables of the environment; `sim.compiled` sets the second
LIBRARIES = ("numpy", "scipy", "numba", "llvmlite", "pandas", "pyarrow", "pulp", "highspy")
NOT_PLAYED = ("planning", "targets", "sources")  #: sections and tables of a scenario that no simulation reads
WHOLE = "all"  #: name of the only part of a kind
Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True)
class Form(Generic[Thing]):
    """How a thing is written as bytes, and read back equal to the bit."""

    pack: Callable[[Thing], bytes]
    unpack: Callable[[bytes], Thing]


@dataclass(frozen=True, slots=True)
class Recalled:
    """A part that was not made anew."""

    kind: str
    name: str
    made: datetime

    @property
    def part(self) -> str:
        """Kind and name as one."""
        return f"{self.kind}/{self.name}"


def kind_and_name(part: str) -> tuple[str, str]:
    """Kind and name of a part; no name where it is the only one of its kind."""
    kind, _, name = part.partition("/")
    return kind, "" if name == WHOLE else name


@dataclass(frozen=True, slots=True)
class Memory:
    """Answers in a folder, the least lately used of which go first when they grow too large.

    folder : None = nothing is kept; fresh : whether all is made anew, and replaces what was kept; recalled : what was not.
    """

    folder: Path | None
    fresh: bool = False
    limit: int = LIMIT_BYTES
    recalled: list[Recalled] = field(default_factory=list)

    def each(
        self,
        kind: str,
        names: Iterable[str],
        make: Callable[[tuple[str, ...]], Mapping[str, Thing]],
        form: Form[Thing],
        /,
        *,
        worth: Callable[[Thing], bool] = lambda thing: True,
        **asked: object,
    ) -> dict[str, Thing]:
        """Things by name, those remembered and those that `make` makes of the other names.

        worth : whether what was made may be kept; asked : as JSON holds it.
        """
        names = tuple(names)
        if self.folder is None:
            return dict(make(names))
        found = {} if self.fresh else self._recalled(kind, names, form, asked)
        missing = tuple(name for name in names if name not in found)
        if missing:
            made = make(missing)
            found |= {name: made[name] for name in missing}
            self._keep(kind, {name: made[name] for name in missing if worth(made[name])}, form, asked)
        return {name: found[name] for name in names}

    def one(
        self,
        kind: str,
        make: Callable[[], Thing],
        form: Form[Thing],
        /,
        *,
        worth: Callable[[Thing], bool] = lambda thing: True,
        **asked: object,
    ) -> Thing:
        """One thing of its kind."""
        return self.each(kind, (WHOLE,), lambda _: {WHOLE: make()}, form, worth=worth, **asked)[WHOLE]

    def make_ready(self) -> None:
        """Read what is asked of the program first, before threads want the interpreter each time that a file is waited for."""
        if self.folder is not None and not self.fresh:
            code_digest()
            _machine()

    def files(self) -> list[Path]:
        """What is kept, the least lately used first, with what killed writers left."""
        if self.folder is None or not self.folder.is_dir():
            return []
        found: list[tuple[int, Path]] = []
        for path in (*self.folder.glob(f"*{ENDING}"), *self.folder.glob(f".*{ENDING}.tmp-*")):
            with suppress(OSError):  # another process may take one away
                found.append((path.stat().st_mtime_ns, path))
        return [path for _, path in sorted(found)]

    @property
    def size(self) -> int:
        """Bytes of all that is kept."""
        return sum(map(_size, self.files()))

    def forget(self, limit: int = 0) -> None:
        """Let go of what was least lately used, until no more than so many bytes are kept."""
        sizes = {path: _size(path) for path in self.files()}
        total = sum(sizes.values())
        for path, size in sizes.items():
            if total <= limit:
                break
            with suppress(OSError):
                path.unlink(missing_ok=True)
            total -= size

    def _recalled(self, kind: str, names: Iterable[str], form: Form[Thing], asked: Mapping[str, object]) -> dict[str, Thing]:
        """Those of the things that are kept; none once the program changed."""
        found: dict[str, Thing] = {}
        if (code := code_digest()) is not None:
            for name in names:
                if (kept := self._recall(_question(kind, name, code, asked), form)) is not None:
                    found[name], made = kept
                    self.recalled.append(Recalled(kind, name, made))
        return found

    def _recall(self, question: str, form: Form[Thing]) -> tuple[Thing, datetime] | None:
        """What is kept for a question and when it was made; None when there is nothing, or nothing whole."""
        try:
            path = self._path(question)
            digest, _, content = path.read_bytes().partition(b"\n")
            if sha256(content).hexdigest().encode() != digest:
                return None
            head, _, body = content.partition(b"\n")
            told = json.loads(head)
            if told["question"] != question:
                return None
            found = form.unpack(body), datetime.fromisoformat(told["made"])
        except Exception:  # whatever is wrong with a file, what it holds can be made again
            return None
        with suppress(OSError):
            os.utime(path)
        return found

    def _keep(self, kind: str, things: Mapping[str, Thing], form: Form[Thing], asked: Mapping[str, object]) -> None:
        """Keep things by name unless the program changed meanwhile; go on without where nothing can be written."""
        if not things or (code := code_digest()) is None:
            return
        made = datetime.now(UTC).isoformat(timespec="seconds")
        for name, thing in things.items():
            question = _question(kind, name, code, asked)
            head = json.dumps({"question": question, "made": made})
            with suppress(OSError, TypeError, ValueError):  # no room, no right to write, or nothing that can be kept
                content = head.encode() + b"\n" + form.pack(thing)
                write_bytes(self._path(question), sha256(content).hexdigest().encode() + b"\n" + content)
        with suppress(OSError):
            self.forget(self.limit)

    def _path(self, question: str) -> Path:
        assert self.folder is not None
        return self.folder / f"{sha256(question.encode()).hexdigest()}{ENDING}"


NO_MEMORY = Memory(None)


def usual_memory(*, fresh: bool = False) -> Memory:
    """The memory that the environment names, the user's own when it names none."""
    from sim.compiled import user_folder

    place = os.environ.get(PLACE, "")
    if place.lower() == OFF:
        return NO_MEMORY
    root = Path(place) if place else user_folder()
    return Memory(None if root is None else root / "remembered", fresh)


def content_digest(scenario: "Scenario") -> str:
    """SHA-256 of all that a scenario holds, the order of its rows, too."""
    return sha256(content_of(scenario)).hexdigest()


def played_digest(scenario: "Scenario") -> str:
    """SHA-256 of all that a scenario is played by."""
    return sha256(content_of(scenario, NOT_PLAYED)).hexdigest()


def content_of(scenario: "Scenario", without: Iterable[str] = ()) -> bytes:
    """All that a scenario holds, from which it can be made again; without : sections and tables left out."""
    return scenario.model_dump_json(exclude=set(without)).encode()


def code_digest() -> str | None:
    """SHA-256 of all source files; None when one changed since this module was imported: other ones are at work then."""
    stamps = _stamps()
    return _digest_of(tuple(stamps)) if stamps == _STAMPS else None


@cache
def _digest_of(stamps: tuple[tuple[Path, tuple[int, int]], ...]) -> str:
    """SHA-256 of the files with these stamps, read once."""
    total = sha256()
    for path, _ in stamps:
        total.update(f"{path.relative_to(ROOT).as_posix()}\0".encode())
        total.update(sha256(path.read_bytes()).digest())
    return total.hexdigest()


def _question(kind: str, name: str, code: str, asked: Mapping[str, object]) -> str:
    about = {"kind": kind, "name": name, "asked": asked, "code": code, "machine": _machine()}
    return json.dumps(about, sort_keys=True)


@cache
def _machine() -> dict[str, str]:
    """Versions of what computes, whether it is compiled, and whose compiled code is at work."""
    import platform  # here, as this module is loaded whatever is asked

    from llvmlite.binding import get_host_cpu_name

    own = {"python": platform.python_version(), "machine": platform.machine(), "system": platform.system()}
    own["processor"] = get_host_cpu_name()
    own |= {name: os.environ.get(name, "") for name in COMPILER}
    return own | {name: _version(name) for name in LIBRARIES}


def _version(library: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(library)
    except PackageNotFoundError:
        return ""


def _sources() -> Iterator[Path]:
    for package in SOURCES:
        yield from sorted((ROOT / package).rglob("*.py"))


def _stamps() -> list[tuple[Path, tuple[int, int]]]:
    """When each source file was last written, and its size."""
    return [(path, ((state := path.stat()).st_mtime_ns, state.st_size)) for path in _sources()]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


_STAMPS = _stamps()
