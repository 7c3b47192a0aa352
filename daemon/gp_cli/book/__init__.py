"""Many pages with the same figures: `gp colorize` and `gp cast`."""
