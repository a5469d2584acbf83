"""Optional parts of the installation: the command that adds one."""

import sys

from dafeng.evidence.messages import catalogue
from dafeng.evidence.texts import Text


def install_extra(*extras: str) -> Text:
    """Return the command that adds `extras` to the installation that runs; dafeng is on no package index.

    >>> install_extra("plan", "ocr").zh.endswith("-m pip install '.[plan,ocr]'")
    True
    """
    return catalogue("dafeng.evidence").both(
        "problem.install_extra", python=sys.executable, extras=",".join(extras)
    )
