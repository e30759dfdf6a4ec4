"""Looking at data and bringing it into a design."""
