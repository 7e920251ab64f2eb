"""The state tables as a kernel sees them.

A kernel gets the address book (see `tables`) and makes a `View` of it, which is one pointer: attributes of a
view open the table of that name over the memory that `Tables` owns. Passing a view around costs a register,
and a function opens only what it uses, which keeps compilation short.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import carray, njit, types  # type: ignore[attr-defined]
from numba.core import cgutils
from numba.core.datamodel import models
from numba.extending import intrinsic, overload_attribute, register_model
from numpy.typing import DTypeLike

from stoplog.engine.tables import BOOK, CONTROL, LAYOUT, WORKSPACE
from stoplog.records import INSTRUMENT

(
    STATUS,
    NEEDED,
    NODES_USED,
    EVENT_ROWS,
    ASSET_ROOM,
    WOKEN,
    NEEDLESS,
    REBUILT,
    TRIAL,
    CROSSES_LOOKED_AT,
    GENERATION,
) = range(len(CONTROL))


INSTRUMENTS = 2 * BOOK.index("instruments")
INSTRUMENT_WORDS = INSTRUMENT.itemsize // 8

_intrinsic: Any = intrinsic


class ViewType(types.Type):
    """The Numba type of a view."""

    def __init__(self) -> None:
        super().__init__(name="StoplogView")


VIEW = ViewType()


@register_model(ViewType)
class ViewModel(models.PrimitiveModel):
    """A view is the address of the book, in a machine word."""

    def __init__(self, manager: Any, view: Any) -> None:
        super().__init__(manager, view, cgutils.intp_t)  # type: ignore[no-untyped-call]


@_intrinsic
def _view_at(typing: Any, address: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return arguments[0]

    return VIEW(types.intp), generate


@_intrinsic
def _entry(typing: Any, view: Any, index: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        base = builder.inttoptr(arguments[0], cgutils.intp_t.as_pointer())
        return builder.load(builder.gep(base, [arguments[1]]))

    return types.int64(view, types.intp), generate


@_intrinsic
def _pointer(typing: Any, address: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], cgutils.voidptr_t)

    return types.voidptr(types.int64), generate


@njit
def open_view(book: Any) -> Any:
    """A view of the tables in the book."""
    return _view_at(book.ctypes.data)


def _open_table(name: str, dtype: DTypeLike) -> None:
    place = 2 * BOOK.index(name)
    record = np.dtype(dtype)

    @overload_attribute(ViewType, name)
    def opened(view: Any) -> Any:
        def get(view: Any) -> Any:
            return carray(_pointer(_entry(view, place)), (_entry(view, place + 1),), record)

        return get


for _name, _dtype in {**LAYOUT, **WORKSPACE}.items():
    _open_table(_name, _dtype)


@overload_attribute(ViewType, "instrument_words")
def _instrument_words(view: Any) -> Any:
    """The table of instruments as one array of 64-bit words, for fields that are chosen by a number."""

    def get(view: Any) -> Any:
        words = _entry(view, INSTRUMENTS + 1) * INSTRUMENT_WORDS
        return carray(_pointer(_entry(view, INSTRUMENTS)), (words,), np.int64)

    return get
