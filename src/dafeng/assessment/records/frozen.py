"""Records of a freeze: what papers other than those of the results are written from again."""

from collections.abc import Mapping
from typing import Any

from dafeng.assessment.records.freezes import Freeze
from dafeng.assessment.records.issued_values import issued_of
from dafeng.assessment.records.scores import Scored, scored_of
from dafeng.assessment.scoring.scheme import Scheme
from dafeng.assessment.targets.issued import Issued
from dafeng.evidence import DafengError, Text

Row = Mapping[str, Any]


def frozen_rows(freeze: Freeze, register: str, period: str) -> list[Row]:
    """Return the records of a period of a register as they were frozen.

    Raises
    ------
    DafengError
        Where the freeze has none of the period.
    """
    rows: list[Row] = freeze.content["registers"][register]
    found = [row for row in rows if row["round"] == period]
    if not found:
        few = ", ".join(sorted({str(row["round"]) for row in rows})) or "–"
        raise DafengError.at(
            f"{_place(freeze)}:{register}:{period}",
            Text("冻结内容中没有此期记录", "no records of this period in the freeze"),
            Text(f"冻结时已有的期次:{few}", f"a period of the freeze: {few}"),
        )
    return found


def frozen_score(freeze: Freeze, record: int) -> tuple[Scheme, Scored, str]:
    """Return a score as it was frozen: its scheme, the sheet, the body.

    Raises
    ------
    DafengError
        Where the freeze does not hold the record, or not the scheme of it.
    """
    row, scheme = _row(freeze, "assessment_scores", record), freeze.content["scheme"]
    if scheme is None or scheme["id"] != row["scheme"]:
        held = "–" if scheme is None else scheme["id"]
        raise DafengError.at(
            f"{_place(freeze)}:scheme",
            held,
            Text(f"此得分的计分方案{row['scheme']}", f"{row['scheme']}, the scheme of the score"),
            Text(
                f"先冻结带该方案的报告:dafeng assess freeze make RESULTS --scheme {row['scheme']}",
                f"freeze the report with that scheme first: dafeng assess freeze make RESULTS --scheme {row['scheme']}",
            ),
        )
    return Scheme.model_validate(scheme), scored_of(row), str(row["body"])


def frozen_issued(freeze: Freeze, record: int) -> Issued:
    """Return an issued value as it was frozen. Raises: DafengError where the freeze does not hold it as issued."""
    return issued_of(_row(freeze, "issued_targets", record))


def _row(freeze: Freeze, register: str, record: int) -> Row:
    rows: dict[int, Row] = {int(row["id"]): row for row in freeze.content["registers"][register]}
    if record not in rows:
        few = ", ".join(map(str, rows)) or "–"
        raise DafengError.at(
            f"{_place(freeze)}:{register}:{record}",
            Text("冻结内容中没有此记录", "no such record in the freeze"),
            Text(f"冻结时的记录:{few}", f"a record of the freeze: {few}"),
        )
    return rows[record]


def _place(freeze: Freeze) -> str:
    return f"assessment_freezes:{freeze.id}"
