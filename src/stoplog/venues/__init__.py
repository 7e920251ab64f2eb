"""Venues: their rules as data."""
