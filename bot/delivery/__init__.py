"""Getting messages out: at what pace, and later which, when and how often."""
