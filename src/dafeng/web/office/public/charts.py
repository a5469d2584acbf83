"""Picture of a published list: how many records there are of each kind or place, counted from the published file itself."""

import csv
from collections import Counter

from dafeng.registers import Definition
from dafeng.report import WIDE, Look, picture_file, ranking_picture
from dafeng.web.office.public.files import list_file
from dafeng.web.office.words import code_name, say

COUNTED = ("region", "choice")
"""Types of fields that a list is counted by, in this order."""
MOST = 15


def counts_of(definition: Definition) -> list[tuple[str, int]]:
    """Return how many records a published list has of each place, else of each kind, the most first; nothing where all are alike."""
    file = list_file(definition.register_id, "csv")
    if not file.is_file():
        return []
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.reader(lines))[1:]
    fields = [one for one in map(definition.field, definition.public) if one.privacy == "none"]
    for type_ in COUNTED:
        for column, field in enumerate(fields):
            counts = Counter(row[column] for row in rows if row[column]) if field.type == type_ else Counter()
            if len(counts) > 1:
                return sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return []


def list_picture(definition: Definition) -> bytes | None:
    """Draw the counts of a published list, the largest above; None where there is nothing to compare."""
    from matplotlib.ticker import MaxNLocator

    counts = counts_of(definition)[:MOST]
    if not counts:
        return None
    names, values = [code_name(name) for name, _ in counts], [float(count) for _, count in counts]
    drawn = ranking_picture(Look("", say("records"), "", "", WIDE), names, values, [True] * len(counts))
    drawn.axes[0].xaxis.set_major_locator(MaxNLocator(integer=True))
    return picture_file(drawn, "svg")
