"""The SPAN algorithm for one portfolio, exact.

By combined commodity: scan risk, charges of spreads between months, delivery charges; between commodities the credits
of spreads by priority; the short option minimum; totals. CME's published method; where Takasbank's differs, its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from stoplog.span.counting import Contract
from stoplog.span.errors import PositionError
from stoplog.span.parameters import Parameters
from stoplog.span.results import CommodityMargin, Deltas, Formed, PortfolioMargin, Position
from stoplog.span.scanning import scan_of, weighted_price_risk
from stoplog.span.spreading import delivery_charge, deltas_by_month, form_inter, form_intra, sum_of
from stoplog.span.terms import CommodityTerms

ZERO = Fraction(0)
INITIAL_RATE, MAINTENANCE_RATE = 2, 1


def margin(parameters: Parameters, positions: Iterable[Position]) -> PortfolioMargin:
    """The margin of a portfolio. `PositionError` where the file has terms for it that are not evaluated.

    Positions in one contract are added up; what nets to nothing is not there.
    """
    held = _by_commodity(positions)
    _check_supported(parameters, set(held))
    parts = {place: _before_credits(parameters, place, found) for place, found in held.items()}
    inter = form_inter(
        parameters.inter,
        {place: part.deltas.net for place, part in parts.items()},
        {place: part.weighted_price_risk for place, part in parts.items()},
    )
    commodities = {place: _with_credits(part, inter.get(place, ())) for place, part in parts.items()}
    return _totals(parameters, commodities)


def _by_commodity(positions: Iterable[Position]) -> dict[int, list[Position]]:
    quantities: dict[tuple[object, ...], tuple[Contract, Fraction | int]] = {}
    for contract, quantity in positions:
        key = (contract.exchange, contract.period, *contract.key)
        before = quantities[key][1] if key in quantities else 0
        quantities[key] = contract, before + quantity
    found: dict[int, list[Position]] = {}
    for contract, quantity in quantities.values():
        if quantity:
            found.setdefault(contract.commodity, []).append(Position(contract, quantity))
    return found


def _check_supported(parameters: Parameters, held: set[int]) -> None:
    for place in held:
        terms = parameters.commodities[place]
        if terms.refusal is not None:
            raise PositionError(None, f"{terms.name}: {terms.refusal}")
    for spread in parameters.unsupported:
        if spread.commodities <= held:
            names = ", ".join(parameters.commodities[place].name for place in sorted(spread.commodities))
            raise PositionError(None, f"{names}: {spread.name} is not supported")


def _before_credits(parameters: Parameters, place: int, positions: list[Position]) -> CommodityMargin:
    """Everything of a commodity that its own positions decide."""
    terms, unit = parameters.commodities[place], parameters.unit
    value = sum(position.quantity * (position.contract.value or 0) for position in positions)
    scan = scan_of(parameters, terms, positions)
    deltas = deltas_by_month(positions, parameters.delta_unit)
    left, formed = form_intra(terms.intra, deltas)
    number, minimum = _short_option_minimum(terms, positions)
    net = sum_of(deltas)
    return CommodityMargin(
        name=terms.name,
        currency=terms.currency,
        positions=tuple(positions),
        scan=scan,
        deltas=Deltas(net, deltas, left),
        weighted_price_risk=weighted_price_risk(terms, scan, net),
        intra_spreads=formed,
        intra=_added(formed),
        delivery=delivery_charge(terms.delivery, deltas, left),
        inter_spreads=(),
        inter=ZERO,
        short_options=number,
        short_option_minimum=minimum,
        requirement=ZERO,
        net_option_value=Fraction(value, unit),
    )


def _with_credits(part: CommodityMargin, credits_: tuple[Formed, ...]) -> CommodityMargin:
    """The requirement: scan risk and charges less credits, at least the short option minimum."""
    inter = _added(credits_)
    charges = [amount for amount in (part.intra, part.delivery, -inter) if amount]
    requirement = max(sum(charges, part.scan.risk), part.short_option_minimum)
    return part._replace(inter_spreads=credits_, inter=inter, requirement=requirement)


def _added(formed: tuple[Formed, ...]) -> Fraction:
    return sum((spread.amount for spread in formed), ZERO) if formed else ZERO


def _short_option_minimum(terms: CommodityTerms, positions: list[Position]) -> tuple[Fraction, Fraction]:
    """How many short options count, and the charge for them, by tiers of months."""
    number = charge = ZERO
    short = [(made.contract, -made.quantity) for made in positions if made.contract.right and made.quantity < 0]
    for months, rate in terms.short_option if short else ():
        calls = sum(count for contract, count in short if contract.right == "C" and months.holds(contract.period))
        puts = sum(count for contract, count in short if contract.right == "P" and months.holds(contract.period))
        counted = max(calls, puts) if terms.short_option_by_greater else calls + puts
        number += counted
        charge += counted * rate
    return number, charge


def _totals(parameters: Parameters, commodities: dict[int, CommodityMargin]) -> PortfolioMargin:
    parts = tuple(commodities.values())
    currencies = sorted({part.currency for part in parts})
    if len(currencies) > 1:
        raise PositionError(None, f"requirements in {' and '.join(currencies)} have no common total")
    maintenance = initial = ZERO
    for place, part in commodities.items():
        kept, asked = _rates(parameters, parameters.commodities[place], part.requirement)
        maintenance += kept
        initial += asked
    value = sum((part.net_option_value for part in parts), ZERO)
    total = maintenance - value
    if parameters.caps_option_value:
        total = max(total, ZERO)
    unpriced = tuple(made.contract.label for part in parts for made in part.positions if made.contract.value is None)
    return PortfolioMargin(currencies[0] if currencies else "", parts, maintenance, initial, value, total, unpriced)


def _rates(parameters: Parameters, terms: CommodityTerms, requirement: Fraction) -> tuple[Fraction, Fraction]:
    """Maintenance and initial margin of a requirement, by the factors of the file.

    Arrays for maintenance: rate 1 scales it, rate 2 makes the initial margin of it. Arrays for initial margin: the
    maintenance is that times the factor of rate 1.
    """
    factor = terms.factors.get(MAINTENANCE_RATE, Fraction(1))
    if not parameters.maintenance_is_base:
        return requirement * factor, requirement
    maintenance = requirement * factor
    return maintenance, maintenance * terms.factors.get(INITIAL_RATE, Fraction(1))
