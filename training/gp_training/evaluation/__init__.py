"""What trained networks are worth: measures, baselines beside them, reports."""
