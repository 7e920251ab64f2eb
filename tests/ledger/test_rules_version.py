"""The rules of a version give what they gave when the version was named."""

import numpy as np
import pytest

from stoplog.codes import Command, Event, Parameter
from stoplog.ledger import Ledger
from stoplog.ledger.journal import RULES_VERSION
from stoplog.records import COMMAND
from tests.ledger.markets import ACCOUNTS, opening

KINDS = [
    Command.FILL,
    Command.MARK,
    Command.OPEN_COMPARTMENT,
    Command.FILL,
    Command.ADD_MARGIN,
    Command.REMOVE_MARGIN,
    Command.DEPOSIT,
    Command.WITHDRAW,
    Command.FUNDING,
    Command.PLACE_ORDER,
    Command.CANCEL_ORDER,
    Command.FILL,
    Command.FILL,
    Command.MARK,
    Command.REMOVE_MARGIN,
]

WATERFALL = [
    Event.TAKEN_OVER,
    Event.SOLD,
    Event.LIQUIDATION_FEE_PAID,
    Event.FUND_RECEIVED,
    Event.FUND_PAID,
    Event.SOCIALISED,
]

ORDERS = [Event.ORDER_PLACED, Event.ORDER_CANCELLED]

HEADS = {1: "1bc3786c54cad0367d98618c622c7339f2842afaca844aa0f371abbec7bb6fdc"}
"""Per rules version, the hash of the last entry after `fixed_commands` in three batches."""


def fixed_commands() -> np.ndarray:
    """3,000 commands by integer arithmetic alone: no library's random numbers, which may change."""
    number = np.arange(1, 3_001)
    mixed = number * 2_654_435_761 % 1_000_003
    commands = np.zeros(len(number), COMMAND)
    kind = commands["kind"] = np.array([int(kind) for kind in KINDS])[mixed % len(KINDS)]
    commands["time"] = number + 1
    commands["instrument"] = 1
    commands["asset"] = np.where(kind == Command.FILL, 0, 1)
    commands["account"] = np.where(kind == Command.FILL, 0, mixed % ACCOUNTS + 1)
    commands["other"] = np.where(kind == Command.CANCEL_ORDER, mixed % 50 + 1, 0)
    commands["compartment"] = np.where(kind == Command.OPEN_COMPARTMENT, 0, 1 + mixed % (ACCOUNTS + number // 10))
    commands["amount"] = np.where(kind == Command.FILL, 0, mixed)
    commands["size"] = mixed % 4_001 - 2_000
    drift = np.abs(number % 1_200 - 600) - 300
    commands["price"] = np.where(kind == Command.FUNDING, 0, 10_000 + 4 * drift + mixed % 41 - 20)
    commands["rate"] = np.where(kind == Command.FUNDING, mixed % 20_001 - 10_000, 40_000)
    cheaper = commands[:1]
    cheaper["kind"], cheaper["code"], cheaper["amount"] = Command.SET_PARAMETER, Parameter.SLIPPAGE_RATE, 100_000
    return commands


@pytest.mark.rule("LED-003", "REP-001")
def test_the_rules_of_this_version_are_those_that_it_was_named_for() -> None:
    ledger = Ledger.in_memory()
    ledger.apply(opening())
    events = np.concatenate(ledger.apply_group(np.split(fixed_commands(), 3)))
    assert set(events["kind"].tolist()) >= {Event.REFUSED, Event.FUNDING_SETTLED, *ORDERS, *WATERFALL}
    assert ledger.head == HEADS[RULES_VERSION], (
        "The same commands give other events or another state than they gave. If the rules were meant to change, raise"
        " RULES_VERSION in stoplog/ledger/journal.py and add the head here: ledgers of the older version need it."
    )
