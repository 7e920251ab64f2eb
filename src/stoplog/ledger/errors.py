"""What can go wrong with a ledger. Every message says what happened and what to do."""

from __future__ import annotations


class LedgerError(Exception):
    """Something about a ledger; the message is one or two sentences: what happened, what to do."""


class NotALedger(LedgerError):
    """The file is something else, or there is none."""


class UnknownVersion(LedgerError):
    """The ledger was written in a format, or under rules, that this version of Stoplog does not have."""


class LedgerInUse(LedgerError):
    """Another process has the ledger open for writing."""


class OutOfOrder(LedgerError):
    """An entry that does not follow the last one. The journal is as it was."""


class StorageFailed(LedgerError):
    """The disk is full, or reading or writing failed. What was acknowledged is kept; the last batch may be lost."""


class LedgerDamaged(LedgerError):
    """What the ledger holds contradicts itself."""


class LedgerStopped(LedgerError):
    """A write failed earlier, so that the state in memory is ahead of the disk: nothing more is accepted."""
