"""Where the real texts stand: `DAFENG_PLAN_TEXTS`, by default `../shared/data/plans` beside the repository."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXTS = Path(os.environ.get("DAFENG_PLAN_TEXTS", ROOT.parent / "shared" / "data" / "plans"))


@pytest.fixture(scope="session")
def texts() -> Path:
    return TEXTS
