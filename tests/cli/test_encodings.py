"""Contract: a terminal or a file in another encoding shows the nearest characters and never ends the command."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dafeng.cli.terminal import HANDLER, tolerate_encodings

SOURCE = str(Path(__file__).parents[2] / "src")


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("gbk", "√ 没有 -3 2 ^4"),
        ("ascii", "? ?? -3 2 ^4"),
        ("utf-8", "✓ 没有 −3 ₂ ⁴"),
        ("cp1252", "? ?? -3 2 ^4"),
    ],
)
def test_what_an_encoding_lacks_is_replaced(encoding, shown):
    tolerate_encodings()
    assert "✓ 没有 −3 ₂ ⁴".encode(encoding, HANDLER).decode(encoding) == shown


@pytest.mark.parametrize(
    "arguments", [["--help"], ["case", "list"], ["inventory", "run", "jiujiang", "--year", "20x0"]]
)
def test_commands_end_as_usual_in_gbk(arguments, tmp_path):
    there = {**os.environ, "PYTHONIOENCODING": "gbk", "PYTHONPATH": SOURCE}
    there.pop("PYTHONUTF8", None)
    with (tmp_path / "out.txt").open("wb") as out:
        done = subprocess.run([sys.executable, "-m", "dafeng", *arguments], stdout=out, stderr=subprocess.PIPE, env=there, check=False)  # fmt: skip
    assert done.returncode in (0, 2)
    (tmp_path / "out.txt").read_bytes().decode("gbk")
    done.stderr.decode("gbk")
