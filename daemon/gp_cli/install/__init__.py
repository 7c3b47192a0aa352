"""`gp install`: the plug-ins, put where the editors look for them."""
