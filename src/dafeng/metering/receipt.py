"""Receipt of a batch: how many readings were new, the same, replaced, older, refused, and why."""

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from dafeng.evidence import Problem

MAX_LISTED = 1000
"""Refused rows listed in a receipt; the count always covers all of them."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts of a batch: every row sent is in exactly one of these."""

    new: int = 0
    same: int = 0
    replaced: int = 0
    older: int = 0
    refused: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.new + other.new, self.same + other.same, self.replaced + other.replaced,
            self.older + other.older, self.refused + other.refused,
        )  # fmt: skip

    @property
    def rows(self) -> int:
        return self.new + self.same + self.replaced + self.older + self.refused


@dataclass(frozen=True, slots=True)
class Receipt:
    """Answer to one batch, given after the commit. `status`: accepted, partial or refused.

    `batch` is the number under which the readings can be traced; `first` is False where the same batch was
    sent before and this is its first receipt again. `derived` counts intervals made from registers. `rows`
    are all rows of the source that are not blank, each in exactly one of the counts; `not_read` names columns
    and sheets that hold no readings; `superseded` counts, where the batch came again, its readings that a
    later batch has replaced since: they stay replaced. `cells` has for each problem the cells of its row
    (column → text), nothing where there was no row.
    """

    batch: int
    key: str
    sender: str
    status: str
    received: datetime
    counts: Counts = Counts()
    quarantined: int = 0
    derived: int = 0
    problems: tuple[Problem, ...] = ()
    cells: tuple[dict[str, str], ...] = field(default=(), compare=False)
    synthetic: int = 0
    rows: int = 0
    not_read: tuple[str, ...] = ()
    superseded: int = 0
    first: bool = True
    digest: str = field(default="", compare=False)

    def as_dict(self) -> dict[str, Any]:
        return {
            **asdict(self.counts),
            "batch": self.batch,
            "status": self.status,
            "key": self.key,
            "sender": self.sender,
            "received": self.received.isoformat(timespec="milliseconds") + "Z",
            "first": self.first,
            "quarantined": self.quarantined,
            "derived": self.derived,
            "synthetic": self.synthetic,
            "rows": self.rows,
            "not_read": list(self.not_read),
            "superseded": self.superseded,
            "digest": self.digest,
            "problems": [problem.as_dict() for problem in self.problems],
        }

    def as_stored(self) -> dict[str, Any]:
        """Return the stored form: the receipt and the cells of its refused rows."""
        return self.as_dict() | {"cells": list(self.cells)}

    def as_json(self) -> str:
        return json.dumps(self.as_stored(), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str, *, first: bool) -> "Receipt":
        """Parse the receipt written by `as_json`, marked as repeated where `first` is False."""
        found = json.loads(text)
        return cls(
            batch=found["batch"], key=found["key"], sender=found["sender"], status=found["status"],
            received=datetime.fromisoformat(found["received"].removesuffix("Z")),
            counts=Counts(**{name: found[name] for name in ("new", "same", "replaced", "older", "refused")}),
            quarantined=found["quarantined"], derived=found["derived"], synthetic=found["synthetic"],
            problems=tuple(Problem.from_dict(problem) for problem in found["problems"]), first=first,
            rows=found.get("rows", sum(found[name] for name in ("new", "same", "replaced", "older", "refused"))),
            not_read=tuple(found.get("not_read", ())),
            cells=tuple(found.get("cells", ())),
            digest=found["digest"],
        )  # fmt: skip
