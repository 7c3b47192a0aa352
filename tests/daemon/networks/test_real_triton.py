"""A studio: a page at an artist's, a daemon reached over CURVE, networks on a real Triton.

Skipped where there is no Triton; `tests/support/real_triton.py` says how to get one for a CPU.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import gp_client
import numpy as np
import pytest
import real_triton
from gp_client.connection import read_connection
from gp_daemon.networks import onnx_runtime
from gp_daemon.networks.bundle import Bundle, default_bundle
from gp_daemon.networks.triton.kserve import ServedEngine
from gp_daemon.networks.triton.repository import write_repository
from gp_daemon.service import keys
from serving import Starter

pytestmark = pytest.mark.skipif(not real_triton.is_here(), reason=real_triton.HOW)
RED = (200, 10, 20)


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    """The networks that ship."""
    return Bundle.load(default_bundle())


@pytest.fixture(scope="module")
def triton(bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its address."""
    folder = tmp_path_factory.mktemp("triton")
    write_repository(bundle, folder / "models", python=True)
    (folder / "work").mkdir()
    server = real_triton.RealTriton(folder / "models", folder / "work")
    yield server.url
    server.end()


def test_the_colorizer_answers_as_it_does_here(triton: str, bundle: Bundle) -> None:
    side, count = 64, bundle.n_regions
    random = np.random.default_rng(0)
    hinted = np.zeros((1, count), bool)
    hinted[0, 0] = True
    feed = {
        "sketch": random.random((1, 1, side, side), np.float32),
        "labels": random.integers(0, count, (1, side, side)).astype(np.uint8),
        "colors": random.random((1, count, 3), np.float32),
        "hinted": hinted,
        "scribble_rgb": np.zeros((1, 3, side, side), np.float32),
        "scribble_mask": np.zeros((1, 1, side, side), np.float32),
    }
    served = ServedEngine(bundle, triton)
    try:
        (theirs,) = served.run("colorizer", feed)
    finally:
        served.close()
    # The graph itself: an engine on a CPU takes the bundle's lighter variant of it.
    path, providers = str(bundle.file("colorizer")), ["CPUExecutionProvider"]
    (ours,) = onnx_runtime.load().InferenceSession(path, providers=providers).run(["image"], feed)
    np.testing.assert_allclose(theirs, ours, atol=1e-4)


def test_a_page_coloured_over_curve_is_as_one_coloured_here(
    triton: str, boxes: np.ndarray, runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUIDINGPAINTER_KEYS", str(runtime.parent / "k"))
    ann = runtime.parent / "ann.gpkey"
    assert keys.main(["add", "ann", "-o", str(ann)]) == 0

    def pictures(*options: str, key: Path | None = None) -> dict[str, np.ndarray]:
        starter = Starter(sys.executable, "-m", "gp_daemon.cli")
        try:
            _, ready = starter.start(*options, log=runtime.parent / "log")
            assert ready.get("ready"), (runtime.parent / "log").read_text()
            connection = read_connection()
            assert connection is not None
            endpoint = connection.main.replace("0.0.0.0", "127.0.0.1") if key else None
            with gp_client.connect(endpoint, key=key) as client:
                assert (triton in client.info["device"]) == (key is not None)
                return coloured(client, boxes)
        finally:
            starter.end()

    here = pictures("--cpu")
    there = pictures("--listen", "tcp://0.0.0.0:*", "--triton", triton, key=ann)
    assert (here["flats"] == there["flats"]).all()
    difference = np.abs(here["soft"] - there["soft"])  # of int8 here to float32 there
    assert difference.mean() < 3
    assert (here["soft"] != here["flats"]).any()


def coloured(client: gp_client.Client, art: np.ndarray) -> dict[str, np.ndarray]:
    """A page with one piece filled, as flats and as soft colours."""
    height, width = art.shape
    page = client.open_guided(art.tobytes(), width, height)
    page.fill((width // 4, height // 4), RED)
    return {
        kind: np.frombuffer(bytes(page.render(kind, format="RGBA8")), np.uint8).astype(int)
        for kind in ("flats", "soft")
    }
