"""derive_auction.json, asked of `stoplog.protocols.derive_auction`."""

import json
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from stoplog.protocols.derive_auction import Auctioned, AuctionTerms, discount, solvent_bid
from tests.conformance.cases import VECTORS, Case, Computed

FILE = "derive_auction.json"


def auction_cases() -> list[Case]:
    """Every case; the numbers of the file are read as the decimals they are written as."""
    text = (VECTORS / FILE).read_text(encoding="utf-8")
    cases = json.loads(text, parse_float=Fraction, parse_int=Fraction)["cases"]
    return [Case(case["id"], "derive", f"{FILE}, {case['fn']}", tuple(computed(case))) for case in cases]


def computed(case: dict[str, Any]) -> Iterator[Computed]:
    """Every printed figure beside what the rule gives; one that was cut off is compared cut off in the same place."""
    found = answers(case["fn"], case["inputs"])
    for name, printed in case["expected"].items():
        step = case.get("truncated_to", {}).get(name)
        given = Fraction(found[name]) if step is None else found[name] // step * step
        relative = case.get("tolerance_rel", Fraction(0)) * abs(Fraction(printed))
        yield Computed(given, Fraction(printed), max(case.get("tolerance_abs", Fraction(0)), relative))


def answers(fn: str, i: dict[str, Any]) -> dict[str, Any]:
    """What the rule gives, by the names of what is printed."""
    terms = AuctionTerms(**i["params"])
    if fn == "discount_percentage":
        return {"discount": discount(i["elapsed"], terms)}
    bid = solvent_bid(Auctioned(i["mm"], i["mtm"], i["reserved_cash"]), i["elapsed"], i["want"], terms)
    return {
        "bid_price": bid.price,
        "buffer_margin": bid.buffer_margin,
        "max_proportion": bid.largest,
        "final_percentage": bid.share,
        "cash_from_bidder": bid.cash,
        "can_terminate": bid.ends,
    }
