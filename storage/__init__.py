"""Floor 1: what is kept. One SQLite file behind a store that speaks in frozen dataclasses."""
