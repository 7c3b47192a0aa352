"""What the docs say to type works, and what they point to is there."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import cv2
import gp_client
import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
PAGES += [ROOT / "AGENTS.md", *sorted((ROOT / "docs").rglob("*.md"))]
_BLOCK = re.compile(r"^```(sh|python) runnable\n(.*?)^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_ADDRESS = re.compile(r"\]\([^)\s]+\)|https?://\S+")
WIDE = 140  # characters
_CODE = re.compile(r"`[^`\n]*`")


def blocks(path: Path) -> list[tuple[str, str]]:
    return _BLOCK.findall(path.read_text(encoding="utf-8"))


def names(pages: list[Path]) -> list[str]:
    return [str(page.relative_to(ROOT)) for page in pages]


# The protocol's client has tests of its own: it finds a daemon, and starts none.
PROTOCOL = ROOT / "docs/protocol.md"
RUNNABLE = [page for page in PAGES if blocks(page) and page != PROTOCOL]


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_lines_can_be_read_in_a_window_beside_another(page: Path) -> None:
    """Rows of tables and addresses cannot be broken."""
    lines = enumerate(page.read_text(encoding="utf-8").splitlines(), 1)
    broken = [(number, _ADDRESS.sub("", line)) for number, line in lines if line[:1] != "|"]
    assert not [number for number, line in broken if len(line) > WIDE]


def headings(text: str) -> set[str]:
    """The anchors of a page, as GitHub makes them."""
    found = re.findall(r"^#+ +(.*)$", _FENCED.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in found}


@pytest.mark.timeout(400)
@pytest.mark.parametrize("page", RUNNABLE, ids=names(RUNNABLE))
def test_a_pages_runnable_blocks_run_one_after_the_other(page: Path, reader: Path) -> None:
    for language, text in blocks(page):
        command = ["bash", "-euo", "pipefail", "-c", text]
        if language == "python":
            command = [sys.executable, "-W", "error::SyntaxWarning", "-c", text]
        done = subprocess.run(command, cwd=reader, capture_output=True, text=True, timeout=110)
        assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"


def test_the_protocols_client_is_short_and_imports_nothing_of_ours() -> None:
    ((_, text),) = blocks(PROTOCOL)
    assert len(text.splitlines()) <= 60
    imported = {
        alias.name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    assert imported <= {*sys.stdlib_module_names, "msgpack"}
    assert not [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom)]


def test_the_protocols_client_gets_the_colour_that_it_gave(reader: Path) -> None:
    gp_client.connect(start=True, device="cpu").close()
    ((_, text),) = blocks(PROTOCOL)
    subprocess.run([sys.executable, "-c", text], cwd=reader, check=True, timeout=100)
    picture = cv2.imread(str(reader / "flats.ppm"))
    assert picture is not None
    inside, outside = picture[100, 100].tolist(), picture[5, 5].tolist()
    assert [170, 200, 250] in (inside, outside)
    assert inside != outside


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_what_a_page_links_to_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for link in _LINK.findall(_CODE.sub("", _FENCED.sub("", text))):
        if link.startswith(("http://", "https://")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor and target.suffix == ".md":
            assert anchor in headings(target.read_text(encoding="utf-8")), link


def test_the_changelog_begins_with_the_present_version() -> None:
    first = re.search(r"^## ([\d.]+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert first is not None
    assert first[1] == gp_client.__version__


def test_the_model_card_tells_of_the_networks_that_ship() -> None:
    bundle = json.loads((ROOT / "daemon/gp_daemon/bundles/default/bundle.json").read_text())
    card = (ROOT / "docs/model-card.md").read_text(encoding="utf-8")
    assert f"`{bundle['name']} {bundle['version']}`" in card
    for kind in ("real", "composed"):
        found = bundle["metrics"]["affinity"][kind]
        for what in ("auc", "clicks to 90 %, of a bucket's"):
            assert str(found[what]) in card, (kind, what)
        suggested = bundle["metrics"]["suggestions"][kind]
        assert f"{suggested['delta E']}; {suggested['of white']}" in card
