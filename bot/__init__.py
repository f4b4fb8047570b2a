"""Paperboy: reads the arXiv announcements and brings every reader one digest."""
