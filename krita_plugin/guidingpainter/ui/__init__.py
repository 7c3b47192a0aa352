"""The docker and the actions."""
