"""Command streams for the ledger's tests: one market, traders who are liquidated now and then, all from a seed."""

import numpy as np
from numpy.typing import NDArray

from stoplog.codes import Command, Parameter
from stoplog.commands import Batch
from stoplog.instruments import LINEAR
from stoplog.records import COMMAND

ACCOUNTS = 40
PRICE = 10_000

SHARES = {
    Command.DEPOSIT: 20,
    Command.WITHDRAW: 15,
    Command.OPEN_COMPARTMENT: 5,
    Command.CLOSE_COMPARTMENT: 3,
    Command.ADD_MARGIN: 10,
    Command.REMOVE_MARGIN: 10,
    Command.FILL: 30,
    Command.PLACE_ORDER: 8,
    Command.CANCEL_ORDER: 2,
    Command.MARK: 6,
    Command.FUNDING: 1,
}


def opening() -> NDArray[np.void]:
    """One asset, one perpetual with two tiers at a mark, and accounts with money and a compartment each."""
    batch = Batch()
    batch.register_asset(decimals=6, time=1)
    batch.register_tier_table()
    batch.add_tier(table=1, floor=0, rate=1_000_000, initial_rate=4_000_000)
    batch.add_tier(table=1, floor=10_000_000, rate=2_000_000, initial_rate=8_000_000)
    batch.register_instrument(
        asset=1, tier_table=1, payoff=LINEAR, multiplier=1, price_max=100_000, position_limit=10**6
    )
    batch.set_parameter(instrument=1, parameter=Parameter.LIQUIDATION_FEE_RATE, value=500_000)
    batch.set_parameter(instrument=1, parameter=Parameter.SLIPPAGE_RATE, value=1_000_000)
    batch.mark(instrument=1, price=PRICE)
    for account in range(1, ACCOUNTS + 1):
        batch.register_account()
        batch.deposit(account=account, asset=1, amount=10**8)
        batch.open_compartment(account=account, instrument=1, margin=10**6)
    return batch.records()


def trading(count: int, seed: int) -> NDArray[np.void]:
    """`count` commands after `opening`, some of which are refused, at a mark that moves by about 1 % a step."""
    draw = np.random.default_rng(seed)
    commands = np.zeros(count, COMMAND)
    shares = np.array(list(SHARES.values())) / sum(SHARES.values())
    kind = commands["kind"] = draw.choice([int(command) for command in SHARES], count, p=shares)
    commands["time"] = np.arange(count) + 2
    commands["asset"] = commands["instrument"] = 1
    commands["account"] = draw.integers(1, ACCOUNTS + 1, count)
    opened = ACCOUNTS + np.cumsum(kind == Command.OPEN_COMPARTMENT)
    commands["compartment"] = draw.integers(np.maximum(1, opened - 2 * ACCOUNTS), opened + 1)
    commands["compartment"][kind == Command.OPEN_COMPARTMENT] = 0
    steps = np.where(kind == Command.MARK, draw.normal(0, 0.01, count), 0)
    mark = np.clip(PRICE * np.exp(np.cumsum(steps)), 1_000, 90_000).astype(np.int64)
    commands["price"] = np.where(np.isin(kind, [Command.MARK, Command.FILL, Command.PLACE_ORDER]), mark, 0)
    commands["size"] = draw.integers(-2_000, 2_001, count)
    commands["amount"] = draw.integers(1, 10**6, count)
    fills = kind == Command.FILL
    for field in ("amount", "account", "asset"):
        commands[field][fills] = 0
    cancels = kind == Command.CANCEL_ORDER
    commands["other"][cancels] = draw.integers(1, count // 10 + 2, np.count_nonzero(cancels))
    commands["rate"][fills] = 40_000
    commands["rate"][kind == Command.FUNDING] = draw.integers(
        -20_000, 20_001, np.count_nonzero(kind == Command.FUNDING)
    )
    return commands


def batches(count: int, size: int, seed: int = 1) -> list[NDArray[np.void]]:
    """The opening, then `count` batches of `size` commands each."""
    commands = trading(count * size, seed)
    return [opening(), *(commands[start : start + size] for start in range(0, count * size, size))]
