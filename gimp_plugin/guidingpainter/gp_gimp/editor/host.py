"""GIMP's own libraries, in the versions that we are written for."""

from __future__ import annotations

from pathlib import Path

import gi
from gp_guide import i18n

gi.require_version("Babl", "0.1")
gi.require_version("GdkPixbuf", "2.0")
gi.require_version("Gegl", "0.4")
gi.require_version("Gimp", "3.0")

from gi.repository import Babl, GdkPixbuf, Gegl, Gimp, GLib, GObject  # noqa: E402

__all__ = ["Babl", "GLib", "GObject", "GdkPixbuf", "Gegl", "Gimp", "tr"]


i18n.use(i18n.load(GLib.get_language_names(), Path(__file__).parents[1] / "translations"))
tr = i18n.tr
