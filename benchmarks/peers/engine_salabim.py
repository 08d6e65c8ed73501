"""salabim without greenlets, monitors off: a component for each customer."""

from math import exp

import salabim as sim

sim.yieldless(False)


def station(arrivals, services, patiences, desks):
    return _play(arrivals, services, patiences, None, [desks], (0.0, 1.0))


def coupled(arrivals, services, patiences, races, desks, board):
    return _play(arrivals, services, patiences, races, desks, board)


def _play(arrivals, services, patiences, races, desks, board):
    env = sim.Environment(trace=False)
    offices = [sim.Resource(capacity=capacity, env=env, monitor=False) for capacity in desks]
    sums = [0.0, 0, 0]

    class Customer(sim.Component):
        def setup(self, number, office):
            self.number, self.office = number, office

        def process(self):
            came = env.now()
            patience = patiences[self.number]
            if patience == float("inf"):
                yield self.request(self.office)
            else:
                yield self.request(self.office, fail_delay=patience)
                if self.failed():
                    sums[2] += 1
                    return
            sums[0] += env.now() - came
            sums[1] += 1
            yield self.hold(services[self.number])
            self.release()

    class Source(sim.Component):
        def process(self):
            for number, arrival in enumerate(arrivals):
                yield self.hold(till=arrival)
                office = offices[0]
                if races is not None:
                    scores = [
                        race * exp(len(one.requesters()) * board[0] // capacity / board[1])
                        for race, one, capacity in zip(races[number], offices, desks, strict=True)
                    ]
                    office = offices[scores.index(min(scores))]
                Customer(number=number, office=office, env=env)

    Source(env=env)
    env.run()
    return tuple(sums)
