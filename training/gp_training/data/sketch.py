"""Sketches from coloured pictures: XDoG, and what pens, pencils and scanners do to lines.

Every style takes and gives uint8 [H, W], 255 = paper, 0 = ink. Styles that the engine undoes are
not here: it brings inverted pages, white on transparency and the tone of the paper to black on
white before the networks see them (`gp_canvas.lines.raster`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Sketch = NDArray[np.uint8]


@dataclass(frozen=True)
class XDoG:
    """Parameters of the extended difference of Gaussians (Winnemoeller 2011).

    Attributes:
        sigma: pixels, width of the inner Gaussian; lines are about twice as wide.
        k: ratio of the outer Gaussian to the inner.
        p: sharpening; higher makes edges win over tone.
        epsilon: 0..1, luminance over which the result is paper.
        phi: steepness of the soft threshold.
    """

    sigma: float = 0.8
    k: float = 1.6
    p: float = 30.0
    epsilon: float = 0.3
    phi: float = 8.0


def random_xdog(rng: np.random.Generator) -> XDoG:
    """Parameters about the defaults: finer and broader, softer and harder, bolder and shyer."""
    return XDoG(
        sigma=float(rng.uniform(0.5, 1.2)),
        k=float(rng.uniform(1.4, 2.0)),
        p=float(rng.uniform(18, 42)),
        epsilon=float(rng.uniform(0.1, 0.5)),
        phi=float(rng.choice([2.0, 4.0, 8.0, 16.0])),
    )


def xdog(rgb: NDArray[np.uint8], parameters: XDoG = XDoG()) -> Sketch:
    """Draws a sketch of a coloured picture.

    Each channel is drawn by itself and the darkest wins, so that a border between two colours of
    equal luminance still gets its line.

    Args:
        rgb: uint8 [H, W, 3].
        parameters: see `XDoG`.

    Returns:
        uint8 [H, W], 255 = paper, 0 = ink.
    """
    image = rgb.astype(np.float32) / 255
    inner = cv2.GaussianBlur(image, (0, 0), parameters.sigma)
    outer = cv2.GaussianBlur(image, (0, 0), parameters.sigma * parameters.k)
    # The difference alone, not the tone: flat dark colours must stay paper for the network.
    response = 1 + parameters.p * (inner - outer)
    soft = 1 + np.tanh(parameters.phi * np.minimum(response - parameters.epsilon, 0))
    return np.round(np.clip(soft.min(axis=2), 0, 1) * 255).astype(np.uint8)


def broaden(sketch: Sketch, pixels: int) -> Sketch:
    """A broader pen: ink grows by about `pixels` in width."""
    size = (pixels + 1, pixels + 1)
    return np.asarray(
        cv2.erode(sketch, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, size)), np.uint8
    )


def narrow(sketch: Sketch) -> Sketch:
    """A finer pen: lines lose a pixel of width, but those of one pixel stay."""
    thin = cv2.dilate(sketch, np.ones((2, 2), np.uint8))
    regrown = cv2.erode(thin, np.ones((2, 2), np.uint8))
    lost = regrown.astype(np.int16) - sketch > 60
    return np.where(lost, sketch, thin).astype(np.uint8)


def soften(sketch: Sketch, sigma: float) -> Sketch:
    """A scanner's or a soft brush's blur; `sigma` in pixels."""
    return np.asarray(cv2.GaussianBlur(sketch, (0, 0), sigma), np.uint8)


def break_lines(sketch: Sketch, rng: np.random.Generator, count: int, radius: int) -> Sketch:
    """The pen lifts: `count` gaps of up to `radius` pixels' radius, somewhere on the ink."""
    rows, columns = np.nonzero(sketch < 128)
    if len(rows) == 0:
        return sketch
    result = sketch.copy()
    for index in rng.integers(0, len(rows), count):
        centre = (int(columns[index]), int(rows[index]))
        cv2.circle(result, centre, int(rng.integers(1, radius + 1)), 255, -1)
    return result


def pencil(sketch: Sketch, darkest: int, grain: float, rng: np.random.Generator) -> Sketch:
    """Graphite: gray instead of black, and torn by the grain of the paper.

    Args:
        sketch: the line art.
        darkest: what black becomes, 0..255.
        grain: 0..1, how much of the ink the grain takes away at most.
        rng: draws the grain.
    """
    ink = (255 - sketch.astype(np.float32)) * (255 - darkest) / 255
    if grain > 0:
        small = rng.random((-(-sketch.shape[0] // 2), -(-sketch.shape[1] // 2)), np.float32)
        tooth = cv2.resize(small, sketch.shape[::-1], interpolation=cv2.INTER_LINEAR)
        ink *= 1 - grain * tooth
    return np.round(255 - ink).astype(np.uint8)


def hatch(
    sketch: Sketch, mask: NDArray[np.bool_], angle: float, spacing: float, width: int = 1,
    tone: int = 0,
) -> Sketch:  # fmt: skip
    """Parallel strokes over part of a drawing.

    Args:
        sketch: the line art.
        mask: bool [H, W], where.
        angle: radians.
        spacing: pixels from stroke to stroke.
        width: pixels of a stroke.
        tone: of the strokes, 0 = black.
    """
    strokes = np.full(sketch.shape, 255, np.uint8)
    height, width_all = sketch.shape
    reach = float(np.hypot(height, width_all))
    along = np.array([np.cos(angle), np.sin(angle)])
    across = np.array([-along[1], along[0]])
    centre = np.array([width_all / 2, height / 2])
    for offset in np.arange(-reach / 2, reach / 2, spacing):
        ends = [centre + across * offset + along * side for side in (-reach, reach)]
        start, stop = ((round(x), round(y)) for x, y in ends)
        cv2.line(strokes, start, stop, tone, width, cv2.LINE_AA)
    return np.where(mask, np.minimum(sketch, strokes), sketch)


def screentone(
    sketch: Sketch, mask: NDArray[np.bool_], spacing: float, share: float, angle: float = 0.785
) -> Sketch:
    """Dots over part of a drawing, as printed comics shade.

    Args:
        sketch: the line art.
        mask: bool [H, W], where.
        spacing: pixels from dot to dot; under 2.5 the grid sees an even gray.
        share: 0..0.7, of the paper that the dots cover.
        angle: radians of the rows of dots.
    """
    if spacing < 2.5:
        tone = np.full(sketch.shape, round(255 * (1 - share)), np.uint8)
    else:
        rows, columns = np.indices(sketch.shape, np.float32)
        along = columns * np.cos(angle) + rows * np.sin(angle)
        across = rows * np.cos(angle) - columns * np.sin(angle)
        near = [(axis / spacing + 0.5) % 1 - 0.5 for axis in (along, across)]
        distance = np.hypot(*near) * spacing
        radius = spacing * np.sqrt(share / np.pi)
        tone = np.round(255 * np.clip(distance - radius + 0.5, 0, 1)).astype(np.uint8)
    return np.where(mask, np.minimum(sketch, tone), sketch)


def add_noise(sketch: Sketch, deviation: float, rng: np.random.Generator) -> Sketch:
    """A scanner's noise of this standard deviation, in 0..255."""
    noisy = sketch + rng.normal(0, deviation, sketch.shape).astype(np.float32)
    return np.clip(np.round(noisy), 0, 255).astype(np.uint8)


def add_dust(sketch: Sketch, rng: np.random.Generator, count: int) -> Sketch:
    """Specks of a pixel or two on the paper."""
    result = sketch.copy()
    for _ in range(count):
        place = (int(rng.integers(sketch.shape[1])), int(rng.integers(sketch.shape[0])))
        cv2.circle(result, place, int(rng.integers(0, 2)), int(rng.integers(0, 160)), -1)
    return result


def light_unevenly(sketch: Sketch, least: float, angle: float) -> Sketch:
    """A photographed page: full light on one side, `least` (0..1) of it on the other.

    An even tone of the paper is not among the styles, since the engine takes it out; so it does
    with a difference of more than about a tenth.
    """
    rows, columns = (np.linspace(-0.5, 0.5, side, dtype=np.float32) for side in sketch.shape)
    ramp = columns[None] * np.cos(angle) + rows[:, None] * np.sin(angle)
    ramp = (ramp - ramp.min()) / max(float(np.ptp(ramp)), 1e-6)
    return np.round(sketch * (1 - (1 - least) * ramp)).astype(np.uint8)


def random_area(sketch: Sketch, rng: np.random.Generator) -> NDArray[np.bool_]:
    """An enclosed part of the paper, bool [H, W]; part of it where it is large, or none."""
    paper = (sketch > 160).astype(np.uint8)
    height, width = sketch.shape
    column, row = int(rng.integers(width)), int(rng.integers(height))
    if not paper[row, column]:
        return np.zeros(sketch.shape, bool)
    cv2.floodFill(paper, None, (column, row), 2, flags=4)
    mask = paper == 2
    if mask.mean() > 0.12:
        blob = np.zeros(sketch.shape, np.uint8)
        axes = [int(side * rng.uniform(0.06, 0.25)) for side in (width, height)]
        cv2.ellipse(blob, (column, row), axes, float(rng.uniform(0, 180)), 0, 360, 1, -1)
        mask &= blob > 0
    return mask


def shade(sketch: Sketch, mask: NDArray[np.bool_], rng: np.random.Generator) -> Sketch:
    """Hatches, cross-hatches or tones part of a drawing at random."""
    if rng.random() < 0.3:
        return screentone(
            sketch, mask, float(rng.uniform(1.5, 6)), float(rng.uniform(0.08, 0.45)),
            float(rng.uniform(0, np.pi)),
        )  # fmt: skip
    angle, spacing = float(rng.uniform(0, np.pi)), float(rng.uniform(3, 7))
    tone = int(rng.choice([0, 0, 60, 110]))
    sketch = hatch(sketch, mask, angle, spacing, 1, tone)
    if rng.random() < 0.3:
        sketch = hatch(sketch, mask, angle + float(rng.uniform(0.7, 1.6)), spacing, 1, tone)
    return sketch


def vary_lines(sketch: Sketch, rng: np.random.Generator) -> Sketch:
    """Changes a sketch as another pen, pencil or scanner would: each style now and then.

    Args:
        sketch: uint8 [H, W], 255 = paper.
        rng: decides what happens; the same state gives the same sketch.

    Returns:
        uint8 [H, W].
    """
    result: NDArray[Any] = sketch
    pen = rng.random()
    if pen < 0.18:
        result = broaden(result, int(rng.integers(1, 3)))
    elif pen < 0.3:
        result = narrow(result)
    elif pen < 0.38:
        result = soften(result, float(rng.uniform(0.4, 0.8)))
    if rng.random() < 0.3:
        result = break_lines(result, rng, int(rng.integers(1, 9)), 3)
    if rng.random() < 0.12:
        for _ in range(int(rng.integers(1, 4))):
            result = shade(result, random_area(result, rng), rng)
    if rng.random() < 0.22:
        result = pencil(result, int(rng.integers(10, 110)), float(rng.uniform(0, 0.5)), rng)
    if rng.random() < 0.08:
        result = add_dust(result, rng, int(rng.integers(2, 12)))
    if rng.random() < 0.06:
        result = light_unevenly(result, float(rng.uniform(0.9, 0.97)), float(rng.uniform(0, 6.28)))
    if rng.random() < 0.08:
        result = add_noise(result, float(rng.uniform(1, 6)), rng)
    return result
