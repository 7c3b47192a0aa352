"""A real Krita with the plug-in as `gp install krita` leaves it, shared by this folder's tests."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import editors
import pytest
from debian13 import NoRoot, debian13
from krita_harness import KritaProcess, Page, krita_with_plugin
from PIL import Image
from scripted import EditorDied

SAMPLES = Path(__file__).parents[3] / "docs" / "samples"


@pytest.fixture(scope="session")
def krita_programs() -> None:
    """Krita and a virtual display; installed from the distribution where they are missing."""
    try:
        editors.native_krita()
    except NoRoot as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def krita(krita_programs: None, request: pytest.FixtureRequest) -> Iterator[KritaProcess]:
    """A running Krita with the docker shown: this system's, or the newer one of Debian 13.

    ``$GUIDINGPAINTER_TEST_KRITA`` set to ``debian13`` runs all tests with the newer one.
    """
    default = os.environ.get("GUIDINGPAINTER_TEST_KRITA", "native")
    newer = getattr(request, "param", default) == "debian13"
    try:
        root = debian13("krita") if newer else None
    except NoRoot as error:
        pytest.fail(str(error), pytrace=False)
    with krita_with_plugin(root) as made:
        yield made
    for log in made.deaths:
        sys.stderr.write(f"Krita died between two tests and was started again:\n{log}\n")


@pytest.fixture
def tmp_path(krita: KritaProcess, tmp_path: Path) -> Path:
    """A folder of the test's own that Krita sees too."""
    return tmp_path if krita.root is None else Path(tempfile.mkdtemp(dir=krita.base))


@pytest.fixture(autouse=True)
def _living_krita(krita: KritaProcess) -> None:
    """One test's crash is one test's failure."""
    try:
        krita.run("result = 1")
    except EditorDied:
        krita.restart()


@pytest.fixture
def line_art(tmp_path: Path) -> Path:
    """A sample page as an RGB picture."""
    path = tmp_path / "page.png"
    with Image.open(SAMPLES / "tuxpaint_18.png") as image:
        image.convert("RGB").save(path)
    return path


@pytest.fixture
def page(krita: KritaProcess, line_art: Path) -> Iterator[Page]:
    """The sample page, open in Krita; closed without saving at the end."""
    try:
        yield Page(krita, line_art)
    finally:
        with contextlib.suppress(EditorDied):  # its documents went with it
            krita.close_documents()
