"""The networks f and g, what the paper's section 3 does with them, and their files."""
