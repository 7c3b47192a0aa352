"""What an editor needs to talk to the GuidingPainter daemon: standard library and msgpack only."""

__version__ = "0.1.0"
