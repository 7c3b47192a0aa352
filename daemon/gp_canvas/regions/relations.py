"""What line art says about pieces and pairs of pieces without a network.

The network that answers "do these two pieces have the same colour?" takes these numbers as inputs.
They belong to its trained weights: change them only together with them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

SHAPE = 26  # numbers of a piece
RELATION = 16  # numbers of a pair
_BRIGHT = 200  # luminance over which a pixel is free of ink
_ROWS = 16  # of a pair's matrix at a time
_EDGE = 2  # pixels from the page's edge that count as touching it


def find_relations(
    gray: NDArray[np.uint8], labels: NDArray[np.integer], count: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Size, form and place of each piece; contacts, distance and likeness of each pair.

    Nothing depends on the numbering of the pieces, and little on the grid's size: lengths are
    shares of the long side. A pair's numbers are the same both ways round.

    Args:
        gray: uint8 [H, W], line art on the grid, 255 = paper.
        labels: integers [H, W], 0..count-1, or -1 for pixels of no piece.
        count: n, how many pieces there are; one without a pixel gets the numbers of a dot.

    Returns:
        shape, float32 [n, `SHAPE`], and relation, float32 [n, n, `RELATION`]; all of the order
        of one.
    """
    labels = np.ascontiguousarray(labels, np.int32)
    height, width = labels.shape
    long = float(max(height, width))
    form = _Forms(gray, labels, count)
    touch = _Contacts(gray, labels, count)
    area = np.log(form.area / long**2 * 1e4 + 1)
    shared = touch.length.sum(1)
    shape = np.stack(
        [
            area / 3,
            np.log(form.major / long * 30 + 0.1),
            np.log(form.minor / long * 30 + 0.1),
            form.minor / form.major,
            form.area / (form.box_width * form.box_height),
            np.log(touch.around / np.sqrt(form.area) / 4 + 0.1),
            np.log(form.area / np.maximum(touch.around, 1) / long * 100 + 0.1),
            form.box_width / long,
            form.box_height / long,
            form.x / long * 2 - width / long,
            form.y / long * 2 - height / long,
            form.top / long,
            (height - form.bottom) / long,
            form.left / long,
            (width - form.right) / long,
            form.top < _EDGE,
            form.bottom > height - _EDGE,
            (form.left < _EDGE) * 1.0 + (form.right > width - _EDGE),
            form.ink * 4,
            form.tone,
            np.log1p(touch.beside.sum(1)) / 2,
            shared / np.maximum(touch.around, 1),
            form.turn_cos,
            form.turn_sin,
            np.log(count - np.searchsorted(np.sort(form.area), form.area, "right") + 1.0) / 4,
            np.full(count, np.log(count) / 4),
        ],
        axis=1,
    )
    return shape.astype(np.float32), _pairs(form, touch, area, height, width)


class _Forms:
    """Sums over each piece's pixels, float64 [n] each."""

    def __init__(self, gray: NDArray[np.uint8], labels: NDArray[np.int32], count: int) -> None:
        height, width = labels.shape
        rows = np.arange(height)[:, None] + np.where(labels < 0, count, labels) * height
        columns = np.arange(width) + (rows // height) * width
        # How many pixels a piece has in each row and column: all else is sums over these.
        by_row = np.bincount(rows.ravel(), minlength=(count + 1) * height).astype(np.float64)
        by_row = by_row.reshape(count + 1, height)[:count]
        by_column = np.bincount(columns.ravel(), minlength=(count + 1) * width)
        by_column = by_column.reshape(count + 1, width)[:count].astype(np.float64)
        xs, ys = np.arange(width) + 0.5, np.arange(height) + 0.5  # the middle of a pixel
        moments = np.bincount(
            rows.ravel(), np.broadcast_to(xs, labels.shape).ravel(), (count + 1) * height
        ).reshape(count + 1, height)[:count]
        self.area = np.maximum(by_row.sum(1), 1)
        self.x, self.y = by_column @ xs / self.area, by_row @ ys / self.area
        xx = by_column @ xs**2 / self.area - self.x**2
        yy = by_row @ ys**2 / self.area - self.y**2
        xy = moments @ ys / self.area - self.x * self.y
        middle = (xx + yy) / 2
        apart = np.sqrt(np.maximum(((xx - yy) / 2) ** 2 + xy**2, 0))
        # A pixel has an extent of its own: 1/12 is the variance of a line of length one.
        self.major = np.sqrt(middle + apart + 1 / 12)
        self.minor = np.sqrt(np.maximum(middle - apart, 0) + 1 / 12)
        lean = np.maximum(apart, 1e-6)
        slim = 1 - self.minor / self.major  # a disk has no direction
        self.turn_cos = (xx - yy) / 2 / lean * slim
        self.turn_sin = xy / lean * slim
        self.top, self.bottom = _reach(by_row)
        self.left, self.right = _reach(by_column)
        self.box_width = self.right - self.left
        self.box_height = self.bottom - self.top
        own, light = rows.ravel() // height, gray.ravel()
        dark = np.bincount(own[light < 128], minlength=count + 1)[:count]
        self.ink = dark / self.area
        self.tone = 1 - np.bincount(own, light, count + 1)[:count] / self.area / 255


def _reach(lines: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """First line with a pixel and the one after the last, [n, lines] to [n]; 0 and 1 for none."""
    there = lines > 0
    some = there.any(1)
    first = np.where(some, there.argmax(1), 0)
    last = np.where(some, lines.shape[1] - there[:, ::-1].argmax(1), 1)
    return first.astype(np.float64), last.astype(np.float64)


class _Contacts:
    """Where pieces meet, float64 [n, n]; and `around`, [n], each piece's outline in pixels."""

    def __init__(self, gray: NDArray[np.uint8], labels: NDArray[np.int32], count: int) -> None:
        keys, darks = [], []
        around = np.zeros(count)
        sides = (
            (labels[:, :-1], labels[:, 1:], gray[:, :-1], gray[:, 1:]),
            (labels[:-1], labels[1:], gray[:-1], gray[1:]),
        )
        for one, other, light, lit in sides:
            at = np.flatnonzero((one != other).ravel())
            a, b = one.ravel()[at], other.ravel()[at]
            around += np.bincount(a[a >= 0], minlength=count)
            around += np.bincount(b[b >= 0], minlength=count)
            both = (a >= 0) & (b >= 0)
            at, a, b = at[both], a[both].astype(np.int64), b[both].astype(np.int64)
            keys.append(np.minimum(a, b) * count + np.maximum(a, b))
            darks.append(np.minimum(light.ravel()[at], lit.ravel()[at]))
        key, dark = np.concatenate(keys), np.concatenate(darks)
        used, place = np.unique(key, return_inverse=True)
        a, b = np.divmod(used, count)

        def spread(values: NDArray[Any]) -> NDArray[np.float64]:
            table = np.zeros((count, count))
            table[a, b] = values
            table[b, a] = values
            return table

        length = np.bincount(place, minlength=len(used)).astype(np.float64)
        free = np.bincount(place, dark > _BRIGHT, len(used))
        tone = np.bincount(place, 255.0 - dark, len(used)) / np.maximum(length, 1) / 255
        self.length = spread(length)
        self.free = spread(free)
        self.line = spread(tone)  # how dark the line between them is
        self.beside = self.length > 0
        self.around = around


def _pairs(
    form: _Forms, touch: _Contacts, area: NDArray[np.float64], height: int, width: int
) -> NDArray[np.float32]:
    long = float(max(height, width))
    single = np.float32
    x, y = (form.x / long).astype(single), (form.y / long).astype(single)
    weight, elongation = area.astype(single), np.log(form.major / form.minor).astype(single)
    filled = (form.area / (form.box_width * form.box_height)).astype(single)
    edge = [(side / long).astype(single) for side in (form.left, form.right, form.top, form.bottom)]
    cos, sin = form.turn_cos.astype(single), form.turn_sin.astype(single)
    box = ((edge[1] - edge[0]) * (edge[3] - edge[2])).astype(single)
    near = touch.beside.astype(single)
    common = near @ near
    degree = near.sum(1)
    count = len(x)
    result = np.empty((count, count, RELATION), single)
    # Some rows at a time, from their own columns on: what is computed of them stays in the cache,
    # and what lies to the left is the same pairs the other way round.
    for start in range(0, count, _ROWS):
        rows = slice(start, min(start + _ROWS, count))
        rest = slice(start, count)
        row = (rows, None)
        result_of = result[rows, rest]
        down = np.abs(y[row] - y[rest])
        distance = np.sqrt(np.abs(x[row] - x[rest]) ** 2 + down**2)
        larger = np.abs(weight[row] - weight[rest])
        least = np.maximum(np.minimum(touch.around[row], touch.around[rest]), 1)
        length, free = touch.length[rows, rest].astype(single), touch.free[rows, rest]
        meet = np.nonzero(length)  # few do
        # Likeness of form whatever the place; turned by any angle, or mirrored.
        unlike = larger + 1.5 * np.abs(elongation[row] - elongation[rest])
        unlike += 2 * np.abs(filled[row] - filled[rest])
        lean = np.abs(cos[row] - cos[rest])
        parallel = lean + np.abs(sin[row] - sin[rest])
        mirrored = lean + np.abs(sin[row] + sin[rest])
        left, right, top, bottom = ((one[row], one[rest]) for one in edge)
        gap_x = np.maximum(*left) - np.minimum(*right)
        gap_y = np.maximum(*top) - np.minimum(*bottom)
        overlap = np.maximum(-gap_x, 0) * np.maximum(-gap_y, 0)
        shared = common[rows, rest]
        either = np.maximum(degree[row] + degree[rest] - shared, 1)
        centre = np.abs(x[row] + x[rest] - width / long)
        result_of[..., 0] = distance * 2
        result_of[..., 1] = np.exp(-10 * distance)
        result_of[..., 2] = down * 2
        result_of[..., 3] = np.hypot(np.maximum(gap_x, 0), np.maximum(gap_y, 0)) * 4
        result_of[..., 4] = result_of[..., 6] = 0
        result_of[(*meet, 4)] = np.log1p(length[meet] / least[meet] * 10)
        result_of[(*meet, 6)] = np.log1p(free[meet])
        result_of[..., 5] = near[rows, rest]
        result_of[..., 7] = free / np.maximum(length, 1)
        result_of[..., 8] = touch.line[rows, rest]
        result_of[..., 9] = larger / 3
        result_of[..., 10] = np.exp(-2 * unlike)
        result_of[..., 11] = np.exp(-2 * unlike - 2 * parallel)
        # Left and right eye, sleeve, shoe: alike, mirrored, at one height; and so about the page.
        result_of[..., 12] = np.exp(-2 * unlike - 2 * mirrored - 10 * down)
        result_of[..., 13] = np.exp(-unlike - 10 * down - 10 * centre)
        result_of[..., 14] = overlap / np.maximum(np.minimum(box[row], box[rest]), 1e-6)
        result_of[..., 15] = shared / either
        result[rows.stop :, rows] = result_of[:, rows.stop - start :].swapaxes(0, 1)
    return result
