"""Volatility surfaces of recorded option chains: read, fit, print and draw."""
