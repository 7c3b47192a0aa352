"""Pages: documents being coloured, as the daemon holds them."""
