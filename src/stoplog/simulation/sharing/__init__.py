"""The same traders, with positions in several instruments, on the same marks: isolated, cross and mixed."""
