"""A bundle whose segmenter says which pieces have one colour."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from gp_client.errors import BAD_REQUEST, BUNDLE_DAMAGED, GuidingPainterError
from gp_daemon.networks.bundle import Bundle
from gp_daemon.networks.device_thread import Device
from gp_daemon.networks.engine import Engine
from serving import PATIENCE

SKETCH = np.ones((32, 48), np.float32)
PIECES = np.repeat(np.arange(-1, 5, dtype=np.int32), 8)[None].repeat(32, 0)
_RNG = np.random.default_rng(3)
SHAPE = _RNG.normal(size=(5, 4)).astype(np.float32)
RELATION = _RNG.normal(size=(5, 5, 3)).astype(np.float32)


@pytest.fixture
def bundle(tmp_path: Path, bundle_maker: Callable[..., Bundle]) -> Bundle:
    return bundle_maker(tmp_path / "bundle", affinity=True)


@pytest.fixture
def engine(bundle: Bundle) -> Engine:
    return Engine(bundle, cpu=True)


def test_tokens_and_affinity_come_back_for_every_piece(engine: Engine) -> None:
    tokens, affinity, blank = engine.affinity(SKETCH, PIECES, SHAPE, RELATION)
    np.testing.assert_array_equal(tokens, SHAPE)
    np.testing.assert_allclose(blank, SHAPE[:, 0] - 10, rtol=1e-6)
    np.testing.assert_array_equal(affinity, RELATION[..., 0])


def test_the_device_asks_for_it_on_its_own_thread(engine: Engine) -> None:
    device = Device(engine)
    tokens, affinity, _ = device.affinity(SKETCH, PIECES, SHAPE, RELATION)
    assert affinity.shape == (5, 5)
    colors = np.array([[0, 0, 0], [0.5, 1, 0]], np.float32)
    alike = SHAPE @ SHAPE[:2].T + [0, 1.5]
    np.testing.assert_allclose(device.match(tokens, tokens[:2], colors), alike, rtol=1e-5)
    with pytest.raises(GuidingPainterError) as raised:
        device.match(tokens, tokens[:2], colors[:1])
    assert raised.value.code == BAD_REQUEST


def test_what_overflows_in_half_precision_stays_a_number(engine: Engine) -> None:
    relation = RELATION.copy()
    relation[0, 1, 0], relation[1, 0, 0], relation[2, 3, 0] = np.inf, -np.inf, np.nan
    _, affinity, _ = engine.affinity(SKETCH, PIECES, SHAPE, relation)
    assert np.isfinite(affinity).all()
    assert affinity[0, 1] > 100
    assert affinity[1, 0] < -100


@pytest.mark.parametrize(
    "change",
    [
        {"pieces": PIECES[:, :32]},
        {"pieces": PIECES + 1},
        {"shape": SHAPE[:4]},
        {"shape": SHAPE[:0], "relation": RELATION[:0, :0]},
        {"sketch": np.ones((30, 48), np.float32)},
    ],
)
def test_what_does_not_fit_is_refused(engine: Engine, change: dict) -> None:
    arguments = {"sketch": SKETCH, "pieces": PIECES, "shape": SHAPE, "relation": RELATION}
    with pytest.raises(GuidingPainterError) as raised:
        engine.affinity(**(arguments | change))
    assert raised.value.code == BAD_REQUEST


def test_it_gives_no_regions_and_a_bundle_of_regions_gives_no_affinities(
    engine: Engine, tmp_path: Path, bundle_maker: Callable[..., Bundle]
) -> None:
    with pytest.raises(GuidingPainterError) as raised:
        engine.segment(SKETCH, PIECES)
    assert raised.value.code == BAD_REQUEST
    regions = Engine(bundle_maker(tmp_path / "regions"), cpu=True)
    with pytest.raises(GuidingPainterError):
        regions.affinity(SKETCH, PIECES, SHAPE, RELATION)
    with pytest.raises(GuidingPainterError):
        regions.match(SHAPE, SHAPE, SHAPE[:, :3])


def test_the_manifest_says_which_kind_it_is_and_older_ones_are_read(bundle: Bundle) -> None:
    assert bundle.affinity
    assert bundle.roles == ("segmenter", "colorizer", "matcher")
    manifest = bundle.path / "bundle.json"
    values = json.loads(manifest.read_text())
    del values["affinity"], values["files"]["matcher"]
    values["schema"] = 1
    manifest.write_text(json.dumps(values))
    older = Bundle.load(bundle.path)
    assert not older.affinity
    assert older.roles == ("segmenter", "colorizer")
    # Such a manifest lies about its segmenter, and the engine finds out.
    with pytest.raises(GuidingPainterError) as raised:
        Engine(older, cpu=True)
    assert raised.value.code == BUNDLE_DAMAGED


def test_a_damaged_matcher_is_refused(bundle: Bundle) -> None:
    bundle.file("matcher").write_bytes(b"nothing")
    with pytest.raises(GuidingPainterError) as raised:
        Bundle.load(bundle.path)
    assert raised.value.code == BUNDLE_DAMAGED


@pytest.fixture
def suggesting(tmp_path: Path, bundle_maker: Callable[..., Bundle]) -> Engine:
    bundle = bundle_maker(tmp_path / "suggesting", affinity=True, suggester=True)
    assert bundle.roles == ("segmenter", "colorizer", "matcher", "suggester")
    return Engine(bundle, cpu=True)


def test_a_suggester_is_told_tokens_affinity_and_colours(suggesting: Engine) -> None:
    affinity = np.array([[0, 1, 2], [1, 0, 5], [2, 5, 0]], np.float32)
    colors = np.array([[1, 1, 1], [0, 0.5, 0], [1, 1, 1]], np.float32)
    known = np.array([1, 1, 0], np.float32)
    found, palette = suggesting.suggest(SHAPE[:3], affinity, colors, known)
    assert found.tolist() == [[3, 3], [0.5, 6], [0, 7]]
    assert palette.tolist() == [[0, 0, 0], [1, 1, 1]]


@pytest.mark.parametrize(
    "change",
    [
        {"tokens": SHAPE[:0], "affinity": RELATION[:0, :0, 0]},
        {"affinity": RELATION[:1, :1, 0]},
        {"colors": np.zeros((2, 4), np.float32)},
        {"known": np.zeros(3, np.float32)},
    ],
)
def test_a_suggester_is_not_told_what_does_not_fit(suggesting: Engine, change: dict) -> None:
    given = {
        "tokens": SHAPE[:2],
        "affinity": RELATION[:2, :2, 0],
        "colors": np.zeros((2, 3), np.float32),
        "known": np.zeros(2, np.float32),
    }
    with pytest.raises(GuidingPainterError) as raised:
        suggesting.suggest(**(given | change))
    assert raised.value.code == BAD_REQUEST


@pytest.mark.parametrize("sizes", [((2, 0), (0, 3)), ((2, 4), (3, 3)), ((2, 3), (3, 4))])
def test_a_suggester_of_other_colours_than_it_chooses_from_is_refused(
    sizes: tuple[tuple[int, int], ...], suggesting: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = [np.zeros(size, np.float32) for size in sizes]
    monkeypatch.setattr(suggesting, "run", lambda role, feed: given)
    with pytest.raises(GuidingPainterError, match="likelihoods of other pieces") as raised:
        suggesting.suggest(SHAPE[:2], RELATION[:2, :2, 0], SHAPE[:2, :3], np.ones(2, np.float32))
    assert raised.value.code == BUNDLE_DAMAGED


def test_a_bundle_without_a_suggester_says_so(engine: Engine) -> None:
    none = np.zeros((1, 3), np.float32)
    with pytest.raises(GuidingPainterError, match="no suggester"):
        engine.suggest(SHAPE[:1], RELATION[:1, :1, 0], none, none[:, 0])


PROGRAM = """
import numpy as np
from gp_daemon.networks.bundle import Bundle, default_bundle
from gp_daemon.networks.engine import Engine
from gp_daemon.service import limits

limits.keep_memory_small()
engine = Engine(Bundle.load(default_bundle()), cpu=True)

def run(count):
    inputs = {one.name: one.shape for one in engine._sessions["segmenter"].get_inputs()}
    side = 128
    pieces = (np.arange(side * side).reshape(side, side) * count // side**2).astype(np.int32)
    shape = np.ones((count, inputs["shape"][1]), np.float32)
    relation = np.ones((count, count, inputs["relation"][2]), np.float32)
    found = engine.affinity(np.ones((side, side), np.float32), pieces, shape, relation)
    tokens = found[0][: min(count, 600)]
    return found, engine.match(tokens, tokens, np.ones((len(tokens), 3), np.float32))

def held():
    limits.give_memory_back()
    return int(open("/proc/self/statm").read().split()[1]) * 4096 // 2**20

run(200)
before = held()
kept = [run(600) for _ in range(3)]  # as pages keep them
print(before, held())
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="Linux shows its memory")
def test_a_page_of_many_pieces_leaves_no_memory_with_the_networks() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stderr
    before, after = map(int, done.stdout.split())
    assert after < 1.3 * before, done.stdout
