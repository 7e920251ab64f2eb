"""Questions and answers: the rules without the engine, one JSON line at a time."""
