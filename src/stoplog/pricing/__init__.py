"""Prices of options in binary floats: Black-76, implied volatility, volatility surfaces. Errors are stated and tested."""
