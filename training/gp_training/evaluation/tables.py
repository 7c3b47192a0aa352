"""Results as tables: Markdown to read, CSV to plot, flat JSON for a bundle's card."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from gp_training.evaluation.distances import Distances
from gp_training.evaluation.evaluate import ORDER_COUNTS, Examined, Measured

Rows = list[list[str]]
SHOWN_COUNTS = (0, 1, 2, 3, 5, 8, 12, 30)


def markdown(rows: Rows) -> str:
    """A table; the first row is its head, columns but the first are right-aligned."""
    head, *body = rows
    lines = ["| " + " | ".join(head) + " |", "|---|" + "--:|" * (len(head) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in body]) + "\n"


def to_csv(rows: Rows) -> str:
    """The same as comma-separated values."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def summary_rows(
    results: Sequence[Measured], distances: Mapping[str, Distances] | None = None
) -> Rows:
    """One row a method: PSNR, SSIM, interactions needed, in expectation over N_h; FID if it is."""
    thresholds = [needed.threshold for needed in results[0].needed]
    far = ["FID", "KID x 1000"] if distances else []
    head = ["method", "PSNR, dB", "SSIM", *far]
    rows = [head + [f"NRI to {threshold:g} dB (reached)" for threshold in thresholds]]
    for result in results:
        row = [result.name, f"{result.psnr_expected:.2f}", f"{result.ssim_expected:.3f}"]
        if distances:
            one = distances[result.name]
            row += [f"{one.fid_expected:.1f}", f"{one.kid_expected * 1000:.1f}"]
        rows.append(row + [f"{n.mean:.1f} ({n.reached:.0%})" for n in result.needed])
    return rows


def distance_rows(distances: Sequence[Distances]) -> Rows:
    """One row a method: FID and, in parentheses, KID by the number of hints."""
    counts = [str(count) for count in distances[0].counts]
    rows = [["FID (KID x 1000), with hints", *counts, "N_h ~ G"]]
    for one in distances:
        pairs = zip([*one.fid, one.fid_expected], [*one.kid, one.kid_expected], strict=True)
        rows.append([one.name, *(f"{fid:.1f} ({kid * 1000:.1f})" for fid, kid in pairs)])
    return rows


def hint_rows(results: Sequence[Measured]) -> Rows:
    """One row a method: PSNR by the number of hints (Fig. 12)."""
    counts = [count for count in SHOWN_COUNTS if count < len(results[0].psnr)]
    rows = [["PSNR, dB, with hints", *map(str, counts)]]
    for result in results:
        rows.append([result.name, *(f"{result.psnr[count]:.2f}" for count in counts)])
    return rows


def order_rows(examined: Examined) -> Rows:
    """One row an order of the same regions: PSNR by the number of hints."""
    rows = [["order of the same regions, dB", *map(str, ORDER_COUNTS)]]
    for name, values in examined.orders.items():
        rows.append([name, *(f"{value:.2f}" for value in values)])
    return rows


def region_rows(examined: Examined) -> Rows:
    """Share and worth of each of the first regions (Fig. 5)."""
    rows = [["region", "share of the picture", "gain of its hint alone, dB"]]
    pairs = zip(examined.shares, examined.importance, strict=False)
    for number, (share, gain) in enumerate(pairs, 1):
        rows.append([str(number), f"{share:.1%}", f"{gain:+.2f}"])
    return rows


def report(
    results: Sequence[Measured], examined: Examined | None, notes: Sequence[str],
    distances: Mapping[str, Distances] | None = None,
) -> str:  # fmt: skip
    """All tables of an evaluation as Markdown."""
    parts = [markdown(summary_rows(results, distances)), markdown(hint_rows(results))]
    if distances:
        parts.append(markdown(distance_rows(list(distances.values()))))
    if examined is not None:
        parts += [markdown(order_rows(examined)), markdown(region_rows(examined))]
        parts.append(
            f"Regions a picture under argmax, of at least 0.5 %: {examined.regions:.1f}. "
            "Difference between a hint and the median painted colour of its region (CIEDE2000): "
            f"{examined.taken:.1f} for true colours, {examined.taken_unusual:.1f} for unusual "
            f"ones. Without hints: chroma {examined.chroma:.1f} (the pictures "
            f"{examined.chroma_true:.1f}), gray {examined.gray:.0%} of the paper "
            f"({examined.gray_true:.0%}).\n"
        )
    return "\n".join(parts + [note + "\n" for note in notes])


def flat_metrics(
    result: Measured, examined: Examined | None, distances: Distances | None = None
) -> dict[str, float]:
    """Numbers by name, for a bundle's manifest and card."""
    values = {
        "psnr over N_h ~ G": result.psnr_expected,
        "ssim over N_h ~ G": result.ssim_expected,
    }
    for count in SHOWN_COUNTS:
        if count < len(result.psnr):
            values[f"psnr@{count}"] = result.psnr[count]
    for needed in result.needed:
        values[f"NRI to {needed.threshold:g} dB"] = needed.mean
    if distances is not None:
        values["FID over N_h ~ G"] = distances.fid_expected
        values["KID over N_h ~ G"] = distances.kid_expected
    if examined is not None:
        values["regions"] = examined.regions
        values["hint taken, CIEDE2000"] = examined.taken
        values["unusual hint taken, CIEDE2000"] = examined.taken_unusual
        values["chroma without hints"] = examined.chroma
        values["chroma of the pictures"] = examined.chroma_true
        values["gray share without hints"] = examined.gray
        values["gray share of the pictures"] = examined.gray_true
    return {name: round(value, 3) for name, value in values.items()}
