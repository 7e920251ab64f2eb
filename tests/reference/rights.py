"""What an instrument gives: nothing, the right to buy, or the right to sell."""

NO_RIGHT, CALL, PUT = 0, 1, 2
