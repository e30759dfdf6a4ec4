"""What the inspector is made of: an editor for every sort of value, and the parts about nodes and networks."""
