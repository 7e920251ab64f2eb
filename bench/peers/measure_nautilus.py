"""What NautilusTrader (its Rust engine, liquidation on) does: one JSON object per question on standard output.

measure_nautilus.py marks N        one quote with N open positions, nothing breached: seconds per quote
measure_nautilus.py position FILE  where a position is liquidated; FILE is the question, as JSON
"""

from __future__ import annotations

import json
import sys
import time
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from nautilus_trader.core import nautilus_pyo3 as nautilus
from nautilus_trader.core.nautilus_pyo3.model import ClientOrderId, ContingencyType, MarketOrder, OrderSide
from nautilus_trader.core.nautilus_pyo3.trading import Strategy, StrategyConfig

SYMBOL = nautilus.InstrumentId.from_str("BTCUSDT-PERP.BINANCE")
ENTRY = 60_000.0


class OpenAtStart(Strategy):
    """Sends `count` market orders of `lots` thousandths each when the first quote arrives."""

    count = 1
    side = OrderSide.BUY
    lots = 1

    def on_start(self) -> None:
        self.left = self.count
        self.subscribe_quotes(SYMBOL)

    def on_quote(self, _quote: Any) -> None:
        while self.left:
            self.submit_order(self.order())
            self.left -= 1

    def order(self) -> Any:
        """The next market order."""
        return MarketOrder(
            trader_id=self.trader_id,
            strategy_id=self.strategy_id,
            instrument_id=SYMBOL,
            client_order_id=ClientOrderId(f"{self.strategy_id}-{self.left}"),
            order_side=self.side,
            quantity=nautilus.Quantity(self.lots / 1000, 3),
            init_id=nautilus.UUID4(),
            ts_init=self.clock.timestamp_ns(),
            time_in_force=nautilus.TimeInForce.GTC,
            reduce_only=False,
            quote_quantity=False,
            contingency_type=ContingencyType.NO_CONTINGENCY,
        )


def perpetual(maintenance_rate: str) -> Any:
    """BTCUSDT with a price step of 0.01 and a lot of 0.001, without fees."""
    return nautilus.CryptoPerpetual(
        instrument_id=SYMBOL,
        raw_symbol=nautilus.Symbol("BTCUSDT-PERP"),
        base_currency=nautilus.Currency.from_str("BTC"),
        quote_currency=nautilus.Currency.from_str("USDT"),
        settlement_currency=nautilus.Currency.from_str("USDT"),
        is_inverse=False,
        price_precision=2,
        size_precision=3,
        price_increment=nautilus.Price.from_str("0.01"),
        size_increment=nautilus.Quantity.from_str("0.001"),
        ts_event=0,
        ts_init=0,
        margin_init=Decimal(1),
        margin_maint=Decimal(maintenance_rate),
        maker_fee=Decimal(0),
        taker_fee=Decimal(0),
    )


def quote(number: int, price: float) -> Any:
    """A quote without a spread, `number` milliseconds after the start."""
    at = nautilus.Price(price, 2)
    size = nautilus.Quantity(1_000_000.0, 3)
    return nautilus.QuoteTick(SYMBOL, at, at, size, size, (number + 1) * 1_000_000, (number + 1) * 1_000_000)


def engine_with(quotes: list[Any], strategy: Any, balance: float, maintenance_rate: str, leverage: int) -> Any:
    """An engine that holds the quotes and the strategy; hedged positions, one margin account, liquidation on."""
    config = nautilus.BacktestEngineConfig(
        logging=nautilus.LoggerConfig.from_spec("stdout=Off"),
        bypass_logging=True,
        run_analysis=False,
        risk_engine=nautilus.RiskEngineConfig(bypass=True),
    )
    engine = nautilus.BacktestEngine(config)
    engine.add_venue(
        venue=nautilus.Venue("BINANCE"),
        oms_type=nautilus.OmsType.HEDGING,
        account_type=nautilus.AccountType.MARGIN,
        starting_balances=[nautilus.Money(balance, nautilus.Currency.from_str("USDT"))],
        base_currency=nautilus.Currency.from_str("USDT"),
        default_leverage=Decimal(leverage),
        book_type=nautilus.BookType.L1_MBP,
        liquidation_enabled=True,
    )
    engine.add_instrument(perpetual(maintenance_rate))
    engine.add_data(quotes)
    engine.add_strategy(strategy)
    return engine


def strategy_of(orders: int, of_side: Any, of_lots: int) -> Any:
    """A strategy that opens `orders` positions of `of_lots` thousandths."""

    class Opening(OpenAtStart):
        count = orders
        side = of_side
        lots = of_lots

    return Opening(StrategyConfig())


def seconds(count: int, quotes: int) -> float:
    """How long a run of `quotes` quotes with `count` positions takes."""
    made = [quote(number, ENTRY + number % 2) for number in range(quotes)]
    engine = engine_with(made, strategy_of(count, OrderSide.BUY, 1), 1e9, "0.004", 20)
    began = time.process_time()
    engine.run()
    taken = time.process_time() - began
    assert len(engine.cache.positions_open()) == count, "nothing is breached"
    engine.dispose()
    return taken


def marks(count: int) -> dict[str, float]:
    """Seconds per quote: a long run less a short one, over the quotes between them; the median of three."""
    few = 2
    many = max(12, min(20_000, 2_000_000 // count))
    return {"seconds": median((seconds(count, many) - seconds(count, few)) / (many - few) for _ in range(3))}


def liquidated(question: dict[str, Any], side: Any, mark: float) -> bool:
    """Whether the position of the question is gone after a quote at `mark`."""
    entry = float(question["entry"])
    lots = round(float(question["notional"]) / entry * 1000)
    quotes = [quote(0, entry), quote(1, mark), quote(2, mark)]
    strategy = strategy_of(1, side, lots)
    engine = engine_with(quotes, strategy, float(question["margin"]), question["rate_at_entry"], question["leverage"])
    engine.run()
    gone = not engine.cache.positions_open()
    engine.dispose()
    return gone


def threshold(question: dict[str, Any], side: Any, direction: int) -> float:
    """The price at which the position is liquidated, by bisection between the entry and a tenth away from it."""
    healthy = float(question["entry"])
    breached = healthy * (1 - direction * 0.1)
    while abs(healthy - breached) > 0.01:
        middle = (healthy + breached) / 2
        if liquidated(question, side, middle):
            breached = middle
        else:
            healthy = middle
    return breached


def position(path: str) -> dict[str, float]:
    """The liquidation price of the question's position, long and short."""
    question = json.loads(Path(path).read_text())
    return {"long": threshold(question, OrderSide.BUY, 1), "short": threshold(question, OrderSide.SELL, -1)}


if __name__ == "__main__":
    work, argument = sys.argv[1:]
    answer = position(argument) if work == "position" else marks(int(argument))
    print(json.dumps({"version": version("nautilus_trader"), **answer}))
