"""`gp` from the command line to files, through a real daemon with the hand-made bundle.

Its segmenter gives each piece a number, its colorizer paints the hint's colour, else gray.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import drawn_inputs
import gp_client
import numpy as np
import pytest
from gp_cli import demo, walk
from gp_cli.main import main
from gp_client import GuidedPage
from gp_guide.opening import open_kept
from gp_guide.pixels import LineArt
from gp_guide.saved import Saved
from PIL import Image, ImageCms
from serving import private_runtime

HINTS = {"1": "#c81e0a", "2": "#0a64c8", "3": "#3cb41e"}
# What the bundle's gray becomes as a suggestion.
HALF_GRAY = [128, 128, 128]


def draw_page() -> np.ndarray:
    """A wide page of three boxes of different sizes; no symmetry."""
    page = np.full((160, 280), 255, np.uint8)
    for box in ((10, 10, 150, 120), (170, 20, 90, 60), (175, 95, 60, 40)):
        cv2.rectangle(page, box, 0, 3)
    return page


def load(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path))


@pytest.fixture(scope="module", autouse=True)
def _daemon(tiny_bundle: Path) -> Iterator[None]:
    """One daemon for all tests; `gp` finds it by the connection file."""
    with (
        pytest.MonkeyPatch.context() as patch,
        private_runtime(patch),
        gp_client.connect(start=True, bundle=tiny_bundle, device="cpu"),
    ):
        yield


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.png"
    Image.fromarray(draw_page()).save(path)
    return path


@pytest.fixture
def hints(tmp_path: Path) -> Path:
    path = tmp_path / "hints.json"
    path.write_text(json.dumps({"hints": HINTS}))
    return path


@pytest.fixture
def masks(tmp_path: Path, page: Path) -> dict[int, np.ndarray]:
    """The page's regions by `gp regions`: number to bool [H, W]."""
    assert main(["regions", str(page), "-o", str(tmp_path / "regions")]) == 0
    listed = json.loads((tmp_path / "regions" / "regions.json").read_text())["regions"]
    files = {entry["number"]: tmp_path / "regions" / entry["mask"] for entry in listed}
    return {number: load(path) > 0 for number, path in files.items()}


def test_masks_share_out_the_canvas(masks: dict[int, np.ndarray]) -> None:
    assert sorted(masks) == list(range(1, len(masks) + 1))
    covered = np.sum([mask.astype(int) for mask in masks.values()], axis=0)
    assert covered.shape == (160, 280)
    assert (covered == 1).all()


def test_regions_json_describes_the_masks(masks: dict[int, np.ndarray], tmp_path: Path) -> None:
    content = json.loads((tmp_path / "regions" / "regions.json").read_text())
    assert (content["width"], content["height"]) == (280, 160)
    for entry in content["regions"]:
        mask = masks[entry["number"]]
        x, y, width, height = entry["bbox"]
        assert entry["pixels"] == mask.sum() == mask[y : y + height, x : x + width].sum()
        assert entry["suggestion"] == "#{:02x}{:02x}{:02x}".format(*HALF_GRAY)


def test_masks_of_an_earlier_run_do_not_stay(
    masks: dict[int, np.ndarray], tmp_path: Path, page: Path
) -> None:
    folder = tmp_path / "regions"
    content = json.loads((folder / "regions.json").read_text())
    content["regions"] += [{"mask": "region-99.png"}, {"mask": "../page.png"}]
    (folder / "regions.json").write_text(json.dumps(content))
    (folder / "region-99.png").write_bytes(b"old")
    assert main(["regions", str(page), "-o", str(folder)]) == 0
    assert len(list(folder.iterdir())) == len(masks) + 1
    assert page.exists()


def test_the_hints_are_exactly_the_colours_of_their_regions(
    masks: dict[int, np.ndarray], tmp_path: Path, page: Path, hints: Path
) -> None:
    out = tmp_path / "out.png"
    arguments = ["colorize", str(page), "--hints", str(hints), "--layer", "-o", str(out)]
    assert main(arguments) == 0
    layer = load(out)
    assert layer.shape == (160, 280, 4)
    for number, color in HINTS.items():
        rgba = (*bytes.fromhex(color[1:]), 255)
        assert (layer[masks[int(number)]] == rgba).all()


def test_without_layer_the_lines_lie_over_the_colours(
    tmp_path: Path, page: Path, hints: Path
) -> None:
    out = tmp_path / "out.png"
    main(["colorize", str(page), "--hints", str(hints), "--layer", "-o", str(out)])
    layer = load(out)[..., :3]
    main(["colorize", str(page), "--hints", str(hints), "-o", str(out)])
    ink = draw_page() == 0
    assert (load(out)[ink] == 0).all()
    assert (load(out)[~ink] == layer[~ink]).all()


def test_a_coloured_picture_of_the_same_drawing_colours_the_page_alike(
    tmp_path: Path, page: Path, hints: Path
) -> None:
    first, second = tmp_path / "first.png", tmp_path / "second.png"
    main(["colorize", str(page), "--hints", str(hints), "-o", str(first)])
    assert main(["colorize", str(page), "--adopt", str(first), "-o", str(second)]) == 0
    assert (load(first) == load(second)).all()


def test_colors_limits_the_hints_to_the_first_regions(
    masks: dict[int, np.ndarray], tmp_path: Path, page: Path, hints: Path
) -> None:
    out = tmp_path / "out.png"
    main(["colorize", str(page), "--hints", str(hints), "--colors", "1", "--layer", "-o", str(out)])
    layer = load(out)[..., :3]
    assert (layer[masks[1]] == tuple(bytes.fromhex(HINTS["1"][1:]))).all()
    assert (layer[masks[2]] == HALF_GRAY).all()


def test_an_ora_has_the_lines_over_the_group_and_shows_the_chosen_kind(
    tmp_path: Path, page: Path, hints: Path
) -> None:
    out = tmp_path / "out.ora"
    arguments = ["colorize", str(page), "--hints", str(hints), "--kind", "soft", "-o", str(out)]
    assert main(arguments) == 0
    with zipfile.ZipFile(out) as archive:
        stack = archive.read("stack.xml").decode()
        lines = np.asarray(Image.open(BytesIO(archive.read("data/layer000.png"))))
    assert (lines[..., 0] == draw_page()).all()
    names = ["Line art", "GuidingPainter", "flats", "soft", "hints"]
    places = [stack.index(f'name="{name}"') for name in names]
    assert places == sorted(places)
    assert stack.count('visibility="hidden"') == 2
    assert 'visibility="visible"' in stack[stack.index('name="soft"') :].split("/>")[0]


def test_a_shade_is_a_layer_of_its_own_multiplied_onto_the_flats(
    tmp_path: Path, page: Path, hints: Path
) -> None:
    out = tmp_path / "out.ora"
    arguments = ["colorize", str(page), "--hints", str(hints), "--shade", "-o", str(out)]
    assert main(arguments) == 0
    with zipfile.ZipFile(out) as archive:
        stack = archive.read("stack.xml").decode()
        shade, flats = (
            np.asarray(Image.open(BytesIO(archive.read(f"data/layer{place:03d}.png"))))
            for place in (1, 2)
        )
        merged = np.asarray(Image.open(BytesIO(archive.read("mergedimage.png"))))
    names = ["Line art", "GuidingPainter", "shade", "flats", "soft", "hints"]
    places = [stack.index(f'name="{name}"') for name in names]
    assert places == sorted(places)
    about_shade = stack[places[2] - 200 : places[3]]
    assert "svg:multiply" in about_shade
    paper = draw_page()[..., None] > 0
    dark = shade[..., :3].astype(int) * flats[..., :3] / 255
    assert np.abs(np.where(paper, dark - merged[..., :3], 0)).max() <= 1
    flat = tmp_path / "out.png"
    main([*arguments[:-1], str(flat)])
    assert np.abs(load(flat)[..., :3].astype(int) - merged[..., :3]).max() <= 1


def test_soft_colours_take_no_shade(
    tmp_path: Path, page: Path, hints: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.png"
    arguments = ["colorize", str(page), "--hints", str(hints), "--kind", "soft", "--shade"]
    assert main([*arguments, "-o", str(out)]) == 2
    assert "--shade" in capfd.readouterr().err
    assert not out.exists()


def test_deep_transparent_and_inverted_line_art_gives_the_same_flats(
    tmp_path: Path, page: Path, hints: Path
) -> None:
    drawn = draw_page()
    alpha = np.zeros((160, 280, 4), np.uint16)
    alpha[..., 3] = (255 - drawn.astype(np.uint16)) * 257
    cv2.imwrite(str(tmp_path / "deep.png"), alpha)
    Image.fromarray(255 - drawn).save(tmp_path / "inverted.png")
    results = []
    for name in ("page.png", "deep.png", "inverted.png"):
        out = tmp_path / f"out-{name}"
        source = str(tmp_path / name)
        assert main(["colorize", source, "--hints", str(hints), "-o", str(out)]) == 0
        results.append(load(out))
    assert (results[0] == results[1]).all()
    assert (results[0] == results[2]).all()


def test_auto_takes_each_suggestion(tmp_path: Path, page: Path) -> None:
    out = tmp_path / "out.png"
    assert main(["colorize", str(page), "--auto", "--layer", "-o", str(out)]) == 0
    assert (load(out) == (*HALF_GRAY, 255)).all()


def test_auto_of_many_regions_gives_the_first_one_by_one_and_the_rest_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = np.full((241, 321), 255, np.uint8)
    lines[::40], lines[:, ::40] = 0, 0
    source, out, given = tmp_path / "many.png", tmp_path / "out.png", list[object]()
    Image.fromarray(lines).save(source)
    color = GuidedPage.color

    def counted(page: GuidedPage, target: Any, *about: Any) -> None:
        given.append(target)
        color(page, target, *about)

    monkeypatch.setattr(GuidedPage, "color", counted)
    monkeypatch.setattr(walk, "ONE_BY_ONE", 2)
    assert main(["colorize", str(source), "--auto", "--layer", "-o", str(out)]) == 0
    assert len(given) == 2
    assert (load(out)[..., 3] == 255).all()


def test_light_strokes_on_transparency_are_seen_in_every_kind_of_file(tmp_path: Path) -> None:
    page = np.zeros((80, 120, 4), np.uint8)
    page[10:70, 20:100] = 255
    page[13:67, 23:97, 3] = 0
    page[40:43, 45:48] = (0, 0, 0, 255)  # a pupil
    Image.fromarray(page).save(tmp_path / "page.png")
    for kind in ("png", "ora", "psd"):
        out = str(tmp_path / f"out.{kind}")
        assert main(["colorize", str(tmp_path / "page.png"), "--auto", "-q", "-o", out]) == 0
    with zipfile.ZipFile(tmp_path / "out.ora") as archive:
        whole = np.asarray(Image.open(BytesIO(archive.read("mergedimage.png"))))
        assert b"svg:multiply" not in archive.read("stack.xml")
    with Image.open(tmp_path / "out.psd") as psd:
        merged = np.asarray(psd)
    for picture in (load(tmp_path / "out.png"), whole, merged):
        assert (picture[30, 21, :3] == 255).all()
        assert (picture[41, 46, :3] == 0).all()
        assert (picture[30, 60, :3] < 255).any()


def test_demo_makes_a_sheet_and_a_layered_file_of_each_page_and_an_overview(
    tmp_path: Path, page: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    samples, out = tmp_path / "samples", tmp_path / "out" / "deep"
    samples.mkdir()
    for name in ("one.png", "two [x].png"):
        (samples / name).write_bytes(page.read_bytes())
    (samples / "notes.csv").write_text("no picture")
    (tmp_path / "palette.json").write_text('["#c81e0a", "#0a64c8"]')
    palette = ["--palette", str(tmp_path / "palette.json"), "--colors", "2"]
    assert main(["demo", "--samples", str(samples), "-o", str(out), *palette]) == 0
    assert sorted(path.name for path in out.iterdir()) == [
        "one.ora",
        "one.png",
        "overview.png",
        "two [x].ora",
        "two [x].png",
    ]
    with zipfile.ZipFile(out / "one.ora") as archive:
        merged = np.asarray(Image.open(BytesIO(archive.read("mergedimage.png"))))
    colors = {tuple(color) for color in merged.reshape(-1, 3).tolist()}
    assert {(0xC8, 0x1E, 0x0A), (0x0A, 0x64, 0xC8)} <= colors
    said = capsys.readouterr().out
    for word in ("one.png", "two [x].png", "2 colours given", "shares", "open", "flats", "ora"):
        assert word in said
    assert said.rstrip().endswith("overview.png") or "overview.png" in said.replace("\n", "")


def test_the_demo_tells_the_shares_of_the_first_regions_and_of_the_others_together() -> None:
    assert demo.shares_line({1: 0.5, 2: 0.3, 3: 0.2}) == "1: 50.0 %  2: 30.0 %  3: 20.0 %"
    line = demo.shares_line({1: 0.5, **dict.fromkeys(range(2, 12), 0.05)})
    assert line == "1: 50.0 %  2: 5.0 %  3: 5.0 %  4: 5.0 %  5: 5.0 %  6: 5.0 %  5 more: 25.0 %"


def test_one_bad_page_does_not_stop_the_demo(
    tmp_path: Path, page: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    samples, out = tmp_path / "samples", tmp_path / "out"
    samples.mkdir()
    (samples / "a.png").write_bytes(b"no picture")
    (samples / "b.png").write_bytes(page.read_bytes())
    assert main(["demo", "--samples", str(samples), "-o", str(out)]) == 2
    assert sorted(path.name for path in out.iterdir()) == ["b.ora", "b.png", "overview.png"]
    complaint = capsys.readouterr().err.strip().splitlines()[-1]
    assert complaint.startswith("gp: a.png is no picture")


def test_a_demo_without_the_samples_says_how_to_name_others(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo, "default_samples", lambda: None)
    assert main(["demo"]) == 2
    assert "--samples DIR" in capsys.readouterr().err


def test_the_checkouts_samples_are_found() -> None:
    folder = demo.default_samples()
    assert folder is not None
    assert len(demo.find_pages(folder)) >= 9


def test_status_says_what_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status"]) == 0
    said = capsys.readouterr().out
    assert "CPU" in said
    assert "tiny" in said


def test_a_bundle_of_ones_own_gets_a_daemon_of_its_own(
    tmp_path: Path, page: Path, tiny_bundle: Path
) -> None:
    out = tmp_path / "out.png"
    private = ["--bundle", str(tiny_bundle), "--cpu"]
    assert main(["colorize", str(page), "--auto", "-o", str(out), *private]) == 0
    assert out.exists()
    assert main(["status"]) == 0  # the other one still runs


def scan(path: Path, blank: int | None = None) -> Path:
    """A file of three pages, the same but for a corner each, one of them perhaps empty."""
    pages = []
    for number in range(3):
        drawn = draw_page()
        cv2.rectangle(drawn, (0, 0, 4 + 2 * number, 4), 0, -1)
        pages.append(Image.fromarray(np.full_like(drawn, 255) if number == blank else drawn))
    pages[0].save(path, save_all=True, append_images=pages[1:])
    return path


def test_a_file_of_several_pages_is_said_to_have_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = scan(tmp_path / "scan.tif")
    out = tmp_path / "out.png"
    assert main(["colorize", str(path), "--auto", "--cpu", "-o", str(out)]) == 0
    assert "scan.tif has 3 pages, this is the first" in capsys.readouterr().err
    first = load(out)
    assert main(["colorize", str(path), "--page", "3", "--auto", "--cpu", "-o", str(out)]) == 0
    assert "pages" not in capsys.readouterr().err
    changed = (load(out) != first).any(2)
    assert changed[:5, 5:9].any()
    assert not changed[5:].any()


def test_all_pages_are_coloured_and_the_one_that_fails_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = scan(tmp_path / "scan.tif", blank=1)
    command = ["colorize", str(path), "--page", "all", "--auto", "--cpu"]
    assert main([*command, "-o", str(tmp_path / "out.png")]) == 2
    assert sorted(file.name for file in tmp_path.glob("*.png")) == ["out-1.png", "out-3.png"]
    assert "scan.tif, page 2: There is no line art" in capsys.readouterr().err
    command = ["regions", str(scan(path)), "--page", "all", "--cpu", "-o", str(tmp_path / "masks")]
    assert main(command) == 0
    assert sorted(file.name for file in (tmp_path / "masks").iterdir()) == ["1", "2", "3"]


def test_a_page_that_is_coloured_already_is_named_once_and_quietly_not_at_all(
    page: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines, flats = drawn_inputs.figure(0.5)
    Image.fromarray(np.minimum(flats, lines[..., None])).save(page)
    for quiet, times in (((), 1), (("-q",), 0)):
        out = tmp_path / "out.png"
        assert main(["colorize", str(page), "--auto", "--cpu", *quiet, "-o", str(out)]) == 0
        assert capsys.readouterr().err.count("coloured already") == times
    # Of a file with layers one may be the line art alone, which is said.
    layered = tmp_path / "page.ora"
    assert main(["colorize", str(page), "--auto", "--cpu", "-q", "-o", str(layered)]) == 0
    for more, said in (([], True), (["--lines", "Line art"], False)):
        command = ["colorize", str(layered), *more, "--auto", "--cpu", "-o", str(out)]
        assert main(command) == 0
        assert ("--lines NAME takes one of them" in capsys.readouterr().err) == said
    # Both plug-ins show what is said where a page is opened for the first time.
    art = LineArt(
        np.asarray(Image.open(page)).tobytes(), lines.shape[1], lines.shape[0], "RGB8", True
    )
    with gp_client.connect(start=True) as client:
        opened, said = open_kept(client, art, Saved())
        assert "coloured already" in said
        opened.fill((10, 10), (1, 2, 3))
        assert open_kept(client, art, Saved(acts=opened.acts))[1] == ""


def test_the_profile_of_a_page_goes_into_its_picture(page: Path, tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.open(page).convert("RGB").save(page, icc_profile=profile, dpi=(600, 600))
    for ending in ("png", "ora"):
        out = tmp_path / f"out.{ending}"
        assert main(["colorize", str(page), "--auto", "--cpu", "-o", str(out)]) == 0
        data = out.read_bytes()
        if ending == "ora":
            with zipfile.ZipFile(out) as archive:
                data = archive.read("mergedimage.png")
        made = Image.open(BytesIO(data))
        assert made.info["icc_profile"] == profile
        assert made.info["dpi"] == pytest.approx((600, 600), rel=1e-3)


@pytest.mark.parametrize("job", [["regions", "-o"], ["colorize", "--auto", "-o"]])
def test_quiet_says_nothing_and_verbose_each_step_once(
    job: list[str], page: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    name, *options = job
    out = str(tmp_path / ("masks" if name == "regions" else "out.png"))
    assert main([name, str(page), "--quiet", *options, out]) == 0
    assert capfd.readouterr() == ("", "")
    assert main([name, str(page), "--verbose", *options, out]) == 0
    said = capfd.readouterr()
    steps = said.err.splitlines()
    assert len(steps) == len(set(steps)) >= 2
    assert all(re.match(r"gp: +\d+\.\d s  \S", step) for step in steps)
    assert out in said.out


def test_quiet_still_says_what_goes_wrong(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["regions", "-q", str(tmp_path / "no.png"), "-o", str(tmp_path / "out")]) == 2
    assert "no.png" in capfd.readouterr().err
