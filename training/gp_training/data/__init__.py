"""Data: sources, the packed store, pairs and composed scenes."""
