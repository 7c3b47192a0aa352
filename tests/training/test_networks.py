"""The networks' shapes against Table 5 and the 70x70 PatchGAN."""

from __future__ import annotations

import pytest
import torch
from gp_training.networks.colorizer import Colorizer
from gp_training.networks.discriminator import PatchGAN
from gp_training.networks.guidance import Segmenter
from gp_training.networks.pieces import rank_regions, spread_pieces
from gp_training.networks.unet import DoubleConv, UNet


def channels(block: torch.nn.Module) -> tuple[int, int]:
    assert isinstance(block, DoubleConv)
    first, last = block[0], block[3]
    assert isinstance(first, torch.nn.Conv2d)
    assert isinstance(last, torch.nn.Conv2d)
    return first.in_channels, last.out_channels


def test_unet_channels_equal_table_5():
    net = UNet(1, 30)
    blocks = [net.encoder1, net.encoder2, net.encoder3, net.encoder4, net.bottom]
    blocks += [net.decoder1, net.decoder2, net.decoder3, net.decoder4]
    assert [channels(block) for block in blocks] == [
        (1, 64), (64, 128), (128, 256), (256, 512), (512, 512),
        (1024, 256), (512, 128), (256, 64), (128, 64),
    ]  # fmt: skip
    assert (net.output.in_channels, net.output.out_channels) == (64, 30)


@pytest.mark.parametrize(("stem", "size"), [(False, (48, 32)), (True, (96, 64))])
def test_unet_keeps_the_size_of_its_input(stem: bool, size: tuple[int, int]):
    net = UNet(3, 7, width=4, stem=stem).eval()
    assert net(torch.zeros(1, 3, *size)).shape == (1, 7, *size)


def test_colorizer_takes_regions_plus_five_channels():
    first = Colorizer(30, width=4).unet.encoder1[0]
    assert isinstance(first, torch.nn.Conv2d)
    assert first.in_channels == 35


def test_discriminator_judges_30_by_30_patches_at_256():
    scores = PatchGAN(4, width=4).eval()(torch.zeros(1, 4, 256, 256))
    assert scores.shape == (1, 1, 30, 30)


def test_discriminator_begins_as_the_other_networks_do():
    torch.manual_seed(0)
    convolutions = [m for m in PatchGAN(4, width=16).modules() if isinstance(m, torch.nn.Conv2d)]
    assert len(convolutions) == 5
    for layer in convolutions:
        assert layer.weight.std().item() == pytest.approx(0.02, rel=0.15)
        assert layer.bias is not None
        assert not layer.bias.any()


def test_segmenter_over_pieces_refuses_to_go_without():
    with pytest.raises(ValueError, match="pieces"):
        Segmenter(4, width=4, pieces=True)(torch.zeros(1, 1, 32, 32))


def test_segmenter_logits_are_constant_on_a_piece():
    torch.manual_seed(0)
    f = Segmenter(4, width=4, pieces=True, coordinates=True).eval()
    pieces = torch.zeros(1, 32, 32, dtype=torch.long)
    pieces[:, :, 16:] = 1
    logits = f(torch.rand(1, 1, 32, 32), pieces)
    assert logits[0, :, :, :16].flatten(1).std(1).max() < 1e-6
    assert not torch.allclose(logits[..., 0], logits[..., 31])


def test_table_of_pieces_says_what_the_pixels_say():
    torch.manual_seed(0)
    f = Segmenter(4, width=4, pieces=True, coordinates=True, prior=3.0, guess=True).eval()
    pieces = torch.randint(0, 9, (2, 32, 32))
    sketch = torch.rand(2, 1, 32, 32)
    table = f(sketch, pieces, 9)
    assert table.shape == (2, 4 + 3 + 1, 9)
    assert table[:, 4:7].abs().max() <= 1
    assert table[:, 7].min() > 0
    assert torch.allclose(spread_pieces(table[:, :4], pieces), f(sketch, pieces), atol=1e-5)


def test_segmenter_per_pixel_refuses_to_give_a_table():
    with pytest.raises(ValueError, match="per pixel"):
        Segmenter(4, width=4)(torch.zeros(1, 1, 32, 32), count=3)


def ranked(labels: list[int], size: list[float], error: list[float]) -> list[int]:
    """Regions of the pieces after ranking."""
    logits = torch.nn.functional.one_hot(torch.tensor([labels]), 4).float().transpose(1, 2)
    return rank_regions(logits, torch.tensor([size]), torch.tensor([error])).argmax(1)[0].tolist()


def test_large_regions_come_first_where_all_are_guessed_alike():
    assert ranked([3, 0, 2], [1.0, 9.0, 4.0], [0.5, 0.5, 0.5]) == [2, 0, 1]


def test_a_region_that_is_guessed_well_comes_late():
    assert ranked([3, 0, 2], [1.0, 9.0, 4.0], [0.5, 0.01, 0.5]) == [1, 2, 0]


def test_a_region_of_many_pieces_comes_after_one_whole_piece_of_its_size():
    assert ranked([0, 0, 0, 0, 1], [1.0, 1.0, 1.0, 1.0, 4.0], [0.5] * 5) == [1, 1, 1, 1, 0]
