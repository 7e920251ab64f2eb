"""Reading the state tables: exact sums by group, and what an instrument asks.

Sums are exact: an int64 column is summed in two halves of 32 bits, which no number of rows below 2³¹ can
overflow, and put together as Python integers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from stoplog.margin.policies import Policy
from stoplog.margin.tiers import Tier
from stoplog.proof.violations import TablesLike
from stoplog.records import TIERS_PER_TABLE


def exact_sums(groups: NDArray[Any], values: NDArray[Any], count: int) -> NDArray[Any]:
    """The sum of `values` per group number below `count`: an array of Python integers. Other groups: TBL-001.

    >>> exact_sums(np.array([0, 1, 1]), np.array([5, 2**62, 2**62]), 2).tolist() == [5, 2**63]
    True
    """
    known = (groups >= 0) & (groups < count)
    groups, values = groups[known], values[known]
    high, low = np.zeros(count, np.int64), np.zeros(count, np.int64)
    np.add.at(high, groups, values >> 32)
    np.add.at(low, groups, values & 0xFFFFFFFF)
    sums: NDArray[Any] = high.astype(object) * 2**32 + low.astype(object)
    return sums


def policy_of(tables: TablesLike, instrument: int) -> Policy:
    """What an instrument is and asks."""
    row = tables.rows("instruments")[instrument]
    tier_rule = int(tables.rows("tier_tables")["rule"][row["tier_table"]])
    asks = (int(row[name]) for name in ("maintenance_at", "close_fee", "close_fee_rate"))
    return Policy(int(row["payoff"]), int(row["multiplier"]), tier_rule, *asks)


def tiers_of(tables: TablesLike, table: int) -> list[Tier]:
    """The tiers of a table."""
    first, count = table * TIERS_PER_TABLE, int(tables.rows("tier_tables")["count"][table])
    rows = tables.rows("tiers")[first : first + count]
    return [Tier(*(int(row[name]) for name in Tier._fields)) for row in rows]
