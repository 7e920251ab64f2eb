"""Prices of options in binary floats: Black-76, implied volatility, volatility surfaces; errors stated and tested."""
