"""The plug-in's switch in Krita's settings, and the way back to the settings that were before it.

kritarc is the artist's. So what is put into it is noted at the first install, and `gp uninstall`
takes out just that; what Krita or the artist changed elsewhere in it since stays as it is.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gp_client.errors import UNWRITABLE
from gp_client.errors import GuidingPainterError as GPError
from gp_client.files import check_writable, reason, replacing

from gp_cli.install.plugin_folder import NAME

_GROUP = b"[python]"
_SETTING = f"enable_{NAME}".encode()  # kritarc's encoding is not ours to judge
_ON = (b"true", b"on", b"yes", b"1")  # as KConfig reads it
_ON_LINE = _SETTING + b"=true"
_TEXT = "latin-1"  # in notes, as every byte is a character of it


@dataclass(frozen=True)
class Before:
    """What there was before the first install, as far as an install changes it.

    Attributes:
        file: whether there was one.
        switch: the switch's line, without its end; None where there was none.
        added: what was put in, where there was none: the switch, in a group of its own where there
            was no group.
    """

    file: bool
    switch: str | None = None
    added: str | None = None

    def noted(self) -> dict[str, Any]:
        """Return it for a list in JSON."""
        return asdict(self)

    @staticmethod
    def of_note(note: Any) -> Before | None:
        """Return what was noted, None where nothing was or it is damaged."""
        if not isinstance(note, dict) or not isinstance(note.get("file"), bool):
            return None
        texts = [note.get(name) for name in ("switch", "added")]
        if not all(text is None or isinstance(text, str) for text in texts):
            return None
        return Before(note["file"], *texts)


def check(rc: Path) -> None:
    """See whether the settings can be changed, before anything is written.

    Raises:
        GuidingPainterError: UNWRITABLE.
    """
    read(rc)
    folder = rc.resolve().parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        check_writable(folder)
    except GPError as error:
        raise _refused(rc, error.__cause__) from error


def is_on(rc: Path) -> bool:
    """Whether the plug-in is switched on.

    Raises:
        GuidingPainterError: UNWRITABLE.
    """
    there = _switches(read(rc) or b"")
    return bool(there) and _value(there[-1]) in _ON


def before(rc: Path, earlier: Before | None) -> Before:
    """Return what to note at an install.

    Args:
        rc: the settings, which need not exist.
        earlier: what an earlier install noted, while the plug-in is there.

    Raises:
        GuidingPainterError: UNWRITABLE.
    """
    text = read(rc)
    there = [] if text is None else _switches(text)
    if earlier is not None and there:
        return earlier
    if there:
        return Before(True, switch=there[-1].decode(_TEXT))
    text_before = text or b""
    end = _line_end(text_before)
    at = _start(text_before)
    if at is not None:
        lead = _missing_end(text_before[:at])
        return Before(True, added=(lead + _ON_LINE + (b"" if lead else end)).decode(_TEXT))
    added = end + _GROUP + end + _ON_LINE + end  # as Krita writes it, after an empty line
    lines = text_before.splitlines()
    if not lines or not lines[-1]:
        added = added[len(end) :]
    return Before(text is not None, added=(_missing_end(text_before) + added).decode(_TEXT))


def enable(rc: Path, noted: Before) -> None:
    """Switch the plug-in on, and leave all the rest of the settings alone.

    Raises:
        GuidingPainterError: UNWRITABLE.
    """
    if is_on(rc):
        return
    text = read(rc) or b""
    if _switches(text):
        _write(rc, _with_switch(text, _ON_LINE))
        return
    at = _start(text)
    at = len(text) if at is None else at
    _write(rc, text[:at] + (noted.added or "").encode(_TEXT) + text[at:])


def disable(rc: Path, noted: Before | None) -> None:
    """Take the switch out, so that the settings are as before it was put in.

    Args:
        rc: the settings.
        noted: what there was; None where an older version installed the plug-in, or Krita itself.

    Raises:
        GuidingPainterError: UNWRITABLE.
    """
    if not rc.is_file():
        return
    text = read(rc) or b""
    fresh = _without(text, noted)
    if noted is not None and not noted.file and not fresh.strip():
        try:
            rc.unlink()
        except OSError as error:
            raise _refused(rc, error) from error
    elif fresh != text:
        _write(rc, fresh)


def read(rc: Path) -> bytes | None:
    """Return the settings, None where there is no file.

    Raises:
        GuidingPainterError: UNWRITABLE for a folder, a pipe, or a file that cannot be read.
    """
    try:
        if rc.exists() and not rc.is_file():
            raise OSError(0, "it is a folder" if rc.is_dir() else "it is no plain file")
        return rc.read_bytes() if rc.exists() else None
    except OSError as error:
        raise _refused(rc, error) from error


def _without(text: bytes, noted: Before | None) -> bytes:
    """The settings without the switch, or with the one that was there before."""
    if not _switches(text):
        return text
    if noted is not None and noted.switch is not None:
        return _with_switch(text, noted.switch.encode(_TEXT))
    if noted is None or noted.added is None:
        return _without_empty_group(_with_switch(text, None))
    added = noted.added.encode(_TEXT)
    own_group = _GROUP in added
    at = _place(text) - added.index(_SETTING)
    rest = text[at + len(added) :]
    if at >= 0 and text[at:].startswith(added) and (_ends_group(rest) if own_group else not rest):
        head = text[:at]
        if rest.strip() and rest[:1] not in b"\r\n":
            head += _missing_end(head)
        return _joined(head, rest, may_drop=not noted.file)
    text = _with_switch(text, None)
    return _without_empty_group(text) if own_group else text


def _without_empty_group(text: bytes) -> bytes:
    """Without the group where it holds nothing: Krita writes none that is empty."""
    at = _start(text)
    if at is None or not _ends_group(text[at:]):
        return text
    head = text[: text[:at].rindex(_GROUP)]
    return _joined(head, text[at:], may_drop=True)


def _joined(head: bytes, rest: bytes, may_drop: bool) -> bytes:
    """What was before and after a group; of the empty lines around it one may be dropped."""
    end = _line_end(head + rest)
    if may_drop and rest.strip() == b"":
        return head[: -len(end)] if head.endswith(end + end) else head
    if may_drop and rest.startswith(end) and (not head or head.endswith(end + end)):
        return head + rest[len(end) :]
    return head + rest


def _ends_group(rest: bytes) -> bool:
    """Whether a group holds nothing more: the end, or another group, comes next."""
    return rest.lstrip()[:1] in (b"", b"[")


def _start(text: bytes) -> int | None:
    """Where the group's first setting is, or would be."""
    at = 0
    for line in text.splitlines(keepends=True):
        at += len(line)
        if line.strip() == _GROUP:
            return at
    return None


def _place(text: bytes) -> int:
    """Where the switch that counts begins."""
    at = found = 0
    for line, ours in _lines(text, keepends=True):
        found = at if ours else found
        at += len(line)
    return found


def _switches(text: bytes) -> list[bytes]:
    """The switch's lines in the group, which may come in several pieces; the last one counts."""
    return [line for line, ours in _lines(text) if ours]


def _with_switch(text: bytes, new: bytes | None) -> bytes:
    """With another line for the last switch; None takes all of them out."""
    lines = [*_lines(text, keepends=True)]
    last = max(number for number, (_, ours) in enumerate(lines) if ours)
    if new is None:
        return b"".join(line for line, ours in lines if not ours)
    old = lines[last][0]
    lines[last] = (new + old[len(old.rstrip(b"\r\n")) :], True)
    return b"".join(line for line, _ in lines)


def _lines(text: bytes, keepends: bool = False) -> list[tuple[bytes, bool]]:
    """All lines, and of each whether it is the switch, in the group."""
    inside, found = False, []
    for line in text.splitlines(keepends=keepends):
        if line.lstrip().startswith(b"["):
            inside = line.strip() == _GROUP
        found.append((line, inside and line.partition(b"=")[0].strip() == _SETTING))
    return found


def _value(line: bytes) -> bytes:
    return line.partition(b"=")[2].strip().lower()


def _line_end(text: bytes) -> bytes:
    return b"\r\n" if b"\r\n" in text else b"\n"


def _missing_end(text: bytes) -> bytes:
    """The line end that a last line lacks."""
    return b"" if not text or text.endswith(b"\n") else _line_end(text)


def _write(rc: Path, text: bytes) -> None:
    try:
        rc.resolve().parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _refused(rc, error) from error
    with replacing(rc, in_place=True, hint="") as part:
        part.write_bytes(text)


def _refused(rc: Path, error: BaseException | None) -> GPError:
    why = reason(error) if isinstance(error, OSError) else "unknown"
    return GPError(UNWRITABLE, f"Krita's settings {rc} cannot be changed ({why}).")
