"""What every model of portfolio margin takes and gives back: PFM-001.

A model is a function of its parameters and a `Portfolio`. It revalues the portfolio under each scenario of its set,
takes the worst profit, adds charges by name and weighs each with two factors; `requirement` adds them up. Numbers are
binary floats; amounts are in the money of the account, positive sizes long.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Payoff = Literal["linear", "inverse"]

Fault = Literal["missing_field", "out_of_range", "inconsistent"]


class PortfolioError(ValueError):
    """A portfolio that a model cannot margin: a code, the field at fault, a sentence."""

    def __init__(self, code: Fault, field_: str | None, message: str) -> None:
        super().__init__(message)
        self.code: Fault = code
        self.field = field_
        self.message = message


class Svi(NamedTuple):
    """Raw total variance of an expiry, as it was fitted at `forward` and `years`."""

    a: float
    b: float
    rho: float
    m: float
    sigma: float
    forward: float
    years: float


@dataclass(frozen=True, slots=True)
class Expiry:
    """What the market says of one expiry; None where the question does not. `forward_fixed`: its settled part."""

    path: str
    seconds: float | None = None
    years: float | None = None
    forward: float | None = None
    forward_fixed: float = 0.0
    forward_confidence: float = 1.0
    rate: float = 0.0
    rate_confidence: float = 1.0
    volatility_confidence: float = 1.0
    svi: Svi | None = None


@dataclass(frozen=True, slots=True)
class Underlying:
    """What the market says of one underlying: `spot` is its index price, `perpetual` the mark of its perpetual."""

    path: str
    spot: float | None = None
    spot_confidence: float = 1.0
    perpetual: float | None = None
    perpetual_confidence: float = 1.0
    base_margin_factor: float | None = None
    base_im_scale: float = 1.0
    expiries: Mapping[str, Expiry] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Market:
    """Prices. `stable_price`: what a unit of the settlement asset is worth in dollars."""

    stable_price: float = 1.0
    underlyings: Mapping[str, Underlying] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Perpetual:
    """A perpetual; `amount` of the underlying, negative short. In every position `path` is the field that gave it."""

    path: str
    underlying: str
    amount: float
    unrealised_profit: float = 0.0
    funding: float = 0.0
    payoff: Payoff = "linear"


@dataclass(frozen=True, slots=True)
class Future:
    """A dated future; `years` is the time left, where the position or its expiry says it."""

    path: str
    underlying: str
    amount: float
    expiry: str | None = None
    years: float | None = None
    payoff: Payoff = "linear"


@dataclass(frozen=True, slots=True)
class Option:
    """A European option, `is_call` or a put."""

    path: str
    underlying: str
    expiry: str
    is_call: bool
    strike: float
    amount: float
    volatility: float | None = None
    volatility_confidence: float = 1.0
    payoff: Payoff = "linear"


@dataclass(frozen=True, slots=True)
class Spot:
    """A holding of an underlying itself."""

    path: str
    underlying: str
    amount: float


@dataclass(frozen=True, slots=True)
class Collateral:
    """An asset that backs the rest; `risk_cancelling`: it moves with the underlying's scenarios."""

    path: str
    asset: str
    amount: float
    price: float
    confidence: float = 1.0
    maintenance_haircut: float = 0.0
    initial_haircut: float = 0.0
    risk_cancelling: bool = False


class Profit(NamedTuple):
    """The profit of the whole portfolio under one scenario, a loss below zero."""

    name: str
    profit: float


@dataclass(frozen=True, slots=True)
class Given:
    """A venue's own figures, taken as they stand: PFM-003. `extreme`: profit of the extreme move, `delta`: dollars."""

    scenarios: Sequence[Profit] = ()
    charges: Mapping[str, float] = field(default_factory=dict)
    extreme: float | None = None
    delta: float | None = None


@dataclass(frozen=True, slots=True)
class Portfolio:
    """A market, what is held in it by kind in the order asked, and what is given instead."""

    market: Market = field(default_factory=Market)
    perpetuals: Sequence[Perpetual] = ()
    futures: Sequence[Future] = ()
    options: Sequence[Option] = ()
    spots: Sequence[Spot] = ()
    collaterals: Sequence[Collateral] = ()
    cash: float = 0.0
    given: Given = field(default_factory=Given)


class Charge(NamedTuple):
    """A named amount, above zero where it asks for margin, and how much of it counts in each requirement."""

    name: str
    amount: float
    maintenance: float = 1.0
    initial: float = 1.0


@dataclass(frozen=True, slots=True)
class Values:
    """What everything is worth, by kind; `perpetuals` and futures by their profit, spot holdings in `collateral`."""

    options: float = 0.0
    collateral: float = 0.0
    perpetuals: float = 0.0
    cash: float = 0.0

    @property
    def total(self) -> float:
        """The mark-to-market of everything."""
        return self.options + self.collateral + self.perpetuals + self.cash


@dataclass(frozen=True, slots=True)
class Margin:
    """The answer of a model: requirements in the money of the account, and everything that led to them.

    `worst_scenario` is None where the model has no scenarios, or none was given.
    """

    values: Values
    maintenance_margin: float
    initial_margin: float
    scenarios: Sequence[Profit]
    worst_scenario: str | None
    charges: Sequence[Charge]


def worst_of(profits: Iterable[Profit]) -> Profit | None:
    """The smallest profit, the first on ties; None of none.

    >>> worst_of([Profit("up", -3.0), Profit("down", -5.0), Profit("crash", -5.0)])
    Profit(name='down', profit=-5.0)
    """
    return min(profits, key=lambda each: each.profit, default=None)


def requirement(
    values: Values, scenarios: Sequence[Profit], worst_scenario: str | None, charges: Sequence[Charge]
) -> Margin:
    """The margin of charges: each requirement is the sum of amount · factor. PFM-001.

    >>> worst = Charge("worst", 100.0, maintenance=0.8)
    >>> requirement(Values(), [], None, [worst, Charge("static", 5.0)]).maintenance_margin
    85.0
    """
    return Margin(
        values,
        sum(charge.amount * charge.maintenance for charge in charges),
        sum(charge.amount * charge.initial for charge in charges),
        scenarios,
        worst_scenario,
        charges,
    )


def with_given(charges: Sequence[Charge], given: Given) -> list[Charge]:
    """The charges, each with the amount that was given for its name; `PortfolioError` of a name that is none of them.

    >>> with_given([Charge("mr2", 0.0)], Given(charges={"mr2": 7.0}))
    [Charge(name='mr2', amount=7.0, maintenance=1.0, initial=1.0)]
    """
    names = [charge.name for charge in charges]
    for name in given.charges:
        if name not in names:
            known = ", ".join(names) or "none"
            raise PortfolioError("out_of_range", f"given.charges.{name}", f"no such charge; the charges are {known}")
    return [charge._replace(amount=given.charges.get(charge.name, charge.amount)) for charge in charges]


def needed(value: float | None, path: str) -> float:
    """The value; `PortfolioError` naming the field where it is not there."""
    if value is None:
        raise PortfolioError("missing_field", path, f"{path}: missing; the model needs it")
    return value


def underlying_of(market: Market, name: str, path: str) -> Underlying:
    """The underlying that a position names; `PortfolioError` where the market does not know it."""
    found = market.underlyings.get(name)
    if found is None:
        raise PortfolioError("inconsistent", f"{path}.underlying", f"{path}.underlying: no such underlying in market")
    return found


def expiry_of(underlying: Underlying, name: str, path: str) -> Expiry:
    """The expiry that a position names; `PortfolioError` where its underlying has none of that name."""
    found = underlying.expiries.get(name)
    if found is None:
        raise PortfolioError("inconsistent", f"{path}.expiry", f"{path}.expiry: no such expiry of its underlying")
    return found
