"""Records to XML text, by the fields that the records declare."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from stoplog.span.fields import declared
from stoplog.span.layout import SpanFile

LINE_END = "\r\n"
ENCODING = "ISO-8859-1"


def spn_text(file: SpanFile) -> bytes:
    """The file as SPAN XML 4.00: ISO-8859-1 with CRLF as clearing houses write it; characters beyond are references."""
    lines = [f'<?xml version="1.0" encoding="{ENCODING}"?>', "<spanFile>", *_elements(file), "</spanFile>", ""]
    return LINE_END.join(lines).encode(ENCODING, "xmlcharrefreplace")


def write_spn(file: SpanFile, path: Path) -> None:
    """Write the file; packed by gzip where the name ends in `.gz`, the same bytes at every writing."""
    content = spn_text(file)
    path.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)


def _elements(record: Any) -> Iterator[str]:
    kind: Any = type(record)
    for field in declared(kind):
        value, tag = getattr(record, field.name), field.spec.tag
        if value is None:
            continue
        if field.spec.shape == "value":
            yield f"<{tag}>{_text(value)}</{tag}>"
        elif field.spec.shape == "values":
            yield "".join(f"<{tag}>{_text(one)}</{tag}>" for one in value)
        else:
            for one in value if field.spec.shape == "records" else (value,):
                yield f"<{tag}>"
                yield from _elements(one)
                yield f"</{tag}>"


def _text(value: Any) -> str:
    return escape(value) if isinstance(value, str) else f"{value:f}" if hasattr(value, "as_tuple") else str(value)
