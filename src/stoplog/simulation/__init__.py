"""Seeded worlds and recorded days, run through the real engine."""
