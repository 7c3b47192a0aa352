"""Krita without GuidingPainter, a document closed right after its layers changed: does Krita live?

    python tests/editors/krita/bare_close.py [debian13]

Only the tests' own driver is loaded. Krita's layer docker (KisNodeModel) queues changes for a tenth
of a second, and keeps queue and timer when the document goes. 5.1.5 died in 1 of 8 rounds, 5.2.9 in
4: it is a matter of milliseconds. It is why the plug-in has `editor/closing.py`.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "support"))

from debian13 import debian13
from krita_harness import KritaProcess
from scripted import EditorDied

_OPEN = """
from PyQt5.QtCore import QTimer
app = Krita.instance()
document = app.createDocument(800, 600, "page", "RGBA", "U8", "", 100.0)
app.activeWindow().addView(document)
layer = document.createNode("layer", "paintlayer")
document.rootNode().addChildNode(layer, None)
"""
_CLOSE = """
def hide():
    layer.setVisible(False)
    QTimer.singleShot(30, show)

def show():
    layer.setVisible(True)
    QTimer.singleShot(30, close)

def close():
    document.setModified(False)
    app.action("file_close").trigger()

QTimer.singleShot(0, hide)
"""


def main() -> None:
    """Do eight rounds."""
    root = debian13("krita") if "debian13" in sys.argv[1:] else None
    base = Path(tempfile.mkdtemp(prefix="gpk", dir=None if root is None else root / "tmp"))
    krita, died = KritaProcess(base, root), 0
    krita.install_driver()
    try:
        krita.launch()
        for _ in range(8):
            krita.run(_OPEN)
            time.sleep(1)
            try:
                krita.run(_CLOSE)
                krita.until("result = not app.documents()")
                time.sleep(0.5)
                krita.run("result = 1")
            except EditorDied:
                died += 1
                krita.kill()
                krita.launch()
        version = krita.run("result = Krita.instance().version()")
        print(f"Krita {version} died in {died} of 8 rounds.")
    finally:
        krita.close()
        shutil.rmtree(base)


if __name__ == "__main__":
    main()
