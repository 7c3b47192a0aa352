"""GIMP as the plug-in needs it."""
