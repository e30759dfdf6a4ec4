"""The design at work: data, training, runs and exports. No Qt here."""
