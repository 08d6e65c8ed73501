"""Tables of replications put aside on disk, for whoever reads them once more from the first to the last."""

import pickle
import zlib
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile

import numpy as np
from numpy.typing import NDArray

from .columns import Tables
from .network import Compiled

HELD = 2**20  #: bytes of a column in memory before it goes to disk


class Shelf:
    """Tables of the replications of a phase, each column in a file of its own; they take no memory."""

    def __init__(self, compiled: Compiled) -> None:
        self.phase, self.days = compiled.phase, compiled.days
        self.office_ids, self.unit_ids = compiled.office_ids, compiled.unit_ids
        self.replications: list[int] = []
        self.office, self.half_hour, self.wait_histogram, self.unit = (ShelfColumn() for _ in Tables._fields)
        self.visit_hash: list[np.uint64] = []

    def add(self, replication: int, tables: Tables, hash_sum: np.uint64) -> None:
        """Put the tables of a replication behind those that are there."""
        self.replications.append(replication)
        self.visit_hash.append(hash_sum)
        for name, values in tables._asdict().items():
            getattr(self, name).add(values)


class ShelfColumn:
    """One table of each replication, packed, in a file without a name that is gone with it."""

    def __init__(self) -> None:
        self.file = SpooledTemporaryFile(HELD)  # noqa: SIM115
        self.count = 0

    def __del__(self) -> None:
        self.file.close()

    def add(self, values: NDArray[np.signedinteger]) -> None:
        """Put a table behind the others."""
        self.file.seek(0, 2)
        pickle.dump((values.dtype.str, values.shape, zlib.compress(values.tobytes(), 1)), self.file)
        self.count += 1

    def __iter__(self) -> Iterator[NDArray[np.signedinteger]]:
        self.file.seek(0)
        for _ in range(self.count):
            kind, shape, packed = pickle.load(self.file)
            yield np.frombuffer(zlib.decompress(packed), kind).reshape(shape)
