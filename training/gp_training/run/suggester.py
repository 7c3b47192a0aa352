"""Trains the suggester on an f that has learned: `python -m gp_training.run.suggester --help`.

f looks at every page in its artist's colours once; what it says is kept in RUN/answers. SIGTERM or
ctrl+C saves and stops; the same command goes on exactly where it stopped. At the end, or when
stopped, its likelihoods are made true on the validation pages.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.progress import track

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
)
from gp_training.networks.suggester import COLORS, Suggester
from gp_training.recipe import suggesting as recipe
from gp_training.run.affinity import thinned, varied
from gp_training.run.on_tokens import (
    Options,
    TokenTrainer,
    arguments_of,
    fingerprint,
    learned_on_tokens,
    write_weights,
)
from gp_training.run.stepping import until

_BATCH = 6  # pages of a gradient step
_COMPOSED = 0.25  # of them
_CLEAR = 0.5  # clarity of a page worth learning from
_NOISE = 0.3  # added to tokens while training
_LEAST = 4  # pieces of a page
_LAST = 0.6  # share of the steps over which the rate falls to nothing


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


class Trainer(TokenTrainer[list[AnsweredPage]]):
    """The suggester, one gradient step at a time.

    Args:
        options: what the run is.
        folder: answers to learn from, `SOURCE/WORK/NAME-STYLE.npz`.
    """

    def __init__(self, options: Options, folder: Path) -> None:
        torch.manual_seed(options.seed)
        works: dict[tuple[str, str], list[AnsweredPage]] = {}
        for file in sorted(folder.glob("*/*/*.npz")):
            page = load_answers(file)
            if clarity(page) >= _CLEAR:
                works.setdefault((file.parts[-3], file.parts[-2]), []).append(page)
        if not works:
            raise SystemExit(f"{folder} holds no pages: gp-train data pages first.")
        every = [page for pages in works.values() for page in pages]
        self.suggester = Suggester(every[0].tokens.shape[1])
        self.suggester.palette.copy_(torch.from_numpy(recipe.make_palette(every, COLORS)))
        super().__init__("suggester", options, self.suggester, works, 5e-2, _LAST)

    @property
    def mean(self) -> Suggester:
        """The averaged suggester."""
        assert isinstance(self.average, Suggester)
        return self.average

    def draw(self, rng: np.random.Generator) -> AnsweredPage:
        """A page."""
        work = self.draw_work(rng, _COMPOSED)
        return work[rng.integers(len(work))]

    def learn(self) -> float:
        """One gradient step; gives the mean loss."""
        found = self.take_step(self._losses)
        return float(np.mean(found)) if found else 0.0

    def _losses(self, rng: np.random.Generator) -> list[float]:
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
        return found


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
