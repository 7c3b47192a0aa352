"""Trains f of affinities: `python -m gp_training.run.affinity RUN --data DIR`.

A matcher learns beside it from both pages of a step, so that tokens keep what is drawn and not
only what tells the pieces of one page apart. What ships learns on the f that comes
of it: `gp_training.run.matcher`.

SIGTERM or ctrl+C saves and stops; the same command goes on exactly where it stopped. Each step's
random draws depend on the seed and the step alone.
"""

from __future__ import annotations

import argparse
import copy
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from gp_training.data.truth import SIDE, Page, clarity, load_page, same_color
from gp_training.networks.affinity import Affinity, Sizes
from gp_training.networks.answers import answers, inputs_of
from gp_training.networks.checkpoint import (
    WEIGHTS,
    load_checkpoint,
    read_state,
    read_weights,
    save_checkpoint,
)
from gp_training.networks.matcher import Matcher
from gp_training.networks.weights_file import write_weights_file
from gp_training.recipe import affinity as recipe
from gp_training.recipe import matching
from gp_training.run.stepping import follow, until

_MULTIPLE = 32
_PAIRS = 1  # pairs of pages of one gradient step: many steps beat calm ones
_SIDES = ((SIDE, 0.3), (384, 0.4), (320, 0.3))  # before that, and how often
# Pieces of a page that is trained on, before the last part and in it: more take long.
_MOST, _MOST_LAST = (100, 180), (140, 260)
_MATCHING = 0.5  # weight of which colours of the other page a page has
_CLEAR = 0.6  # clarity of a page worth learning from
_DECAY = 0.999  # of the averaged weights, a step
_WARM = 100
_LAST = 0.4  # share of the steps over which the rate falls to nothing
_FINAL = 0.2  # share of the steps at full size, with norms as they are in use


@dataclass(frozen=True)
class Options:
    """What a run is; `steps` may grow when it is resumed before the rate falls.

    Attributes:
        steps: gradient steps in all.
        rate: of learning; a third of it for what looks at line art and for the attention.
        seed: of all random draws.
        shares: source to share of the pairs of pages, as "cast=0.4"; the rest by works.
        bf16: convolutions in bfloat16.
        sizes: of the network.
    """

    steps: int = 8000
    rate: float = 1e-3
    seed: int = 1
    shares: tuple[str, ...] = ()
    bf16: bool = True
    sizes: Sizes = field(default_factory=Sizes)


class Pages:
    """Pages by source and work; a folder ROOT/SOURCE/WORK of `NAME-STYLE.npz` files."""

    def __init__(self, root: Path, shares: Mapping[str, float] = {}) -> None:
        self.works: dict[str, dict[str, dict[str, list[Path]]]] = {}
        for file in sorted(root.glob("*/*/*.npz")):
            work = self.works.setdefault(file.parts[-3], {}).setdefault(file.parts[-2], {})
            work.setdefault(re.sub(r"-\d+$", "", file.stem), []).append(file)
        if not self.works:
            raise SystemExit(
                f"{root} holds no pages: a folder SOURCE/WORK of .npz files is wanted."
            )
        shares = {source: share for source, share in shares.items() if source in self.works}
        free = [source for source in self.works if source not in shares]
        # A work of many pictures is drawn more often, but not in proportion.
        sizes = {s: sum(len(w) ** 0.7 for w in self.works[s].values()) for s in free}
        rest = (1 - sum(shares.values())) / max(sum(sizes.values()), 1e-9)
        self.sources = list(self.works)
        self.weights = np.array([shares.get(s, sizes.get(s, 0) * rest) for s in self.sources])
        self.weights /= self.weights.sum()

    def draw(self, rng: np.random.Generator) -> list[Path]:
        """Two pages of one work, of two of its pictures where it has them."""
        source = self.sources[rng.choice(len(self.sources), p=self.weights)]
        works = list(self.works[source].values())
        sizes = np.array([len(work) ** 0.7 for work in works])
        work = works[rng.choice(len(works), p=sizes / sizes.sum())]
        names = rng.choice(list(work), min(2, len(work)), replace=False)
        return [work[name][rng.integers(len(work[name]))] for name in names]


def thinned(page: Page, most: int, rng: np.random.Generator) -> Page:
    """A page of no more than so many pieces, the larger the likelier kept."""
    if page.count <= most:
        return page
    chance = page.sizes * rng.exponential(size=page.count)
    kept = np.sort(np.argsort(-chance, kind="stable")[:most])
    table = np.full(page.count + 1, -1, np.int16)  # its last entry is that of -1
    table[kept] = np.arange(most)
    return Page(
        page.gray, table[page.labels], page.colors[kept], page.sizes[kept], page.flats[kept],
        page.natural,
    )  # fmt: skip


def varied(page: Page, rng: np.random.Generator, final: bool) -> Page:
    """A page at another size, mirrored, fainter or noisier; its pieces stay the same."""
    gray, labels = page.gray, page.labels
    sides, chances = zip(*_SIDES, strict=True)
    side = SIDE if final else int(rng.choice(sides, p=chances))
    scale = side / max(gray.shape)
    size = [max(64, round(length * scale / _MULTIPLE) * _MULTIPLE) for length in gray.shape[::-1]]
    if size != [*gray.shape[::-1]]:
        gray = np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), np.uint8)
        labels = np.asarray(cv2.resize(labels, size, interpolation=cv2.INTER_NEAREST), np.int16)
    if rng.random() < 0.5:
        gray, labels = gray[:, ::-1], labels[:, ::-1]
    if rng.random() < 0.25:
        # The tone of a computed line tells how far apart its two colours are; ink does not.
        gray = np.where(gray < rng.integers(100, 220), 0, 255).astype(np.uint8)
    elif rng.random() < 0.3:
        gray = (255 * (gray / 255.0) ** rng.uniform(0.5, 2)).astype(np.uint8)
    if rng.random() < 0.15:
        noise = rng.normal(0, rng.uniform(2, 20), gray.shape)
        gray = np.clip(gray + noise, 0, 255).astype(np.uint8)
    return Page(
        np.ascontiguousarray(gray), np.ascontiguousarray(labels), page.colors, page.sizes,
        page.flats, page.natural,
    )  # fmt: skip


class Trainer:
    """f and a matcher, their averages and the optimizer, one gradient step at a time.

    Args:
        options: what the run is.
        pages: to learn from.
        teacher: gives another network's log-odds of a page, float32 [n, n], both classes balanced,
            to be followed beside the truth: what it has learned has no noise. None: nobody.
    """

    def __init__(
        self, options: Options, pages: Pages, teacher: Callable[[Page], Tensor] | None = None
    ) -> None:
        self.teacher = teacher
        torch.manual_seed(options.seed)
        self.options, self.pages = options, pages
        # Pooling then reads each place's channels side by side.
        self.f = Affinity(options.sizes).to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
        self.matcher = Matcher(self.f.sizes.token)
        self.step = self.seen = 0
        self.seconds = 0.0  # of training, all sessions together
        self.began: dict[str, Any] | None = None  # what its first weights had learned
        self._average()
        encoder = [*self.f.backbone.parameters(), *self.f.layers.parameters()]
        known = {id(part) for part in encoder}
        both = nn.ModuleList((self.f, self.matcher))
        rest = [part for part in both.parameters() if id(part) not in known]
        self.optimizer = torch.optim.AdamW(
            [{"params": rest}, {"params": encoder}],
            options.rate,
            (0.9, 0.99),
            weight_decay=1e-2,
        )

    def _average(self) -> None:
        self.mean_f, self.mean_matcher = copy.deepcopy(self.f), copy.deepcopy(self.matcher)

    @property
    def networks(self) -> dict[str, nn.Module]:
        """By their names in a checkpoint."""
        return {
            "f": self.mean_f, "matcher": self.mean_matcher,
            "raw_f": self.f, "raw_matcher": self.matcher,
        }  # fmt: skip

    def begin_with(self, weights: Mapping[str, Tensor]) -> None:
        """Takes f from a run's weights by their names."""
        own = {k.removeprefix("f."): v for k, v in weights.items() if k.startswith("f.")}
        # A head that those weights had not begins as it is.
        missing, strange = self.f.load_state_dict(own, strict=False)
        if strange or any(not key.startswith("blank.") for key in missing):
            raise SystemExit("These weights are of another network: begin without them.")
        self._average()

    def begin_with_file(self, file: Path, matcher: Path | None = None) -> None:
        """Takes f of a weights file or run folder, and what it learned from; and a matcher."""
        self.begin_with(read_weights(file))
        self.began = learned_from(read_state(file))
        if matcher is not None:
            load_checkpoint(matcher, {"matcher": self.matcher})
            self._average()

    def rate(self) -> float:
        """Of learning at this step."""
        left = (self.options.steps - self.step) / (_LAST * self.options.steps)
        return self.options.rate * min(1.0, (self.step + 1) / _WARM, max(left, 0.01))

    def learn(self) -> dict[str, float]:
        """One gradient step.

        Returns:
            Mean losses by name.
        """
        begun = time.monotonic()
        rng = np.random.default_rng([self.options.seed, self.step])
        # What is dropped belongs to the step, so that a stopped run goes on exactly.
        torch.manual_seed(int(rng.integers(1 << 62)))
        for group, share in zip(self.optimizer.param_groups, (1.0, 0.35), strict=True):
            group["lr"] = self.rate() * share
        final = self.step > (1 - _FINAL) * self.options.steps
        for part in self.f.modules():
            if isinstance(part, nn.BatchNorm2d):
                part.train(not final)
        seen: dict[str, list[float]] = {}
        for _ in range(_PAIRS):
            losses = self._pair(rng, final)
            sum(losses.values(), torch.zeros(())).div(2 * _PAIRS).backward()
            for name, loss in losses.items():
                seen.setdefault(name, []).append(loss.item())
        parameters = [part for group in self.optimizer.param_groups for part in group["params"]]
        nn.utils.clip_grad_norm_(parameters, 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1
        decay = min(_DECAY, self.step / (self.step + 10))
        follow(self.mean_f, self.f, decay)
        follow(self.mean_matcher, self.matcher, decay)
        self.seconds += time.monotonic() - begun
        return {name: float(np.mean(values)) for name, values in seen.items()}

    def _pair(self, rng: np.random.Generator, final: bool) -> dict[str, Tensor]:
        losses: dict[str, Tensor] = {}
        found: list[tuple[Tensor, Page]] = []

        def add(name: str, loss: Tensor) -> None:
            losses[name] = losses.get(name, torch.zeros(())) + loss

        for file in self.pages.draw(rng):
            page = load_page(file)
            if clarity(page) < _CLEAR:
                continue
            most = int(rng.integers(*(_MOST_LAST if final else _MOST)))
            page = varied(thinned(page, most, rng), rng, final)
            if not recipe.weights_of(page).any():
                continue
            weights = recipe.weights_of(page)
            with torch.autocast("cpu", torch.bfloat16, enabled=self.options.bf16):
                tokens, affinity, blank, early, colors = self.f.consider(*inputs_of(page))
            same = torch.from_numpy(same_color(page.colors, page.colors))
            pairs = recipe.pair_weights(page, page)
            add("pair", recipe.pair_loss(affinity, same, pairs))
            add("early", 0.4 * recipe.pair_loss(early, same, pairs))
            if page.natural:
                add("color", 0.05 * recipe.color_loss(colors, page, weights))
            add("blank", 0.2 * recipe.blank_loss(blank, page, weights))
            given = recipe.give_colors(page, rng)
            if len(given):
                calibrated = self.f.calibrated(affinity)
                add("spread", 0.3 * recipe.spread_loss(calibrated, blank, page, given, weights))
            if self.teacher is not None:
                taught = recipe.taught(self.teacher(page))
                size = torch.from_numpy(np.sqrt(np.minimum(page.sizes, 3000))).float()
                add("teacher", 0.5 * recipe.follow_loss(affinity, taught, size))
                add("teacher early", 0.2 * recipe.follow_loss(early, taught, size))
            found.append((tokens, page))
            self.seen += 1
        if len(found) == 2:
            (tokens, page), (cast, other) = found
            logits = self.matcher.compare(tokens, cast, matching.shown(other))
            palette, across = matching.losses(logits, page, other)
            add("palette", _MATCHING * palette)
            add("across", 0.5 * _MATCHING * across)
        return losses or {"pair": torch.zeros((), requires_grad=True)}

    def save(self, folder: Path, history: list[dict[str, Any]]) -> None:
        """Writes a checkpoint."""
        state = {
            "step": self.step, "options": asdict(self.options), "history": history,
            "preset": "affinity", "pages": self.seen, "seconds": round(self.seconds),
            "began": self.began,
        }  # fmt: skip
        save_checkpoint(folder, self.networks, {"all": self.optimizer}, state)

    def load(self, folder: Path) -> list[dict[str, Any]]:
        """Goes on from a checkpoint; gives its history."""
        state = load_checkpoint(folder, self.networks, {"all": self.optimizer})
        self.step = state["step"]
        self.seen, self.seconds = state.get("pages", 0), state.get("seconds", 0.0)
        self.began = state.get("began")
        return state["history"]


def learned_from(state: dict[str, Any]) -> dict[str, Any]:
    """What a checkpoint or weights file of f says about its training, for manifest and card.

    Returns:
        "steps", "pages", "hours", "data": a line for each source; and "began", the same of the
        weights that it began with, where it had some.
    """
    if "step" in state:
        began = {"began": state["began"]} if state.get("began") else {}
        return {
            "steps": state["step"], "pages": state.get("pages", 0),
            "hours": round(state.get("seconds", 0) / 3600, 2), "data": [], **began,
        }  # fmt: skip
    return state["history"][0]["learned"]


def write_affinity_weights(file: Path, f: Affinity, learned: dict[str, Any]) -> None:
    """Writes f as one small file, with what it learned from in its header."""
    tensors = {f"f.{key}": value for key, value in f.state_dict().items()}
    history = [{"network": "f", "learned": learned}]
    write_weights_file(file, tensors, {"preset": "affinity", "history": history}, ("f",))


def measure(f: Affinity, files: list[Path]) -> dict[str, float]:
    """Mean area under the curve of "same colour" inside a page, by where the page comes from."""
    found: dict[str, list[float]] = {}
    for one in answers(f, files):
        if np.isfinite(one.auc):
            found.setdefault(one.kind, []).append(one.auc)
    f.train()
    return {kind: float(np.mean(values)) for kind, values in found.items()}


def main(teacher: Callable[[Page], Tensor] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--data", type=Path, required=True, help="folder with train, validation")
    parser.add_argument("--weights", type=Path, help="begin with the networks of this file or run")
    parser.add_argument("--matcher", type=Path, help="with --weights: and with this matcher")
    parser.add_argument("--steps", type=int, default=8000)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shares", nargs="*", default=[], metavar="SOURCE=SHARE")
    parser.add_argument("--minutes", type=float, help="stop after so long; may be gone on with")
    parser.add_argument("--precision", choices=("bf16", "fp32"), default="bf16")
    parser.add_argument("--every", type=int, default=400, help="steps from measure to measure")
    arguments = parser.parse_args()
    options = Options(
        arguments.steps, arguments.rate, arguments.seed, tuple(arguments.shares),
        arguments.precision == "bf16",
    )  # fmt: skip
    shares = {name: float(share) for name, share in (one.split("=") for one in options.shares)}
    trainer = Trainer(options, Pages(arguments.data / "train", shares), teacher)
    arguments.run.mkdir(parents=True, exist_ok=True)
    history: list[dict[str, Any]] = []
    if (arguments.run / WEIGHTS).is_file():
        history = trainer.load(arguments.run)
    elif arguments.weights:
        trainer.begin_with_file(arguments.weights, arguments.matcher)
    held = sorted((arguments.data / "validation").glob("*/*/*.npz"))
    held = held[:: max(1, len(held) // 80)]
    begun, recent = time.monotonic(), []
    for _ in until(options.steps, lambda: trainer.step, arguments.minutes):
        recent.append(trainer.learn())
        if trainer.step % 50 == 0:
            names = sorted({name for one in recent for name in one})
            losses = {k: round(float(np.mean([o[k] for o in recent if k in o])), 4) for k in names}
            entry = {"step": trainer.step, "seconds": round(time.monotonic() - begun), **losses}
            recent = []
            if trainer.step % arguments.every == 0:
                entry["auc"] = measure(trainer.mean_f, held)
                history.append(entry)
                trainer.save(arguments.run, history)
            print(json.dumps(entry), flush=True)
    trainer.save(arguments.run, history)


if __name__ == "__main__":
    main()
