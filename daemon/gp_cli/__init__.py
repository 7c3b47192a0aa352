"""`gp`: pages coloured from a terminal, by way of the daemon as a plug-in has it."""
