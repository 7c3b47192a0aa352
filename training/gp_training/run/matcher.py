"""Trains the matcher on an f that has learned: `python -m gp_training.run.matcher --help`.

f looks at every page once; what it says of pieces is kept in RUN/tokens. SIGTERM or ctrl+C saves
and stops; the same command goes on exactly where it stopped. At the end, or when stopped, its
log-odds are made true on the validation pages.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.progress import track

from gp_training.data.books import described
from gp_training.data.tokens import (
    MOST,
    TokenPage,
    draws_of,
    joined,
    pairs_of,
    read_works,
    save_tokens,
    token_page,
)
from gp_training.data.truth import clarity, load_page
from gp_training.networks.affinity import Affinity
from gp_training.networks.answers import inputs_of
from gp_training.networks.checkpoint import (
    WEIGHTS,
    load_checkpoint,
    read_state,
)
from gp_training.networks.matcher import Matcher
from gp_training.recipe import matching as recipe
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
_COMPOSED = 0.3  # of them
_TURNED = 0.3  # of them, whose colours are turned in hue
_CLEAR = 0.6  # clarity of a page worth learning from
_MOST_CAST = 400  # pieces of a cast while training
_SEVERAL = 0.3  # of the casts are of two or three pages
_LAST = 0.5  # share of the steps over which the rate falls to nothing
_HELD = 12  # pairs of a validation work


def write_tokens(f: Affinity, data: Path, target: Path) -> None:
    """What f says of every page of `data`, a folder a split; goes on where it was stopped.

    Pages to train on are varied as f's were, and of all only the larger pieces are kept.
    """
    f.eval()
    files = sorted(data.glob("*/*/*/*.npz"))
    for file in track(files, "tokens"):
        out = target / file.relative_to(data)
        if out.is_file():
            continue
        rng = draws_of(file)
        page = thinned(load_page(file), MOST, rng)
        if file.relative_to(data).parts[0] == "train":
            page = varied(page, rng, final=False)
        if page.count < 3:
            continue
        given = inputs_of(page)
        with torch.no_grad():
            tokens, _, _ = f(*given)
        save_tokens(out, token_page(page, tokens.numpy(), given[2].numpy()))


class Trainer(TokenTrainer[list[list[TokenPage]]]):
    """The matcher, one gradient step at a time.

    Args:
        options: what the run is.
        folder: tokens to learn from, `SOURCE/WORK/NAME-STYLE.npz`.
    """

    def __init__(self, options: Options, folder: Path) -> None:
        torch.manual_seed(options.seed)
        works = read_works(folder)
        if not works:
            raise SystemExit(f"{folder} holds no work of several pages: gp-train data pages first.")
        first = next(iter(works.values()))[0][0]
        self.matcher = Matcher(first.tokens.shape[1])
        super().__init__("matcher", options, self.matcher, works, 3e-2, _LAST)

    @property
    def mean(self) -> Matcher:
        """The averaged matcher."""
        assert isinstance(self.average, Matcher)
        return self.average

    def draw(self, rng: np.random.Generator) -> tuple[TokenPage, TokenPage] | None:
        """A page and a cast of other pages of its work; None where lines part no colours."""
        work = self.draw_work(rng, _COMPOSED)
        count = 2 if rng.random() >= _SEVERAL else int(rng.integers(3, 5))
        chosen = rng.choice(len(work), min(count, len(work)), replace=False)
        pages = [work[place][rng.integers(len(work[place]))] for place in chosen]
        pages = [page for page in pages if clarity(page) >= _CLEAR]
        if len(pages) < 2:
            return None
        page, cast = pages[0], joined(pages[1:])
        if cast.count > _MOST_CAST:
            cast = cast.chosen(np.sort(rng.permutation(cast.count)[:_MOST_CAST]))
        if rng.random() < _TURNED:
            turn = rng.uniform(0, 360)
            page, cast = (
                page.painted(recipe.turned(page.colors, turn)),
                cast.painted(recipe.turned(cast.colors, turn)),
            )
        return page, cast

    def learn(self) -> dict[str, float]:
        """One gradient step; gives the mean losses by name."""
        found = self.take_step(self._losses)
        means = np.mean(found, axis=0).tolist() if found else [0.0, 0.0]
        return dict(zip(("palette", "across"), means, strict=True))

    def _losses(self, rng: np.random.Generator) -> list[tuple[float, float]]:
        found: list[tuple[float, float]] = []
        for _ in range(_BATCH):
            drawn = self.draw(rng)
            if drawn is None:
                continue
            logits = self.matcher.compare(*recipe.inputs_of(*drawn))
            palette, across = recipe.losses(logits, *drawn)
            (palette + 0.5 * across).div(_BATCH).backward()
            found.append((palette.item(), across.item()))
        return found


def main() -> None:
    """The command."""
    arguments = arguments_of(__doc__, "matcher", steps=4000, every=400)
    f = Affinity()
    load_checkpoint(arguments.f, {"f": f})
    tokens = arguments.run / "tokens"
    write_tokens(f, arguments.data, tokens)
    options = Options(fingerprint(f), arguments.steps, arguments.rate, arguments.seed)
    trainer = Trainer(options, tokens / "train")
    history: list[dict[str, Any]] = []
    if (arguments.run / WEIGHTS).is_file():
        history = trainer.load(arguments.run)
    held = list(pairs_of(tokens / "validation", _HELD))
    recent: list[dict[str, float]] = []
    for _ in until(options.steps, lambda: trainer.step, arguments.minutes):
        recent.append(trainer.learn())
        if trainer.step % arguments.every == 0:
            losses = {k: round(float(np.mean([o[k] for o in recent])), 4) for k in recent[0]}
            held_out = {k: round(v, 4) for k, v in recipe.mean_loss(trainer.mean, held).items()}
            history.append({"step": trainer.step, **losses, "validation": held_out})
            trainer.save(arguments.run, history)
            print(json.dumps(history[-1]), flush=True)
            recent = []
    scale, offset = recipe.calibrate(trainer.mean, held)
    print(f"calibration on validation: {scale:.3f} x + {offset:.3f}")
    trainer.save(arguments.run, history)
    if arguments.weights:
        learned = learned_on_tokens(read_state(arguments.run))
        learned["data"] = described(arguments.data / "train")
        write_weights(arguments.weights, "matcher", trainer.mean, learned)


if __name__ == "__main__":
    main()
