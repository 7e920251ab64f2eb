"""`stoplog audit LEDGER`: parse, audit, print. Exit status 0: sound; 1: something is wrong; 2: not audited."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from stoplog.ledger.audit import Report, audit
from stoplog.ledger.diagnosis import Finding
from stoplog.ledger.errors import LedgerDamaged, LedgerError
from stoplog.ledger.journal import Journal
from stoplog.ledger.sqlite import SqliteJournal

SOUND, WRONG, UNUSABLE = 0, 1, 2

RESTORE = (
    "Keep the file as it is, restore the ledger from a copy, and audit the copy. What comes before this place is sound."
)
PROGRAM = "The ledger was written as it stands: look for a change of the rules or of the program since this command."
SNAPSHOT = "The entries are sound up to this place: open the ledger with rebuild=True, which leaves snapshots aside."


def parser() -> argparse.ArgumentParser:
    """The arguments of the command."""
    arguments = argparse.ArgumentParser(
        prog="stoplog audit",
        description="Re-run every command of a ledger; compare events, hashes and digests; check every invariant.",
        epilog="Exit status 0: sound. 1: something is wrong, and the first place is named. 2: it cannot be audited.",
    )
    arguments.add_argument("ledger", type=Path, help="the file of the ledger; it may be open in a writer")
    arguments.add_argument("--contains", type=entry_hash, metavar="HASH", help="an entry with this hash is there")
    arguments.add_argument("--quiet", action="store_true", help="print nothing where the ledger is sound")
    return arguments


def entry_hash(text: str) -> str:
    """The hash of an entry as it is printed: 64 hexadecimal digits; `ArgumentTypeError` for anything else."""
    if not re.fullmatch("[0-9a-fA-F]{64}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a hash of 64 hexadecimal digits")
    return text.lower()


def main(arguments: list[str]) -> int:
    """Audit the ledger that `arguments` name and print what was found; the exit status."""
    try:
        options = parser().parse_args(arguments)
    except SystemExit as stop:
        return UNUSABLE if stop.code else SOUND
    output = Console(highlight=False, soft_wrap=True)
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    try:
        with closing(SqliteJournal(options.ledger, read_only=True)) as journal, bar(journal, errors) as advance:
            report = audit(journal, contains=options.contains, progress=advance)
    except LedgerError as error:
        errors.print(f"stoplog audit: {error}", markup=False)
        return WRONG if isinstance(error, LedgerDamaged) else UNUSABLE
    if report.finding or not options.quiet:
        output.print(text(options.ledger, report), markup=False)
    return WRONG if report.finding else SOUND


@contextmanager
def bar(journal: Journal, console: Console) -> Iterator[Callable[[int], object]]:
    """A progress bar over the commands of the journal, on a terminal; what it is advanced with."""
    columns = (TextColumn("Auditing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        last = None
        with suppress(LedgerDamaged):
            last = journal.last()
        task = progress.add_task("commands", total=last.last_sequence if last else None)
        yield lambda commands: progress.advance(task, commands)


def text(path: Path, report: Report) -> str:
    """The report in plain words: what was covered, where it is wrong, what to do."""
    covered = (
        f"entries {report.entries:,}, commands {report.commands:,}, events {report.events:,}, snapshots"
        f" {report.snapshots:,}; checks of all invariants: {report.checks:,}"
    )
    older = f"\n  {report.not_rerun:,} commands of older rules: chain verified, not re-run" if report.not_rerun else ""
    hashes = f"\n  last hash     {report.head}\n  state digest  {report.digest}"
    finding = report.finding
    if finding is None:
        return f"{path} is sound.\n  {covered}{older}{hashes}"
    return (
        f"{path} is wrong at entry {finding.entry:,}, command {finding.sequence:,}, field {finding.field}:\n"
        f"  {finding.message}\n  {advice(finding)}\n  Sound before it: {covered}{older}"
    )


def advice(finding: Finding) -> str:
    """What to do about a finding."""
    if finding.as_written:
        return PROGRAM
    return SNAPSHOT if finding.field == "snapshot" else RESTORE
