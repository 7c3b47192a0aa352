"""GTK and GIMP's own widgets; loaded for the dialog alone."""

from __future__ import annotations

import gi

gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
gi.require_version("GimpUi", "3.0")

from gi.repository import Gdk, GimpUi, Gtk  # noqa: E402

__all__ = ["Gdk", "GimpUi", "Gtk"]
