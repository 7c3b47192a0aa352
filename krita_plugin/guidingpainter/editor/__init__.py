"""Krita as the plug-in needs it."""
