"""Tasks on a Dask cluster: the same tasks as on the threads of one machine, in the same order, so the same bits.

Work is sent once as bytes that the scheduler keeps: when a worker is lost, its tasks are done again by others. Workers
run whatever they are sent, so beyond this machine only connections with certificates (TLS) are taken.
"""

import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from distributed import Future

Item = TypeVar("Item")
Result = TypeVar("Result")
TIMEOUT_S = 10.0
AHEAD = 2  #: tasks under way for each thread of the cluster
LOOK_EVERY = 32  #: tasks between two looks at how many threads there are
LOCAL = "localhost"


class ClusterError(Exception):
    """A cluster that cannot be used: `code` says why."""

    def __init__(self, code: str, found: str, expected: str = "", reason: str = "") -> None:
        self.code, self.found, self.expected, self.reason = code, found, expected, reason
        super().__init__(code, found, expected, reason)


class Cluster:
    """A connection to the scheduler of a cluster; where to use it stands in `sim.run.spread`."""

    def __init__(self, address: str) -> None:
        """Connect to `tls://HOST:PORT`, or `tcp://HOST:PORT` on this machine; ClusterError when that fails.

        Certificates are those of Dask's own configuration (`distributed.comm.tls`).
        """
        _allowed(address)
        try:
            from distributed import Client, Security
        except ModuleNotFoundError as error:
            raise ClusterError("cluster_missing", found=str(error.name)) from error
        if address.startswith("tls") and not Security().get_connection_args("client").get("ssl_context"):
            raise ClusterError("cluster_certificates", found=address)
        try:
            self.client: Client = Client(address, timeout=TIMEOUT_S, set_as_default=False)
            if not self.client.nthreads():
                self.client.wait_for_workers(1, timeout=TIMEOUT_S)
        except (OSError, ValueError) as error:
            raise ClusterError("cluster_unreachable", found=address, reason=str(error).splitlines()[0]) from error
        self.address = address

    def __enter__(self) -> "Cluster":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with suppress(Exception):  # what is lost cannot be closed
            self.client.close()

    def spread(self, work: Callable[[Item], Result], items: list[Item]) -> Iterator[Result]:
        """Yield the results of work on each item, in the order of items; ClusterError when the cluster is lost.

        work, items and results go over the wire: what they hold must be small and free of handles.
        """
        import dask
        from cloudpickle import dumps
        from distributed.client import FutureCancelledError
        from distributed.comm.core import CommClosedError
        from distributed.scheduler import KilledWorker

        waiting: list[Future[Any] | None] = []
        try:
            with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1GiB"}):
                held = self.client.submit(_restored, zlib.compress(dumps(work), 1), pure=False)
                for number in range(len(items)):
                    if number % LOOK_EVERY == 0:
                        ahead = AHEAD * max(1, sum(self.client.nthreads().values()))
                    for item in items[len(waiting) : number + 1 + ahead]:
                        waiting.append(self.client.submit(_called, held, item, sources_stamp(), pure=False))
                    future = waiting[number]
                    assert future is not None
                    result = future.result()
                    waiting[number] = None  # the cluster may forget it
                    yield result
        except (KilledWorker, FutureCancelledError, CommClosedError, TimeoutError) as error:
            raise ClusterError("cluster_lost", found=self.address, reason=type(error).__name__) from error


def _allowed(address: str) -> None:
    """ClusterError when an address is none, or open to others."""
    try:
        parts = urlsplit(address if "://" in address else f"tcp://{address}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if host is None or port is None or parts.scheme not in ("tcp", "tls"):
        raise ClusterError("cluster_address", found=address)
    if parts.scheme != "tls" and not _is_loopback(host):
        raise ClusterError("cluster_open", found=address)


def _is_loopback(host: str) -> bool:
    try:
        return host == LOCAL or ip_address(host).is_loopback
    except ValueError:
        return False


@cache
def sources_stamp() -> str:
    """What the model's sources add up to; workers with others would give other numbers."""
    here = Path(__file__).parent
    stamp = sha256()
    for source in sorted((*here.glob("*.py"), *(here.parent / "scenarios").rglob("*.py"))):
        stamp.update(source.read_bytes())
    return stamp.hexdigest()


def _restored(work: bytes) -> Any:
    """The work, on a worker."""
    from cloudpickle import loads

    return loads(zlib.decompress(work))


def _called(work: Callable[[Item], Result], item: Item, stamp: str) -> Result:
    """Do a task on a worker; ClusterError when its sources are not those of the one who asks."""
    if stamp != sources_stamp():
        raise ClusterError("cluster_version", found=sources_stamp()[:12], expected=stamp[:12])
    return work(item)
