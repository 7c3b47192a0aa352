"""Runs in Krita, by `kritarunner -s inside_krita JOBS`: pages coloured by its Colorize Mask.

JOBS is a JSON file: a list of {page, out, strokes: [[x, y, half width, [r, g, b]], ...]}. Writes
the coloured pages as BGRA bytes to each ``out``, and JOBS.done: {version, seconds: [...]}.
"""

import json
import time

from krita import Krita, ManagedColor


def __main__(arguments):
    """Do the jobs."""
    jobs = arguments[0]
    krita = Krita.instance()
    krita.setBatchmode(True)
    with open(jobs) as file:
        seconds = [paint(krita, job) for job in json.load(file)]
    with open(jobs + ".done", "w") as file:
        json.dump({"version": krita.version(), "seconds": seconds}, file)


def paint(krita, job):
    """Colour one page; return the seconds that Krita took from the strokes to the picture."""
    document = krita.openDocument(job["page"])
    layer = document.rootNode().childNodes()[0]
    mask = document.createColorizeMask("mask")
    layer.addChildNode(mask, None)
    colors = {}
    for *_, (red, green, blue) in job["strokes"]:
        color = ManagedColor("RGBA", "U8", "")
        color.setComponents([blue / 255, green / 255, red / 255, 1.0])
        colors.setdefault((red, green, blue), color)
    mask.initializeKeyStrokeColors(list(colors.values()), -1)
    for x, y, half, color in job["strokes"]:
        side = 2 * half + 1
        x, y = max(0, x - half), max(0, y - half)
        mask.setKeyStrokePixelData(b"\xff" * side**2, colors[tuple(color)], x, y, side, side)
    document.waitForDone()
    began = time.perf_counter()
    mask.setShowOutput(True)
    mask.setEditKeyStrokes(False)
    mask.updateMask(True)
    document.waitForDone()
    document.refreshProjection()
    document.waitForDone()
    taken = time.perf_counter() - began
    with open(job["out"], "wb") as file:
        pixels = document.pixelData(0, 0, document.width(), document.height())
        file.write(bytes(pixels))
    document.close()
    return taken
