"""Looking inside a training and what came of it."""
