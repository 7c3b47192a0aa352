"""gp_client in every Python that an editor may have, with nothing installed there."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import gp_client
import msgpack
import pytest
from gp_client import connect

pytestmark = pytest.mark.usefixtures("fake_daemon")
SMOKE = """
import sys
sys.path.insert(0, sys.argv[1])
import gp_client, msgpack
assert gp_client.__file__.startswith(sys.argv[1]), gp_client.__file__
assert "fallback" in msgpack.Unpacker.__module__
with gp_client.connect() as client:
    page = client.open(bytes(512), 32, 16)
    page.hint(1, (1, 2, 3))
    mask = gp_client.Mask((0, 0, 1, 1), b"\\xff")
    number = page.scribble(mask, (7, 8, 9))
    page.unscribble(number)
    layer = page.layers()[0]
    assert len(page.layer(layer, "BGRA8")) == 4 * len(page.layer_mask(layer).data)
    got = []
    client.later(lambda _: page.render("flats"), got.append, got.append)
    while not got:
        client.poll(0.1)
    assert got[0][:4] == bytes([1, 2, 3, 255]), got[0]
    page.close()
print("%d.%d" % sys.version_info[:2])
"""


def interpreters() -> list[Path]:
    """Return one Python of each version from 3.10 up that this machine has."""
    folders = sorted((Path.home() / ".pyenv" / "versions").glob("3.*/bin"))
    found: dict[str, Path] = {}
    for minor in range(10, 16):
        name = f"python3.{minor}"
        candidates = [folder / name for folder in folders if (folder / name).exists()]
        path = shutil.which(name)
        candidates += [Path(path)] if path else []
        if candidates:
            found[name] = candidates[0]
    return list(found.values()) or [Path(sys.executable)]


@pytest.mark.parametrize("python", interpreters(), ids=lambda path: path.name)
def test_the_client_works_in_this_python_with_nothing_installed(
    python: Path, tmp_path: Path
) -> None:
    shutil.copytree(Path(gp_client.__file__).parent, tmp_path / "gp_client")
    (tmp_path / "msgpack").mkdir()
    for name in ("__init__.py", "exceptions.py", "ext.py", "fallback.py"):
        shutil.copy(Path(msgpack.__file__).with_name(name), tmp_path / "msgpack" / name)
    with connect(start=True):
        done = subprocess.run(
            [python, "-I", "-S", "-W", "error", "-c", SMOKE, str(tmp_path)],
            capture_output=True,
            text=True,
            timeout=30,
        )
    assert done.stderr == ""
    assert f"python{done.stdout.strip()}" == python.name or python == Path(sys.executable)
