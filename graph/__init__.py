"""The design and its meaning: documents, node types, inference, compilation and source."""
