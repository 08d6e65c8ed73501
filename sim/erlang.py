"""Queueing formulas: the instant estimates beside the simulation, and the theory its tests are held against.

λ arrival rate, μ service rate, θ rate of losing patience, a = λ/μ offered load, ρ = a/servers. Any unit of time.
"""

from functools import lru_cache

import numpy as np
import scipy  # its parts are slow to load, and load when first used
from numpy.typing import NDArray


def erlang_b(servers: int, load: float) -> float:
    """Share blocked in M/M/c/c, by the recursion B(n) = aB(n−1) / (n + aB(n−1)). Erlang 1917."""
    blocked = 1.0
    for n in range(1, servers + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked


def erlang_c(servers: int, load: float) -> float:
    """Probability of waiting in M/M/c. ValueError when load ≥ servers. Erlang 1917."""
    if load >= servers:
        raise ValueError(f"load {load} is not below {servers} servers")
    blocked = erlang_b(servers, load)
    return servers * blocked / (servers - load * (1 - blocked))


def mmc_wait(servers: int, arrival_rate: float, service_rate: float) -> float:
    """Mean wait in M/M/c: C / (cμ − λ)."""
    return erlang_c(servers, arrival_rate / service_rate) / (servers * service_rate - arrival_rate)


def mmc_wait_tail(servers: int, arrival_rate: float, service_rate: float, t: float) -> float:
    """P(wait > t) in M/M/c: C exp(−(cμ − λ)t)."""
    free = servers * service_rate - arrival_rate
    return float(erlang_c(servers, arrival_rate / service_rate) * np.exp(-free * t))


def mg1_wait(arrival_rate: float, service_mean: float, service_scv: float) -> float:
    """Mean wait in M/G/1, Pollaczek–Khinchine: λE[S²] / 2(1−ρ). ValueError when ρ ≥ 1."""
    utilization = arrival_rate * service_mean
    if utilization >= 1:
        raise ValueError(f"utilization {utilization} is not below 1")
    return arrival_rate * service_mean**2 * (1 + service_scv) / (2 * (1 - utilization))


def mdc_wait(servers: int, arrival_rate: float, service: float) -> float:
    """Mean wait in M/D/c by Crommelin's series (POEE Journal 25, 1932; Tijms, A First Course, 2003, §9.6.2).

    E[W] = D Σ_{n≥1} e^{−na} [ Σ_{j≥nc} (na)^j / j! − (c/a) Σ_{j>nc} (na)^j / j! ], a = λD; each sum a Poisson tail.
    """
    load = arrival_rate * service
    if load >= servers:
        raise ValueError(f"load {load} is not below {servers} servers")
    total, n = 0.0, 1
    while True:
        term = scipy.special.gammainc(n * servers, n * load) - servers / load * scipy.special.gammainc(n * servers + 1, n * load)
        total += float(term)
        if term < 1e-16 * max(total, 1e-12) or n > 100_000:
            return service * total
        n += 1


def erlang_a_states(servers: int, load: float, patience_ratio: float, room: int | None = None) -> NDArray[np.float64]:
    """Stationary probabilities of the number in M/M/c+M; (N,) from empty up.

    patience_ratio = θ/μ > 0; `room` bounds the number in system, chosen so that nothing is lost when None.
    """
    if room is None:
        room = servers + int(20 + 3 * load / patience_ratio + 12 * np.sqrt(servers + load / patience_ratio))
    logs = np.zeros(room + 1 if load > 0 else 1)
    if load > 0:
        np.cumsum(np.log(load) - _log_deaths(servers, patience_ratio, _rounded(room))[:room], out=logs[1:])
    weights = np.exp(logs - logs.max())
    return np.asarray(weights / weights.sum())


def _rounded(room: int) -> int:
    """A power of two at or above, so that few lengths are asked for."""
    return 1 << max(room - 1, 0).bit_length()


@lru_cache(maxsize=1000)  # the same for any load
def _log_deaths(servers: int, patience_ratio: float, room: int) -> NDArray[np.float64]:
    """Logarithms of the rates of going down from 1…room in M/M/c+M, μ = 1; (room,)."""
    n = np.arange(1, room + 1)
    return np.log(np.minimum(n, servers) + np.maximum(n - servers, 0) * patience_ratio)


def erlang_a(servers: int, arrival_rate: float, service_rate: float, patience_rate: float) -> dict[str, float]:
    """Erlang-A (Palm 1957; Garnett, Mandelbaum and Reiman 2002): wait_share, abandon_share, wait_mean, queue_mean.

    wait_mean is over all, served or not: E[W] = P(abandon) / θ.
    """
    states = erlang_a_states(servers, arrival_rate / service_rate, patience_rate / service_rate)
    queue = float(np.maximum(np.arange(len(states)) - servers, 0) @ states)
    return {
        "wait_share": float(states[servers:].sum()),
        "abandon_share": patience_rate * queue / arrival_rate,
        "wait_mean": queue / arrival_rate,
        "queue_mean": queue,
    }


def erlang_a_overload(
    servers: int, arrival_rate: float, service_rate: float, patience_rate: float, standard: float, charge: float
) -> float:
    """Expected overload of an arrival in M/M/c+M: (wait − standard)⁺, and the charge when lost.

    Behind m others the offered wait V is the time until m+1 departures at rates cμ, cμ + θ, …, cμ + mθ, so exp(−θV) has
    the beta law of parameters cμ/θ and m+1 (Rényi's representation of exponential order statistics). The wait reached is
    the least of V and an exponential patience, and both integrals over it close: lost with probability (m+1)/(cμ/θ+m+1),
    E(wait − s)⁺ = [y I(y; cμ/θ, m+1) − P(served) I(y; cμ/θ+1, m+1)] / θ with y = exp(−θs) and I the incomplete beta ratio.
    Summed over the states an arrival finds (Poisson arrivals see averages).
    """
    if arrival_rate <= 0:
        return 0.0
    if servers <= 0:
        return float(charge + np.exp(-patience_rate * standard) / patience_rate)
    states = erlang_a_states(servers, arrival_rate / service_rate, patience_rate / service_rate)
    places = len(states) - servers
    each = _overload_behind(servers, service_rate, patience_rate, standard, charge, _rounded(places))
    return float(states[servers:] @ each[:places])


@lru_cache(maxsize=1000)  # the same for any arrival rate
def _overload_behind(
    servers: int, service_rate: float, patience_rate: float, standard: float, charge: float, room: int
) -> NDArray[np.float64]:
    """Expected overload of who finds all servers busy and 0…room−1 waiting, see `erlang_a_overload`; (room,)."""
    ratio = servers * service_rate / patience_rate
    served = ratio / (ratio + np.arange(1, room + 1))
    late = np.exp(-patience_rate * standard)
    beyond = late * beta_ratios(late, ratio, room) - served * beta_ratios(late, ratio + 1, room)
    return np.asarray(beyond / patience_rate + charge * (1 - served))


def beta_ratios(y: float, a: float, room: int) -> NDArray[np.float64]:
    """Incomplete beta ratios I(y; a, m) for m = 1…room, 0 ≤ y ≤ 1: I(y; a, 1) = y^a, and I(y; a, m+1) − I(y; a, m) is
    (1−y)(a+m−1)/m times the step before (DLMF 8.17.21)."""
    if y <= 0:
        return np.zeros(room)
    m = np.arange(1, room)
    steps = np.log(((1 - y) * (a + m - 1)) / m) if y < 1 else np.full(room - 1, -np.inf)
    return np.cumsum(np.exp(a * np.log(y) + np.concatenate([[0.0], np.cumsum(steps)])))
