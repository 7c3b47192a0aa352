"""The engine runs a bundle on a device that exists, and says so when it cannot."""

from __future__ import annotations

import dataclasses
import json
import logging
import sys

import numpy as np
import pytest
from gp_client.errors import (
    BAD_REQUEST,
    BUNDLE_DAMAGED,
    DEVICE_UNAVAILABLE,
    INTERNAL,
    GuidingPainterError,
)
from gp_daemon.networks import engine as networks
from gp_daemon.networks import hardware as devices
from gp_daemon.networks import onnx_runtime
from gp_daemon.networks.bundle import Bundle, write_manifest
from gp_daemon.networks.engine import Engine
from gp_daemon.networks.interface import ColorizerInput

onnxruntime = onnx_runtime.load()

SKETCH = np.ones((32, 48), np.float32)


def _paint(engine: Engine, **changes) -> np.ndarray:
    blank = ColorizerInput(
        SKETCH, np.zeros((32, 48), np.uint8), np.zeros((6, 3), np.float32), np.zeros(6, np.bool_)
    )
    return engine.colorize(dataclasses.replace(blank, **changes))


def test_labels_and_margin_come_back_at_grid_size(engine):
    pieces = np.arange(32 * 48, dtype=np.int32).reshape(32, 48)
    labels, margin = engine.segment(SKETCH, pieces)
    assert labels.dtype == np.uint8
    assert (labels == pieces % 6).all()
    assert margin.dtype == np.float32
    assert (margin == 1).all()


def test_a_hint_paints_its_region_in_rgb_order(engine):
    labels = np.zeros((32, 48), np.uint8)
    labels[:, 24:] = 1
    colors = np.zeros((6, 3), np.float32)
    colors[1] = (1, 0.25, 0)
    image = _paint(engine, labels=labels, colors=colors, hinted=np.arange(6) == 1)
    assert image.shape == (3, 32, 48)
    assert image[:, 5, 40].tolist() == [1, 0.25, 0]
    assert image[:, 5, 5].tolist() == [0.5, 0.5, 0.5]


def test_a_scribble_reaches_the_network(engine):
    rgb = np.zeros((3, 32, 48), np.float32)
    rgb[2] = 1
    mask = np.zeros((32, 48), np.float32)
    mask[4, 7] = 1
    image = _paint(engine, scribble_rgb=rgb, scribble_mask=mask)
    assert image[:, 4, 7].tolist() == [0, 0, 1]
    assert image[:, 7, 4].tolist() == [0.5, 0.5, 0.5]


def test_a_grid_of_odd_size_is_refused(engine):
    with pytest.raises(GuidingPainterError) as caught:
        engine.segment(np.ones((32, 40), np.float32), np.zeros((32, 40), np.int32))
    assert caught.value.code == BAD_REQUEST


def test_pieces_are_asked_for_where_the_bundle_needs_them(engine):
    with pytest.raises(GuidingPainterError, match="pieces"):
        engine.segment(SKETCH)


def test_the_device_is_said_in_words(engine):
    assert engine.device.startswith("CPU (")
    assert engine.device.endswith(("thread)", "threads)"))


def test_cpu_threads_stay_between_one_and_four():
    assert 1 <= devices.cpu_threads() <= 4


def test_counting_gpus_without_a_driver_gives_none(monkeypatch):
    def missing(_name):
        raise OSError("no such library")

    monkeypatch.setattr(devices.ctypes, "CDLL", missing)
    assert devices.count_gpus() == 0


def _pretend_cuda(monkeypatch, gpus: int) -> None:
    """A runtime that lists CUDA, as onnxruntime-gpu does on machines without a usable GPU."""
    providers = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: providers)
    monkeypatch.setattr(networks, "count_gpus", lambda: gpus)
    real = onnxruntime.InferenceSession

    def session(path, options, providers):
        return real(path, options, providers=["CPUExecutionProvider"])

    monkeypatch.setattr(onnxruntime, "InferenceSession", session)


def test_an_explicit_gpu_without_cuda_support_names_the_fix(bundle_folder, monkeypatch):
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])
    with pytest.raises(GuidingPainterError, match=r"pip install '.*\[gpu\]'") as caught:
        Engine(Bundle.load(bundle_folder), gpu=0)
    assert caught.value.code == DEVICE_UNAVAILABLE


def test_a_gpu_number_beyond_the_last_is_refused(bundle_folder, monkeypatch):
    _pretend_cuda(monkeypatch, 1)
    with pytest.raises(GuidingPainterError, match="GPU 7 cannot be used") as caught:
        Engine(Bundle.load(bundle_folder), gpu=7)
    assert caught.value.code == DEVICE_UNAVAILABLE


def test_an_explicit_gpu_that_falls_back_silently_is_an_error(bundle_folder, monkeypatch):
    _pretend_cuda(monkeypatch, 1)
    with pytest.raises(GuidingPainterError, match="did not load") as caught:
        Engine(Bundle.load(bundle_folder), gpu=0)
    assert caught.value.code == DEVICE_UNAVAILABLE


def test_a_gpu_that_does_not_work_falls_back_with_one_line(bundle_folder, monkeypatch, caplog):
    _pretend_cuda(monkeypatch, 1)
    with caplog.at_level(logging.WARNING):
        engine = Engine(Bundle.load(bundle_folder))
    assert engine.device.startswith("CPU")
    assert len(caplog.records) == 1
    assert "Using CPU" in caplog.text


def test_running_out_of_gpu_memory_goes_on_on_the_cpu(bundle_folder, monkeypatch, caplog):
    engine = Engine(Bundle.load(bundle_folder), cpu=True)

    class OutOfMemory:
        def run(self, *_):
            raise RuntimeError("Failed to allocate memory for requested buffer")

    monkeypatch.setattr(engine, "_on_cuda", True)
    monkeypatch.setattr(engine, "_sessions", {"colorizer": OutOfMemory()})
    with caplog.at_level(logging.WARNING):
        image = _paint(engine)
    assert (image == 0.5).all()
    assert "Failed to allocate" in caplog.text


def test_a_failing_run_is_a_typed_error(engine):
    with pytest.raises(GuidingPainterError) as caught:
        _paint(engine, labels=np.zeros((16, 16), np.uint8))
    assert caught.value.code == INTERNAL


def test_a_missing_runtime_names_the_command(bundle_folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(GuidingPainterError, match=r"pip install '.*\[cpu\]'"):
        Engine(Bundle.load(bundle_folder))


def test_gpu_and_cpu_at_once_are_refused(bundle_folder):
    with pytest.raises(GuidingPainterError) as caught:
        Engine(Bundle.load(bundle_folder), gpu=0, cpu=True)
    assert caught.value.code == BAD_REQUEST


def test_a_graph_with_another_interface_is_refused(tmp_path, bundle_maker):
    bundle_maker(tmp_path)
    write_manifest(
        tmp_path,
        name="swapped",
        version="1",
        n_regions=6,
        grid_side=128,
        grid_multiple=16,
        files={"segmenter": "colorizer.onnx", "colorizer": "segmenter.onnx"},
    )
    with pytest.raises(GuidingPainterError, match="inputs") as caught:
        Engine(Bundle.load(tmp_path), cpu=True)
    assert caught.value.code == BUNDLE_DAMAGED


def test_a_file_that_is_no_graph_is_refused(tmp_path, bundle_maker):
    bundle_maker(tmp_path)
    (tmp_path / "segmenter.onnx").write_bytes(b"not a graph")
    write_manifest(
        tmp_path,
        name="noise",
        version="1",
        n_regions=6,
        grid_side=128,
        grid_multiple=16,
        files={"segmenter": "segmenter.onnx", "colorizer": "colorizer.onnx"},
    )
    with pytest.raises(GuidingPainterError, match=r"segmenter\.onnx") as caught:
        Engine(Bundle.load(tmp_path), cpu=True)
    assert caught.value.code == BUNDLE_DAMAGED


def test_a_region_beyond_the_manifest_is_refused(tmp_path, bundle_maker):
    bundle_maker(tmp_path, n_regions=6)
    write_manifest(
        tmp_path,
        name="short",
        version="1",
        n_regions=4,
        grid_side=128,
        grid_multiple=16,
        files={"segmenter": "segmenter.onnx", "colorizer": "colorizer.onnx"},
    )
    engine = Engine(Bundle.load(tmp_path), cpu=True)
    with pytest.raises(GuidingPainterError, match="n_regions"):
        engine.segment(SKETCH, np.full((32, 48), 5, np.int32))


def test_a_cpu_takes_the_eight_bit_graph_and_says_so(tmp_path, bundle_maker):
    folder = tmp_path / "b"
    bundle_maker(folder, n_regions=5, grid_side=96)
    manifest = json.loads((folder / "bundle.json").read_text())
    (folder / "light.onnx").write_bytes((folder / "colorizer.onnx").read_bytes())
    lighter = {**manifest["files"]["colorizer"], "name": "light.onnx"}
    (folder / "bundle.json").write_text(
        json.dumps(manifest | {"variants": {"int8": {"colorizer": lighter}}})
    )
    bundle = Bundle.load(folder)
    (folder / "colorizer.onnx").unlink()  # so that only the lighter one can be opened
    assert Engine(bundle, cpu=True).device.endswith(", int8)")
