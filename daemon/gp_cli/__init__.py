"""`gp`: pages coloured from a terminal; it asks the daemon, as the plug-ins do."""
