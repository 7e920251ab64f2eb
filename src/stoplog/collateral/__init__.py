"""What collateral counts for: the haircut as a composition of named parts, each a rule with a number."""
