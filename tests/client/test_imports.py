"""gp_client and gp_guide run inside editors: little to import, and Python 3.10's grammar."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import gp_client
import gp_guide
import pytest

MODULES = sorted(
    path
    for package in (gp_client, gp_guide)
    for path in Path(str(package.__file__)).parent.rglob("*.py")
)


def test_only_the_standard_library_and_msgpack_are_imported() -> None:
    allowed = {*sys.stdlib_module_names, "msgpack", "gp_client", "gp_guide"}
    imported = set()
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0
                imported.add((node.module or "").split(".")[0])
    assert imported <= allowed


def test_msgpacks_pure_python_is_enough() -> None:
    program = (
        "import gp_client.wire as w, msgpack, sys\n"
        "assert 'fallback' in msgpack.Unpacker.__module__\n"
        "r = w.Request(1, 'open', {'gap': 1.5}, (w.Frame(b'abcd', (2, 2), 'GRAY8'),))\n"
        "assert w.decode_request(w.encode_request(r)) == r\n"
        "for bad in (b'\\x91' * 90000, b'\\xdf\\xff\\xff\\xff\\xff', b'\\xc1', b''):\n"
        "    try: w.decode_request([bad])\n"
        "    except w.BadMessage: continue\n"
        "    sys.exit('accepted')\n"
    )
    environment = {"MSGPACK_PUREPYTHON": "1", "PATH": ""}
    subprocess.run([sys.executable, "-c", program], env=environment, check=True, timeout=30)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_a_module_keeps_to_python_3_10s_grammar(path: Path) -> None:
    assert ast.parse(path.read_text(), feature_version=(3, 10)).body
