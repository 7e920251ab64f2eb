"""What an outsider can check: the invariants, by name."""
