"""Floor 3: what belongs in whose digest, decided by pure functions."""
