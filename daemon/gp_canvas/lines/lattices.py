"""A page's spectrum, block by block: where dots repeat in two directions, and the steps of that."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gp_canvas import cancellation

BLOCK = 64  # pixels: what is looked at for a period; a half of it further on comes the next
_LEAST, MOST = 3.0, 12.0  # pixels from dot to dot
_PEAKS = 0.35  # of a block's spectrum that lies in the two peaks and their multiples, at least
_SHARP = 0.05  # of it that lies in the strongest place alone
_EVEN = 0.25  # of the stronger peak: so strong is the weaker one
_SAME = 0.15  # by which the two frequencies may differ
_ACROSS = 35.0  # degrees between the two, at least
_BATCH = 256  # spectra at a time


def lattices(ink: NDArray[np.uint8], places: NDArray[np.int64]) -> NDArray[np.float64]:
    """The two steps of each block's lattice, float64 [n, 2, 2]; NaN where it has none.

    Args:
        ink: uint8 [H, W], 255 = ink.
        places: (row, column) of the blocks, in half blocks, int64 [n, 2].
    """
    half = BLOCK // 2
    steps = np.full((len(places), 2, 2), np.nan)
    for start in range(0, len(places), _BATCH):
        cancellation.check()
        cuts = np.stack(
            [
                ink[row * half : row * half + BLOCK, column * half : column * half + BLOCK]
                for row, column in places[start : start + _BATCH].tolist()
            ]
        ).astype(np.float32)
        cuts -= cuts.mean(axis=(1, 2), keepdims=True)
        cuts *= _WINDOW
        # Down to both signs; across from 0 on, as the rest is the same turned around.
        spectra = np.fft.rfft2(cuts).astype(np.complex64, copy=False)
        power = spectra.real**2 + spectra.imag**2  # without a root in between
        power[:, _NEVER] = 0
        strongest = (power * _ALLOWED).max(axis=(1, 2))
        sharp = np.flatnonzero(strongest > _SHARP * power.sum(axis=(1, 2)))
        if not len(sharp):
            continue
        found, which = _two_peaks(power[sharp])
        steps[start + sharp[which]] = np.linalg.inv(found).swapaxes(1, 2)
    return steps


_WINDOW = np.outer(np.hanning(BLOCK), np.hanning(BLOCK)).astype(np.float32)
_DOWN = np.fft.fftfreq(BLOCK)[:, None].astype(np.float32)
_RIGHT = np.fft.rfftfreq(BLOCK)[None].astype(np.float32)
_FREQUENCY = np.hypot(_DOWN, _RIGHT)
_NEVER = _FREQUENCY < 0.6 / MOST  # lines, and how dark a tone is from place to place
_ALLOWED = (_FREQUENCY >= 1 / MOST) & (_FREQUENCY <= 1 / _LEAST)


def _two_peaks(power: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The two frequencies of each lattice, float64 [m, 2, 2] of (down, right), and whose they are.

    Args:
        power: spectra, at least one, [n, BLOCK, BLOCK / 2 + 1].

    Returns:
        The frequencies, and the numbers of the m spectra of a lattice, int64 [m].
    """
    left = power * _ALLOWED
    first, one = _peak(left, power)
    # The other one lies across, at the same distance.
    length = np.hypot(*first.T)
    turned = first.astype(np.float32)[:, :, None, None]
    along = np.abs(turned[:, 0] * _DOWN + turned[:, 1] * _RIGHT)
    wide = (length.astype(np.float32) * np.float32(np.cos(np.radians(_ACROSS))))[:, None, None]
    left *= along <= wide * _FREQUENCY
    near = length.astype(np.float32)[:, None, None]
    left *= np.abs(_FREQUENCY - near) <= np.float32(_SAME) * near
    second, other = _peak(left, power)
    likely = np.flatnonzero((other >= _EVEN * one) & (one > 0))
    found = np.stack([first[likely], second[likely]], axis=1)
    sine = np.abs(np.linalg.det(found)) / (length[likely] * np.hypot(*second[likely].T))
    across = sine >= np.sin(np.radians(_ACROSS))  # between the spectrum's own cells it may be less
    likely, found = likely[across], found[across]
    whole = _held(power[likely], _MULTIPLES @ found) >= _PEAKS * power[likely].sum(axis=(1, 2))
    return found[whole], likely[whole]


# Of the two frequencies: what the edges of dots add, as far as it is seen.
_MULTIPLES = np.array(
    [(1, 0), (0, 1), (1, 1), (1, -1), (2, 0), (0, 2), (2, 1), (2, -1), (1, 2), (1, -2)], np.float64
)
_BESIDE = np.arange(-1, 2)


def _peak(
    left: NDArray[np.float32], power: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The strongest frequency left in each spectrum and its strength.

    Args:
        left: what of the spectra is looked at, [n, BLOCK, BLOCK / 2 + 1].
        power: the spectra.

    Returns:
        Frequencies, float64 [n, 2], (down, right) in periods a pixel; strengths, float64 [n].
    """
    every = np.arange(len(power))
    row, column = np.divmod(left.reshape(len(left), -1).argmax(axis=1), power.shape[2])
    strength = power[every, row, column].astype(np.float64)
    offsets = []
    for before, after in (
        (power[every, row - 1, column], power[every, (row + 1) % BLOCK, column]),
        (
            power[every, row, np.abs(column - 1)],
            power[every, row, np.minimum(column + 1, BLOCK // 2)],
        ),
    ):
        least = strength * 1e-4 + 1e-12
        logs = np.log(np.maximum([before, strength, after], least))
        bend = logs[0] - 2 * logs[1] + logs[2]
        slope = (logs[0] - logs[2]) / np.where(bend < 0, bend, -1.0) / 2
        offsets.append(np.where(bend < 0, np.clip(slope, -0.5, 0.5), 0.0))
    down = np.where(row > BLOCK // 2, row - BLOCK, row)
    return np.stack([down + offsets[0], column + offsets[1]], axis=1) / BLOCK, strength


def _held(power: NDArray[np.float32], frequencies: NDArray[np.float64]) -> NDArray[np.float32]:
    """What spectra have within a cell of some frequencies and a half.

    Args:
        power: [m, BLOCK, BLOCK / 2 + 1].
        frequencies: (down, right) of each spectrum's own, [m, k, 2].

    Returns:
        The sum of each spectrum, [m].
    """
    turned = np.where(frequencies[..., 1:] < 0, -frequencies, frequencies)
    cells = np.round(turned * BLOCK).astype(np.int64)
    rows = cells[..., 0, None, None] + _BESIDE[:, None]
    columns = cells[..., 1, None, None] + _BESIDE
    most = BLOCK // 2
    seen = (np.abs(cells).max(axis=-1) <= most)[..., None, None] & (columns >= 0)
    seen = seen & (columns <= most)
    spectrum = np.arange(len(power))[:, None, None, None]
    around = power[spectrum, rows % BLOCK, np.clip(columns, 0, most)]
    return np.where(seen, around, 0).sum(axis=(1, 2, 3))
