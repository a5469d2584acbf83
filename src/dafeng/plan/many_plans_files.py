"""Export of the comparison of many plans: sheets, a workbook, a page without network."""

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from dafeng import tables
from dafeng.evidence import DafengError, write_atomically
from dafeng.plan.many_plans import Comparison, asked

VERDICTS = {"reached": "达到", "short": "合计不足", "over": "合计超出", "incomplete": "有方案未写明,无法判断"}


def comparison_sheets(comparison: Comparison) -> list[tuple[str, list[str], list[list[object]]]]:
    """Return (title, columns, rows) of the matrix, the cascade and the omissions.

    Parameters
    ----------
    comparison
        Result of `compare`.
    """
    names = list(comparison.names)
    matrix: list[list[object]] = [
        [
            row.indicator, row.when, *(asked(target) for target in row.targets),
            "、".join(names[i] for i in row.strictest),
            "、".join(f"{names[i]} {share:.1%}" for i, share in enumerate(row.shares) if share is not None),
        ]
        for row in comparison.rows
    ]  # fmt: skip
    cascade: list[list[object]] = [
        [one.indicator, one.when, one.unit, one.upper, one.total, one.total / one.upper if one.upper else "", "、".join(one.without), VERDICTS[one.verdict]]
        for one in comparison.cascades
    ]  # fmt: skip
    left_out: list[list[object]] = [[one.plan, one.indicator, one.upper] for one in comparison.omissions]
    return [
        ("对照", ["指标", "时间", *names, "要求最高", "占上级数量"], matrix),
        ("级联核对", ["指标", "时间", "单位", "上级", "下级合计", "比例", "未写明的方案", "结论"], cascade),
        ("下级未提及", ["方案", "指标", "上级要求"], left_out),
    ]


def write_comparison(comparison: Comparison, path: Path) -> None:
    """Write the comparison in the format of the ending of `path`.

    Parameters
    ----------
    comparison
        Result of `compare`.
    path
        File to write: .xlsx or .html.

    Raises
    ------
    DafengError
        For another ending.
    """
    write = _WRITERS.get(path.suffix.lower())
    if write is None:
        raise DafengError.at(str(path), f"the ending {path.suffix or 'none'}", "a file .xlsx or .html")
    write(comparison, path)


def _write_workbook(comparison: Comparison, path: Path) -> None:
    tables.write_workbook(
        path,
        (
            tables.Sheet(title, [tables.Heading(name, wrap=True) for name in columns], rows)
            for title, columns, rows in comparison_sheets(comparison)
        ),
    )


def _write_page(comparison: Comparison, path: Path) -> None:
    from jinja2 import Environment  # only where a page is written

    template = (files("dafeng.plan") / "compare.html").read_text(encoding="utf-8")
    page = (
        Environment(autoescape=True)
        .from_string(template)
        .render(sheets=comparison_sheets(comparison), names=comparison.names)
    )
    with write_atomically(path) as temporary:
        temporary.write_text(page, encoding="utf-8")


_WRITERS: dict[str, Callable[[Comparison, Path], None]] = {".xlsx": _write_workbook, ".html": _write_page}
