"""A portfolio under stress: purses in the calculator's field names, each answered by its calculation `cross`.

A purse's stressed question has stressed marks and prices of collateral, and no haircut: what is left is what closing
everything at these prices brings in. Whether it has to be liquidated is asked with its haircuts.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Raw

from stoplog.calculator.decimals import parse, quotient
from stoplog.calculator.errors import QuestionError
from stoplog.calculator.lines import answer_line
from stoplog.stress.outcomes import Loss, Outcome, StressFailed, checked
from stoplog.stress.shocks import Shock

Question = dict[str, Any]


class Purse(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One compartment: a name, and the fields of a `cross` question but for the prices of collateral."""

    name: str
    balances: dict[str, Raw] = {}
    positions: list[dict[str, Raw]] = []
    rest: Raw | None = None
    policy: Raw | None = None
    venue: str | None = None
    trust_deductions: bool = False


class Price(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a unit of an asset is worth in the unit of account, and its haircut."""

    price: Raw
    haircut: Raw = Raw(b"0")


class Portfolio(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The unit of account, the insurance fund in it, prices, what each symbol is of, and the compartments."""

    unit: str
    insurance_fund: Raw
    collateral: dict[str, Price] = {}
    underlyings: dict[str, str] = {}
    compartments: list[Purse]


class PortfolioSystem:
    """The compartments of a portfolio file."""

    kind = "portfolio"

    def __init__(self, portfolio: Portfolio, name: str) -> None:
        self.name = name
        self._portfolio = portfolio
        self._fund = exact(portfolio.insurance_fund, "insurance_fund")
        if self._fund < 0:
            raise StressFailed(f"insurance_fund: {bytes(portfolio.insurance_fund).decode()} is below 0")
        seen: set[str] = set()
        for purse in portfolio.compartments:
            if purse.name in seen:
                raise StressFailed(f"compartments: {purse.name} is there more than once")
            seen.add(purse.name)
        self.under(Shock("as it is", "nothing moves", {}))

    @classmethod
    def read(cls, path: Path) -> PortfolioSystem:
        """The portfolio of a JSON file; `StressFailed` names the field that is wrong."""
        try:
            portfolio = msgspec.json.decode(path.read_bytes(), type=Portfolio)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise StressFailed(f"{path.name}: {error}") from None
        return cls(portfolio, path.name)

    def names(self) -> list[str]:
        """Every asset that is held or priced, every underlying, and the unit of account."""
        held = {asset for purse in self._portfolio.compartments for asset in purse.balances}
        of = {self._underlying(position) for purse in self._portfolio.compartments for position in purse.positions}
        return sorted(held | of | {self._portfolio.unit})

    def remarks(self) -> list[str]:
        """Nothing is left out but what docs/stress.md says."""
        return []

    def under(self, shock: Shock) -> list[Outcome]:
        """One outcome, in the unit of account."""
        liquidated, losses = 0, []
        for number, purse in enumerate(self._portfolio.compartments):
            equity, liquidatable = self._answered(purse, number, shock)
            liquidated += liquidatable
            if equity < 0:
                losses.append(Loss(purse.name, -equity))
        lost = sum((loss.amount for loss in losses), Fraction(0))
        paid = min(lost, self._fund)
        return [
            checked(
                Outcome(
                    shock.name,
                    shock.reason,
                    self._portfolio.unit,
                    liquidated,
                    tuple(losses),
                    Fraction(0),
                    self._fund,
                    self._fund - paid,
                    lost - paid,
                )
            )
        ]

    def _answered(self, purse: Purse, number: int, shock: Shock) -> tuple[Fraction, bool]:
        """What a purse is worth at stressed prices, and whether its haircuts say that it is to be liquidated."""
        question = self._question(purse, shock)
        worth = _ask(question | {"collateral": _uncut(question["collateral"])}, number, purse.name)
        cut = _ask(question, number, purse.name) if question["collateral"] else worth
        return Fraction(worth["equity"]), bool(cut["liquidatable"])

    def _question(self, purse: Purse, shock: Shock) -> Question:
        given = {name: getattr(purse, name) for name in ("rest", "policy", "venue")}
        return {
            "calculate": "cross",
            "trust_deductions": purse.trust_deductions,
            "balances": purse.balances,
            "collateral": self._prices(purse, shock),
            "positions": [
                self._stressed(position, shock, f"{purse.name}: positions[{number}]")
                for number, position in enumerate(purse.positions)
            ],
            **{name: value for name, value in given.items() if value is not None},
        }

    def _prices(self, purse: Purse, shock: Shock) -> dict[str, dict[str, Raw | str]]:
        """The prices in the unit of account, which is the measure of itself."""
        settled = {_word(position, "settlement", self._portfolio.unit) for position in purse.positions}
        found: dict[str, dict[str, Raw | str]] = {}
        for asset in sorted((set(purse.balances) | settled) - {self._portfolio.unit}):
            given = self._portfolio.collateral.get(asset)
            price = Fraction(1) if given is None else exact(given.price, f"collateral.{asset}.price")
            factor = shock.factor(asset) / shock.factor(self._portfolio.unit)
            found[asset] = {"price": text(price * factor), "haircut": "0" if given is None else given.haircut}
        return found

    def _stressed(self, position: Mapping[str, Raw], shock: Shock, path: str) -> Question:
        """The position at its stressed mark, which counts in the asset that a linear one is settled in."""
        factor = shock.factor(self._underlying(position))
        if _word(position, "payoff", "linear") == "linear":
            factor /= shock.factor(_word(position, "settlement", self._portfolio.unit))
        if "mark" not in position:
            return dict(position)
        return {**position, "mark": text(exact(position["mark"], f"{path}.mark") * factor)}

    def _underlying(self, position: Mapping[str, Raw]) -> str:
        symbol = _word(position, "symbol", "")
        return self._portfolio.underlyings.get(symbol, symbol)


def exact(number: Raw, field: str) -> Fraction:
    """A number of the file, exactly; `StressFailed` names the field where it is none."""
    try:
        count, places = parse(bytes(number), field)
    except QuestionError as error:
        raise StressFailed(error.message) from None
    return Fraction(count, 10**places)


def text(number: Fraction) -> str:
    """The number with at most 28 significant digits."""
    return quotient(number.numerator, number.denominator)


def _word(position: Mapping[str, Raw], field: str, default: str) -> str:
    """The text of a field; what is no text is left to the calculator to refuse."""
    given = msgspec.json.decode(bytes(position[field])) if field in position else default
    return given if isinstance(given, str) else default


def _uncut(prices: Mapping[str, Mapping[str, Raw | str]]) -> dict[str, dict[str, Raw | str]]:
    return {asset: {"price": fields["price"]} for asset, fields in prices.items()}


def _ask(question: Question, number: int, name: str) -> dict[str, Any]:
    answer = msgspec.json.decode(answer_line(msgspec.json.encode(question))[0])
    if "error" in answer:
        raise StressFailed(f"compartments[{number}] ({name}): {answer['error']['message']}")
    result: dict[str, Any] = answer["result"]
    return result
