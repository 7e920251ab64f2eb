"""The summary of a replay with several instruments on the terminal."""

from __future__ import annotations

from rich.console import Console

from stoplog.simulation.sharing import prose
from stoplog.simulation.sharing.comparison import Comparison
from stoplog.simulation.sharing.table import rows_of
from stoplog.simulation.sharing.world import SharedWorld


def print_summary(world: SharedWorld, comparison: Comparison, console: Console) -> None:
    """Print what happened in each setting, and whether it adds up."""
    rows = [
        ("", tuple(column.figures.setting.value for column in comparison.columns)),
        *rows_of(world, comparison),
        ("Commands", tuple(f"{column.commands:,}" for column in comparison.columns)),
        ("Digest", tuple(column.digest[:16] for column in comparison.columns)),
    ]
    first = max(len(name) for name, _ in rows)
    widths = [max(len(figures[i]) for _, figures in rows) for i in range(len(comparison.columns))]
    console.print()
    for name, figures in rows:
        cells = "  ".join(figure.rjust(width) for figure, width in zip(figures, widths, strict=True))
        console.print(f"{name.ljust(first)}  [bold]{cells}[/]", soft_wrap=True)
    for column in comparison.columns:
        style = "bold red" if column.violations else "green"
        console.print(f"{column.figures.setting.value}: [{style}]{prose.outcome(column)}[/]", soft_wrap=True)
