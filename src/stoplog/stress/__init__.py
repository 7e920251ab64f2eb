"""What a system of compartments survives: named stresses, what they lose beyond collateral, and what the fund pays."""
