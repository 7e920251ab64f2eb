"""A parameter file from a path, by what is in it: SPAN XML, positional records, either packed by gzip."""

from __future__ import annotations

import zlib
from pathlib import Path

from stoplog.span.checks import check_file
from stoplog.span.errors import SpanFileError
from stoplog.span.layout import SpanFile
from stoplog.span.nodes import root
from stoplog.span.pa2 import read_pa2
from stoplog.span.reading import Lines, read_record

GZIP = b"\x1f\x8b"
GZIP_WINDOW = 16 + zlib.MAX_WBITS
SIZE_MAX = 1 << 30
"""So many bytes unpacked, at most."""
PIECE = 1 << 16
"""So many packed bytes are unpacked at once."""


def read_file(path: Path) -> SpanFile:
    """What a parameter file says. `SpanFileError` names line and field of what is damaged; `OSError` as of the path."""
    return parsed(path.read_bytes())


def parsed(content: bytes) -> SpanFile:
    """What the bytes of a parameter file say."""
    whole = _unpacked(content) if content.startswith(GZIP) else content
    start = whole[:1024].removeprefix(b"\xef\xbb\xbf").lstrip()
    return read_spn(whole) if start.startswith(b"<") or not start else read_pa2(whole)


def read_spn(content: bytes) -> SpanFile:
    """What a text of SPAN XML 4.00 says."""
    top = root(content)
    if top.tag != "spanFile":
        raise SpanFileError(top.line, top.tag, "unknown element; a parameter file begins with spanFile")
    lines: Lines = {}
    file = read_record(top, SpanFile, lines)
    check_file(file, lines)
    return file


def _unpacked(content: bytes) -> bytes:
    """What gzip packed; an error says up to which line the text is there."""
    unpacker = zlib.decompressobj(GZIP_WINDOW)
    found = bytearray()
    try:
        for start in range(0, len(content), PIECE):
            found += unpacker.decompress(content[start : start + PIECE])
            if len(found) > SIZE_MAX:
                raise SpanFileError(_line(found), "gzip", f"more than {SIZE_MAX:,} bytes")
    except zlib.error as error:
        raise SpanFileError(_line(found), "gzip", f"cannot be unpacked further: {error}") from None
    if not unpacker.eof:
        raise SpanFileError(_line(found), "gzip", "the packed text ends here, before its end")
    if unpacker.unused_data.strip(b"\0"):
        raise SpanFileError(_line(found), "gzip", "something follows the packed text")
    return bytes(found)


def _line(text: bytearray) -> int:
    return text.count(b"\n") + 1
