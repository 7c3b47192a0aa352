"""Which pieces of a page belong together, what colour they have, and what to ask about next."""
