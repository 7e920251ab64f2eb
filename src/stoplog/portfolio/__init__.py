"""Models of portfolio margin, all of one shape: a scenario set, its worst loss, charges by name, factors."""
