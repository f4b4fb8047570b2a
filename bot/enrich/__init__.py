"""Floor 2: a paper in, a TL;DR and a translation out."""
