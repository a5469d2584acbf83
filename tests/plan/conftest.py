"""Where the real texts stand: `DAFENG_PLAN_TEXTS`, by default `../shared/data/plans` beside the repository.

They are other people's documents and not part of it: where they are not, their tests are not there either, and it is said.
"""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXTS = Path(os.environ.get("DAFENG_PLAN_TEXTS", ROOT.parent / "shared" / "data" / "plans"))

collect_ignore = [] if TEXTS.is_dir() else ["test_real_texts.py"]


def pytest_terminal_summary(terminalreporter):
    if collect_ignore:
        terminalreporter.write_line(
            f"real plan texts are not here ({TEXTS}): {collect_ignore[0]} is left out"
        )


@pytest.fixture(scope="session")
def texts() -> Path:
    return TEXTS
