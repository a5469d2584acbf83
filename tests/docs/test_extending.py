"""Contract: every block of docs/extending.md, written where it says, works: the tests of the page pass on a copy of the source."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(?:python|csv) (new|append|after) (\S+)(?: \| ([^\n]+))?\n(.*?)```", PAGE, re.DOTALL)
TOPICS = (
    "A measure",
    "A process with a new equation",
    "A quality check on readings",
    "A table of factors",
    "A command",
)


def written(folder):
    """A copy of the source with the blocks of the page in it; the tests of the page."""
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(
        ROOT / "tests" / "metering",
        folder / "tests" / "metering",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    shutil.copy(ROOT / "pyproject.toml", folder)
    tests = []
    for how, name, line, text in BLOCKS:
        file = folder / name
        old = file.read_text(encoding="utf-8") if file.exists() else ""
        assert (how == "new") == (not old), name
        if how == "after":
            assert old.count(f"{line}\n") == 1, line
            text = old.replace(f"{line}\n", f"{line}\n{text}")
        elif how == "append":
            text = (old if old.endswith("\n") else old + "\n") + text
        file.write_text(text, encoding="utf-8")
        if name.startswith("tests/"):
            tests.append(name)
    return tests


def test_the_page_has_each_topic_with_a_test():
    assert re.findall(r"^## (.+)$", PAGE, re.MULTILINE) == list(TOPICS)
    for part in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]:
        assert len(re.findall(r"```python new tests/", part)) == 1
        assert part.count("```") == 2 * len(re.findall(r"```(?:python|csv) (?:new|append|after) ", part))


@pytest.mark.slow
def test_what_the_page_adds_works(tmp_path):
    tests = written(tmp_path)
    assert len(tests) == len(TOPICS)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests], cwd=tmp_path, capture_output=True, text=True,
        timeout=300, check=False, env={**os.environ, "PYTHONPATH": str(tmp_path / "src"), "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]
    assert re.search(r"\d+ passed", done.stdout)
