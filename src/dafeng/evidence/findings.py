"""Findings for the reader of a result: contradictions, gaps and outliers in the data themselves.

A finding never stops a run and never changes a number; an input that cannot be used at all is a
`Problem` (see `errors`). Two sources that contradict each other are a finding that names both.
"""

from dataclasses import asdict, dataclass
from enum import StrEnum


class Severity(StrEnum):
    """`note`: worth knowing; `warning`: a number is doubtful; `conflict`: two sources disagree."""

    NOTE = "note"
    WARNING = "warning"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Finding:
    """`code` is stable and groups findings of one kind; `where` names file, row or quantity."""

    code: str
    severity: Severity
    where: str
    zh: str
    en: str
    sources: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, object]:
        return {**asdict(self), "severity": self.severity.value, "sources": list(self.sources)}
