"""Picture of a published list: how many records there are of each kind or place, counted from the published file itself."""

import csv
from collections import Counter

from dafeng.registers import Definition
from dafeng.report import WIDE, Look, picture_file, ranking_picture
from dafeng.web.office.public.files import list_file
from dafeng.web.office.words import code_name, say

COUNTED = ("region", "choice")
"""Types of fields that a list is counted by: the first that is public."""
MOST = 15


def counted_by(definition: Definition) -> str | None:
    """Return the id of the field that a list is counted by; None where it has none."""
    public = [definition.field(name) for name in definition.public]
    return next((one.id for one in public if one.privacy == "none" and one.type in COUNTED), None)


def list_picture(definition: Definition) -> bytes | None:
    """Draw how many records a published list has of each kind or place, the largest above; None where there is nothing to count."""
    name, file = counted_by(definition), list_file(definition.register_id, "csv")
    if name is None or not file.is_file():
        return None
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.reader(lines))
    column = [one for one in definition.public if definition.field(one).privacy == "none"].index(name)
    counts = Counter(row[column] for row in rows[1:] if row[column])
    if not counts:
        return None
    shown = sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:MOST]
    drawn = ranking_picture(Look("", say("records"), "", "", WIDE), [code_name(key) for key, _ in shown], [float(count) for _, count in shown], [True] * len(shown))  # fmt: skip
    return picture_file(drawn, "svg")
