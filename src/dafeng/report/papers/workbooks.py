"""Workbooks of assessment whose sums are formulas: score sheet and breakdown."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from xlsxwriter.utility import xl_col_to_name

from dafeng.assessment import RESERVE, Allocated, Scheme, ScoreSheet
from dafeng.evidence import Language
from dafeng.report.papers.sheets import SCORES
from dafeng.report.texts import text
from dafeng.tables import open_workbook

ZH = Language.ZH
WIDTH, WIDE, A4 = 18, 60, 9
"""Widths of columns [characters], and the code of the paper size."""


def score_workbook(
    scheme: Scheme, sheet: ScoreSheet, path: Path, record: int | None = None, synthetic: bool = False
) -> None:
    """Write a score sheet as a workbook: points, bonus and possible points with their sums as formulas.

    The total is the formula of the scheme: points × its total ÷ possible + bonus.

    Parameters
    ----------
    scheme
        Scheme of the points.
    sheet
        Score sheet.
    path
        Workbook to write.
    record
        Record of the score: each row then has its reference, which `assess explain` resolves.
    synthetic
        Whether the data are synthetic, which every page carries.
    """
    with open_workbook(path, {"title": scheme.zh}) as book:
        page = book.sheet(text("paper.head.score_sheet", ZH))
        heads = ("item", "of", "points", "bonus", "reason", *(() if record is None else ("record",)))
        _head(book, page, [text(f"paper.head.{head}", ZH) for head in heads])
        page.set_column(4, len(heads) - 1, WIDE)
        for row, line in enumerate(sheet.lines, start=1):
            page.write_string(row, 0, line.zh)
            for column, value in enumerate((line.possible, line.points, line.bonus), start=1):
                page.write_number(row, column, float(value))
            page.write_string(row, 4, line.why_zh)
            if record is not None:
                page.write_string(row, 5, f"{SCORES}/{record}/lines/{line.item}/points")
        last = len(sheet.lines)
        page.write_string(last + 1, 0, text("paper.sum", ZH))
        sums = [sum((part for part in column), Decimal(0)) for column in zip(*((line.possible, line.points, line.bonus) for line in sheet.lines), strict=True)]  # fmt: skip
        for column, value in enumerate(sums, start=1):
            letter = "ABCD"[column]
            page.write_formula(last + 1, column, f"=SUM({letter}2:{letter}{last + 1})", None, float(value))
        page.write_string(last + 2, 0, text("paper.total_points", ZH))
        row = last + 2
        formula = f"=ROUND(IF(B{row}=0,0,C{row}*{scheme.total}/B{row})+D{row},2)"
        page.write_formula(last + 2, 2, formula, None, float(sheet.total))
        page.write_string(last + 2, 4, sheet.grade_zh)
        if record is not None:
            page.write_string(last + 2, 5, f"{SCORES}/{record}/total")
        _mark(page, last + 3, synthetic)


def cascade_workbook(found: Allocated, path: Path) -> None:
    """Write a breakdown as a workbook: one sheet for each method, its reserve, the sum and the difference as formulas.

    Parameters
    ----------
    found
        Breakdown by every method, with what it was computed from: each row has its reference.
    path
        Workbook to write.
    """
    cascade = found.cascade
    with open_workbook(path, {"title": text("paper.title.breakdown", ZH, subject="")}) as book:
        percent = book.raw.add_format({"num_format": "0.0%"})
        for proposal in cascade.proposals:
            page = book.sheet(proposal.zh)
            heads = [text("paper.head.part", ZH), text("paper.head.amount", ZH, unit=cascade.unit), text("paper.head.share", ZH), text("paper.head.reason", ZH), text("paper.head.reference", ZH)]  # fmt: skip
            _head(book, page, heads)
            page.set_column(3, 4, WIDE)
            lines = [(found.basis.names.get(line.part, line.part), line.part, line.amount, line.why_zh) for line in proposal.lines]  # fmt: skip
            lines.append((text("paper.reserve", ZH), RESERVE, proposal.reserve, ""))
            last = len(lines)
            for row, (name, part, amount, why) in enumerate(lines, start=1):
                page.write_string(row, 0, name)
                page.write_number(row, 1, amount)
                page.write_formula(row, 2, f"=B{row + 1}/B${last + 2}", percent, amount / cascade.total)
                page.write_string(row, 3, why)
                page.write_string(row, 4, found.request.reference(proposal.method, part))
            page.write_string(last + 1, 0, text("paper.sum", ZH))
            total = float(sum(amount for _, _, amount, _ in lines))
            page.write_formula(last + 1, 1, f"=SUM(B2:B{last + 1})", None, total)
            page.write_string(last + 2, 0, text("paper.difference", ZH))
            page.write_formula(last + 2, 1, f"=B{last + 2}-{cascade.total!r}", None, total - cascade.total)
            _mark(page, last + 3, found.synthetic)


def cascades_workbook(found: Mapping[str, Allocated], path: Path) -> None:
    """Write the breakdown of many totals as a workbook: a sheet for each method, a column for each total.

    Parameters
    ----------
    found
        Year or target → breakdown; all among the same parts.
    path
        Workbook to write. Below each column stand its sum, the difference from the total as a formula, and the
        reference without its part.
    """
    listed = list(found.items())
    methods = dict.fromkeys(one.method for _, done in listed for one in done.cascade.proposals)
    with open_workbook(path, {"title": text("paper.title.breakdown", ZH, subject="")}) as book:
        for method in methods:
            columns = [
                (name, done, proposal)
                for name, done in listed for proposal in done.cascade.proposals if proposal.method == method
            ]  # fmt: skip
            page = book.sheet(columns[0][2].zh)
            basis, unit = columns[0][1].basis, columns[0][1].cascade.unit
            parts = [*basis.parts.ids, RESERVE]
            heads = [text("paper.head.part", ZH), text("paper.head.code", ZH), *(f"{name}（{unit}）" for name, _, _ in columns)]  # fmt: skip
            _head(book, page, heads)
            for row, part in enumerate(parts, start=1):
                page.write_string(row, 0, text("paper.reserve", ZH) if part == RESERVE else basis.names[part])
                page.write_string(row, 1, part)
            last = len(parts)
            for row, id_ in enumerate(("sum", "difference", "head.reference"), start=last + 1):
                page.write_string(row, 0, text(f"paper.{id_}", ZH))
            for column, (_, done, proposal) in enumerate(columns, start=2):
                amounts = [*proposal.amounts.tolist(), proposal.reserve]
                for row, amount in enumerate(amounts, start=1):
                    page.write_number(row, column, amount)
                letter, total, whole = xl_col_to_name(column), done.cascade.total, float(sum(amounts))
                page.write_formula(last + 1, column, f"=SUM({letter}2:{letter}{last + 1})", None, whole)
                page.write_formula(last + 2, column, f"={letter}{last + 2}-{total!r}", None, whole - total)
                page.write_string(last + 3, column, done.request.reference(method, ""))
            _mark(page, last + 4, columns[0][1].synthetic)


def _mark(page: Any, row: int, synthetic: bool) -> None:
    """Mark a sheet of synthetic data below its rows and at the head of every printed page."""
    if synthetic:
        mark = text("paper.head.synthetic_data_no_real_city", ZH)
        page.write_string(row, 0, mark)
        page.set_header(f"&C{mark}")


def _head(book: Any, page: Any, heads: Sequence[str]) -> None:
    bold = book.raw.add_format({"bold": True, "text_wrap": True})
    for column, head in enumerate(heads):
        page.write_string(0, column, head, bold)
    page.set_column(0, len(heads) - 1, WIDTH)
    page.set_landscape()
    page.set_paper(A4)
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
