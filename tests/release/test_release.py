"""What `make dist` makes, used where nothing else of ours is installed."""

from __future__ import annotations

import hashlib
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import cv2
import gp_client
import numpy as np
import pytest
from gp_daemon.networks.bundle import Bundle

VERSION = gp_client.__version__
ARCHIVES = [f"guidingpainter-{editor}-{VERSION}.zip" for editor in ("krita", "gimp")]
# What an editor's Python does with the folder, short of what only an editor has.
PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
import gp_client, gp_client.wire as w, msgpack
assert 'fallback' in msgpack.Unpacker.__module__
assert gp_client.__file__.startswith(sys.argv[1])
request = w.Request(1, 'open', {'gap': 1.5}, (w.Frame(b'abcd', (2, 2), 'GRAY8'),))
assert w.decode_request(w.encode_request(request)) == request
from gp_client.launch import daemon_command
try:
    daemon_command()
except gp_client.GuidingPainterError as error:
    print(error.code, gp_client.__version__)
"""


def run(program: Path, *arguments: str, env: dict[str, str], cwd: Path) -> str:
    done = subprocess.run(
        [str(program), *arguments], env=env, cwd=cwd, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("name", ["gp", "gp-daemon"])
def test_the_installed_programs_tell_the_one_version(
    name: str, clean: Path, alone: dict[str, str], tmp_path: Path
) -> None:
    assert run(clean / name, "--version", env=alone, cwd=tmp_path) == f"{name} {VERSION}"


def test_the_installed_wheel_colours_a_page_with_its_own_networks(
    clean: Path, alone: dict[str, str], tmp_path: Path
) -> None:
    page = np.full((120, 160), 255, np.uint8)
    cv2.rectangle(page, (20, 20), (80, 100), 0, 2)
    cv2.circle(page, (120, 60), 25, 0, 2)
    cv2.imwrite(str(tmp_path / "page.png"), page)
    run(clean / "gp", "colorize", "page.png", "--auto", "--cpu", env=alone, cwd=tmp_path)
    painted = cv2.imread(str(tmp_path / "page-flats.png"))
    assert painted is not None
    assert painted.shape == (120, 160, 3)
    # The two shapes may be of one region; the ground is of another.
    box, disk, ground = (tuple(painted[place].tolist()) for place in ((60, 50), (60, 120), (5, 5)))
    assert ground not in (box, disk)


def test_the_demonstration_works_at_once_with_the_page_in_the_wheel(
    clean: Path, alone: dict[str, str], tmp_path: Path
) -> None:
    said = run(clean / "gp", "demo", "--colors", "3", "--cpu", env=alone, cwd=tmp_path)
    assert "tuxpaint_18.png" in said
    made = {path.name for path in (tmp_path / "gp-demo").iterdir()}
    assert made == {"overview.png", "tuxpaint_18.png", "tuxpaint_18.ora"}


def test_completion_and_manual_pages_come_with_the_wheel(
    clean: Path, alone: dict[str, str], tmp_path: Path
) -> None:
    assert "--palette" in run(clean / "gp", "completion", "bash", env=alone, cwd=tmp_path)
    pages = {path.name: path for path in (clean.parent / "share/man/man1").iterdir()}
    assert pages.keys() == {"gp.1", "gp-daemon.1", "gp-train.1", "gp-export.1"}
    for name, page in pages.items():  # a terminal without UTF-8 shows nothing else
        assert page.read_text(encoding="utf-8").isascii(), name
    for job in ("colorize", "install"):
        assert f"gp {job}" in pages["gp.1"].read_text(encoding="utf-8")


def test_the_installed_wheel_puts_both_plug_ins_into_editors(
    clean: Path, alone: dict[str, str], tmp_path: Path
) -> None:
    for editor, path in (("krita", "krita/pykrita"), ("gimp", "gimp")):
        run(clean / "gp", "install", editor, "--folder", editor, env=alone, cwd=tmp_path)
        recorded = tmp_path / path / "guidingpainter/lib/gp_client/daemon_path.txt"
        assert recorded.read_text().strip() == str(clean / "gp-daemon")


@pytest.mark.parametrize(
    ("program", "arguments"), [("gp-train", ["snail"]), ("gp-export", ["run", "-o", "out"])]
)
def test_training_without_its_extra_says_what_to_install(
    program: str, arguments: list[str], clean: Path, alone: dict[str, str], tmp_path: Path
) -> None:
    done = subprocess.run(
        [str(clean / program), *arguments],
        env=alone, cwd=tmp_path, capture_output=True, text=True, timeout=100,
    )  # fmt: skip
    assert done.returncode == 2
    assert "[train]" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_the_wheel_holds_code_networks_and_licence_but_no_pictures_to_train_on(
    release: Path,
) -> None:
    (wheel,) = release.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        sizes = {info.filename: info.file_size for info in archive.infolist()}
    assert f"guidingpainter-{VERSION}.dist-info/licenses/LICENSE" in sizes
    networks = {name for name in sizes if name.startswith("gp_daemon/bundles/default/")}
    assert {Path(name).name for name in networks} >= {"bundle.json", "README.md"}
    large = {name for name, size in sizes.items() if size > 100_000}
    assert large == {name for name in networks if name.endswith(".onnx")}
    assert not [name for name in sizes if name.startswith("tests/")]


@pytest.mark.parametrize("name", ARCHIVES)
def test_a_plug_ins_archive_needs_nothing_but_python(
    name: str, release: Path, tmp_path: Path
) -> None:
    with zipfile.ZipFile(release / name) as archive:
        archive.extractall(tmp_path)
    lib = tmp_path / "guidingpainter" / "lib"
    # As an editor's Python: no site-packages, no environment.
    command = [sys.executable, "-I", "-S", "-W", "error", "-c", PROGRAM, str(lib)]
    done = subprocess.run(command, env={"PATH": ""}, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    # It knows no daemon of the machine that built it.
    assert done.stdout.split() == ["no_daemon", VERSION]


@pytest.mark.parametrize("name", ARCHIVES)
def test_a_plug_ins_archive_holds_the_licences_of_all_that_is_in_it(
    name: str, release: Path
) -> None:
    with zipfile.ZipFile(release / name) as archive:
        ours = archive.read("guidingpainter/LICENSE").decode()
        theirs = archive.read("guidingpainter/lib/msgpack/COPYING").decode()
    assert "GNU GENERAL PUBLIC LICENSE" in ours
    assert "Apache License" in theirs


def test_gimps_archive_holds_a_program_that_gimp_may_run(release: Path) -> None:
    with zipfile.ZipFile(release / ARCHIVES[1]) as archive:
        mode = archive.getinfo("guidingpainter/guidingpainter.py").external_attr >> 16
    assert mode & stat.S_IXUSR


def test_kritas_archive_holds_what_its_importer_looks_for(release: Path) -> None:
    with zipfile.ZipFile(release / ARCHIVES[0]) as archive:
        names = set(archive.namelist())
    wanted = {"guidingpainter.desktop", "guidingpainter.action", "guidingpainter/"}
    assert names >= {*wanted, "guidingpainter/__init__.py"}


def test_the_networks_archive_is_a_whole_bundle(release: Path, tmp_path: Path) -> None:
    (path,) = release.glob("guidingpainter-bundle-*.zip")
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path)
    bundle = Bundle.load(tmp_path / path.stem)
    assert path.stem.endswith(f"{bundle.name}-{bundle.version}")
    assert (bundle.path / "LICENSE").exists()
    assert (bundle.path / "README.md").exists()


def test_the_checksums_are_those_of_the_files(release: Path) -> None:
    lines = (release / "SHA256SUMS").read_text().splitlines()
    sums = {name: digest for digest, name in (line.split("  ") for line in lines)}
    files = {path.name: path for path in release.iterdir() if path.name != "SHA256SUMS"}
    assert sums.keys() == files.keys()
    for name, path in files.items():
        assert hashlib.sha256(path.read_bytes()).hexdigest() == sums[name]
