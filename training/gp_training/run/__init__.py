"""A training run: the loop, and a look at it while it trains."""
