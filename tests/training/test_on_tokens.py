"""What holds for all that learns on f's tokens: the matcher and the suggester."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from gp_training.data.answered import load_answers, save_answers
from gp_training.data.tokens import load_tokens, save_tokens
from gp_training.networks.checkpoint import load_checkpoint, read_state
from gp_training.networks.matcher import Matcher
from gp_training.networks.suggester import Suggester
from gp_training.run import matcher, suggester
from gp_training.run.on_tokens import Options, learned_on_tokens, write_weights
from token_pages import (
    BLUE,
    RED,
    TOKEN,
    answered_page,
    token_page,
    write_answered_pages,
    write_token_pages,
)


@dataclass(frozen=True)
class Kind:
    """A network that learns on tokens, its trainer and its pages."""

    name: str
    network: type[Matcher | Suggester]
    trainer: type[matcher.Trainer | suggester.Trainer]
    page: Callable[[list[Any]], Any]
    write: Callable[[Path], Path]
    save: Callable[[Path, Any], None]
    load: Callable[[Path], Any]
    exact: tuple[str, ...]


KINDS = [
    Kind(
        "matcher", Matcher, matcher.Trainer, token_page, write_token_pages, save_tokens,
        load_tokens, ("colors", "sizes", "flats", "place"),
    ),
    Kind(
        "suggester", Suggester, suggester.Trainer, answered_page, write_answered_pages,
        save_answers, load_answers, ("affinity", "colors", "sizes", "flats"),
    ),
]  # fmt: skip


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest) -> Kind:
    return request.param


def test_pages_come_back_as_they_were_kept(kind: Kind, tmp_path: Path) -> None:
    kept = kind.page([RED, BLUE])
    kind.save(tmp_path / "a" / "b-0.npz", kept)
    found = kind.load(tmp_path / "a" / "b-0.npz")
    np.testing.assert_allclose(found.tokens, kept.tokens, atol=2e-3)
    for name in kind.exact:
        np.testing.assert_array_equal(getattr(found, name), getattr(kept, name))


def test_a_run_stopped_and_gone_on_with_is_one_run(kind: Kind, tmp_path: Path) -> None:
    folder, run = kind.write(tmp_path / "pages"), tmp_path / "run"
    run.mkdir()
    options = Options("f", steps=20)

    def learned(trainer: Any, steps: int) -> Any:
        for _ in range(steps):
            trainer.learn()
        return trainer

    whole = learned(kind.trainer(options, folder), 4)
    learned(kind.trainer(options, folder), 2).save(run, [{"step": 2}])
    torch.manual_seed(99)
    again = kind.trainer(options, folder)
    assert again.load(run) == [{"step": 2}]
    learned(again, 2)
    for name, network in again.networks.items():
        for key, value in network.state_dict().items():
            expected = whole.networks[name].state_dict()[key]
            torch.testing.assert_close(value, expected, rtol=0, atol=0, msg=key)
    with pytest.raises(SystemExit, match="another f"):
        kind.trainer(Options("g"), folder).load(run)


def test_a_weights_file_says_what_it_learned(kind: Kind, tmp_path: Path) -> None:
    learned = {"steps": 3, "hours": 0.1, "f": "abc", "data": ["a book"]}
    network, again = kind.network(TOKEN, width=32), kind.network(TOKEN, width=32)
    file = tmp_path / "weights.safetensors"
    write_weights(file, kind.name, network, learned)
    load_checkpoint(file, {kind.name: again})
    for key, value in network.state_dict().items():
        torch.testing.assert_close(again.state_dict()[key], value, atol=1e-3, rtol=1e-3, msg=key)
    assert learned_on_tokens(read_state(file)) == learned
