"""One HTML file that needs nothing else: its frame, and how it gets onto the disk."""

from __future__ import annotations

import os
from errno import EISDIR, ENOENT
from html import escape
from importlib.resources import files
from pathlib import Path


def document(title: str, body: str, style: str = "", after: str = "") -> str:
    """The file's text: `body` inside `main`, in the common style and `style` on top; `after` stands behind `main`."""
    css = files("stoplog.simulation.report").joinpath("report.css").read_text("utf-8")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{css}{style}</style>"
        f"</head><body><main>{body}</main>{after}</body></html>\n"
    )


def check_place(path: Path) -> None:
    """Whether a file can be written there, before any work is done for it.

    `FileNotFoundError` names a folder that is not there, `IsADirectoryError` a path that is a folder.
    """
    folder = path.absolute().parent
    if not folder.is_dir():
        raise FileNotFoundError(ENOENT, os.strerror(ENOENT), str(folder))
    if path.is_dir():
        raise IsADirectoryError(EISDIR, os.strerror(EISDIR), str(path))


def write_document(path: Path, text: str) -> None:
    """Write the text, whole or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
