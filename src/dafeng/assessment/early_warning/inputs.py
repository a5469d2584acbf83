"""Values of counties for early warning, from a user's table."""

from collections.abc import Mapping
from pathlib import Path

from dafeng.assessment.early_warning.judging import BASES, Reading
from dafeng.assessment.input_tables import read_input_table
from dafeng.evidence import Problems, Text
from dafeng.tables import Column, Kind, Table

TABLE = Table(
    "warning_values", "预警数值表", "values of early warning", "", "",
    (
        Column("county", Kind.REGION, "县区代码", "county (GB/T 2260)"),
        Column("basis", Kind.CHOICE, "依据", "observed or forecast", choices=BASES),
        Column("statistic", Kind.TEXT, "统计量", "statistic of the rule set"),
        Column("value", Kind.NUMBER, "数值", "value", required=False, optional=True),
        Column("actual", Kind.NUMBER, "实际", "actual", required=False, optional=True),
        Column("target", Kind.NUMBER, "目标或基准", "target or baseline", required=False, optional=True),
        Column("source", Kind.TEXT, "来源", "source", required=False, optional=True),
    ),
    ("county", "basis", "statistic"),
)  # fmt: skip
_RATIOS = ("relative_gap", "intensity_change", "completion_rate")
_DIFFERENCES = ("reduction_shortfall", "gap_points")


def read_readings(path: Path) -> list[Reading]:
    """Read the values of counties from a CSV file; a statistic without a value is computed from actual and target.

    Parameters
    ----------
    path
        CSV file in UTF-8.

    Returns
    -------
    Values by county, period and statistic.

    Raises
    ------
    DafengError
        With every bad cell at once; for a baseline of zero, which no ratio can have.
    """
    problems = Problems()
    expected = Text(
        "含 county、basis、statistic、value 列的 CSV", "a CSV with county, basis, statistic, value"
    )
    frame = read_input_table(TABLE, path, expected, problems)
    problems.raise_if_any()
    found: dict[tuple[str, str], dict[str, float]] = {}
    sources: dict[tuple[str, str], str] = {}
    for number, row in enumerate(frame.to_dict("records"), start=2):
        cells = {str(name): cell for name, cell in row.items()}
        key = str(cells["county"]), str(cells["basis"])
        values = found.setdefault(key, {})
        sources[key] = sources.get(key) or _text(cells.get("source"))
        value = _value(cells, f"{path.name}:{number}", problems)
        if value is not None:
            values[str(cells["statistic"])] = value
    problems.raise_if_any()
    return [
        Reading(county, basis, values, sources[county, basis]) for (county, basis), values in found.items()
    ]


def _value(row: Mapping[str, object], place: str, problems: Problems) -> float | None:
    stated, actual, target = (_number(row.get(name)) for name in ("value", "actual", "target"))
    if stated is not None or actual is None or target is None:
        return stated
    statistic = str(row["statistic"])
    if statistic in _DIFFERENCES:
        return target - actual
    if statistic not in _RATIOS:
        known = ", ".join((*_RATIOS, *_DIFFERENCES))
        problems.add(
            f"{place}:statistic", statistic, Text(f"数值,或{known}之一", f"a value, or one of {known}")
        )
        return None
    if target == 0:
        mend = Text(
            "填写非零的目标或基准,或直接填写数值", "state a target that is not zero, or the value itself"
        )
        problems.add(
            f"{place}:target", "0", Text("非零的目标或基准", "a target or baseline that is not zero"), mend
        )
        return None
    return actual / target if statistic == "completion_rate" else (actual - target) / abs(target)


def _number(cell: object) -> float | None:
    return None if cell is None or cell != cell else float(str(cell))


def _text(cell: object) -> str:
    return "" if cell is None or cell != cell else str(cell)
