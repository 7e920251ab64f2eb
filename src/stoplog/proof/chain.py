"""The hash chain of a ledger: what each hash covers, byte by byte, so that hashlib alone verifies it.

All numbers are unsigned, little-endian, 8 bytes. Each kind of hash starts with its own heading, so that no
bytes of one kind can be read as another. `docs/ledger.md` carries a verifier of twenty lines.
"""

from __future__ import annotations

import hashlib
import struct

ENTRY_HEADING = b"stoplog entry 1\n"
EPOCH_HEADING = b"stoplog epoch 1\n"
GENESIS = hashlib.sha256(b"stoplog ledger 1\n").digest()
"""What stands before the first entry of every ledger."""


def entry_hash(
    previous: bytes,
    *,
    number: int,
    rules_version: int,
    first_sequence: int,
    last_sequence: int,
    event_hash: int,
    commands: bytes,
    events: bytes,
) -> bytes:
    """SHA-256 (32 bytes) of an entry and of the hash before it.

    Covered, in this order: heading, `previous` (32 bytes), number, rules version, first and last sequence,
    event hash, length of the commands, length of the events, commands, events.

    >>> entry_hash(GENESIS, number=1, rules_version=1, first_sequence=1, last_sequence=1, event_hash=0,
    ...            commands=bytes(64), events=b"").hex()[:16]
    '06c64f5a6d16cb52'
    """
    figures = (number, rules_version, first_sequence, last_sequence, event_hash, len(commands), len(events))
    digest = hashlib.sha256(ENTRY_HEADING + previous + struct.pack("<7Q", *figures))
    digest.update(commands)
    digest.update(events)
    return digest.digest()


def epoch_hash(previous: bytes, rules_version: int, digest: str) -> bytes:
    """What stands before the first entry of an epoch that is not the first (32 bytes).

    Covered: heading, the hash of the last entry (32 bytes), the new rules version, and the state digest
    (32 bytes, given here in hexadecimal) of the snapshot that sealed the epoch before.
    """
    return hashlib.sha256(EPOCH_HEADING + previous + struct.pack("<Q", rules_version) + bytes.fromhex(digest)).digest()
