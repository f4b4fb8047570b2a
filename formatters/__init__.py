"""Floor 2: what readers see. Pure functions from a document or a digest to text."""
