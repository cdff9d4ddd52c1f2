"""A simulated population, delivered as files in the raw contract."""

from sesame.simulate.population import SimulateReport, simulate

__all__ = ["SimulateReport", "simulate"]
