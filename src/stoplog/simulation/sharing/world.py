"""Everything a replay with several instruments needs, read, checked and drawn before anything is written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from stoplog.simulation.inputs import BadInput, sha256_of
from stoplog.simulation.sharing.holders import Holders, draw_holders
from stoplog.simulation.sharing.lines import Line, read_lines
from stoplog.simulation.sharing.terms import Terms, default_path, read_terms
from stoplog.simulation.world import Request, Source


@dataclass(frozen=True, slots=True)
class SharedWorld:
    """A replay, ready to run in any setting."""

    label: str
    sources: tuple[Source, ...]
    seed: int
    path: str
    terms: Terms
    lines: tuple[Line, ...]
    holders: Holders

    @property
    def start(self) -> int:
        """The time of the first mark, in ms."""
        return min(int(line.marks.time[0]) for line in self.lines)

    @property
    def end(self) -> int:
        """The time of the last mark, in ms."""
        return max(int(line.marks.time[-1]) for line in self.lines)


def build(request: Request) -> SharedWorld:
    """The world of a request; `BadInput` says which file, row and field is wrong."""
    if request.funding is not None:
        raise BadInput("--funding is the funding of one instrument; with --margin there are several")
    terms = read_terms(request.population or default_path())
    path, lines = read_lines(request, terms)
    holders = draw_holders(terms, request.accounts or terms.count, request.seed, lines)
    files = [_file_of(path) for path in request.marks]
    sources = [Source("marks", file.name, sha256_of(file)) for file in files]
    sources.append(Source("population", terms.path.name, sha256_of(terms.path)))
    label = ", ".join(file.name for file in files)
    return SharedWorld(label, tuple(sources), request.seed, path, terms, lines, holders)


def _file_of(given: Path) -> Path:
    """The file of FILE or SYMBOL=FILE."""
    return given if given.exists() else Path(str(given).partition("=")[2] or given)
