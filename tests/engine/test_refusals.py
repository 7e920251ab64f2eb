"""Every refusal has a sentence with its figures."""

from __future__ import annotations

import numpy as np
import pytest

from stoplog.codes import Event, Refusal
from stoplog.commands import Batch
from stoplog.engine import Engine
from stoplog.records import EVENT
from stoplog.refusals import SENTENCES, explain


@pytest.mark.rule("REF-002")
def test_every_refusal_has_a_sentence() -> None:
    """The enumeration and the sentences are the same set."""
    assert set(SENTENCES) == set(Refusal)


@pytest.mark.rule("REF-002")
def test_a_refusal_explains_itself_with_figures() -> None:
    """A withdrawal of 50 with 20 free."""
    batch = Batch()
    batch.register_asset(decimals=6)
    batch.register_account()
    batch.deposit(account=1, asset=1, amount=20)
    batch.withdraw(account=1, asset=1, amount=50)
    refused = Engine().apply(batch.records())[-1]
    assert explain(refused) == "INSUFFICIENT_FREE: 50 is needed and 20 is free (command 4)"


@pytest.mark.rule("REF-002", "CHG-005")
def test_a_compartment_that_a_coming_change_breaches_is_told_when() -> None:
    """A limit other than 0 is the time at which the grace ends."""
    refused = np.zeros(1, EVENT)[0]
    refused["kind"], refused["reason"], refused["compartment"] = Event.REFUSED, Refusal.REDUCE_ONLY, 7
    refused["first"], refused["second"] = 11, 10
    assert explain(refused).startswith("REDUCE_ONLY: compartment 7 may only reduce its 10 lots, and would hold 11")
    refused["third"] = 1500
    assert "come at the time 1500 it would need 11 and has an equity of 10" in explain(refused)


@pytest.mark.rule("REF-002", "PRT-001", "PRT-005")
def test_terms_that_do_not_fit_are_told_without_a_compartment() -> None:
    """An option on an option; other terms for what has an open interest, and for what has followers."""
    refused = np.zeros(1, EVENT)[0]
    refused["kind"], refused["reason"] = Event.REFUSED, Refusal.WRONG_INSTRUMENT
    refused["first"], refused["second"] = 3, 2
    assert "instrument 2 is not to instrument 3 the underlying" in explain(refused)
    refused["compartment"] = 4
    assert "compartment 4 is for instrument 2, not for 3" in explain(refused)
    refused["compartment"], refused["reason"], refused["first"], refused["second"] = 0, Refusal.INSTRUMENT_IN_USE, 0, 7
    assert "open interest of 7" in explain(refused)
    refused["second"] = 0
    assert "followers" in explain(refused)


@pytest.mark.rule("REF-002")
def test_an_event_that_is_no_refusal_is_not_explained() -> None:
    """The error names what it is."""
    batch = Batch()
    batch.register_account()
    with pytest.raises(ValueError, match="REGISTERED is no refusal"):
        explain(Engine().apply(batch.records())[0])
