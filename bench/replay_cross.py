"""`python -m bench.replay_cross`: the windows of docs/replay-cross.md, replayed in every setting, and written there."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from stoplog.engine import Engine
from stoplog.simulation.report import words
from stoplog.simulation.sharing import prose
from stoplog.simulation.sharing.comparison import Comparison, column_of, compare
from stoplog.simulation.sharing.layout import Setting
from stoplog.simulation.sharing.running import run_setting
from stoplog.simulation.sharing.table import balance_rows, rows_of
from stoplog.simulation.sharing.world import SharedWorld, build
from stoplog.simulation.world import Request

DATA = Path(os.environ.get("STOPLOG_DATA", Path(__file__).parents[2] / "shared" / "data"))
PAGE = Path(__file__).parents[1] / "docs" / "replay-cross.md"
BEGIN = "<!-- written by python -m bench.replay_cross -->\n"
SEED = 1


class Window(NamedTuple):
    """A part of recorded data: what it is called, its files as `stoplog replay` takes them, and from when to when."""

    name: str
    files: tuple[str, ...]
    start: str | None = None
    end: str | None = None


WINDOWS = (
    Window("10 October 2025", ("prices_spot_1m/binance_spot_1m_2025-10_adl.parquet",)),
    Window("5 August 2024", ("prices_spot_1m/binance_spot_1m_2024-08_yen.parquet",)),
    Window("5 February 2026", ("prices_spot_1m/binance_spot_1m_2026-02_crash.parquet",)),
    Window(
        "8 November 2022",
        tuple(f"{coin}USDT=prices_perp/okx_swap_5m_{coin}USDT_last_2022.parquet" for coin in ("BTC", "ETH", "SOL")),
        "2022-11-06",
        "2022-11-13",
    ),
)


def request_of(window: Window, data: Path, accounts: int | None = None) -> Request:
    """What is to be replayed of a window, its files being under `data`."""
    marks = []
    for file in window.files:
        name, sign, path = file.rpartition("=")
        marks.append(Path(f"{name}{sign}{data / path}"))
    start, end = (None if time is None else _ms(time) for time in (window.start, window.end))
    return Request(marks=marks, start=start, end=end, accounts=accounts, seed=SEED)


def _ms(time: str) -> int:
    return round(datetime.fromisoformat(time).replace(tzinfo=UTC).timestamp() * 1000)


def replayed(window: Window, data: Path, accounts: int | None = None) -> tuple[SharedWorld, Comparison]:
    """A window in every setting, with as many traders as the population file says or as are asked for."""
    world = build(request_of(window, data, accounts))
    columns = []
    for setting in Setting:
        run = run_setting(world, setting, Engine())
        assert run is not None, "nothing interrupts it"
        columns.append(column_of(world, run))
    return world, compare(world, tuple(columns))


def command_of(window: Window) -> str:
    """The command that shows the same window with its pictures."""
    files = " ".join(f"{name}{sign}$DATA/{path}" for name, sign, path in (f.rpartition("=") for f in window.files))
    part = f" --from {window.start} --to {window.end}" if window.start else ""
    return f"stoplog replay {files}{part} --margin compare --seed {SEED} --report crash.html"


def text_of(window: Window, world: SharedWorld, comparison: Comparison) -> str:
    """The part of the page about a window."""
    settings = [column.figures.setting.value for column in comparison.columns]
    lines = [
        f"### {window.name}",
        "",
        prose.lead(world, comparison),
        "",
        "```console",
        f"$ {command_of(window)}",
        "```",
    ]
    for rows in (rows_of(world, comparison), balance_rows(comparison)):
        lines += ["", f"| | {' | '.join(settings)} |", "|---|" + "--:|" * len(settings)]
        lines += [f"| {name} | {' | '.join(figures)} |" for name, figures in rows]
    lines += ["", *(prose.pair(world, pair) for pair in comparison.pairs), ""]
    return "\n".join(lines).replace(words.PERCENT, " %")


def main() -> int:
    """Write the page's last part; 1 where the data are not there."""
    if not DATA.is_dir():
        print(f"The recorded data are not at {DATA}; STOPLOG_DATA names another folder.", file=sys.stderr)
        return 1
    head = PAGE.read_text(encoding="utf-8").partition(BEGIN)[0]
    parts = [text_of(window, *replayed(window, DATA)) for window in WINDOWS]
    PAGE.write_text(f"{head}{BEGIN}\n" + "\n".join(parts), encoding="utf-8")
    print(f"Wrote {PAGE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
