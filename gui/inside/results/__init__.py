"""The pages of the results panel, one file each, and what they share."""
