"""Other engines on the workloads of this one; see `benchmarks.peers.__main__`."""
