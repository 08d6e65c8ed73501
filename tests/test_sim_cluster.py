"""On a cluster the same tasks give the same bits, whoever does them and whoever is lost on the way."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scenarios import load_scenario
from sim import Progress, simulate
from sim.cluster import Cluster, ClusterError

ROOT = Path(__file__).parents[1]
WAIT_S = 40.0


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("nonsense", "cluster_address"),
        ("tcp://127.0.0.1", "cluster_address"),
        ("http://127.0.0.1:80", "cluster_address"),
        ("tcp://127.0.0.1:99999", "cluster_address"),
        ("tcp://10.0.0.7:8786", "cluster_open"),
        ("scheduler.example:8786", "cluster_open"),
        ("tls://scheduler.example:8786", "cluster_certificates"),
    ],
)
def test_an_address_in_the_open_or_none_at_all_is_refused(address: str, code: str) -> None:
    """Beyond this machine a connection must be encrypted; nothing is connected to before that is known."""
    with pytest.raises(ClusterError) as refused:
        Cluster(address)
    assert refused.value.code == code


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """The address of a real scheduler, and two worker processes of one thread each."""
    pytest.importorskip("distributed")
    file = tmp_path / "scheduler.json"
    settings = {"PYTHONPATH": str(ROOT), "DASK_DISTRIBUTED__WORKER__DAEMON": "False"}
    common = ["--no-dashboard", "--scheduler-file", str(file)]
    scheduler = _dask(["scheduler", "--host", "127.0.0.1", "--port", "0", *common], settings, tmp_path)
    started = [scheduler]
    try:
        _until(file.exists)
        workers = [
            _dask(["worker", "--no-nanny", "--nthreads", "1", "--local-directory", str(tmp_path), *common], settings, tmp_path)
            for _ in range(2)
        ]
        started += workers
        import json

        yield json.loads(file.read_text())["address"], workers
    finally:
        for process in started:
            process.kill()
            process.wait()


def _dask(command: list[str], settings: dict[str, str], folder: Path) -> subprocess.Popen[bytes]:
    with (folder / "dask.log").open("ab") as log:
        return subprocess.Popen([sys.executable, "-m", "dask", *command], env=os.environ | settings, stdout=log, stderr=log)


def _until(holds: object) -> None:
    end = time.monotonic() + WAIT_S
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_worker_killed_on_the_way_changes_no_bit(machines: tuple[str, list[subprocess.Popen[bytes]]]) -> None:
    """Tasks of a lost worker are done again by the other; the digest is that of this machine alone."""
    address, workers = machines
    scenario = load_scenario("tiny")
    alone = simulate(scenario, replications=40)
    lost: list[int] = []

    def kill_one(step: Progress) -> None:
        if step.done == 3 and not lost:
            workers[0].kill()
            lost.append(workers[0].wait())

    with Cluster(address) as cluster:
        cluster.client.wait_for_workers(2, timeout=WAIT_S)
        together = simulate(scenario, replications=40, jobs=cluster, progress=kill_one)
        assert lost and len(cluster.client.nthreads()) == 1
    assert together.digest == alone.digest
    assert together.citizens == alone.citizens
