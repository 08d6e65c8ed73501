"""Ciw: one node; a network of its own for each station."""

import ciw


def station(arrivals, services, patiences, desks):
    gaps = [later - earlier for earlier, later in zip([0.0, *arrivals], arrivals, strict=False)]
    reneging = {} if patiences[0] == float("inf") else {"reneging_time_distributions": [ciw.dists.Sequential(patiences)]}
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Sequential([*gaps, float("inf")])],
        service_distributions=[ciw.dists.Sequential(services)],
        number_of_servers=[desks],
        **reneging,
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(arrivals[-1] + 1e6)
    records = simulation.get_all_records()
    waits = [record.waiting_time for record in records if record.record_type == "service"]
    return sum(waits), len(waits), len(records) - len(waits)
