"""`gp install`: puts a plug-in, with all that it imports, where the editor looks for it."""

from __future__ import annotations

import argparse
from pathlib import Path

from gp_client import streams

from gp_cli.install import gimp as install_gimp
from gp_cli.install import krita as install_krita
from gp_cli.install.looked import report

_EDITORS = ("krita", "gimp")
_FOLDER = "Krita's resource folder, or GIMP's plug-ins folder"


def add_jobs(jobs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Give `gp` its jobs ``install`` and ``uninstall``."""
    job = jobs.add_parser(
        "install",
        help="put the plug-in into an editor",
        description="Put the plug-in into every such editor that is found on this machine.",
        epilog="example: gp install krita",
    )
    job.add_argument("editor", choices=_EDITORS)
    place = job.add_mutually_exclusive_group()
    place.add_argument("--zip", type=Path, metavar="FILE", help="make an archive instead")
    place.add_argument("--folder", type=Path, metavar="DIR", help=_FOLDER)
    job.set_defaults(job=_install)
    job = jobs.add_parser(
        "uninstall",
        help="take the plug-in out of an editor",
        description="Take the plug-in out of an editor; your documents and settings stay.",
        epilog="example: gp uninstall krita",
    )
    job.add_argument("editor", choices=_EDITORS)
    job.add_argument("--folder", type=Path, metavar="DIR", help=_FOLDER)
    job.set_defaults(job=_uninstall)


def _install(options: argparse.Namespace) -> int:
    if options.editor == "gimp":
        return _install_gimp(options)
    if options.zip is not None:
        install_krita.make_zip(options.zip)
        streams.say(options.zip)
        print("In Krita: Tools > Scripts > Import Python Plugin from File, then start Krita again.")
        return 0
    if options.folder is None:
        report("Krita", install_krita.places())
    folders = [options.folder] if options.folder is not None else install_krita.krita_folders()
    for folder in folders:
        install_krita.check(folder)  # all of them, before the first is written to
    for folder in folders:
        streams.say(f"Installed: {install_krita.install(folder)}")
    print("Start Krita (again), then: Settings > Dockers > GuidingPainter.")
    return 0


def _install_gimp(options: argparse.Namespace) -> int:
    if options.zip is not None:
        install_gimp.make_zip(options.zip)
        streams.say(options.zip)
        print(
            "Unpack it into GIMP's plug-ins folder (Edit > Preferences > Folders > "
            "Plug-ins shows it), then start GIMP 3 again."
        )
        return 0
    if options.folder is None:
        report("GIMP 3", install_gimp.places())
    folders = [options.folder] if options.folder is not None else install_gimp.gimp_folders()
    for folder in folders:
        install_gimp.check(folder)
    for folder in folders:
        streams.say(f"Installed: {install_gimp.install(folder)}")
    print("Start GIMP 3 (again), then: Filters > GuidingPainter.")
    return 0


def _uninstall(options: argparse.Namespace) -> int:
    editor = install_gimp if options.editor == "gimp" else install_krita
    if options.folder is not None:
        folders = [options.folder]
    elif options.editor == "gimp":
        folders = install_gimp.gimp_folders()
    else:
        folders = install_krita.krita_folders()
    removed = [editor.uninstall(folder) for folder in folders]
    if not any(removed):
        print("The plug-in is not installed.")
    return 0
