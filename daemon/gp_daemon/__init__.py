"""The GuidingPainter daemon: regions, colours and pictures for the plug-ins."""
