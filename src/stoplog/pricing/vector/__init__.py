"""Prices of many options at once: the formulas of `stoplog.pricing` over NumPy arrays, compiled by Numba."""
