"""A simulated population with a known truth, delivered as files in the raw contract."""

import os

# Before numpy loads, which reads it once: its BLAS spins while it waits for a second thread, so
# that on a busy machine of two cores what took 4 seconds took 50. One thread is also one order of
# summation on every machine.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from sesame.simulate.population import Population, SimulateReport, simulate

__all__ = ["Population", "SimulateReport", "simulate"]
