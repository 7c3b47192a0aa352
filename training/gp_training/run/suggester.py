"""Trains the suggester on an f that has learned: `python -m gp_training.run.suggester --help`.

f looks at every page in its artist's colours once; what it says is kept in RUN/answers. SIGTERM or
ctrl+C saves and stops; the same command goes on exactly where it stopped. At the end, or when
stopped, its likelihoods are made true on the validation pages.
"""

from __future__ import annotations

import copy
import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.progress import track
from torch import nn

from gp_training.data.answered import AnsweredPage, load_answers, save_answers
from gp_training.data.books import described
from gp_training.data.tokens import MOST, draws_of
from gp_training.data.truth import clarity, load_page
from gp_training.networks.affinity import Affinity
from gp_training.networks.answers import inputs_of
from gp_training.networks.checkpoint import (
    WEIGHTS,
    load_checkpoint,
    read_state,
    save_checkpoint,
)
from gp_training.networks.suggester import COLORS, Suggester
from gp_training.recipe import suggesting as recipe
from gp_training.run.affinity import thinned, varied
from gp_training.run.on_tokens import (
    Options,
    arguments_of,
    fingerprint,
    learned_on_tokens,
    write_weights,
)
from gp_training.run.stepping import follow, until

_BATCH = 6  # pages of a gradient step
_COMPOSED = 0.25  # of them
_CLEAR = 0.5  # clarity of a page worth learning from
_NOISE = 0.3  # added to tokens while training
_LEAST = 4  # pieces of a page
_WARM = 200
_LAST = 0.6  # share of the steps over which the rate falls to nothing
_DECAY = 0.998  # of the averaged weights, a step


def write_answers(f: Affinity, data: Path, target: Path) -> None:
    """What f says of every page of `data` in its artist's colours; goes on where it was stopped.

    Pages to train on are varied as f's were, and of all only the larger pieces are kept.

    Args:
        f: what is asked.
        data: pages, `SPLIT/SOURCE/WORK/NAME-STYLE.npz`.
        target: folder to write the same names to.
    """
    f.eval()
    for file in track(sorted(data.glob("*/*/*/*.npz")), "answers"):
        out = target / file.relative_to(data)
        if out.is_file():
            continue
        page = load_page(file)
        if not page.natural:
            continue
        rng = draws_of(file)
        page = thinned(page, MOST, rng)
        if file.relative_to(data).parts[0] == "train":
            page = varied(page, rng, final=False)
        if page.count < _LEAST:
            continue
        with torch.no_grad():
            tokens, affinity, _ = f(*inputs_of(page))
        save_answers(
            out,
            AnsweredPage(tokens.numpy(), affinity.numpy(), page.colors, page.sizes, page.flats),
        )


class Trainer:
    """The suggester, its average and the optimizer, one gradient step at a time.

    Args:
        options: what the run is.
        folder: answers to learn from, `SOURCE/WORK/NAME-STYLE.npz`.
    """

    def __init__(self, options: Options, folder: Path) -> None:
        torch.manual_seed(options.seed)
        self.options = options
        works: dict[tuple[str, str], list[AnsweredPage]] = {}
        for file in sorted(folder.glob("*/*/*.npz")):
            page = load_answers(file)
            if clarity(page) >= _CLEAR:
                works.setdefault((file.parts[-3], file.parts[-2]), []).append(page)
        if not works:
            raise SystemExit(f"{folder} holds no pages: gp-train data pages first.")
        self.composed = [pages for (source, _), pages in works.items() if source == "cast"]
        self.real = [pages for (source, _), pages in works.items() if source != "cast"]
        sizes = np.array([len(pages) ** 0.7 for pages in self.real])
        self.chances = sizes / max(sizes.sum(), 1e-9)
        every = [page for pages in works.values() for page in pages]
        self.suggester = Suggester(every[0].tokens.shape[1])
        self.suggester.palette.copy_(torch.from_numpy(recipe.make_palette(every, COLORS)))
        self.mean = copy.deepcopy(self.suggester)
        self.step, self.seconds = 0, 0.0
        self.optimizer = torch.optim.AdamW(
            self.suggester.parameters(), options.rate, (0.9, 0.99), weight_decay=5e-2
        )

    def draw(self, rng: np.random.Generator) -> AnsweredPage:
        """A page."""
        if self.composed and (not self.real or rng.random() < _COMPOSED):
            work = self.composed[rng.integers(len(self.composed))]
        else:
            work = self.real[rng.choice(len(self.real), p=self.chances)]
        return work[rng.integers(len(work))]

    def rate(self) -> float:
        """Of learning at this step."""
        left = (self.options.steps - self.step) / (_LAST * self.options.steps)
        return self.options.rate * min(1.0, (self.step + 1) / _WARM, max(left, 0.02))

    def learn(self) -> float:
        """One gradient step; gives the mean loss."""
        begun = time.monotonic()
        rng = np.random.default_rng([self.options.seed, self.step])
        # What is dropped belongs to the step, so that a stopped run goes on exactly.
        torch.manual_seed(int(rng.integers(1 << 62)))
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate()
        found: list[float] = []
        for _ in range(_BATCH):
            page = self.draw(rng)
            known = recipe.known_pieces(page, rng)
            if known.all():
                continue
            tokens, affinity, colors = recipe.tensors_of(page)
            tokens = tokens + _NOISE * torch.randn_like(tokens)
            told = torch.from_numpy(known).float()
            logits = self.suggester.consider(tokens, affinity, colors, told)
            loss = recipe.likelihood_loss(self.suggester, logits, page, known)
            loss.div(_BATCH).backward()
            found.append(loss.item())
        nn.utils.clip_grad_norm_(self.suggester.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1
        follow(self.mean, self.suggester, min(_DECAY, self.step / (self.step + 10)))
        self.seconds += time.monotonic() - begun
        return float(np.mean(found)) if found else 0.0

    @property
    def networks(self) -> dict[str, nn.Module]:
        """By their names in a checkpoint."""
        return {"suggester": self.mean, "raw_suggester": self.suggester}

    def save(self, folder: Path, history: list[dict[str, Any]]) -> None:
        """Writes a checkpoint."""
        state = {
            "step": self.step, "options": asdict(self.options), "history": history,
            "preset": "suggester", "seconds": round(self.seconds),
        }  # fmt: skip
        save_checkpoint(folder, self.networks, {"all": self.optimizer}, state)

    def load(self, folder: Path) -> list[dict[str, Any]]:
        """Goes on from a checkpoint; gives its history."""
        state = load_checkpoint(folder, self.networks, {"all": self.optimizer})
        if state["options"]["f"] != self.options.f:
            raise SystemExit(f"{folder} was begun on another f: start a new run folder.")
        self.step, self.seconds = state["step"], state["seconds"]
        return state["history"]


def main() -> None:
    """The command."""
    arguments = arguments_of(__doc__, "suggester", steps=3000, every=250)
    f = Affinity()
    load_checkpoint(arguments.f, {"f": f})
    answers = arguments.run / "answers"
    write_answers(f, arguments.data, answers)
    options = Options(fingerprint(f), arguments.steps, arguments.rate, arguments.seed)
    trainer = Trainer(options, answers / "train")
    history: list[dict[str, Any]] = []
    if (arguments.run / WEIGHTS).is_file():
        history = trainer.load(arguments.run)
    files = sorted((answers / "validation").glob("*/*/*.npz"))
    held = [load_answers(file) for file in files]
    recent: list[float] = []
    for _ in until(options.steps, lambda: trainer.step, arguments.minutes):
        recent.append(trainer.learn())
        if trainer.step % arguments.every == 0:
            seen = {"loss": round(float(np.mean(recent)), 4)}
            if held:
                seen["validation"] = round(recipe.mean_loss(trainer.mean, held), 4)
            history.append({"step": trainer.step, **seen})
            trainer.save(arguments.run, history)
            print(json.dumps(history[-1]), flush=True)
            recent = []
    if held:
        print(f"calibration on validation: {recipe.calibrate(trainer.mean, held):.3f}")
    trainer.save(arguments.run, history)
    if arguments.weights:
        learned = learned_on_tokens(read_state(arguments.run))
        learned["data"] = described(arguments.data / "train")
        write_weights(arguments.weights, "suggester", trainer.mean, learned)


if __name__ == "__main__":
    main()
