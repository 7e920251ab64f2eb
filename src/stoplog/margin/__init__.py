"""Margin: health, tiers, one compartment, thresholds."""
