"""The studio: the only Qt code."""
