"""Circular on early warnings (预警通报), from the records of a period."""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from dafeng.evidence import Language, Text, chinese
from dafeng.report.papers.layout import OfficialPaper
from dafeng.report.papers.references import References, record_index
from dafeng.report.texts import name, text

ZH = Language.ZH
REGISTER = "early_warnings"
_IDS = re.compile(r"[a-z]+(_[a-z]+)+")
"""Ids of statistics in a reason: a paper prints their names."""
COLOURS = ("red", "orange", "yellow", "green", "grey")


def warning_circular(
    rows: Sequence[Mapping[str, Any]],
    names: Mapping[str, Text],
    city: str,
    period: str,
    day: str,
    body: str = "",
) -> OfficialPaper:
    """Write the circular on early warnings of a period.

    Parameters
    ----------
    rows : sequence of mapping
        Records of the register `early_warnings`.
    names : mapping
        Code of a county → name, as `place_names` returns them.
    city, period, day, body : str
        City, period, date and issuing body.

    Returns
    -------
    OfficialPaper
        Counts by colour, counties by colour, consequences with exemptions, lifted warnings, index of records.
    """
    paper = OfficialPaper(text("paper.title.warnings", ZH, city=city, period=period))
    references = References()
    counts = Counter(row["colour"] for row in rows if row["basis"] == "observed")
    told = "，".join(
        text("paper.warning_count", ZH, colour=text(f"warning.{one}", ZH), count=counts[one])
        for one in COLOURS
        if counts[one]
    )
    paper.paragraph(text("paper.warnings", ZH, period=period, told=told or text("paper.no_warning", ZH)))
    paper.heading(text("paper.head.warnings_by_county", ZH))
    ordered = sorted(
        rows, key=lambda row: (COLOURS.index(row["colour"]), row["county"], row["basis"] != "observed")
    )
    lines = [_line(row, names, references) for row in ordered]
    heads = (
        "paper.head.county",
        "paper.head.basis",
        "paper.head.colour",
        "paper.head.consequence",
        "paper.head.reason",
    )
    paper.table([text(head, ZH) for head in heads], lines, (30, 18, 24, 20, 64))
    exempt = list(dict.fromkeys(str(row["exemption"]).split(" · ")[0] for row in rows if row["exemption"]))
    if exempt:
        paper.heading(text("paper.head.exemption", ZH))
        paper.paragraph("；".join(exempt))
    record_index(paper, references)
    paper.signature(body, day)
    return paper


def _statistic(id_: str) -> str:
    """Return the Chinese name of a statistic of the rule sets; the id of one that is not in the table."""
    return name("statistic", id_, ZH)


def _line(row: Mapping[str, Any], names: Mapping[str, Text], references: References) -> tuple[str, ...]:
    colour = references.mark(text(f"warning.{row['colour']}", ZH), f"{REGISTER}/{row['id']}/colour")
    state = "" if row["state"] == "issued" else text("paper.lifted", ZH)
    inputs = _object(row["inputs"])
    values = "，".join(
        f"{_statistic(id_)} {value:g}" if isinstance(value, int | float) else f"{_statistic(id_)} {value}"
        for id_, value in inputs.items()
        if id_ != "reds_in_a_row"
    )
    reds = inputs.get("reds_in_a_row", 0)
    parts = [
        f"{name('rule_set', str(row['rule_set']), ZH)}：{values}",
        text("paper.reds", ZH, count=reds) if reds else "",
        _IDS.sub(lambda id_: _statistic(id_.group()), str(row["reason"] or "")),
        "" if row["confirmed"] else text("paper.rules_not_compared", ZH),
    ]
    return (
        chinese(names.get(row["county"], row["county"])), text(f"warning.{row['basis']}", ZH), colour + state,
        text(f"warning.{row['consequence']}", ZH), "；".join(part for part in parts if part),
    )  # fmt: skip


def _object(text: object) -> dict[str, Any]:
    """Return the object in a field of a record; a text that is no object is kept under `text`.

    >>> _object('{"a": 1}'), _object("手工录入"), _object(None)
    ({'a': 1}, {'text': '手工录入'}, {})
    """
    if not text:
        return {}
    try:
        found = json.loads(str(text))
    except ValueError:
        found = str(text)
    return found if isinstance(found, dict) else {"text": found}
