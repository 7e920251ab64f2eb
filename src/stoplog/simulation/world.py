"""Everything a replay needs, read, checked and drawn before anything is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from stoplog.simulation import reconstruction
from stoplog.simulation.bars import Bars, read_bars
from stoplog.simulation.funding_rates import NO_FUNDING, Funding, read_funding
from stoplog.simulation.inputs import BadInput, sha256_of
from stoplog.simulation.paths import Marks, marks_of
from stoplog.simulation.population import Population, default_path, read_population
from stoplog.simulation.scale import Scale, choose_scale
from stoplog.simulation.tables import Selection
from stoplog.simulation.timeline import Timeline, plan
from stoplog.simulation.traders import Traders, draw_traders

RECONSTRUCTED_SYMBOL = "BTCUSDT"


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be replayed; without marks, the reconstruction that comes with the package. Times in ms."""

    marks: Sequence[Path] = ()
    selection: Selection = field(default_factory=Selection)
    start: int | None = None
    end: int | None = None
    gaps_allowed: bool = False
    path: str | None = None
    funding: Path | None = None
    funding_selection: Selection = field(default_factory=Selection)
    population: Path | None = None
    accounts: int | None = None
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Source:
    """A file that went into a replay: what for, its name, its SHA-256."""

    purpose: str
    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class World:
    """A replay, ready to run; `label` says what the prices are."""

    label: str
    symbol: str
    reconstructed: bool
    sources: tuple[Source, ...]
    seed: int
    path: str
    bars: Bars
    scale: Scale
    marks: Marks
    funding: Funding
    population: Population
    traders: Traders
    timeline: Timeline


def build(request: Request) -> World:
    """The world of a request; `BadInput` says which file, row and field is wrong."""
    population = read_population(request.population or default_path())
    bars, due = _prices(request)
    path = request.path or ("ohlc" if bars.ranges else "close")
    if path == "ohlc" and not bars.ranges:
        raise BadInput("path ohlc needs open, high and low; there is one price a row", file=request.marks[0])
    scale = choose_scale(bars, population.market.asset_decimals)
    marks = marks_of(bars, scale, path)
    funding = due
    if request.funding is not None:
        funding = read_funding(request.funding, request.funding_selection, int(marks.time[0]), int(marks.time[-1]))
    count = request.accounts or population.count
    traders = draw_traders(population, count, request.seed, marks, scale)
    return World(
        label=_label(request),
        symbol=bars.symbol or request.selection.symbol or _name(request),
        reconstructed=not request.marks,
        sources=_sources(request, population),
        seed=request.seed,
        path=path,
        bars=bars,
        scale=scale,
        marks=marks,
        funding=funding,
        population=population,
        traders=traders,
        timeline=plan(marks, funding, traders, population.market),
    )


def _prices(request: Request) -> tuple[Bars, Funding]:
    if request.marks:
        bars = read_bars(
            request.marks,
            request.selection,
            start=request.start,
            end=request.end,
            gaps_allowed=request.gaps_allowed,
        )
        return bars, NO_FUNDING
    if request.start is not None or request.end is not None:
        raise BadInput("--from and --to choose a part of a file of marks; the reconstruction is replayed whole")
    hours, due = reconstruction.anchors()
    return reconstruction.reconstruct(hours, request.seed), due


def _name(request: Request) -> str:
    return request.marks[0].name.split(".")[0] if request.marks else RECONSTRUCTED_SYMBOL


def _label(request: Request) -> str:
    if not request.marks:
        return reconstruction.LABEL
    return ", ".join(path.name for path in request.marks)


def _sources(request: Request, population: Population) -> tuple[Source, ...]:
    files = [("marks", path) for path in request.marks] or [("anchors", reconstruction.anchors_path())]
    if request.funding is not None:
        files.append(("funding", request.funding))
    files.append(("population", population.path))
    return tuple(Source(purpose, path.name, sha256_of(path)) for purpose, path in files)
