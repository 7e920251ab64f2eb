"""Rules of single protocols that the common family does not have, each as its source states it.

Protocols that count in integers are followed to their last rounding; those that do not are exact fractions.
"""
