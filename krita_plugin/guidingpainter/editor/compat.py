"""One door to Qt, for Krita 5 (PyQt5) and Krita 6 (PyQt6). Enums are written scoped everywhere."""

from __future__ import annotations

import builtins
import sys
from pathlib import Path

from gp_guide import i18n


def qt_major() -> int:
    """Return the version of Qt that this Krita was built with."""
    try:
        import pykrita

        return int(pykrita.qt_major_version())
    except (ImportError, AttributeError):  # older than 5.3, or no Krita at all
        return 6 if "PyQt6.QtCore" in sys.modules else 5


if qt_major() == 6:
    from PyQt6 import QtCore, QtGui, QtWidgets
else:
    from PyQt5 import QtCore, QtGui, QtWidgets

Signal = QtCore.pyqtSignal


# Krita makes its language Qt's locale; its own translator, for the rest, is among the builtins.
i18n.use(
    i18n.load(QtCore.QLocale().uiLanguages(), Path(__file__).parents[1] / "translations"),
    getattr(builtins, "i18n", str),
)
tr = i18n.tr

__all__ = ["QtCore", "QtGui", "QtWidgets", "Signal", "qt_major", "tr"]
