"""Files that appear whole or not at all, and can be told when damaged."""

import os
from hashlib import sha256
from pathlib import Path


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
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp-{os.getpid()}")
    try:
        with temporary.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return path


def sync(path: Path) -> None:
    """Make a file or folder durable: what was written survives a loss of power."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(folder: Path) -> None:
    """Make every file and folder below durable, the deepest first."""
    for place, folders, names in os.walk(folder, topdown=False):
        for name in [*names, *folders]:
            sync(Path(place) / name)
    sync(folder)


def file_digest(path: Path) -> str:
    """SHA-256 of the bytes of a file."""
    with path.open("rb") as stream:
        total = sha256()
        while block := stream.read(1 << 20):
            total.update(block)
    return total.hexdigest()
