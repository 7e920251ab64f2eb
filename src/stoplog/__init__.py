"""Stoplog: a margin, liquidation and solvency engine for crypto derivatives."""
