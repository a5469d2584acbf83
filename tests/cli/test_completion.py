"""Contract: what the README says of completion works: bash takes the script, and bash, zsh and fish get commands and options."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DAFENG = Path(sys.executable).parent / "dafeng"


def answer(shell: str, **asked: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "_DAFENG_COMPLETE": shell, **asked}
    done = subprocess.run(
        [str(DAFENG)], env=environment, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize(
    ("shell", "part"),
    [("bash", "complete -o default -F _dafeng_completion dafeng"), ("zsh", "#compdef dafeng"), ("fish", "complete --command dafeng")],
)  # fmt: skip
def test_each_shell_gets_its_script(shell: str, part: str) -> None:
    assert part in answer(f"source_{shell}")


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
def test_bash_takes_the_line_of_the_readme() -> None:
    line = 'eval "$(_DAFENG_COMPLETE=source_bash dafeng)"'
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme.count(line) == 2
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PATH": f"{DAFENG.parent}{os.pathsep}{os.environ['PATH']}"}  # fmt: skip
    done = subprocess.run(
        ["bash", "-c", f"{line}; complete -p dafeng"], env=environment, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "_dafeng_completion" in done.stdout


def test_commands_and_options_are_completed() -> None:
    assert answer("complete_bash", COMP_WORDS="dafeng path", COMP_CWORD="1").split() == ["pathway"]
    assert "--samples" in answer("complete_bash", COMP_WORDS="dafeng pathway run --s", COMP_CWORD="3").split()
    assert "pathway" in answer("complete_zsh", _TYPER_COMPLETE_ARGS="dafeng path")
    fish = {"_TYPER_COMPLETE_FISH_ACTION": "get-args", "_TYPER_COMPLETE_ARGS": "dafeng path"}
    assert "pathway" in answer("complete_fish", **fish)
