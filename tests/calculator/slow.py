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
        self.rule = policy.get("tier_rule", "marginal")
        self.tiers = self.ladder(question, self.rule)
        self.minimum = fraction(policy.get("minimum_maintenance"))
        self.fee = fraction(policy.get("fee_rate"))
        self.at_entry = policy.get("maintenance_at") == "entry"
        self.close_fee = policy.get("close_fee", "ignored")
        self.floor_rate = fraction(policy.get("removable_floor_rate"))
        self.rounding, self.tick = policy.get("price_rounding", "none"), policy.get("price_tick")
        own = self.notional(self.entry) / self.leverage if self.leverage else fraction(question["margin"])
        self.margin, self.purse = own, own + fraction(get("extra_margin"))
        self.reserve = Fraction(0)
        if self.close_fee == "reserve":
            self.reserve = self.set_aside(question)
            if self.leverage:
                self.purse += self.reserve
            else:
                self.margin = max(Fraction(0), self.margin - self.reserve)

    def set_aside(self, question: dict[str, Any]) -> Fraction:
        """What is given, or the fee on the value at the price where nothing but the fee is left."""
        if question.get("reserve") is not None:
            return fraction(question["reserve"])
        price = self.at_equity(Fraction(0) if self.leverage else self.fee, Fraction(0))
        return Fraction(0) if price is None else self.fee * self.notional(price)

    @staticmethod
    def ladder(question: dict[str, Any], rule: str) -> list[dict[str, Any]]:
        rows = question.get("tiers") or [{"floor": 0, "rate": question["maintenance_rate"]}]
        tiers: list[dict[str, Any]] = []
        for row in rows:
            tier = {"floor": fraction(row["floor"]), "rate": fraction(row["rate"]), "initial": None}
            tier["slope"] = fraction(row.get("slope"))
            if "initial_rate" in row:
                tier["initial"] = fraction(row["initial_rate"])
            if "max_leverage" in row:
                tier["initial"] = 1 / fraction(row["max_leverage"])
            before = tiers[-1] if tiers else {"rate": tier["rate"], "deduction": Fraction(0)}
            tier["deduction"] = before["deduction"] + tier["floor"] * (tier["rate"] - before["rate"])
            if rule != "marginal":
                tier["deduction"] = Fraction(0)
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

    def rate(self, name: str, notional: Fraction) -> Fraction:
        tier = self.tier(notional)
        rate: Fraction = tier[name] + tier["slope"] * (notional - tier["floor"])
        return rate

    def maintenance(self, price: Fraction) -> Fraction:
        notional = self.notional(self.entry if self.at_entry else price)
        fee = self.fee * self.notional(price) if self.close_fee == "in_rate" else 0
        return max(self.minimum, notional * self.rate("rate", notional) - self.tier(notional)["deduction"] + fee)

    def initial(self, price: Fraction) -> Fraction:
        notional = self.notional(price)
        if self.leverage is not None:
            return notional / self.leverage
        if self.tier(notional)["initial"] is None:
            return self.margin
        return notional * self.rate("initial", notional)

    def covered(self, price: Fraction) -> bool:
        return self.purse + self.profit(price) - self.reserve >= self.maintenance(price)

    def at_equity(self, rate: Fraction, amount: Fraction) -> Fraction | None:
        """The price at which margin and profit are rate · notional + amount."""
        if self.payoff == "inverse":
            # purse + side·size/entry − amount = size·(side + rate)/price
            below = self.purse + self.side * self.size / self.entry - amount
            return None if below == 0 else positive(self.size * (self.side + rate) / below)
        units = self.size * self.quanto
        if self.side == rate:
            return None
        above = self.side * units * self.entry - self.purse + amount
        return positive(above / (units * (self.side - rate)))

    def bankrupt_with_fee(self) -> Fraction | None:
        if self.close_fee == "reserve":
            return self.at_equity(Fraction(0), self.reserve)
        return self.at_equity(self.fee, Fraction(0))

    def changes(self) -> list[Fraction]:
        """Every price above zero at which covered may turn uncovered or back, ascending; not for ramps."""
        fee = self.fee if self.close_fee == "in_rate" else Fraction(0)
        found = {self.at_equity(Fraction(0), self.minimum + self.reserve)}
        if self.at_entry:
            held = self.notional(self.entry)
            level = held * self.rate("rate", held) - self.tier(held)["deduction"]
            found.add(self.at_equity(fee, level + self.reserve))
        for tier in self.tiers:
            found.add(self.at_equity(tier["rate"] + fee, self.reserve - tier["deduction"]))
            found.add(self.price(tier["floor"]) if tier["floor"] else None)
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
    """The result, numbers as decimals rounded to 28 digits; no liquidation price where a tier has a slope."""
    return slow_figures(Position(question))


def slow_figures(p: Position) -> dict[str, Any]:
    """The same of a position as it stands."""
    figures: dict[str, Any] = {
        "notional_at_entry": p.notional(p.entry),
        "initial_margin": p.initial(p.entry),
        "bankruptcy_price": p.rounded(p.at_equity(Fraction(0), p.reserve)),
        "bankruptcy_price_with_fee": p.rounded(p.bankrupt_with_fee()),
        "close_fee_reserve": p.reserve,
        "max_loss": max(Fraction(0), p.purse),
    }
    if p.mark is not None:
        equity, maintenance = p.purse + p.profit(p.mark), p.maintenance(p.mark)
        free = equity - p.reserve
        held = max(p.initial(p.mark), p.floor_rate * p.notional(p.mark))
        figures |= {
            "notional": p.notional(p.mark),
            "unrealised_profit": p.profit(p.mark),
            "equity": equity,
            "maintenance_margin": maintenance,
            "margin_ratio": maintenance / free if free else None,
            "removable_margin": max(Fraction(0), free - held),
        }
    result: dict[str, Any] = {name: text(value) for name, value in figures.items()}
    if p.mark is not None:
        result["liquidatable"] = not p.covered(p.mark)
    if result.get("liquidatable"):
        return result | {"liquidation_price": None, "liquidation_reason": "already"}
    if any(tier["slope"] for tier in p.tiers) and not p.at_entry:
        return result
    price = p.rounded(p.first_change())
    return result | {"liquidation_price": text(price)} | ({} if price is not None else {"liquidation_reason": "never"})
