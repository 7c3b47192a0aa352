"""The walk through an image in GIMP: what is shown, told, painted."""
