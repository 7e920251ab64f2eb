"""Slow and obvious answers to `cross` and `bankruptcy_allocation`, in fractions, written from docs/calculator.md.

A price is found by laying out every price at which anything can change and looking between them. Nothing is imported
of the calculator; what a position needs is `tests.calculator.slow.Position`, of the isolated second opinion.
"""

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

from tests.calculator.slow import Position, fraction, positive, text

POSITION_FIELDS = (
    "symbol",
    "payoff",
    "side",
    "size",
    "entry",
    "mark",
    "quanto_multiplier",
    "leverage",
    "reserve",
    "tiers",
    "maintenance_rate",
)


class Held:
    """One position of the purse, as functions of its price, in the purse's money."""

    def __init__(self, question: dict[str, Any], given: dict[str, Any]) -> None:
        alone = {name: given[name] for name in POSITION_FIELDS if name in given}
        alone |= {name: question[name] for name in ("policy", "trust_deductions") if name in question}
        alone.setdefault("payoff", "linear")
        if "leverage" not in alone:
            alone["margin"] = "0"
        self.p = Position(alone)
        self.symbol = given.get("symbol")
        self.price, self.haircut = asset(question, given.get("settlement"))
        assert self.p.mark is not None
        self.mark: Fraction = self.p.mark

    def profit(self, price: Fraction) -> Fraction:
        return counted(self.p.profit(price), self.price, self.haircut)

    def maintenance(self, price: Fraction) -> Fraction:
        return self.p.maintenance(price) * self.price

    def initial(self) -> Fraction:
        return self.p.initial(self.mark) * self.price

    def reserve(self) -> Fraction:
        return self.p.reserve * self.price


def asset(question: dict[str, Any], name: str | None) -> tuple[Fraction, Fraction]:
    given = question.get("collateral", {}).get(name, {})
    return fraction(given.get("price"), 1), fraction(given.get("haircut"))


def counted(amount: Fraction, price: Fraction, haircut: Fraction) -> Fraction:
    return amount * price * (1 - haircut if amount > 0 else 1)


class Purse:
    """The purse as a function of the marks."""

    def __init__(self, question: dict[str, Any]) -> None:
        rest = question.get("rest", {})
        balances = question.get("balances", {})
        self.cash = fraction(rest.get("equity"))
        self.cash += sum(counted(fraction(amount), *asset(question, name)) for name, amount in balances.items())
        self.rest_initial = fraction(rest.get("initial_margin"))
        self.rest_maintenance = fraction(rest.get("maintenance_margin"))
        self.held = [Held(question, given) for given in question["positions"]]

    def moved(self, held: Held) -> list[Held]:
        """The positions that share the price of `held`."""
        if held.symbol is None:
            return [held]
        return [
            other
            for other in self.held
            if (other.symbol, other.p.payoff, other.mark) == (held.symbol, held.p.payoff, held.mark)
        ]

    def equity(self, moved: list[Held], price: Fraction) -> Fraction:
        """With the price of some positions changed, less what is set aside for closing."""
        profits = (held.profit(price if held in moved else held.mark) for held in self.held)
        return self.cash + sum(profits) - sum(held.reserve() for held in self.held)

    def maintenance(self, moved: list[Held], price: Fraction) -> Fraction:
        own = (held.maintenance(price if held in moved else held.mark) for held in self.held)
        return self.rest_maintenance + sum(own)

    def short(self, moved: list[Held], price: Fraction) -> bool:
        maintenance = self.maintenance(moved, price)
        return maintenance > 0 and self.equity(moved, price) < maintenance

    def lines(self, held: Held) -> list[Fraction]:
        """Prices between which profit and requirement of one position are lines in the price or its inverse."""
        p = held.p
        found = [p.entry]
        for tier in p.tiers:
            if tier["floor"] and not p.at_entry:
                found.append(p.price(tier["floor"]))
            if p.minimum or tier["deduction"]:
                rate = tier["rate"] + (p.fee if p.close_fee == "in_rate" else 0)
                found += (
                    [p.price((p.minimum + tier["deduction"]) / rate)] if rate and p.minimum + tier["deduction"] else []
                )
        if p.at_entry and p.close_fee == "in_rate" and p.fee:
            level = p.notional(p.entry)
            fixed = level * p.rate("rate", level) - p.tier(level)["deduction"]
            found += [p.price((p.minimum - fixed) / p.fee)] if p.minimum > fixed else []
        return [price for price in found if price > 0]

    def stretches(self, moved: list[Held]) -> list[Fraction]:
        return sorted({price for held in moved for price in self.lines(held)})

    def changes(self, held: Held) -> list[Fraction]:
        """Every price at which the purse may turn short or back, or its equity be zero; not for slopes."""
        moved = self.moved(held)
        ends = self.stretches(moved)
        turned = held.p.payoff == "inverse"
        inner = [(low + high) / 2 for low, high in pairwise(ends)]
        inside = [ends[0] / 2, *inner, ends[-1] * 2]
        found = set(ends)
        for price in inside:
            near = price * Fraction(1001, 1000)
            while any(price < end <= near for end in ends):
                near = (price + near) / 2
            for surplus in (
                lambda at: self.equity(moved, at) - self.maintenance(moved, at),
                lambda at: self.equity(moved, at),
            ):
                root = through(price, near, surplus(price), surplus(near), turned=turned)
                if root is not None:
                    found.add(root)
        return sorted(found)

    def first_short(self, held: Held) -> Fraction | None:
        moved = self.moved(held)
        upwards = held.p.side < 0
        prices = [price for price in self.changes(held) if (price >= held.mark if upwards else price <= held.mark)]
        prices = prices if upwards else prices[::-1]
        for i, price in enumerate(prices):
            following = prices[i + 1] if i + 1 < len(prices) else (price * 2 if upwards else price / 2)
            if price != held.mark and self.short(moved, price):
                return price
            if self.short(moved, (price + following) / 2):
                return price
        return None

    def bankruptcy(self, held: Held) -> Fraction | None:
        moved = self.moved(held)
        now = self.equity(moved, held.mark)
        if now == 0:
            return held.mark
        upwards = (held.p.side < 0) == (now > 0)
        prices = [price for price in self.changes(held) if self.equity(moved, price) == 0]
        ahead = [price for price in prices if (price > held.mark if upwards else price < held.mark)]
        if not ahead:
            return None
        return min(ahead) if upwards else max(ahead)


def through(one: Fraction, other: Fraction, at_one: Fraction, at_other: Fraction, *, turned: bool) -> Fraction | None:
    """Where the line through two points is zero; `turned`: a line in the inverse of the price."""
    if at_one == at_other:
        return None
    x, y = (1 / one, 1 / other) if turned else (one, other)
    root = x - at_one * (y - x) / (at_other - at_one)
    if root <= 0:
        return None
    return 1 / root if turned else root


def slow_cross(question: dict[str, Any]) -> dict[str, Any]:
    """The result, numbers as decimals rounded to 28 digits; no prices of liquidation where a tier has a slope."""
    purse = Purse(question)
    equity = purse.equity([], Fraction(1))
    reserve = sum((held.reserve() for held in purse.held), Fraction(0))
    maintenance = purse.maintenance([], Fraction(1))
    short = purse.short([], Fraction(1))
    profits = [held.profit(held.mark) for held in purse.held]
    return {
        "equity": text(equity + reserve),
        "unrealised_profit": text(sum(profits, Fraction(0))),
        "initial_margin": text(purse.rest_initial + sum(held.initial() for held in purse.held)),
        "maintenance_margin": text(maintenance),
        "margin_ratio": text(maintenance / equity) if equity else None,
        "liquidatable": short,
        "positions": [_position(purse, held, short=short) for held in purse.held],
    }


def _position(purse: Purse, held: Held, *, short: bool) -> dict[str, Any]:
    found: dict[str, Any] = {
        "symbol": held.symbol,
        "notional": text(held.p.notional(held.mark) * held.price),
        "unrealised_profit": text(held.profit(held.mark)),
        "initial_margin": text(held.initial()),
        "maintenance_margin": text(held.maintenance(held.mark)),
        "bankruptcy_price": text(held.p.rounded(purse.bankruptcy(held))),
    }
    if short:
        return found | {"liquidation_price": None, "liquidation_reason": "already"}
    sloping = any(tier["slope"] for other in purse.moved(held) for tier in other.p.tiers)
    if sloping and not held.p.at_entry:
        return found
    price = held.p.rounded(purse.first_short(held))
    reason = {} if price is not None else {"liquidation_reason": "never"}
    return found | {"liquidation_price": text(price)} | reason


def slow_allocation(question: dict[str, Any]) -> dict[str, Any]:
    """The result, numbers as decimals rounded to 28 digits."""
    unit = fraction(question["unit"])
    rows = []
    for given in question["positions"]:
        size, mark, rate = fraction(given["size"]), fraction(given["mark"]), fraction(given["maintenance_rate"])
        close = fraction(given.get("close"), given["size"])
        side = 1 if given["side"] == "long" else -1
        due = -((-size * mark * rate / unit).__floor__()) * unit
        left = -((-(size - close) * mark * rate / unit).__floor__()) * unit
        rows.append((given.get("symbol"), side, size, mark, close, due, due - left))
    equity = fraction(question["cash"]) + sum(side * size * mark for _, side, size, mark, *_ in rows)
    total = sum((row[5] for row in rows), Fraction(0))
    shares = [(equity * row[6] / total / unit).__floor__() * unit for row in rows]
    if all(row[2] == row[4] for row in rows):
        largest = next(i for i, share in enumerate(shares) if share == max(shares))
        shares[largest] += equity - sum(shares)
    positions = []
    for (symbol, side, _, mark, close, *_), share in zip(rows, shares, strict=True):
        quote = side * close * mark - share
        price = positive(side * quote / close)
        positions.append({"symbol": symbol, "share": text(share), "quote": text(quote), "price": text(price)})
    return {"equity": text(equity), "maintenance_margin": text(total), "positions": positions}


def decimals_of(value: Any) -> Any:
    """A result with its numbers as decimals."""
    if isinstance(value, dict):
        kept = ("symbol", "liquidation_reason")
        return {name: part if name in kept else decimals_of(part) for name, part in value.items()}
    if isinstance(value, list):
        return [decimals_of(part) for part in value]
    return Decimal(value) if isinstance(value, str) else value
