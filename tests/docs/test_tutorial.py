"""Contract: every command of docs/tutorial.md runs as written, in order, in an empty folder, and does what the text says."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "tutorial.md").read_text(encoding="utf-8")
FILES = re.findall(r"```text (\S+)\n(.*?)```", PAGE, re.DOTALL)
COMMANDS = re.findall(r"^\$ (dafeng .*?)(?:\s+# exit (\d+))?$", PAGE, re.MULTILINE)


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    """What each command showed, by command, and the folder where all of them ran."""
    folder, shown = tmp_path_factory.mktemp("tutorial"), []
    for name, text in FILES:
        (folder / name).write_text(text, encoding="utf-8")
    for command, code in COMMANDS:
        done = subprocess.run(
            [sys.executable, "-m", *shlex.split(command)], cwd=folder, capture_output=True, text=True, timeout=300, check=False,
            env={**os.environ, "PYTHONIOENCODING": "utf-8", "COLUMNS": "100"},
        )  # fmt: skip
        assert done.returncode == int(code or 0), f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        shown.append((command, done.stdout, done.stderr))
    return folder, shown


@pytest.mark.slow
@pytest.mark.xdist_group("tutorial")
def test_every_command_runs_as_written(walked):
    folder, shown = walked
    assert len(shown) == len(COMMANDS) > 15
    for _, out, err in shown:
        assert "Traceback" not in out + err
        assert "internal error" not in out + err
    for name in (
        "plan.xlsx",
        "review.html",
        "360100/plan.yaml",
        "nanchang/city.yaml",
        "inventory.xlsx",
        "answer/index.html",
    ):
        assert (folder / name).stat().st_size > 100


@pytest.mark.slow
@pytest.mark.xdist_group("tutorial")
def test_what_the_text_promises_is_so(walked):
    _, shown = walked
    told = {command: (out, err) for command, out, err in shown}
    assert "350万千瓦" in told["dafeng plan read plan.txt"][0]
    assert "不给出南昌市碳达峰的结论" in told["dafeng run 360100 --samples 256"][0]
    assert "不给出赣州市碳达峰的结论" in told["dafeng run ganzhou --samples 256"][0]
    first, second = (out for command, out, _ in shown if command.startswith("dafeng metering ingest"))
    assert "synthetic" in first
    assert re.findall(r"960", first) == re.findall(r"960", second)
