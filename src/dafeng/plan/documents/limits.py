"""Limits of documents, and the error for a format whose extra is not installed."""

from dafeng.evidence import DafengError, install_extra

LARGEST_TEXT = 2_000_000
"""Characters: forty times the longest plan that we know, and all that fits in 300 MB of memory."""


def missing_extra(package: str, name: str) -> DafengError:
    """Return the error for an optional package that is not installed."""
    return DafengError.at(
        name, f"{package} is not installed", "the extra that reads this format", install_extra("plan")
    )
