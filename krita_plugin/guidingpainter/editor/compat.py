"""One door to Qt, for Krita 5 (PyQt5) and Krita 6 (PyQt6). Enums are written scoped everywhere."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable

from .translations import load


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


def _translator() -> Callable[[str], str]:
    """Our translations first; Krita's own translator, which is among the builtins, for the rest."""
    kritas: Callable[[str], str] = getattr(builtins, "i18n", str)
    # Krita makes its language Qt's locale.
    ours = load(QtCore.QLocale().uiLanguages())
    return lambda text: ours.get(text) or kritas(text)


tr = _translator()

__all__ = ["QtCore", "QtGui", "QtWidgets", "Signal", "qt_major", "tr"]
