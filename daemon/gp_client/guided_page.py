"""GuidedPage: a page of protocol 2 as the client sees it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from gp_client import cast as casts
from gp_client.act_list import ActList
from gp_client.answers import box_of, color_of, frame_of, result_of, senseless
from gp_client.errors import (
    BAD_REQUEST,
    BLANK_PAGE,
    BUSY,
    CONNECTION_LOST,
    NO_SUCH_LAYER,
    NO_SUCH_PAGE,
    NO_SUCH_REGION,
    TOO_LARGE,
    UNKNOWN_OP,
    UNSUPPORTED_FORMAT,
    VERSION,
)
from gp_client.errors import GuidingPainterError as GPError
from gp_client.guided_answers import frames_of, given_layer_of, guided_regions_of
from gp_client.held_page import Args, HeldPage
from gp_client.page_options import PageOptions
from gp_client.piece_map import PieceMap, numbers
from gp_client.session import Session
from gp_client.targets import Target, aim, mask_frame, target_of
from gp_client.types import Box, Color, GivenLayer, GuidedRegion, Mask, Panel, Pick
from gp_client.wire import Buffer, Frame, Reply

# The daemon refused and did nothing. After any other failure nobody knows what it did.
_REFUSED = frozenset(
    {BAD_REQUEST, NO_SUCH_REGION, NO_SUCH_LAYER, BLANK_PAGE, TOO_LARGE, BUSY}
    | {UNKNOWN_OP, UNSUPPORTED_FORMAT, VERSION}
)


class GuidedPage(HeldPage):
    """A page that the daemon holds. Make it with ``Client.open_guided``.

    What the artist does are acts in one list, which is played again where the daemon lost the page.
    """

    _protocol = 2
    _doubtful = frozenset({NO_SUCH_PAGE, CONNECTION_LOST})

    def __init__(self, session: Session, picture: Frame, options: PageOptions) -> None:
        super().__init__(session, picture, options)
        self._acts = ActList()
        self._regions: dict[int, GuidedRegion] = {}
        self._now: dict[str, Any] = {}  # as the daemon last summed the page up
        self._map: PieceMap | None = None
        self._map_version, self._tables = -1, False
        self._colored = False

    @property
    def regions(self) -> list[GuidedRegion]:
        """All regions by number, open, coloured and blank ones."""
        return [self._regions[number] for number in sorted(self._regions)]

    @property
    def colored_already(self) -> bool:
        """Whether the page was coloured when it came: its colours were taken for paper."""
        return self._colored

    @property
    def asked(self) -> int:
        """How many regions there is to ask about."""
        return int(self._now.get("asked", 0))

    @property
    def spread(self) -> str:
        """How sure the guide must be to propose a colour: "off", "careful" or "bold"."""
        return str(self._now.get("spread", "off"))

    @property
    def cast(self) -> int:
        """How many pieces of earlier pages the guide compares this page with."""
        return int(self._now.get("cast", 0))

    @spread.setter
    def spread(self, level: str) -> None:
        self._act("spread", {"level": level})

    @property
    def can_undo(self) -> bool:
        """Whether undo() would change something."""
        return self._acts.done > 0

    @property
    def done(self) -> int:
        """How many acts can be undone."""
        return self._acts.done

    @property
    def can_redo(self) -> bool:
        """Whether redo() would change something."""
        return self._acts.undone > 0

    @property
    def acts(self) -> bytes:
        """All that was done and undone, for the artist's document; ``play`` takes it."""
        return self._acts.pack()

    def next(self) -> GuidedRegion | None:
        """Return the region to ask about now, or None when all is decided."""
        number = self._now.get("next")
        return None if number is None else self._regions.get(number)

    def pick(self, x: int, y: int) -> Pick:
        """Return what lies at a pixel; the daemon is asked only after the page has changed.

        Raises:
            GuidingPainterError: BAD_REQUEST beside the canvas, or a connection's failure.
        """
        with self._session.lock:
            return self._current_map().pick(x, y)

    def pieces(self) -> PieceMap:
        """Return the map of pieces as it is now.

        Raises:
            GuidingPainterError: a connection's failure.
        """
        with self._session.lock:
            return self._current_map()

    def color(self, target: Target, color: Color) -> None:
        """Give all of a target a colour, from which the guide learns.

        Args:
            target: a region's number, a point (x, y), a colour (all that has it) or a Mask.
            color: (red, green, blue), 0..255.

        Raises:
            GuidingPainterError: NO_SUCH_REGION, BAD_REQUEST, or a connection's failure.
        """
        self._act_on("color", target, {"color": list(color)})

    def fill(self, target: Target, color: Color) -> None:
        """Give a target a colour that says nothing about others; see ``color``."""
        self._act_on("fill", target, {"color": list(color)})

    def split(self, target: Target, shape: Mask | None = None) -> None:
        """Divide a region into its pieces, take a piece out of its region, or what a shape holds.

        Args:
            target: see ``color``; the pieces that are meant.
            shape: then what it holds of them, which it cuts along its edge, leaves their regions
                and is one of its own.

        Raises:
            GuidingPainterError: see ``color``.
        """
        if shape is None:
            self._act_on("split", target, {})
        else:
            args = {**target_of(target), "box": list(shape.bbox)}
            self._act("split", args, (mask_frame(shape),))

    def merge(self, targets: Sequence[Target]) -> None:
        """Make one region of several; all of it takes the first colour that one of them has.

        Raises:
            GuidingPainterError: see ``color``.
        """
        self._act("merge", {"targets": [target_of(target)["target"] for target in targets]})

    def keep(self, target: Target = "all") -> None:
        """Accept proposals, all that are shown or those of a target; the rest of it stays blank.

        Args:
            target: "all", "sure" (those that a careful guide makes, too), or see ``color``.

        Raises:
            GuidingPainterError: see ``color``; BAD_REQUEST where there is nothing to keep.
        """
        self._act_on("keep", target, {})

    def skip(self, target: Target) -> None:
        """Put a region off until all others are decided; see ``color``."""
        self._act_on("skip", target, {})

    def clear(self, target: Target) -> None:
        """Take colours away, the artist's and the guide's; see ``color``."""
        self._act_on("clear", target, {})

    def find(self, gap: float | None, ink: int | None) -> None:
        """Find the pieces anew; every colour keeps its place. See ``Client.open_guided``."""
        self._act("find", {"gap": gap, "ink": ink})

    def focus(self, area: Box | None) -> None:
        """Ask and propose only in a part of the canvas, such as one panel; None: everywhere."""
        self._act("focus", {"area": None if area is None else list(area)})

    def adopt(self, picture: Buffer, colors: Sequence[Color] | None = None) -> None:
        """Take colours from a picture of flats, by place.

        Args:
            picture: RGBA8 of canvas size; transparent says nothing.
            colors: only these; None: whatever the picture has.

        Raises:
            GuidingPainterError: BAD_REQUEST where no piece gets a colour.
        """
        frame = Frame(picture, (self.height, self.width), "RGBA8")
        wanted = None if colors is None else [list(color) for color in colors]
        self._act("adopt", {"colors": wanted}, (frame,))

    def use(self, cast: casts.Cast | None) -> None:
        """Take suggestions and proposals from pages that are done, as one act.

        Where the guide proposed nothing, it is careful from here on. The pieces that it compares
        with (at most 1024, of each colour the largest first) are in the act: a saved list needs no
        cast's file.

        Args:
            cast: of such pages; None lets go of the one in use.

        Raises:
            GuidingPainterError: BAD_REQUEST where the daemon's networks compare no pages or the
                cast is empty, VERSION where other networks learned all of it, TOO_LARGE, or a
                connection's failure.
        """
        if cast is None:
            self._act("cast", {})
            return
        packed = cast.bare().pack()
        self._act("cast", {}, (Frame(packed, (len(packed),), "u1"),))

    def learn(
        self,
        title: str = "page",
        source: str = "",
        number: int = 1,
        lines: str = "",
        pictures: bool = True,
    ) -> casts.CastPage:
        """Return what this page teaches others, for ``Cast.learned``.

        That are pieces that the artist coloured, or whose proposals were accepted, and those that
        were left blank for good; never what the guide only proposes.

        Args:
            title: what the page is called in the cast, see ``Cast.titled``.
            source: path of the line art, from which it can be learned again; "": unknown.
            number: of the page in that file, from 1 on.
            lines: name of the layer that is the line art; "": what the file shows.
            pictures: with a small picture of where each colour is.

        Raises:
            GuidingPainterError: BAD_REQUEST where there is nothing to learn or the daemon's
                networks compare no pages, or a connection's failure.
        """
        reply = self._call("learn", {"pictures": pictures})
        found = casts.unpack_page(bytes(frame_of(reply).data))
        return replace(found, title=title, source=source, number=number, lines=lines)

    def undo(self) -> bool:
        """Take the last act back; False where there is none."""
        return self._act("undo", {})

    def redo(self) -> bool:
        """Do again what was undone last; False where there is nothing."""
        return self._act("redo", {})

    def play(self, acts: bytes) -> None:
        """Do a whole list, from ``acts``, in place of all that was done.

        Raises:
            GuidingPainterError: VERSION, BAD_REQUEST, TOO_LARGE, or a connection's failure.
        """
        with self._session.lock:
            played = ActList.unpack(acts)
            self._act("play", {}, (Frame(acts, (len(acts),), "u1"),))
            self._acts = played

    def mask(self, target: Target) -> Mask:
        """Return a target's shape.

        Raises:
            GuidingPainterError: see ``color``.
        """
        reply = self._ask_on("mask", target)
        return Mask(box_of(result_of(reply)["bbox"]), bytes(frame_of(reply).data))

    def suggest(self, target: Target, draw: int | None = None) -> list[Color]:
        """Return up to five colours to offer for a target, the likeliest first.

        Args:
            target: what to offer them for.
            draw: from 0 to 2**32 - 1; then what comes first was drawn by how likely each colour
                is: another number, another colouring of the page.

        Raises:
            GuidingPainterError: see ``color``.
        """
        args, frames = aim(target)
        if draw is not None:
            if not 0 <= draw < 1 << 32:  # the wire carries no number beyond 64 bits
                raise GPError(BAD_REQUEST, "draw is a number from 0 to 4294967295.")
            args["draw"] = draw
        reply = self._call("suggest", args, frames)
        return [color_of(color) for color in result_of(reply)["colors"]]

    def panels(self) -> list[Panel]:
        """Return the panels in the order of reading, none where the page is one picture.

        Regions do not lie across panels unless the artist merges them. ``focus`` takes a panel's
        bbox, to work in it alone.

        Raises:
            GuidingPainterError: a connection's failure.
        """
        entries = result_of(self._call("panels", {})).get("panels")
        try:
            return [Panel(int(entry["id"]), box_of(entry["bbox"])) for entry in entries or ()]
        except (KeyError, TypeError, ValueError) as error:
            raise senseless() from error

    def layers(self) -> list[GivenLayer]:
        """Return a layer for each colour that was given, and then for each that is proposed.

        Raises:
            GuidingPainterError: a connection's failure.
        """
        found: list[GivenLayer] = []
        with self._session.lock:  # nobody changes the page between two parts of the list
            while True:
                told = result_of(self._call("layers", {"first": len(found)}))
                try:
                    part = [given_layer_of(entry) for entry in told.get("layers") or ()]
                    found += part
                    # An older daemon tells no count, and all at once.
                    if not part or len(found) >= int(told.get("count", 0)):
                        return found
                except (KeyError, TypeError, ValueError) as error:
                    raise senseless() from error

    def layer(self, layer: GivenLayer, format: str = "RGBA8") -> bytes:
        """Return a layer's picture: its colour where it is, transparent beside it.

        Args:
            layer: one of what ``layers`` returned.
            format: pixel format of the answer, see ``wire.FORMATS``.

        Returns:
            As large as the layer's bbox as it is now, rows from the top, tightly packed.

        Raises:
            GuidingPainterError: NO_SUCH_LAYER where the page has changed since ``layers``,
                UNSUPPORTED_FORMAT, or a connection's failure.
        """
        return bytes(frame_of(self._of_layer(layer, {"format": format})).data)

    def layer_mask(self, layer: GivenLayer) -> Mask:
        """Return a layer's shape, which has a byte a pixel where a picture has four.

        Raises:
            GuidingPainterError: see ``layer``.
        """
        return Mask(layer.bbox, bytes(frame_of(self._of_layer(layer, {})).data))

    def _tell_again(
        self, reply: Reply, send: Callable[[str, Args, tuple[Frame, ...]], Reply]
    ) -> None:
        result, rows = result_of(reply), frame_of(reply)
        self._colored = bool(result.get("colored"))
        if self._acts:
            packed = self._acts.pack()
            reply = send("play", {}, (Frame(packed, (len(packed),), "u1"),))
            result, rows = result_of(reply), frames_of(reply, 3)[1]
        self._regions = {region.number: region for region in guided_regions_of(rows)}
        self._now, self._tables, self._map_version = result, False, -1

    def _forget(self) -> None:
        self._acts = ActList()

    def _act_on(self, op: str, target: Target, args: dict[str, Any]) -> bool:
        full, frames = aim(target)
        return self._act(op, {**args, **full}, frames)

    def _act(self, op: str, args: dict[str, Any], frames: tuple[Frame, ...] = ()) -> bool:
        """Do an act and take in what it changed; whether anything was done."""
        with self._session.lock:
            try:
                reply = self._call(op, args, frames)
                result, (act, rows, gone) = result_of(reply), frames_of(reply, 3)
                done, count = bool(result["done"]), int(result["acts"])
            except KeyError as error:
                self._generation = -1
                raise senseless() from error
            except BaseException as error:
                if not isinstance(error, GPError) or error.code not in _REFUSED:
                    self._generation = -1  # what the daemon did is unknown: play the list again
                raise
            if op == "play":
                self._regions = {}
            elif done and op == "undo":
                self._acts.undo()
            elif done and op == "redo":
                self._acts.redo()
            elif done:
                self._acts.add(bytes(act.data), count)
            for number in numbers(gone):
                self._regions.pop(number, None)
            self._regions.update((region.number, region) for region in guided_regions_of(rows))
            self._now, self._tables = result, False
            return done

    def _ask_on(self, op: str, target: Target) -> Reply:
        args, frames = aim(target)
        return self._call(op, args, frames)

    def _of_layer(self, layer: GivenLayer, args: dict[str, Any]) -> Reply:
        reply = self._call("layer", {"color": list(layer.color), "by": layer.by, **args})
        if given_layer_of(result_of(reply)) != layer:
            raise GPError(
                NO_SUCH_LAYER, "The page's colours have changed.", "Ask for the layers again."
            )
        return reply

    def _current_map(self) -> PieceMap:
        if self._generation != self._session.generation or not self._tables:
            whole = self._map is None or self._map_version != self._now.get("map")
            reply = self._call("pieces", {"map": whole})
            if self._map_version == -1 and not whole:  # opened again meanwhile
                whole, reply = True, self._call("pieces", {"map": True})
            found = frames_of(reply, 5 if whole else 2)
            if whole:
                self._map = PieceMap(self.width, self.height, found[2], found[3], found[4])
                self._map_version = int(result_of(reply)["map"])
            if self._map is not None:
                self._map.tell(found[0], found[1])
            self._tables = True
        if self._map is None:
            raise senseless()
        return self._map
