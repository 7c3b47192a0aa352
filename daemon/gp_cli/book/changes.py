"""Whether a result that is there already is still what a run would make of its page."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gp_client.cast import Cast
from gp_daemon.networks.bundle import MANIFEST, default_bundle

from gp_cli.book.pages import PageJob
from gp_cli.color_options import ColorOptions
from gp_cli.files import made_of
from gp_cli.files.made_of import MadeOf
from gp_cli.files.source import STDIN


@dataclass(frozen=True)
class Look:
    """What a look at a result found.

    Attributes:
        state: "missing"; "same", made of just this; "other", made by us of something else; or
            "foreign": changed since we made it, or not ours.
        changed: attributes of `MadeOf` that are others now, where it is "other".
    """

    state: Literal["missing", "same", "other", "foreign"]
    changed: tuple[str, ...] = ()


class Ingredients:
    """What results are made of in one run. Thread-safe.

    Args:
        options: of the command.
        wanted: how pages are coloured.
        kept: the cast's file, as it was before the run.
    """

    def __init__(self, options: argparse.Namespace, wanted: ColorOptions, kept: Cast) -> None:
        self._options, self._wanted, self._kept = options, wanted, kept
        self._files: dict[Path, str] = {}
        self._common: tuple[str, str, str] | None = None

    def of(self, job: PageJob) -> MadeOf:
        """What a page's result is made of."""
        page = self._file(job.page.path)
        if page != made_of.UNKNOWN:
            page = made_of.digest(page.encode(), str(job.page.number).encode())
        if self._common is None:
            self._common = self._how(), self._from(), self._with()
        return MadeOf(page, *self._common)

    def look(self, job: PageJob) -> Look:
        """Looks at a page's result."""
        try:
            if not job.out.exists():
                return Look("missing")
            before = made_of.read(job.out)
        except OSError:
            return Look("foreign")
        if before is None:
            return Look("foreign")
        changed = before.changed(self.of(job))
        return Look("other", tuple(changed)) if changed else Look("same")

    def _how(self) -> str:
        """A digest of the options."""
        options, wanted = self._options, self._wanted
        by_cast = bool(options.cast or options.reference)
        given = [
            wanted.format, wanted.kind, wanted.layer_only, wanted.shade, wanted.auto, wanted.draw,
            wanted.complete, wanted.limit, wanted.spread if by_cast else "",
            options.gap, options.ink, options.lines, options.drop,
        ]  # fmt: skip
        return made_of.digest(json.dumps(given).encode())

    def _from(self) -> str:
        """A digest of what colours come from: the references, hints, and the cast's pages.

        Of pages that the run itself puts into the cast only their pictures count, so that a run
        that was ended goes on with the same.
        """
        options = self._options
        files = [self._file(path) for path in (options.hints, options.adopt) if path is not None]
        files += [self._file(path) for path in options.reference]
        own = {str(path.absolute()) for path in options.reference}
        parts = [json.dumps(files).encode()]
        for page in self._kept.pages:
            if page.source not in own or page.number != 1:
                parts += [page.segmenter.encode(), page.tokens, page.colors, page.shares]
        if self._wanted.format == "psd":
            names = sorted((*color, name) for color, name in self._kept.names.items())
            parts.append(json.dumps(names).encode())
        return made_of.digest(*parts)

    def _with(self) -> str:
        """A digest of the networks."""
        manifest = self._file((self._options.bundle or default_bundle()) / MANIFEST)
        return made_of.digest(manifest.encode())

    def _file(self, path: Path) -> str:
        """A digest of a plain file; `made_of.UNKNOWN` of a pipe, or what cannot be read."""
        known = self._files.get(path)
        if known is None:
            try:
                plain = path != STDIN and path.is_file()
                known = made_of.of_file(path) if plain else made_of.UNKNOWN
            except (OSError, ValueError):  # said when it is read; ValueError: no name of a file
                known = made_of.UNKNOWN
            self._files[path] = known
        return known
