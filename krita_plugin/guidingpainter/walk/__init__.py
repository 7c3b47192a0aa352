"""The walk through a page in Krita: what is shown, told, painted."""
