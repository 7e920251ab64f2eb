"""The ledger: a journal port, SQLite and memory behind it, recovery, group commit and audit."""

from stoplog.ledger.group import GroupCommit
from stoplog.ledger.ledger import Ledger

__all__ = ["GroupCommit", "Ledger"]
