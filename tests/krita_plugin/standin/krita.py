"""A stand-in for Krita's module, for the widgets under PyQt5 and PyQt6 alone.

What the plug-in does in Krita is tested in the real one, in tests/editors/krita.
"""

import os

if os.environ["GP_TEST_QT"] == "PyQt6":
    from PyQt6 import QtCore, QtWidgets
else:
    from PyQt5 import QtCore, QtWidgets


class Notifier(QtCore.QObject):
    applicationClosing = QtCore.pyqtSignal()

    def setActive(self, active):
        self.active = active


class Krita:
    _one = None

    def __init__(self):
        self.extensions, self.factories, self._notifier = [], [], Notifier()

    @classmethod
    def instance(cls):
        cls._one = cls._one or cls()
        return cls._one

    def addExtension(self, extension):
        self.extensions.append(extension)

    def addDockWidgetFactory(self, factory):
        self.factories.append(factory)

    def notifier(self):
        return self._notifier

    def readSetting(self, group, name, default):
        return default

    def writeSetting(self, group, name, value):
        pass

    def activeDocument(self):
        return None

    def activeWindow(self):
        return None

    def documents(self):
        return []


class Extension(QtCore.QObject):
    def __init__(self, parent):
        super().__init__()


class DockWidget(QtWidgets.QDockWidget):
    pass


class DockWidgetFactoryBase:
    DockRight = 1


class DockWidgetFactory:
    def __init__(self, name, area, widget):
        self.name, self.widget = name, widget


class ManagedColor:
    pass


class Selection:
    pass
