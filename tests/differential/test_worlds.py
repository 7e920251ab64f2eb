"""At least 10,000 random command sequences through the engine and the reference model."""

from __future__ import annotations

import os
from collections import Counter

import pytest
from differential.lockstep import AXIS_REFUSED, HAIRCUT_ENFORCED, MOVED_AND_FALLEN, run

from stoplog.codes import Doubt, Event, Refusal

BLOCKS, SEQUENCES = 20, 500

DOUBTS = {Doubt.UNSURE.name, Doubt.DEVIATES.name, Doubt.JUMPS.name}

NAMES = {event.name for event in Event} | {refusal.name for refusal in Refusal} - {"NONE"}

EVERYTHING = NAMES | DOUBTS | {HAIRCUT_ENFORCED, MOVED_AND_FALLEN, AXIS_REFUSED}

pytestmark = pytest.mark.rule(
    "INS-001",
    "INS-002",
    "INS-003",
    "POS-001",
    "POS-002",
    "POS-003",
    "POS-004",
    "POS-005",
    "MRG-001",
    "MRG-002",
    "MRG-003",
    "LIQ-001",
    "LIQ-002",
    "LIQ-003",
    "LIQ-004",
    "LIQ-005",
    "ISO-002",
    "ISO-003",
    "ISO-004",
    "FIL-001",
    "WAT-001",
    "WAT-002",
    "CON-001",
    "CON-002",
    "CON-003",
    "CON-004",
    "CON-005",
    "ORM-001",
    "ORM-002",
    "ORM-003",
    "ORM-004",
    "ORM-005",
    "ORM-006",
    "ORM-007",
    "ORM-008",
    "ORM-009",
    "ORM-010",
    "REF-001",
    "REP-001",
    "MRG-004",
    "POL-001",
    "POL-002",
    "POL-003",
    "POL-004",
    "POL-005",
    "POS-006",
    "LEV-001",
    "SID-001",
    "RED-001",
    "SCR-002",
    "CHG-001",
    "CHG-002",
    "CHG-003",
    "CHG-004",
    "CHG-005",
    "CHG-006",
    "CHG-008",
    "CRS-001",
    "CRS-002",
    "CRS-003",
    "CRS-004",
    "CRS-005",
    "CRS-006",
    "CRS-007",
    "CRS-008",
    "CRS-009",
    "CRS-013",
    "GRD-001",
    "GRD-002",
    "GRD-003",
    "GRD-004",
    "GRD-005",
    "GRD-006",
    "GRD-007",
    "GRD-008",
    "GRD-009",
    "PRT-001",
    "PRT-002",
    "PRT-003",
    "PRT-004",
    "PRT-005",
    "PRT-006",
    "PRT-007",
    "PRT-008",
    "PRT-009",
    "PRT-010",
)


@pytest.mark.parametrize("block", range(BLOCKS))
def test_the_engine_agrees_with_the_model_and_everything_comes_up(block: int) -> None:
    """In every block of sequences each event and each refusal comes up at least once."""
    seen: Counter[str] = Counter()
    for seed in range(block * SEQUENCES, (block + 1) * SEQUENCES):
        seen += run(seed)
    assert not EVERYTHING - set(seen), f"never came up: {sorted(EVERYTHING - set(seen))}"


@pytest.mark.soak
@pytest.mark.parametrize("block", range(int(os.environ.get("STOPLOG_SOAK_BLOCKS", "2000"))))
def test_the_engine_agrees_with_the_model_for_hours(block: int) -> None:
    """Seeds beyond those of the default run; STOPLOG_SOAK_BLOCKS sets how many blocks of 500."""
    for seed in range((BLOCKS + block) * SEQUENCES, (BLOCKS + block + 1) * SEQUENCES):
        run(seed)
