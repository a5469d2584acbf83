"""A part of a sentence that promises without a figure."""

from dataclasses import dataclass

from dafeng.plan.model import Comparator


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence part that promises without a figure."""

    start: int
    end: int
    comparator: Comparator
    subjects: tuple[str, ...]
    modality: str
    years: tuple[int, ...] = ()
    benchmark: str | None = None
    confidence: float = 1.0
