"""What the tests' scripts may call, inside GIMP."""

import json

import gi

gi.require_version("Gegl", "0.4")
gi.require_version("Babl", "0.1")
from gi.repository import Babl, Gegl, Gimp, Gio  # type: ignore[attr-defined]  # noqa: E402

PREFIX = "python-fu-guidingpainter-"


def load(path):
    """Open a picture."""
    return Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(path))


def save(image, path):
    """Write an XCF file."""
    return Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, Gio.File.new_for_path(path), None)


def call(name, image, drawables=None, **arguments):
    """Run one of our procedures; return its values, or raise with GIMP's message."""
    procedure = Gimp.get_pdb().lookup_procedure(PREFIX + name)
    config = procedure.create_config()
    config.set_property("run-mode", Gimp.RunMode.NONINTERACTIVE)
    config.set_property("image", image)
    chosen = image.get_selected_layers() if drawables is None else drawables
    config.set_core_object_array("drawables", chosen)
    for key, value in arguments.items():
        config.set_property(key.replace("_", "-"), value)
    values = procedure.run(config)
    status = values.index(0)
    if status != Gimp.PDBStatusType.SUCCESS:
        raise RuntimeError(f"{status.value_nick}: {values.index(1) if values.length() > 1 else ''}")
    return [values.index(at) for at in range(1, values.length())]


def pixels(drawable, form="R'G'B'A u8"):
    """Return a drawable's pixels."""
    box = Gegl.Rectangle.new(0, 0, drawable.get_width(), drawable.get_height())
    return bytes(drawable.get_buffer().get(box, 1.0, form, Gegl.AbyssPolicy.NONE))


def selection(image):
    """Return the selection, one byte a pixel of the canvas."""
    box = Gegl.Rectangle.new(0, 0, image.get_width(), image.get_height())
    buffer = image.get_selection().get_buffer()
    return bytes(buffer.get(box, 1.0, "Y u8", Gegl.AbyssPolicy.NONE))


def foreground():
    """Return the foreground colour, three whole numbers."""
    form = Babl.format("R'G'B' u8")
    return list(Gimp.context_get_foreground().get_bytes(form).get_data())[:3]


def ours(image):
    """Return our group."""
    return next(
        (layer for layer in image.get_layers() if layer.get_name() == "GuidingPainter"), None
    )


def our_layer(image, name):
    """Return a layer of ours by its name."""
    return next((one for one in ours(image).get_children() if one.get_name() == name), None)


def kept(image):
    """Return what the image keeps for us."""
    parasite = image.get_parasite("guidingpainter")
    return None if parasite is None else json.loads(bytes(parasite.get_data()))


def keep_bytes(path, data):
    """Leave bytes for the test to read."""
    with open(path, "wb") as file:
        file.write(data)
