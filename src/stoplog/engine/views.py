"""Opening the address book inside a kernel."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import numpy as np
from numba import carray, njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from stoplog import records
from stoplog.engine.tables import BOOK, CONTROL, HEAD, NODE

Views = namedtuple("Views", BOOK)  # noqa: PYI024 - a kernel needs the plain form

STATUS, NEEDED, NODES_USED, EVENT_ROWS, ASSET_ROOM, WOKEN, NEEDLESS, REBUILT = range(len(CONTROL))

COUNTS, ASSET, FUNDS = records.COUNTS, records.ASSET, records.FUNDS
TIER_TABLE, TIER, INSTRUMENT = records.TIER_TABLE, records.TIER, records.INSTRUMENT
ACCOUNT, COMPARTMENT, POSITION = records.ACCOUNT, records.COMPARTMENT, records.POSITION
I64 = np.dtype(np.int64)


@intrinsic
def _pointer(typing: Any, address: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], cgutils.voidptr_t)

    return types.voidptr(types.int64), generate


@njit
def open_views(book: Any) -> Any:
    """All tables as arrays over the memory that `Tables` owns; the order is that of `BOOK`."""
    return Views(
        carray(_pointer(book[0]), (book[1],), COUNTS),
        carray(_pointer(book[2]), (book[3],), ASSET),
        carray(_pointer(book[4]), (book[5],), FUNDS),
        carray(_pointer(book[6]), (book[7],), TIER_TABLE),
        carray(_pointer(book[8]), (book[9],), TIER),
        carray(_pointer(book[10]), (book[11],), INSTRUMENT),
        carray(_pointer(book[12]), (book[13],), ACCOUNT),
        carray(_pointer(book[14]), (book[15],), I64),
        carray(_pointer(book[16]), (book[17],), COMPARTMENT),
        carray(_pointer(book[18]), (book[19],), POSITION),
        carray(_pointer(book[20]), (book[21],), HEAD),
        carray(_pointer(book[22]), (book[23],), NODE),
        carray(_pointer(book[24]), (book[25],), I64),
        carray(_pointer(book[26]), (book[27],), I64),
        carray(_pointer(book[28]), (book[29],), I64),
        carray(_pointer(book[30]), (book[31],), I64),
    )
