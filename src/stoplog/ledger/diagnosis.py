"""From something that does not agree to the field that is wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from stoplog.engine import Engine
from stoplog.ledger.journal import RULES_VERSION, Entry, Snapshot
from stoplog.proof.violations import Violation
from stoplog.records import COMMAND, EVENT

PLACES = 16
"""Places at which one run over the commands looks for a breach: few runs, and few checks of the whole state."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The first place where a ledger is wrong: entry number, command sequence, field, and what is wrong there.

    `as_written` says that the chain is intact: not the storage is to blame, but rules or program.
    """

    entry: int
    sequence: int
    field: str
    message: str
    as_written: bool = False


def out_of_place(entry: Entry, last: Entry | None) -> Finding | None:
    """What is wrong with the number, the range, the version or the lengths of an entry that comes after `last`."""
    number, sequence, version = (last.number, last.last_sequence, last.rules_version) if last else (0, 0, 1)
    size = (entry.last_sequence - entry.first_sequence + 1) * COMMAND.itemsize
    problems = [
        ("first_sequence", entry.first_sequence != sequence + 1, f"it starts at command {entry.first_sequence}"),
        ("last_sequence", size < COMMAND.itemsize, f"it ends at command {entry.last_sequence}"),
        ("number", entry.number != number + 1, f"its number is {entry.number}"),
        ("commands", len(entry.commands) != size, f"it has {len(entry.commands)} bytes of commands, not {size}"),
        ("events", len(entry.events) % EVENT.itemsize != 0, f"it has {len(entry.events)} bytes of events"),
        ("rules_version", entry.rules_version < version, f"its rules are older: version {entry.rules_version}"),
        ("rules_version", entry.rules_version > RULES_VERSION, f"its rules are newer: version {entry.rules_version}"),
    ]
    for field, wrong, message in problems:
        if wrong:
            after = f"the entry before it is {number} and ends at command {sequence}"
            return Finding(number + 1, sequence + 1, field, f"{message}; {after}. Entries are missing or were moved.")
    return None


def unlike(
    entry: Entry, previous: bytes, events: bytes, event_hash: int, following: Callable[[], Entry | None]
) -> Finding | None:
    """What is wrong with an entry whose commands give `events` and `event_hash` now, where `previous` precedes it.

    `following` reads the entry after it, which tells a changed hash from a changed field that no command reads.
    """
    own = entry.hash_after(previous)
    same_events, same_mix = events == entry.events, event_hash == entry.event_hash
    if own == entry.hash and same_events and same_mix:
        return None
    sequence = entry.first_sequence if same_events else first_difference(entry, events)
    if own == entry.hash:
        field = "event_hash" if same_events else "events"
        message = "the hash is right, and the commands give another result now: rules or program are not those of then"
    elif same_events and same_mix:
        after = following()
        field = "commands" if after and after.hash_after(entry.hash) == after.hash else "hash"
        message = "the hash is not that of the entry, whose commands give its events"
    elif same_mix:
        field, message = "events", "the events are not those that the commands give"
    elif same_events:
        field, message = "event_hash", "the running hash is not that of the events"
    else:
        field, message = "commands", "the commands do not give the events, and the hash is not that of the entry"
    return Finding(entry.number, sequence, field, message, as_written=own == entry.hash)


def unlike_its_hash(entry: Entry, previous: bytes) -> Finding | None:
    """The same for an entry of older rules, which is not re-run."""
    if entry.hash_after(previous) == entry.hash:
        return None
    message = "the hash is not that of the entry, or of the snapshot that sealed the rules before it"
    return Finding(entry.number, entry.first_sequence, "hash", message)


def first_difference(entry: Entry, events: bytes) -> int:
    """The sequence of the first command whose events in the entry are not those in `events`."""
    stored, given = np.frombuffer(entry.events, EVENT), np.frombuffer(events, EVENT)
    common = min(len(stored), len(given))
    differing = np.flatnonzero(stored[:common] != given[:common])
    row = int(differing[0]) if len(differing) else common
    sequences = [int(rows["sequence"][row]) for rows in (given, stored) if row < len(rows)]
    return sequences[0] if sequences else entry.last_sequence


def unlike_the_state(snapshot: Snapshot, entry: Entry, digest: str | None) -> Finding | None:
    """What is wrong with a snapshot at the end of `entry`, where the state has `digest` (none: not re-run)."""
    own = hashlib.sha256(snapshot.state).hexdigest()
    if own != snapshot.digest:
        message = f"the snapshot's bytes have digest {own}, it says {snapshot.digest}; the entries are sound"
    elif digest is not None and digest != snapshot.digest:
        message = f"the snapshot has digest {snapshot.digest}, re-running the commands gives {digest}"
    else:
        return None
    return Finding(entry.number, entry.last_sequence, "snapshot", message)


def first_breach(
    sound_engine: Callable[[], Engine],
    batches: Sequence[NDArray[np.void]],
    found: list[Violation],
    check: Callable[[Engine], list[Violation]],
) -> tuple[int, list[Violation]]:
    """How many commands after the sound state `check` first finds something, and what.

    `found` is what it found after all of `batches`. The place is narrowed down in passes, each of which starts from
    an engine of its own and runs straight on: an engine may have gone wrong in what a snapshot does not hold. A pass
    that finds nothing leaves the answer of the pass before.
    """
    commands = np.concatenate(batches)
    sound, broken = 0, len(commands)
    while broken - sound > 1:
        parts = min(PLACES, broken - sound)
        places = [sound + (broken - sound) * part // parts for part in range(parts + 1)]
        breach = _breach_at(sound_engine(), commands, places, check)
        if breach is None:
            break
        sound, broken, found = breach
    return broken, found


def _breach_at(
    engine: Engine, commands: NDArray[np.void], places: Sequence[int], check: Callable[[Engine], list[Violation]]
) -> tuple[int, int, list[Violation]] | None:
    """The last place that was sound and the first that was not, in one run over all commands; and what was found."""
    engine.apply(commands[: places[0]])
    for sound, place in pairwise(places):
        engine.apply(commands[sound:place])
        if violations := check(engine):
            return sound, place, violations
    return None
