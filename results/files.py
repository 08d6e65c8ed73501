"""Files that appear whole or not at all, and can be told when damaged."""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from hashlib import sha256
from pathlib import Path

AT_ONCE = 16  #: files that a disk is asked to keep at one time: it waits no longer for many than for one


class RunError(ValueError):
    """A stored run that is not what was written; `code` is a wording code, `place` the file or folder."""

    def __init__(self, code: str, place: str) -> None:
        self.code, self.place = code, place
        super().__init__(f"{code}: {place}")


def write_text(path: Path, text: str) -> Path:
    """Write UTF-8 text as `write_bytes` writes."""
    return write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> Path:
    """Write through a temporary file beside it: a reader sees the old content or the new, never half."""
    write_all({path: content})
    return path


def write_all(contents: Mapping[Path, bytes]) -> None:
    """Write many files as `write_bytes` writes one; they take their names when all are written, none when one cannot be."""
    temporary = {path: path.with_name(f".{path.name}.tmp-{os.getpid()}") for path in contents}
    try:
        with ExitStack() as opened:
            handles = []
            for path, content in contents.items():
                path.parent.mkdir(parents=True, exist_ok=True)
                stream = opened.enter_context(temporary[path].open("wb"))
                stream.write(content)
                stream.flush()
                handles.append(stream.fileno())
            _keep(handles)
        for path, written in temporary.items():
            os.replace(written, path)
    except BaseException:
        for written in temporary.values():
            with suppress(OSError):  # the first error is told
                written.unlink(missing_ok=True)
        raise


def _keep(handles: Sequence[int]) -> None:
    """Make open files durable, several at a time."""
    if len(handles) == 1:
        os.fsync(handles[0])
        return
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(os.fsync, handles))


def sync(path: Path) -> None:
    """Make a file or folder durable: what was written survives a loss of power."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(folder: Path) -> None:
    """Make every file and folder below durable, files first, then folders, the deepest first."""
    places = [(Path(place), names) for place, _, names in os.walk(folder, topdown=False)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(sync, [place / name for place, names in places for name in names]))
    for place, _ in places:
        sync(place)


def file_digest(path: Path) -> str:
    """SHA-256 of the bytes of a file."""
    with path.open("rb") as stream:
        total = sha256()
        while block := stream.read(1 << 20):
            total.update(block)
    return total.hexdigest()
