"""Floor 2: arXiv in. Feeds, the API, identifiers, the taxonomy and old archives."""
