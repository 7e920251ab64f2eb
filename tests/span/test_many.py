"""Many portfolios at once have the margins of each alone."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from span.markets import ours, with_commodity

from stoplog.span.counting import Contract
from stoplog.span.errors import PositionError
from stoplog.span.layout import SpanFile
from stoplog.span.many import Desk
from stoplog.span.margin import margin
from stoplog.span.parameters import Parameters, parameters
from stoplog.span.results import Position
from stoplog.span.spreads import SpotRate

COUNT = 1_500
APART = 1e-9

Drawn = list[list[tuple[Contract, int]]]


def drawn(contracts: list[Contract], count: int, seed: int, most: int = 16) -> Drawn:
    draws = random.Random(seed)
    return [
        [(draws.choice(contracts), draws.choice([-1, 1]) * draws.randint(1, 40)) for _ in range(draws.randint(0, most))]
        for _ in range(count)
    ]


def compare(found: Parameters, portfolios: Drawn) -> None:
    desk = Desk(found)
    margins = desk.margins(desk.book(portfolios))
    for number, portfolio in enumerate(portfolios):
        alone = margin(found, [Position(*position) for position in portfolio])
        for together, one in (
            (margins.maintenance[number], alone.maintenance),
            (margins.initial[number], alone.initial),
            (margins.net_option_value[number], alone.net_option_value),
        ):
            assert abs(together - float(one)) <= APART * max(1.0, abs(float(one))), (number, portfolio)


@pytest.mark.rule("SPN-013")
def test_random_portfolios_of_takasbanks_contracts(takasbank_parameters: Parameters) -> None:
    compare(takasbank_parameters, drawn(Desk(takasbank_parameters).contracts, COUNT, 1))


@pytest.mark.rule("SPN-013")
def test_portfolios_in_few_commodities_form_spreads(takasbank_parameters: Parameters) -> None:
    held = [made for made in Desk(takasbank_parameters).contracts if made.key[1] in ("XU030", "XU030X", "AKBNKE")]
    futures = [made for made in held if not made.right]
    compare(takasbank_parameters, drawn(held, 300, 2))
    compare(takasbank_parameters, drawn(futures, 300, 3, most=6))


@pytest.mark.rule("SPN-013", "SPN-006", "SPN-007", "SPN-008", "SPN-009")
def test_series_tiers_caps_and_delivery(synthetic: SpanFile) -> None:
    found = parameters(synthetic)
    compare(found, drawn(Desk(found).contracts, 500, 4))
    rate = SpotRate(rate=1, period="202609", spread=Decimal(100), outright=Decimal(40))
    changed = with_commodity(ours(), "BTC", spot_rates=(rate,), short_option="MAX", price_risk="SCANRANGE")
    for exponent in (2, -2, -9):
        own = parameters(with_commodity(changed, "BTC", exponent=exponent))
        compare(own, drawn(Desk(own).contracts, 300, 5))


@pytest.mark.rule("SPN-013")
def test_no_portfolios_and_empty_ones() -> None:
    desk = Desk(parameters(ours()))
    assert desk.margins(desk.book([])).initial.tolist() == []
    assert desk.margins(desk.book([[], []])).initial.tolist() == [0.0, 0.0]


@pytest.mark.rule("SPN-013", "SPN-016")
def test_what_alone_is_refused_is_refused_together(takasbank_parameters: Parameters) -> None:
    desk = Desk(takasbank_parameters)
    huge = [[(desk.contracts[0], 2**60)]]
    with pytest.raises(PositionError, match="beyond 64 bits"):
        desk.margins(desk.book(huge))
    tiered = parameters(with_commodity(ours(), "BTC", margin_method="scanning method 10"))
    own = Desk(tiered)
    with pytest.raises(PositionError, match="scanning method 10"):
        own.margins(own.book([[(tiered.contract(("F", "BTC", "202609")), 1)]]))
    file = ours()
    inter = file.at.organisation.inter_spreads
    assert inter is not None
    flat = replace(inter, spreads=(replace(inter.spreads[0], method="F"),))
    organisation = replace(file.at.organisation, inter_spreads=flat)
    found = parameters(replace(file, at=replace(file.at, organisation=organisation)))
    both = [[(found.contract(("F", "BTC", "202609")), 1), (found.contract(("F", "ETH", "202609")), 1)]]
    with pytest.raises(PositionError, match="flat credit"):
        Desk(found).margins(Desk(found).book(both))
    assert np.isfinite(Desk(found).margins(Desk(found).book([both[0][:1]])).initial).all()
