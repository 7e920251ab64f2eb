"""What margining needs of a file: contracts by key as integers, and the terms of each commodity.

Arrays, values and charges count `unit` to one of the currency, deltas count `delta_unit` to one; nothing is rounded.
"""

from __future__ import annotations

from typing import NamedTuple

from stoplog.span.checks import families
from stoplog.span.counting import FUTURE, MONTH, Contract, Key, by_key, counted, words
from stoplog.span.errors import PositionError
from stoplog.span.layout import ScanPoint, SpanFile
from stoplog.span.terms import CommodityTerms, InterSpread, Unsupported, commodity_terms, inter_spreads

PLAIN = ("", "S0", "00")
"""Codes behind a month that mark its ordinary contract."""

KEPT_NEGATIVE = ("TAKASBANK",)
"""Clearing houses that keep a scan risk below zero, so that it offsets charges; elsewhere it counts as zero."""


class Parameters(NamedTuple):
    """A file ready for margining."""

    organisation: str
    day: str
    unit: int
    delta_unit: int
    points: tuple[ScanPoint, ...]
    paired: tuple[int, ...]
    """By scenario the paired one, both from 0."""
    keeps_negative: bool
    caps_option_value: bool
    maintenance_is_base: bool
    """Whether arrays are for maintenance, or for initial margin."""
    contracts: dict[Key, tuple[Contract, ...]]
    commodities: tuple[CommodityTerms, ...]
    inter: tuple[InterSpread, ...]
    unsupported: tuple[Unsupported, ...]

    def contract(self, key: Key) -> Contract:
        """The contract of a key; among several of a month the ordinary one. `PositionError` where there is none."""
        found = self.contracts.get(key, ())
        plain = [contract for contract in found if contract.period[MONTH:] in PLAIN]
        chosen = found if len(found) == 1 else plain
        if len(chosen) == 1:
            return chosen[0]
        if not found:
            raise PositionError(None, f"{words(key)}: {self._missing(key)}")
        periods = ", ".join(f"{contract.exchange} {contract.period}" for contract in found)
        raise PositionError(None, f"{words(key)}: several contracts, {periods}; name the month with its code")

    def _missing(self, key: Key) -> str:
        kind = "futures" if key[0] == FUTURE else "options"
        known = [found for found in self.contracts if found[0] == key[0] and found[1] == key[1]]
        if not known:
            return f"the file has no {kind} on {key[1]}"
        months = sorted({str(found[2]) for found in known if len(str(found[2])) == MONTH})
        if str(key[2])[:MONTH] not in months:
            return f"the file has no {kind} on {key[1]} of this month; there are {', '.join(months)}"
        return "the file has no such contract"


def parameters(file: SpanFile) -> Parameters:
    """The parameters of a file; every number exact."""
    organisation = file.at.organisation
    known = {
        (exchange.code, family.family): family
        for exchange in organisation.exchanges
        for _, family in families(exchange)
    }
    found = counted(organisation, known)
    points = organisation.points[0].scan
    inter, unsupported = inter_spreads(organisation)
    return Parameters(
        organisation=organisation.code,
        day=file.at.day,
        unit=10**found.places,
        delta_unit=10**found.delta_places,
        points=points,
        paired=tuple(point.paired - 1 for point in points),
        keeps_negative=organisation.code in KEPT_NEGATIVE,
        caps_option_value=bool(organisation.caps_option_value),
        maintenance_is_base=_maintenance_is_base(file),
        contracts=by_key(found.contracts),
        commodities=tuple(
            commodity_terms(commodity, known, organisation.points[0]) for commodity in organisation.commodities
        ),
        inter=inter,
        unsupported=unsupported,
    )


def _maintenance_is_base(file: SpanFile) -> bool:
    return not any(rate.rate == 1 and not rate.is_maintenance for rate in file.at.organisation.rates)
