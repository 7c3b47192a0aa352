"""Options that several of `gp-train`'s commands share, and what may be given for them."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from pathlib import Path

from gp_client.errors import BAD_REQUEST, DEVICE_UNAVAILABLE, GuidingPainterError

_STEP = 32  # sides of pictures are multiples of it: networks halve them so often


def at_least(least: int) -> Callable[[str], int]:
    """A parser of whole numbers from `least`."""

    def parse(text: str) -> int:
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdecimal() and len(digits) < 16):
            raise argparse.ArgumentTypeError(f"{text[:32]!r} is not a whole number")
        if int(text) < least:
            raise argparse.ArgumentTypeError(f"{text} is less than {least}")
        return int(text)

    return parse


def side(text: str) -> int:
    """A parser of pictures' sides in pixels."""
    pixels = at_least(_STEP)(text)
    if pixels % _STEP:
        raise argparse.ArgumentTypeError(f"{text} is no multiple of {_STEP}")
    return pixels


def minutes(text: str) -> float:
    """A parser of times from 0."""
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not 0 <= found < math.inf:
        raise argparse.ArgumentTypeError(f"{text[:32]!r} is not a number of minutes")
    return found


def add_machine(parser: argparse.ArgumentParser) -> None:
    """Adds what is trained on: seed, processes, device, number format."""
    parser.add_argument("--seed", type=at_least(0), default=0)
    parser.add_argument("--workers", type=at_least(0), default=1, help="loader processes")
    parser.add_argument("--threads", type=at_least(1), default=1, help="torch threads")
    parser.add_argument("--device", default="cpu", help="cpu, cuda, cuda:1 ...")
    parser.add_argument("--precision", default="auto", help="auto, fp32, bf16 or fp16")
    parser.add_argument(
        "--compile", nargs="?", const="inductor", metavar="BACKEND", help="use torch.compile"
    )


def add_scenes(
    parser: argparse.ArgumentParser, output: bool = True, thresholds: bool = True
) -> None:
    """Adds what is measured on; `output` and `thresholds`: with the options of these names."""
    parser.add_argument("--data", type=Path, nargs="*", metavar="PACK", help="scene packs (.bin)")
    parser.add_argument("--split", choices=("validation", "test"), default="validation")
    parser.add_argument(
        "--scenes", type=at_least(1), default=128, help="held-out scenes to measure"
    )
    parser.add_argument("--side", type=side, default=256, help="pixels that scenes are measured at")
    if thresholds:
        parser.add_argument("--thresholds", type=float, nargs="+", metavar="DB", help="for NRI")
    parser.add_argument(
        "--inception", type=Path, metavar="FILE", help="measure FID and KID with these weights"
    )
    parser.add_argument(
        "--crops", type=at_least(2), default=1000, metavar="N",
        help="of held-out scenes, for FID and KID (default: %(default)s)",
    )  # fmt: skip
    if output:
        parser.add_argument("-o", "--output", type=Path, help="folder for tables, curves, sheets")


def check_machine(device: str, compiler: str | None) -> None:
    """Tries what is to be trained on, before anything else is done.

    Args:
        device: torch's name of it.
        compiler: backend of torch.compile, or None.

    Raises:
        GuidingPainterError: DEVICE_UNAVAILABLE, or BAD_REQUEST for an unknown compiler.
    """
    import torch

    try:
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:  # all three are raised
        reason = (str(error).strip().splitlines() or ["no reason given"])[0][:160]
        raise GuidingPainterError(
            DEVICE_UNAVAILABLE,
            f"torch cannot use the device {device[:32]!r} ({reason}).",
            "Use --device cpu, or install the torch that is made for this device.",
        ) from error
    if compiler is not None:
        known = torch.compiler.list_backends()
        if compiler not in known:
            raise GuidingPainterError(
                BAD_REQUEST,
                f"No compiler is called {compiler[:32]!r}.",
                f"Known: {', '.join(known)}.",
            )
