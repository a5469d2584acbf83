"""What measures have delivered to date by registers or statistics: observations of the release take precedence."""

import pandas as pd

from dafeng.case import DELIVERED_TO_DATE, Case
from dafeng.evidence import Finding, Problems, Severity, Text

COLUMN = "delivered_to_date"


def with_delivered(
    case: Case, table: pd.DataFrame, problems: Problems
) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """Return the table of measures with the part delivered to date as the release gives it.

    An observation `delivered_to_date.MEASURE` of the place (an extract of registers writes them) of the latest year
    up to `as_of` replaces the assumption in measures.csv, with a finding that gives both. A value outside 0-1 and a
    measure that the table does not have are problems.

    Parameters
    ----------
    case : Case
        The place, with its observations.
    table : DataFrame
        Table of measures.
    problems : Problems
        Where problems are added.
    """
    rows = case.table("observations")
    rows = rows[
        rows["indicator"].str.startswith(DELIVERED_TO_DATE) & (rows["region"] == case.city.code)
        & rows["value"].notna() & (rows["year"] <= case.city.as_of)
    ].sort_values("year")  # fmt: skip
    if rows.empty:
        return table, ()
    found, known = table.copy(), set(table["id"])
    if COLUMN not in found:
        found[COLUMN] = float("nan")
    findings = []
    for at, indicator, year, value, source, grade in rows[
        ["indicator", "year", "value", "source", "grade"]
    ].itertuples():
        measure = str(indicator).removeprefix(DELIVERED_TO_DATE)
        if measure not in known:
            problems.add(
                f"observations.csv:{at}:indicator", str(indicator), Text("measures.csv 中的措施", "a measure of measures.csv"),
                Text("更正措施标识符", "correct the id of the measure"),
            )  # fmt: skip
            continue
        if not 0.0 <= float(value) <= 1.0:
            problems.add(
                f"observations.csv:{at}:value", f"{value:g}", Text("0 到 1 的比例", "a share from 0 to 1"),
                Text("35% 写作 0.35", "35 % is 0.35"),
            )  # fmt: skip
            continue
        mine = found["id"] == measure
        assumed = table.loc[mine, COLUMN].dropna() if COLUMN in table else table.iloc[:0]["year"]
        found.loc[mine, COLUMN] = float(value)
        was = f"{assumed.iloc[0]:g}" if len(assumed) else "–"
        findings.append(
            Finding(
                "delivered-by-release", Severity.NOTE, f"observations.csv:{at}",
                f"措施{measure}至{int(year)}年已落实 {float(value):g}({grade}级),代替measures.csv的假定 {was}",
                f"measure {measure}: delivered {float(value):g} by {int(year)} (grade {grade}), in place of {was} assumed in measures.csv",
                (str(source),),
            )
        )  # fmt: skip
    return found, tuple(findings)
