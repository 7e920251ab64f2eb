"""The report of a replay: one HTML file that needs nothing else."""

from stoplog.simulation.report.page import write_report

__all__ = ["write_report"]
