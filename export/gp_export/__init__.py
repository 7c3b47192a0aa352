"""Turns a training checkpoint into a bundle that the daemon serves."""
