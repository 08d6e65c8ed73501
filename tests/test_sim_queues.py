"""Plain queues by recursion: every start is that of the event kernel, to the tick."""

import heapq
from math import log
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import motcua
from benchmarks.peers.workloads import plain
from sim import Queues, draw_queues, play_choices, simulate_choices, simulate_queues, streams
from sim.columns import R_ARRIVAL, R_CODE, R_DAY, R_OFFICE, R_START
from sim.network import Compiled
from sim.recursion import _whole_taste
from sim.run import compile_days, play
from sim.station import station
from sim.streams import Laws

Column = NDArray[np.int64]
PATIENT = 10**9


def with_patience(arrivals: Column, services: Column, patiences: Column, servers: int) -> list[int]:
    """Starts in plain Python; -1 = left."""
    free, starts = [0] * servers, []
    for arrival, service, patience in zip(arrivals.tolist(), services.tolist(), patiences.tolist(), strict=True):
        start = max(arrival, free[0])
        starts.append(start if start - arrival <= patience else -1)
        if starts[-1] >= 0:
            heapq.heapreplace(free, start + max(service, 1))
    return starts


def sample(number: int, n: int = 150, servers: int = 3) -> tuple[Column, Column, Column]:
    """Arrivals (some together), services (some of no length) and patiences, on a coarse grid in half of the cases."""
    rng = np.random.default_rng([78, number])
    grid = (1, 50)[number % 2]
    arrivals = np.sort(rng.integers(0, 100 * n, n)) // grid * grid
    services = rng.exponential(95 * servers, n).astype(np.int64) // grid * grid
    patiences = rng.exponential(300, n).astype(np.int64) // grid * grid if number % 4 < 2 else np.full(n, PATIENT)
    return arrivals, services, patiences


def records_of(compiled: Compiled) -> Column:
    """Records of the event kernel in the order of citizens."""
    records = play(compiled, 0, keep=True)[2]
    return records[np.argsort(records[:, R_CODE])]


def test_starts_are_those_of_the_event_kernel_and_of_plain_python() -> None:
    """200 stations played at once, 1 to 6 servers, with and without patience, ties included."""
    given, servers = [sample(number, servers=1 + number % 6) for number in range(200)], 1 + np.arange(200) % 6
    columns = [np.concatenate(parts) for parts in zip(*given, strict=True)]
    played = motcua.play_queues(*columns[:2], servers, patiences=columns[2], start=np.arange(201) * 150)
    for number, (arrivals, services, patiences) in enumerate(given):
        begins = played.begins[150 * number : 150 * (number + 1)].tolist()
        crew = int(servers[number])
        assert begins == with_patience(arrivals, services, patiences, crew), number
        records = records_of(station(arrivals, services, crew, patiences=patiences))
        assert begins == records[:, R_START].tolist(), number
        served, left, _, waited, waited_left, _ = played.sums[number].tolist()
        gone = records[:, R_START] < 0
        assert (served, left, waited_left) == (int((~gone).sum()), int(gone.sum()), int(patiences[gone].sum()))
        assert waited == int((records[:, R_START] - arrivals)[~gone].sum())


@pytest.mark.parametrize("servers", [16, 17, 40, 256, 257, 400])
def test_many_servers_keep_the_same_starts(servers: int) -> None:
    """A sorted vector written one by one, one written several at once, and a heap are the same thing."""
    for number in range(4):
        arrivals, services, patiences = sample(number, 3000, servers)
        assert motcua.play_queues(arrivals, services, servers, patiences=patiences).begins.tolist() == with_patience(
            arrivals, services, patiences, servers
        )


@pytest.mark.nojit
def test_stations_side_by_side_are_those_of_plain_python() -> None:
    """One to thirty stations of 0 to 80 citizens and 1 to 300 servers, some patience without end: starts and sums."""
    for number in range(60):
        rng = np.random.default_rng([81, number])
        stations = 1 + number // 2
        citizens, servers = rng.integers(0, 80, stations), rng.integers(1, (4, 30, 300)[number % 3], stations)
        start = np.concatenate([[0], citizens.cumsum()])
        parts = [sample(100 * number + at, int(n), 1) for at, n in enumerate(citizens)]
        arrivals, services, patiences = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        patiences[patiences == PATIENT] = np.iinfo(np.int64).max
        played = motcua.play_queues(arrivals, services, servers, patiences=patiences, start=start)
        for at in range(stations):
            rows = slice(start[at], start[at + 1])
            begins = with_patience(arrivals[rows], services[rows], patiences[rows], int(servers[at]))
            assert played.begins[rows].tolist() == begins, (number, at)
            waits = [begin - arrival for begin, arrival in zip(begins, arrivals[rows].tolist(), strict=True) if begin >= 0]
            lost = [patience for begin, patience in zip(begins, patiences[rows].tolist(), strict=True) if begin < 0]
            assert played.sums[at].tolist() == [len(waits), len(lost), 0, sum(waits), sum(lost), 0]


def test_changing_numbers_of_servers_are_those_of_the_event_kernel() -> None:
    """Half hours with 0 to 4 servers, some of them empty, some at the end: starts, and who is sent away at closing."""
    for number in range(150):
        rng = np.random.default_rng([79, number])
        periods = np.cumsum(rng.integers(1, 2500, 7))
        servers = rng.integers(0, 5, 7)
        servers[-1] = (0, 2)[number % 3 > 0]
        if not servers.any():
            servers[0] = 1
        arrivals, services, patiences = sample(number, servers=2)
        arrivals[number % 150 :] = np.maximum(arrivals[number % 150 :], periods[-1])  # some come at the very tick of closing
        compiled = station(arrivals, services, servers.tolist(), patiences=patiences, periods=periods.tolist())
        begins = motcua.play_queues(arrivals, services, servers, patiences=patiences, periods=periods).begins
        assert np.maximum(begins, -1).tolist() == records_of(compiled)[:, R_START].tolist(), number
        table = play(compiled, 0)[0].office.sum(axis=0)
        assert [(begins >= 0).sum(), (begins == -1).sum(), (begins == -2).sum()] == [table[1], table[2], table[4]], number


def test_drawn_citizens_are_those_of_the_kernel() -> None:
    """Offices of a scenario with everything off: the same citizens, the same starts."""
    compiled = compile_days(plain([1, 2, 5, 9, 18]), "p", seed=3)
    laws = compiled.blocks[0].laws
    records = play(compiled, 2, keep=True)[2]
    records = records[np.lexsort((records[:, R_CODE], records[:, R_ARRIVAL], records[:, R_OFFICE], records[:, R_DAY]))]
    queues = draw_queues(laws, seed=3, replication=2)
    crews = np.tile(np.diff(compiled.network.crew_start), len(laws.days))
    begins = motcua.play_queues(queues.arrivals, queues.services, crews, patiences=queues.patiences, start=queues.start).begins
    assert queues.arrivals.tolist() == records[:, R_ARRIVAL].tolist()
    assert begins.tolist() == records[:, R_START].tolist()


@pytest.mark.parametrize(
    "hours", [[(0, 10**6, 0.7), (10**6, 10**7, 0.3)], [(0, 40, 0.5), (20, 60, 0.2), (90, 95, 0.0), (100, 400, 0.3)]]
)
def test_drawn_citizens_are_those_of_the_streams(hours: list[tuple[int, int, float]]) -> None:
    """Many at one tick, hours that overlap or have nobody: in the order of ticks and then of numbers, each with own times."""
    laws = motcua.queue_laws([0.0, 3.0, 150.0, 700.0], hours=hours, service_min=0.1, service_cv=2.0, patience_min=0.2)
    queues = draw_queues(laws, seed=5, replication=2)
    for number in range(4):
        root = streams.run_key(5, 2)
        key = streams.Key(np.uint64(root.low), np.uint64(root.high), 2)
        k0, k1 = map(np.uint64, streams.cell_words(key, laws.days[0], laws.unit_hash[number], laws.field_hash[0])[:2])
        come = []
        for index in range(queues.start[number + 1] - queues.start[number]):
            words = streams.citizen_words(k0, k1, index, streams.FIRST, streams.BODY, streams.NO_OFFICE)
            hour, work, manner = map(np.uint64, words[:3])
            u = streams.uniform(hour)
            window = min(int(np.searchsorted(laws.window_until, u, side="right")), len(hours) - 1)
            into = (u - (laws.window_until[window] - laws.window_share[window])) / laws.window_share[window]
            tick = laws.window_open[window] + int(min(max(into, 0.0), 1.0) * laws.window_ticks[window])
            ticks = streams.lognormal_ticks(laws.work_mu[0, 0], laws.work_sigma[0, 0], laws.work_mean[0, 0], work)
            patience = streams.weibull_ticks(laws.patience_scale[0], laws.patience_inverse_shape, manner)
            come.append((tick, index, min(ticks, streams.WORK_MAX), patience))
        come.sort()
        assert _of(queues, number) == [[one[column] for one in come] for column in (0, 2, 3)]


def test_a_taste_drawn_nearly_still_tells_itself() -> None:
    """Of the quick logarithm of a word's uniform number follows the word, the extreme ones included."""
    words = np.random.default_rng(82).integers(0, 2**32, 3000, dtype=np.uint64)
    words[:6] = 0, 1, 2, 2**31, 2**32 - 2, 2**32 - 1
    for word in words:
        u = streams.uniform(word)
        assert _whole_taste(-streams.logarithm(u)) == -log(u)


def test_choices_by_the_queues_of_the_moment_are_those_of_the_kernel() -> None:
    """Every citizen takes the same office and starts at the same tick."""
    compiled = compile_days(plain([2, 3, 4], weeks=2, together=True), "p", seed=3)
    network = compiled.network
    assert not network.travel.any() and not network.appeal.any()  # so they are there one tick after they looked
    records = play(compiled, 1, keep=True)[2]
    records = records[np.lexsort((records[:, R_CODE], records[:, R_ARRIVAL], records[:, R_DAY]))]
    queues = draw_queues(compiled.blocks[0].laws, network.office_hash, seed=3, replication=1)
    played = play_choices(
        queues,
        np.diff(network.crew_start),
        network.nominal[:, 0],
        wait_scale=int(network.wait_scale),
        way=1,
    )
    assert played.chosen is not None and len(set(played.chosen.tolist())) == 3
    assert played.chosen.tolist() == records[:, R_OFFICE].tolist()
    assert played.begins.tolist() == records[:, R_START].tolist()


def plain_laws(mean: float) -> Laws:
    """300 stations with so many citizens each."""
    hours = [(0, 10**6, 0.7), (10**6, 10**7, 0.3)]
    return motcua.queue_laws(np.full(300, mean), hours=hours, service_min=1.0, service_cv=0.5, patience_min=9.0)


def test_threads_change_nothing_and_more_demand_moves_nobody() -> None:
    """The same result on one thread and on three; citizens of a mean are among those of a larger one."""
    few, many = draw_queues(plain_laws(190.0), jobs=1), draw_queues(plain_laws(200.0), jobs=3)
    for number in range(300):
        part, whole = (set(zip(*_of(queues, number), strict=True)) for queues in (few, many))
        assert part <= whole
    plays = [
        motcua.play_queues(many.arrivals, many.services, 2, patiences=many.patiences, start=many.start, jobs=jobs)
        for jobs in (1, 3)
    ]
    assert np.array_equal(plays[0].begins, plays[1].begins) and np.array_equal(plays[0].sums, plays[1].sums)
    table = plays[0].table()
    assert int(table["served"].sum() + table["left"].sum()) == len(many.arrivals)


def test_simulated_sums_are_those_of_what_is_drawn_and_played() -> None:
    """Station by station and replication by replication, also where citizens choose."""
    laws, names = plain_laws(200.0), np.array([5, 6, 7], np.uint64)
    sums = simulate_queues(laws, 3, replications=2, first_replication=4, seed=9, jobs=2)
    chosen = simulate_choices(
        laws, names, [40, 50, 60], 60_000, wait_scale=9, replications=2, first_replication=4, seed=9, jobs=1
    )
    for row, replication in enumerate((4, 5)):
        queues = draw_queues(laws, seed=9, replication=replication)
        played = motcua.play_queues(queues.arrivals, queues.services, 3, patiences=queues.patiences, start=queues.start)
        assert np.array_equal(sums[row], played.sums)
        together = draw_queues(laws, names, seed=9, replication=replication)
        assert np.array_equal(chosen[row], play_choices(together, [40, 50, 60], 60_000, wait_scale=9).sums)


def _of(queues: Queues, number: int) -> list[list[int]]:
    rows = slice(int(queues.start[number]), int(queues.start[number + 1]))
    return [column[rows].tolist() for column in (queues.arrivals, queues.services, queues.patiences)]


def test_the_example_of_the_guide_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """It prints the starts, with one who left."""
    guide = (Path(__file__).parents[1] / "docs" / "guides" / "researcher.md").read_text("utf-8")
    exec(guide.split("```python\n")[1].split("```")[0].replace("5000", "50"), {})
    assert capsys.readouterr().out.startswith("[ 0 15 -1  0  5]")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"arrivals": [5, 4]}, "citizen 1 comes before"),
        ({"services": [1, -1]}, "citizen 1 comes before the one ahead, or has a time outside"),
        ({"services": [1]}, "2 arrivals with 1 services"),
        ({"arrivals": [1.5, 2.0]}, "whole numbers"),
        ({"servers": 0}, "without a server"),
        ({"start": [0, 3]}, "start must rise from 0 to 2"),
        ({"periods": [5, 5], "servers": [1, 1]}, "periods must increase"),
        ({"periods": [5], "servers": [1, 1]}, "periods must increase"),
    ],
)
def test_what_is_no_queue_is_refused(given: dict[str, object], said: str) -> None:
    """One clear message for each fault."""
    with pytest.raises(ValueError, match=said):
        motcua.play_queues(**{"arrivals": [1, 2], "services": [1, 1], "servers": 1} | given)
