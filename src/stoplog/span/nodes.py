"""The elements of an XML text with the line each begins on.

Document types, and with them entities, are refused: a parameter file has none.
"""

from __future__ import annotations

from typing import Any
from xml.parsers import expat

from stoplog.span.errors import SpanFileError, shown


class Node:
    """An element: its tag, the line it begins on, its text, its elements."""

    __slots__ = ("children", "line", "tag", "text")

    def __init__(self, tag: str, line: int) -> None:
        self.tag = tag
        self.line = line
        self.text = ""
        self.children: list[Node] = []


def root(content: bytes) -> Node:
    """The outermost element; `SpanFileError` where the text is not well-formed XML without document type."""
    if not content.strip():
        raise SpanFileError(1, "spanFile", "the file is empty")
    try:
        return _Builder(content).root
    except UnicodeDecodeError as error:
        raise SpanFileError(1, "encoding", f"the text is not {error.encoding}") from None


class _Builder:
    """Builds the tree while the parser runs."""

    def __init__(self, content: bytes) -> None:
        self._outside = Node("", 1)
        self._open = [self._outside]
        self._parser: Any = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._data
        self._parser.StartDoctypeDeclHandler = self._refuse_document_type
        try:
            self._parser.Parse(content, True)  # noqa: FBT003  the parser takes its arguments by position
        except expat.ExpatError as error:
            raise SpanFileError(error.lineno, self._path(), self._reason(error)) from None
        except (LookupError, ValueError) as error:
            if isinstance(error, SpanFileError):
                raise
            raise SpanFileError(self._parser.CurrentLineNumber, "encoding", str(error)) from None
        self.root = self._outside.children[0]

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        line = self._parser.CurrentLineNumber
        if attributes:
            raise SpanFileError(line, tag, f"has an attribute {shown(next(iter(attributes)))}; the format has none")
        node = Node(tag, line)
        self._open[-1].children.append(node)
        self._open.append(node)

    def _end(self, _tag: str) -> None:
        node = self._open.pop()
        if node.children and node.text.strip():
            raise SpanFileError(node.line, node.tag, f"text between its elements: {shown(node.text.strip())}")

    def _data(self, data: str) -> None:
        self._open[-1].text += data

    def _refuse_document_type(self, *_: object) -> None:
        raise SpanFileError(self._parser.CurrentLineNumber, "DOCTYPE", "a parameter file has no document type")

    def _path(self) -> str:
        return ".".join(node.tag for node in self._open[1:]) or "spanFile"

    def _reason(self, error: expat.ExpatError) -> str:
        reason = expat.ErrorString(error.code)
        if len(self._open) > 1 and "no element found" in reason:
            return "the file ends before the element is closed"
        return f"not well-formed XML: {reason}"
