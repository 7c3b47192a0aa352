"""A checkpoint to a bundle: graphs, their check, manifest, model card; whole or not at all."""

from __future__ import annotations

import datetime
import functools
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import onnx
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_daemon.networks.bundle import Bundle, write_manifest
from gp_training.baselines.building import build_networks
from gp_training.data.truth import SIDE
from gp_training.networks.checkpoint import load_checkpoint, read_state
from gp_training.networks.colorizer import Colorizer
from gp_training.networks.guidance import Segmenter
from gp_training.recipe.presets import PRESETS, Preset, preset_of_run

from gp_export.affinity import export_comparing, read_comparing
from gp_export.graphs import export_graph
from gp_export.lighter import check_packs, lighten
from gp_export.parity import parity

FILES = {"segmenter": "segmenter.onnx", "colorizer": "colorizer.onnx"}
# The data holds GPL-2.0-or-later and CC-BY-SA-4.0 works; both may be passed on under this one.
WEIGHTS_LICENCE = "GPL-3.0-or-later"


def export_bundle(
    checkpoint: Path,
    target: Path,
    *,
    name: str = "default",
    licence: str = WEIGHTS_LICENCE,
    metrics: Mapping[str, Any] | None = None,
    data: list[dict[str, Any]] | None = None,
    grid_side: int | None = None,
    force: bool = False,
    variants: Sequence[str] = (),
    packs: Sequence[Path] = (),
    affinity: Path | None = None,
    matcher: Path | None = None,
    suggester: Path | None = None,
    report: Callable[[str], None] = print,
) -> Bundle:
    """Exports a training run's networks as a bundle.

    Args:
        checkpoint: run folder of `gp-train fit`.
        target: bundle folder to make.
        name: of the bundle.
        licence: of its weights: whoever trained on pictures of her own alone decides.
        metrics: measured quality, for the manifest and the card.
        data: the sources of scenes trained on, as `gp_training.data.card.training_data` lists them.
        grid_side: overrides the preset's.
        force: replace an existing bundle.
        variants: lighter colorizers to add, see `gp_export.lighter`.
        packs: scene packs that they are calibrated and measured on.
        affinity: run folder of `gp_training.run.affinity` or its weights file: its f takes the
            place of the checkpoint's.
        matcher: run folder of `gp_training.run.matcher` on that f, or its weights file.
        suggester: run folder of `gp_training.run.suggester` on that f, or its weights file.
        report: takes a line of progress.

    Returns:
        The bundle.

    Raises:
        GuidingPainterError: no checkpoint, an existing target, no parity with torch, or a variant
            that loses too much.
    """
    if target.exists() and not force:
        raise GuidingPainterError(
            BAD_REQUEST, f"{target} exists.", "Name another folder, or replace it with --force."
        )
    if variants:
        check_packs(packs)
    preset = preset_of_run(checkpoint)
    networks = build_networks(preset)
    load_checkpoint(checkpoint, {role: networks[role] for role in "fg"})
    state = read_state(checkpoint)
    history = state["history"]
    pair = {"segmenter": networks["f"], "colorizer": networks["g"]}
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".bundle-") as work:
        folder = Path(work) / "bundle"
        folder.mkdir()
        checks: dict[str, float] = {}
        for role, network in pair.items():
            assert isinstance(network, Segmenter | Colorizer)
            file = folder / FILES[role]
            report(f"exporting the {role}")
            export_graph(network, file)
            _strip(file)
            result = parity(network, file)
            checks[role] = result["error"]
            report(f"{role}: {file.stat().st_size / 1e6:.1f} MB, differs by {result['error']:.1e}")
        training = {
            "preset": preset.name,
            "phases": [
                f"{h['network']}, {h['phase']}: {h['images']} pictures at {h['side']} px"
                for h in history
            ],
            "hours": round(sum(h["seconds"] for h in history) / 3600, 2),
            # A weights file does not say it.
            **({"seed": state["seed"]} if "seed" in state else {}),
            "data": data or [],
            # Pages of real works, beside the scenes that are composed of the data.
            "pictures": list(dict.fromkeys(p for h in history for p in h.get("pictures", []))),
        }
        write = functools.partial(
            write_manifest,
            folder,
            name=name,
            version=datetime.date.today().strftime("%Y.%m.%d"),
            n_regions=preset.regions,
            grid_side=grid_side or preset.grid_side,
            grid_multiple=32 if preset.stem else 16,
            mode=preset.mode,
            pieces=preset.pieces,
            sees_regions=preset.sees_regions,
            licence=licence,
            training=training,
        )
        measured: dict[str, Any] = {"parity": checks, **(metrics or {})}
        bundle = write(metrics=measured, files=FILES)
        lighter = {}
        for variant in variants:
            file = folder / f"colorizer.{variant}.onnx"
            measured[variant] = _made_lighter(bundle, variant, packs, file, report)
            lighter[variant] = {"colorizer": file.name}
        if affinity is not None:
            # Last, as a lighter colorizer may be measured on the regions of the checkpoint's f.
            comparing = read_comparing(affinity, matcher, suggester)
            report("exporting the networks that compare pieces")
            files, errors = export_comparing(comparing, folder)
            checks.update(errors)
            for name_of_file in files.values():
                _strip(folder / name_of_file)
            training["affinity"] = comparing.learned
            bundle = write(
                metrics=measured, variants=lighter, affinity=True, segmenter_side=SIDE,
                files={**FILES, **files},
            )  # fmt: skip
        elif lighter:
            bundle = write(metrics=measured, variants=lighter, files=FILES)
        (folder / "README.md").write_text(model_card(bundle, preset))
        # mkdtemp's 0700 would hide the bundle from other users of a shared installation.
        folder.chmod(0o755)
        if target.exists():
            shutil.rmtree(target)
        folder.rename(target)
    return Bundle.load(target)


def exchange_segmenter(
    bundle: Bundle,
    affinity: Path,
    target: Path,
    *,
    matcher: Path | None = None,
    suggester: Path | None = None,
    metrics: Mapping[str, Any] | None = None,
    variants: Sequence[str] = (),
    packs: Sequence[Path] = (),
    force: bool = False,
    report: Callable[[str], None] = print,
) -> Bundle:
    """A bundle with another's colorizers, f of a run for its segmenter, matcher and suggester.

    Args:
        bundle: whose colorizers, licence and notes are taken over; stays as it is.
        affinity: run folder of `gp_training.run.affinity` or its weights file.
        target: bundle folder to make.
        matcher: run folder of `gp_training.run.matcher` on that f, or its weights file.
        suggester: run folder of `gp_training.run.suggester` on that f, or its weights file.
        metrics: measured quality of the new segmenter, for the manifest and the card.
        variants: lighter colorizers to make anew; others are taken over.
        packs: scene packs that they are calibrated and measured on.
        force: replace an existing bundle, which may be `bundle` itself.
        report: takes a line of progress.

    Raises:
        GuidingPainterError: no checkpoint, an existing target, no parity with torch, or a variant
            that loses too much.
    """
    if target.exists() and not force:
        raise GuidingPainterError(
            BAD_REQUEST, f"{target} exists.", "Name another folder, or replace it with --force."
        )
    if variants:
        check_packs(packs)
    comparing = read_comparing(affinity, matcher, suggester)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".bundle-") as work:
        folder = Path(work) / "bundle"
        folder.mkdir()
        lighter = {
            variant: {"colorizer": files["colorizer"].name}
            for variant, files in bundle.variants.items()
            if "colorizer" in files and variant not in variants
        }
        names = [bundle.files["colorizer"].name, *(one["colorizer"] for one in lighter.values())]
        for name in names:
            shutil.copyfile(bundle.path / name, folder / name)
        report("exporting the networks that compare pieces")
        files, checks = export_comparing(comparing, folder)
        for name in files.values():
            _strip(folder / name)
        measured = {key: value for key, value in bundle.metrics.items() if key in lighter}
        for variant in variants:
            file = folder / f"colorizer.{variant}.onnx"
            measured[variant] = _made_lighter(bundle, variant, packs, file, report)
            lighter[variant] = {"colorizer": file.name}
        kept = bundle.metrics.get("parity", {}).get("colorizer")
        checks |= {} if kept is None else {"colorizer": kept}
        made = write_manifest(
            folder,
            name=bundle.name,
            version=datetime.date.today().strftime("%Y.%m.%d"),
            n_regions=bundle.n_regions,
            grid_side=bundle.grid_side,
            grid_multiple=bundle.grid_multiple,
            mode=bundle.mode,
            affinity=True,
            segmenter_side=SIDE,
            sees_regions=bundle.sees_regions,
            licence=bundle.licence,
            files={**files, "colorizer": names[0]},
            variants=lighter,
            training={**bundle.training, "affinity": comparing.learned},
            metrics={"parity": checks, **measured, **(metrics or {})},
        )
        (folder / "README.md").write_text(model_card(made, PRESETS[made.training["preset"]]))
        folder.chmod(0o755)
        if target.exists():
            shutil.rmtree(target)
        folder.rename(target)
    return Bundle.load(target)


def _made_lighter(
    bundle: Bundle, variant: str, packs: Sequence[Path], file: Path, report: Callable[[str], None]
) -> dict[str, float]:
    report(f"making the {variant} colorizer")
    measured = lighten(bundle, variant, packs, file)
    report(
        f"{variant}: {file.stat().st_size / 1e6:.1f} MB, loses {measured['psnr']:.3f} dB, differs "
        f"by {255 * measured['difference']:.2f} of 255"
    )
    return measured


def _strip(file: Path) -> None:
    """Removes the exporter's notes: they name source files of the machine that exported."""
    model = onnx.load(file)
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    for value in (*model.graph.input, *model.graph.output, *model.graph.value_info):
        del value.metadata_props[:]
        value.doc_string = ""
    for tensor in model.graph.initializer:
        del tensor.metadata_props[:]
    for function in model.functions:
        del function.metadata_props[:]
        for node in function.node:
            del node.metadata_props[:]
    del model.metadata_props[:]
    del model.graph.metadata_props[:]
    model.graph.doc_string = model.doc_string = ""
    onnx.save(model, file)


def model_card(bundle: Bundle, preset: Preset) -> str:
    """The bundle's README: what it is, what it was trained on, what it scored."""
    if bundle.affinity:
        what = [
            "Networks of GuidingPainter: a segmenter that says which pieces of line art have",
            "the same colour, where a bundle has them a matcher that says so of pieces of several",
            "pages and a suggester that says which colours they might have, and a colorizer that",
            f"paints from up to {bundle.n_regions} colours (the g of the method, WACV 2023).",
        ]
    else:
        what = [
            "Two networks of the GuidingPainter method (WACV 2023): a segmenter that divides",
            f"line art into at most {bundle.n_regions} regions in priority order, and a colorizer",
            "that paints from one colour per region.",
        ]
    what += [
        "For colouring line art with a person in the loop; not for photographs, and not for",
        "judging drawings or people.",
    ]
    lines = [
        f"# GuidingPainter bundle: {bundle.name} {bundle.version}",
        "",
        *what,
        "",
        f"- Preset {preset.name}: U-Net widths {preset.segmenter_width} and "
        f"{preset.colorizer_width}{', space-to-depth stem' if preset.stem else ''}"
        f"{', decisions over pieces of the line art' if preset.pieces else ''}.",
        f"- Grid: long side {bundle.grid_side} px, sides multiples of {bundle.grid_multiple}.",
        f"- Training, {bundle.training['hours']} h in all: "
        + "; ".join(bundle.training["phases"])
        + ".",
        *_affinity_lines(bundle),
        f"- Licence of the weights: {bundle.licence}.",
        "",
        "## Data",
        "",
        "| source | licence | author | figures |",
        "|---|---|---|---|",
    ]
    for source in bundle.training["data"]:
        lines.append(
            f"| {source['name']} | {source['licence']} | {source['author']} "
            f"| {source['figures'].get('train', 0)} |"
        )
    lines += ["", "Composed into scenes or cropped, mirrored and recoloured at random.", ""]
    if bundle.training.get("pictures"):
        lines += [
            "The colorizer learned last, from pages in their artists' colours:",
            "",
            *(f"- {line}" for line in bundle.training["pictures"]),
            "",
        ]
    lines += ["## Metrics", ""]
    for key, value in bundle.metrics.items():
        lines.append(f"- {key}: {value}")
    return "\n".join(lines) + "\n"


def _affinity_lines(bundle: Bundle) -> list[str]:
    learned, lines = bundle.training.get("affinity"), []
    what = f"Segmenter, at up to {bundle.segmenter_side} px:"
    others = {name: (learned or {}).get(name) for name in ("matcher", "suggester")}
    while learned:
        lines += [
            f"- {what} {learned['steps']} steps on {learned['pages']} pages, {learned['hours']} h "
            "of one core; what they learned from:",
            *(f"  - {line}" for line in learned["data"]),
        ]
        learned, what = learned.get("began"), "The weights that those began with:"
    pages = {"matcher": "pages of one work", "suggester": "pages in their artists' colours"}
    for name, other in others.items():
        if other:
            lines += [
                f"- {name.capitalize()}: {other['steps']} steps on {pages[name]}, as that "
                f"segmenter sees them, {other['hours']} h of one core; what it learned from:",
                *(f"  - {line}" for line in other["data"]),
            ]
    return lines
