"""`gp-export CHECKPOINT -o BUNDLE`."""

from __future__ import annotations

import argparse
import json
import logging
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gp_client import streams
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_training.cli import missing

if TYPE_CHECKING:
    from gp_daemon.networks.bundle import Bundle


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point; returns the exit code, 2 for a clear error."""
    return streams.run("gp-export", lambda: _run(argv))


def parser() -> argparse.ArgumentParser:
    """Return the parser of `gp-export`, without torch being loaded."""
    made = argparse.ArgumentParser(
        prog="gp-export", description="Export a training run as a bundle that gp-daemon serves."
    )
    made.add_argument(
        "checkpoint",
        type=Path,
        help="run folder of gp-train fit or file of gp-train weights; with --affinity: or a bundle",
    )
    made.add_argument("-o", "--output", type=Path, required=True, help="bundle folder to make")
    made.add_argument(
        "--affinity", type=Path, metavar="RUN",
        help="segmenter of a run of gp_training.run.affinity, or its weights file",
    )  # fmt: skip
    made.add_argument(
        "--matcher", type=Path, metavar="RUN",
        help="with --affinity: matcher of a run of gp_training.run.matcher, or its weights file; "
        "without one pages cannot be compared",
    )  # fmt: skip
    made.add_argument(
        "--suggester", type=Path, metavar="RUN",
        help="with --affinity: suggester of a run of gp_training.run.suggester, or its weights "
        "file; without one the colorizer's colours are suggested",
    )  # fmt: skip
    made.add_argument("--name", default="default", help="of the bundle (default: %(default)s)")
    made.add_argument(
        "--licence", metavar="TERMS",
        help="of the weights, such as CC-BY-4.0 or 'all rights reserved'; default: "
        "GPL-3.0-or-later, as the open data asks for",
    )  # fmt: skip
    made.add_argument("--grid-side", type=int, help="long side of the grid in pixels")
    made.add_argument("--metrics", type=Path, help="JSON of gp-train evaluate, for the card")
    made.add_argument(
        "--began-with", type=Path, metavar="BUNDLE",
        help="whose weights the run began with: the card lists its data, not the store's",
    )  # fmt: skip
    made.add_argument("--force", action="store_true", help="replace an existing bundle")
    made.add_argument(
        "--variants", nargs="+", default=[], metavar="KIND",
        help="also lighter colorizers: int8 for CPUs, fp16 for GPUs",
    )  # fmt: skip
    made.add_argument(
        "--data", type=Path, nargs="+", metavar="PACK",
        help="scene packs to calibrate and measure variants on; default: the validation packs",
    )  # fmt: skip
    return made


def _run(argv: Sequence[str] | None) -> int:
    ours = parser()
    arguments = ours.parse_args(argv)
    for name in ("matcher", "suggester"):
        if getattr(arguments, name) and not arguments.affinity:
            ours.error(f"--{name} goes with --affinity: it looks at that segmenter's tokens")
    # The exporter names each operator of torchvision that it does without; we use none of them.
    registry = logging.getLogger("torch.onnx._internal.exporter._registration")
    registry.addFilter(lambda record: "torchvision is not installed" not in str(record.msg))
    warnings.filterwarnings("ignore", category=FutureWarning)
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    try:
        from gp_daemon.networks.bundle import MANIFEST
        from gp_daemon.networks.bundle import Bundle as Loaded
        from gp_training.data.card import data_of_run, training_data
        from gp_training.data.sources import SOURCES
        from gp_training.evaluation.reports import require_packs
        from gp_training.networks.checkpoint import read_state

        from gp_export.bundling import WEIGHTS_LICENCE, exchange_segmenter, export_bundle

        metrics = {} if arguments.metrics is None else _read(arguments.metrics)
        packs = arguments.data or (require_packs("validation") if arguments.variants else [])
        if arguments.affinity and (arguments.checkpoint / MANIFEST).is_file():
            bundle = exchange_segmenter(
                Loaded.load(arguments.checkpoint), arguments.affinity, arguments.output,
                matcher=arguments.matcher, suggester=arguments.suggester, metrics=metrics,
                variants=arguments.variants, packs=packs, force=arguments.force,
            )  # fmt: skip
            return _done(bundle)
        try:
            before = arguments.began_with
            if before:
                data = Loaded.load(before).training["data"]
            else:
                history = read_state(arguments.checkpoint)["history"]
                data = data_of_run(history, training_data(list(SOURCES)))
        except GuidingPainterError:
            if arguments.began_with:
                raise
            streams.complain("gp-export: no data store here; the card will not list the data")
            data = []
        if (arguments.licence or WEIGHTS_LICENCE) != WEIGHTS_LICENCE and any(
            row["licence"] == WEIGHTS_LICENCE for row in data
        ):
            streams.complain(
                f"gp-export: the bundle will say {arguments.licence!r}, but its networks have also "
                f"seen data that asks for {WEIGHTS_LICENCE}"
            )
        bundle = export_bundle(
            arguments.checkpoint, arguments.output, name=arguments.name,
            licence=arguments.licence or WEIGHTS_LICENCE, metrics=metrics,
            data=data, grid_side=arguments.grid_side, force=arguments.force,
            variants=arguments.variants, packs=packs, affinity=arguments.affinity,
            matcher=arguments.matcher, suggester=arguments.suggester,
        )  # fmt: skip
    except ModuleNotFoundError as error:
        raise missing(error) from error
    return _done(bundle)


def _done(bundle: Bundle) -> int:
    graphs = (bundle.files, *bundle.variants.values())
    total = sum(file.bytes for files in graphs for file in files.values())
    streams.say(f"{bundle.path}: {total / 1e6:.1f} MB")
    return 0


def _read(path: Path) -> dict[str, object]:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError) as error:
        what = "cannot be read" if isinstance(error, OSError) else "is not a JSON file"
        raise GuidingPainterError(
            BAD_REQUEST, f"{path} {what}.", "gp-train evaluate RUN -o results writes one."
        ) from error


if __name__ == "__main__":
    raise SystemExit(main())
