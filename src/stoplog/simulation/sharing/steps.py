"""Commands of many traders, written step by step, and put in the order in which the traders come."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

import numpy as np
from numpy.typing import NDArray

from stoplog.codes import Command
from stoplog.records import COMMAND
from stoplog.simulation.sharing.holders import Holders
from stoplog.simulation.timeline import put

Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]

GIVES_NUMBER = (Command.OPEN_COMPARTMENT, Command.OPEN_CROSS, Command.ADD_MARGIN)
"""Each of these makes one row: a compartment, a cross compartment, or the pocket of what is put into one."""


class Role(Enum):
    """What a step has to do with compartments: whose number it makes, or whose it needs."""

    NONE = auto()
    ALONE = auto()  # makes an isolated compartment
    CROSS = auto()  # makes a cross compartment
    PURSE = auto()  # needs the trader's cross compartment
    WITHIN = auto()  # needs it, and makes a position in it
    TRADE = auto()  # needs the compartment or position of an instrument


@dataclass(frozen=True, slots=True)
class Layout:
    """All commands after the opening, in order, and the compartment of each position (0: none)."""

    commands: NDArray[np.void]
    compartment: Counts


@dataclass(slots=True)
class Steps:
    """Commands of whole groups of traders, each with its role and the column of its instrument."""

    holders: Holders
    rows: list[NDArray[np.void]] = field(default_factory=list)
    who: list[Counts] = field(default_factory=list)
    what: list[tuple[Role, int]] = field(default_factory=list)

    def add(
        self, kind: Command, chosen: Flags, role: Role = Role.NONE, column: int = 0, **fields: Counts | int
    ) -> None:
        """One command for each trader that is chosen; fields are whole columns, or the same for all."""
        traders = np.flatnonzero(chosen)
        rows = np.zeros(traders.size, COMMAND)
        own = {name: value if isinstance(value, int) else value[traders] for name, value in fields.items()}
        put(rows, np.arange(traders.size), kind, self.holders.entry_time[traders], **own)
        self.rows.append(rows)
        self.who.append(traders)
        self.what.append((role, column))

    def in_order(self, columns: int) -> Layout:
        """Trader by trader, each command with the number of the compartment that it needs."""
        rows, who = np.concatenate(self.rows), np.concatenate(self.who)
        step = np.concatenate([np.full(len(part), i) for i, part in enumerate(self.rows)])
        order = np.lexsort((step, who))
        rows, who, step = rows[order], who[order], step[order]
        number = np.cumsum(np.isin(rows["kind"], GIVES_NUMBER))
        compartment = np.zeros((self.holders.count, columns), np.int64)
        cross = np.zeros(self.holders.count, np.int64)
        for i, (role, column) in enumerate(self.what):
            mine = step == i
            if role is Role.CROSS:
                cross[who[mine]] = number[mine]
            elif role in {Role.ALONE, Role.WITHIN}:
                compartment[who[mine], column] = number[mine]
        for i, (role, column) in enumerate(self.what):
            mine = step == i
            if role in {Role.PURSE, Role.WITHIN}:
                rows["compartment"][mine] = cross[who[mine]]
            elif role is Role.TRADE:
                rows["compartment"][mine] = compartment[who[mine], column]
        return Layout(rows, compartment)
