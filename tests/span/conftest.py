"""Where the parameter files are, and files read once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from stoplog.span.files import read_file
from stoplog.span.layout import SpanFile
from stoplog.span.parameters import Parameters, parameters

DATA = Path(os.environ.get("STOPLOG_DATA", Path(__file__).parents[2].parent / "shared" / "data")) / "span"


@pytest.fixture(scope="session")
def folder() -> Path:
    """The parameter files."""
    if not DATA.is_dir():
        pytest.skip(f"the parameter files are not at {DATA}; STOPLOG_DATA names the folder above")
    return DATA


@pytest.fixture(scope="session")
def takasbank(folder: Path) -> SpanFile:
    """Takasbank's file of 17 May 2016."""
    return read_file(folder / "takas.spn.gz")


@pytest.fixture(scope="session")
def takasbank_parameters(takasbank: SpanFile) -> Parameters:
    return parameters(takasbank)


@pytest.fixture(scope="session")
def synthetic(folder: Path) -> SpanFile:
    """A synthetic exchange in positional records."""
    return read_file(folder / "span_synthetic.pa2")
