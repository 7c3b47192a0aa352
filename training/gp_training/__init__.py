"""Training of the GuidingPainter networks (WACV 2023); never installed on an artist's machine."""
