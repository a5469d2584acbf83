"""Drafts of answers.csv: which observation or model quantity may answer each target, for a person to complete."""

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path

from dafeng.evidence import write_atomically
from dafeng.factors import Indicator, indicator_named
from dafeng.plan.model import Comparator, Target
from dafeng.tables import Column, Kind, parse_cell

COLUMNS = (
    "target", "locator", "year", "measure", "role", "answer", "value", "unit", "comparator", "baseline_year", "document",
    "issued_on", "source", "grade", "note",
)  # fmt: skip
"""Columns of answers.csv."""
_LOCATOR = Column("locator", Kind.LOCATOR, "编号", "locator")
_ISSUED = "待填下达值、文件和日期 · fill in the issued value, document and date"
_BASE = "待填基准值和来源 · fill in the base value with its source"
_COVERAGE = (
    "待填登记指标(完成对象/应完成对象)和算作全面的门槛 · name the register indicator and the threshold"
)
_UNKNOWN = "待填统计或登记指标 · name a statistic or a register indicator"
_DRAFT = "起草,请核对 · draft, to be checked"


def draft_answers(targets: Iterable[Target], source: str) -> list[dict[str, str]]:
    """Draft the rows of answers.csv for targets.

    An observation and a model quantity are named where the table of indicators has them; what only the city knows —
    issued values, base values, register indicators — is a row to fill in, which answers nothing before it is.

    Parameters
    ----------
    targets
        Targets of a plan.
    source
        Id of the plan in sources.csv.

    Returns
    -------
    list of dict
        Rows with the columns `COLUMNS`, grade E.

    Examples
    --------
    >>> from dafeng.plan import Comparator, Target
    >>> target = Target(locator="一1", indicator="非化石能源消费比重", comparator=Comparator.DEFERRED, year=2030)
    >>> [(row["role"], row["answer"]) for row in draft_answers([target], "plan")]
    [('issued', ''), ('observation', 'nonfossil_share'), ('model', 'nonfossil_share')]
    """
    found: dict[tuple[str, ...], dict[str, str]] = {}
    for target in targets:
        for role, answer, note in _rows(target, indicator_named(target.indicator)):
            row = dict.fromkeys(COLUMNS, "") | {
                "target": target.indicator, "locator": _locator(target), "year": str(target.year or ""), "role": role,
                "answer": answer, "source": source, "grade": "E", "note": note,
            }  # fmt: skip
            found.setdefault(
                tuple(row[name] for name in ("target", "locator", "year", "role", "answer")), row
            )
    return list(found.values())


def _locator(target: Target) -> str:
    """Return the number of the item; "" for a target of the preamble, which has none."""
    return "" if parse_cell(_LOCATOR, target.locator)[1] else target.locator


def _rows(target: Target, known: Indicator | None) -> list[tuple[str, str, str]]:
    observation, model = (known.observation, known.model) if known else ("", "")
    rows: list[tuple[str, str, str]] = []
    if target.comparator is Comparator.DEFERRED:
        rows.append(("issued", "", _ISSUED))
    if target.comparator is Comparator.BETTER_THAN:
        rows.append(("base", "", _BASE))
    if target.comparator is Comparator.ALL:
        rows.append(("coverage", observation, _COVERAGE))
    elif observation or not model:
        note = _DRAFT if observation else known.note_zh if known and known.note_zh else _UNKNOWN
        rows.append(("observation", observation, note))
    if model:
        rows.append(("model", model, _DRAFT))
    return rows


def write_answers(path: Path, targets: Iterable[Target], source: str) -> int:
    """Write the draft as answers.csv; return the number of rows.

    Parameters
    ----------
    path
        File to write.
    targets
        Targets of the plan.
    source
        Document that they come from.

    Returns
    -------
    Number of rows.

    Raises
    ------
    DafengError
        Where the folder cannot be written to.
    """
    rows = draft_answers(targets, source)
    with write_atomically(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        file.write(answers_text(rows))
    return len(rows)


def answers_text(rows: Iterable[Mapping[str, str]]) -> str:
    """Format rows of answers.csv, with the head.

    Parameters
    ----------
    rows
        Rows of `draft_answers`.

    Returns
    -------
    Content of the file.

    Examples
    --------
    >>> answers_text([]).count(",")
    14
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
