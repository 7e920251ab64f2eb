"""A slow and obvious answer to `isolated`, in fractions, written from docs/calculator.md and docs/rules.md.

It knows no closed form with tiers: it lays out every price at which anything can change, looks between them, and
takes the first change met from the mark. It imports nothing of the calculator.
"""

from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from typing import Any

DIGITS = Context(prec=28, rounding=ROUND_HALF_EVEN, Emin=-(10**6), Emax=10**6)


def text(value: Fraction | None) -> Decimal | None:
    return None if value is None else DIGITS.divide(Decimal(value.numerator), Decimal(value.denominator))


def fraction(value: Any, default: Any = 0) -> Fraction:
    return Fraction(Decimal(str(default if value is None else value)))


class Position:
    """The functions of price that a question defines."""

    def __init__(self, question: dict[str, Any]) -> None:
        get = question.get
        policy = get("policy", {})
        self.payoff, self.side = question["payoff"], 1 if question["side"] == "long" else -1
        self.size, self.entry = fraction(question["size"]), fraction(question["entry"])
        self.quanto = fraction(get("quanto_multiplier"), 1)
        self.mark = None if get("mark") is None else fraction(get("mark"))
        self.leverage = None if get("leverage") is None else fraction(get("leverage"))
        self.tiers = self.ladder(question)
        self.minimum = fraction(policy.get("minimum_maintenance"))
        self.fee = fraction(policy.get("fee_rate"))
        self.floor_rate = fraction(policy.get("removable_floor_rate"))
        self.rounding, self.tick = policy.get("price_rounding", "none"), policy.get("price_tick")
        own = self.notional(self.entry) / self.leverage if self.leverage else fraction(question["margin"])
        self.margin, self.purse = own, own + fraction(get("extra_margin"))

    @staticmethod
    def ladder(question: dict[str, Any]) -> list[dict[str, Any]]:
        rows = question.get("tiers") or [{"floor": 0, "rate": question["maintenance_rate"]}]
        tiers: list[dict[str, Any]] = []
        for row in rows:
            tier = {"floor": fraction(row["floor"]), "rate": fraction(row["rate"]), "initial": None}
            if "initial_rate" in row:
                tier["initial"] = fraction(row["initial_rate"])
            if "max_leverage" in row:
                tier["initial"] = 1 / fraction(row["max_leverage"])
            before = tiers[-1] if tiers else {"rate": tier["rate"], "deduction": Fraction(0)}
            tier["deduction"] = before["deduction"] + tier["floor"] * (tier["rate"] - before["rate"])
            if question.get("trust_deductions") and "deduction" in row:
                tier["deduction"] = fraction(row["deduction"])
            tiers.append(tier)
        return tiers

    def notional(self, price: Fraction) -> Fraction:
        return self.size / price if self.payoff == "inverse" else self.size * self.quanto * price

    def price(self, notional: Fraction) -> Fraction:
        return self.size / notional if self.payoff == "inverse" else notional / (self.size * self.quanto)

    def profit(self, price: Fraction) -> Fraction:
        if self.payoff == "inverse":
            return self.side * self.size * (1 / self.entry - 1 / price)
        return self.side * self.size * self.quanto * (price - self.entry)

    def tier(self, notional: Fraction) -> dict[str, Any]:
        return [tier for tier in self.tiers if tier is self.tiers[0] or tier["floor"] < notional][-1]

    def maintenance(self, price: Fraction) -> Fraction:
        notional = self.notional(price)
        tier = self.tier(notional)
        return max(self.minimum, notional * tier["rate"] - tier["deduction"])

    def initial(self, price: Fraction) -> Fraction:
        notional = self.notional(price)
        if self.leverage is not None:
            return notional / self.leverage
        rate = self.tier(notional)["initial"]
        return self.margin if rate is None else notional * rate

    def covered(self, price: Fraction) -> bool:
        return self.purse + self.profit(price) >= self.maintenance(price)

    def at_equity(self, rate: Fraction, amount: Fraction) -> Fraction | None:
        """The price at which margin and profit are rate · notional + amount."""
        if self.payoff == "inverse":
            # purse + side·size/entry − amount = size·(side + rate)/price
            below = self.purse + self.side * self.size / self.entry - amount
            return None if below == 0 else positive(self.size * (self.side + rate) / below)
        units = self.size * self.quanto
        above = self.side * units * self.entry - self.purse + amount
        return positive(above / (units * (self.side - rate)))

    def changes(self) -> list[Fraction]:
        """Every price above zero at which covered may turn uncovered or back, ascending."""
        found = {self.at_equity(Fraction(0), self.minimum)}
        found |= {self.at_equity(tier["rate"], -tier["deduction"]) for tier in self.tiers}
        found |= {self.price(tier["floor"]) for tier in self.tiers if tier["floor"] > 0}
        return sorted(price for price in found if price is not None)

    def first_change(self) -> Fraction | None:
        """The first price met going against the holder at which the requirement stops being covered.

        From an uncovered start: the first at which it is covered, going the other way.
        """
        start = self.mark if self.mark is not None else self.entry
        state = self.covered(start)
        upwards = (self.side < 0) == state
        prices = [p for p in self.changes() if (p >= start if upwards else p <= start)]
        prices = prices if upwards else prices[::-1]
        for i, price in enumerate(prices):
            following = prices[i + 1] if i + 1 < len(prices) else (price * 2 if upwards else price / 2)
            if price == following:
                continue
            if (price != start and self.covered(price) != state) or self.covered((price + following) / 2) != state:
                return price
        return None

    def rounded(self, price: Fraction | None) -> Fraction | None:
        if price is None or self.rounding == "none":
            return price
        ticks = price / fraction(self.tick)
        down = ticks.numerator // ticks.denominator
        up = -(-ticks.numerator // ticks.denominator)
        chosen = {
            "toward_zero": down,
            "nearest": (ticks + Fraction(1, 2)).__floor__(),
            "against_holder": up if self.side > 0 else down,
            "for_holder": down if self.side > 0 else up,
        }[self.rounding]
        return chosen * fraction(self.tick)


def positive(price: Fraction) -> Fraction | None:
    return price if price > 0 else None


def slow_answer(question: dict[str, Any]) -> dict[str, Any]:
    """The result, numbers as decimals rounded to 28 digits."""
    p = Position(question)
    figures: dict[str, Any] = {
        "notional_at_entry": p.notional(p.entry),
        "initial_margin": p.initial(p.entry),
        "bankruptcy_price": p.rounded(p.at_equity(Fraction(0), Fraction(0))),
        "bankruptcy_price_with_fee": p.rounded(p.at_equity(p.fee, Fraction(0))),
        "close_fee_reserve": Fraction(0),
        "max_loss": max(Fraction(0), p.purse),
    }
    if p.mark is not None:
        equity, maintenance = p.purse + p.profit(p.mark), p.maintenance(p.mark)
        held = max(p.initial(p.mark), p.floor_rate * p.notional(p.mark))
        figures |= {
            "notional": p.notional(p.mark),
            "unrealised_profit": p.profit(p.mark),
            "equity": equity,
            "maintenance_margin": maintenance,
            "margin_ratio": maintenance / equity if equity else None,
            "removable_margin": max(Fraction(0), equity - held),
        }
    result: dict[str, Any] = {name: text(value) for name, value in figures.items()}
    if p.mark is not None:
        result["liquidatable"] = not p.covered(p.mark)
    if result.get("liquidatable"):
        return result | {"liquidation_price": None, "liquidation_reason": "already"}
    price = p.rounded(p.first_change())
    return result | {"liquidation_price": text(price)} | ({} if price is not None else {"liquidation_reason": "never"})
