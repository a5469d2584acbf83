"""Cells that help a draft most: what a unit has, what it lacks and who holds it; the form for them, and its way in.

A figure of the place replaces the share that plants, value added or population gave: own figure over that of the
province, with the tolerance of the statistic instead of the spread of 0.42.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dafeng.case.loading import load
from dafeng.case.model import Case
from dafeng.case.national.index import BASE_YEAR, Unit, statistics
from dafeng.case.national.own_figures import read_figures
from dafeng.case.national.own_judging import OwnCell, cells, implausible_cell, published
from dafeng.case.national.own_rows import read_rows, replace_rows, replace_source, rewritten
from dafeng.case.national.sources import require_indexed
from dafeng.evidence import DafengError, Problems, Text, packaged_rows
from dafeng.tables import Heading, Sheet, write_workbook
from dafeng.units import convert, is_unit, kind

SHEET = "最有用的数据 own data"
SOURCE = "own-data"
COLUMNS = ("id", "数据", "data", "年份 year", "数值 value", "单位 unit", "来源 source", "可询 held by")


@dataclass(frozen=True, slots=True)
class CellState:
    """Cell of the form: its names, what stands for it now, and who holds the figure."""

    id: str
    name_zh: str
    name_en: str
    value: float | None
    year: int | None
    unit: str
    holder_zh: str
    holder_en: str


def own_cells(unit: Unit, case: Case | None = None) -> list[CellState]:
    """Return what a unit has of the cells: in its case, else in the index.

    Parameters
    ----------
    unit
        Unit of the index.
    case
        Its case, where there is one.
    """
    known = {id_: (value, BASE_YEAR) for id_, value in published(unit).items()}
    if case is not None:
        table = case.table("observations")
        mine = table[(table["region"] == unit.code) & table["value"].notna()].sort_values("year")
        wanted = {row["id"]: row["unit"] for row in cells()}
        for row in mine[mine["indicator"].isin(wanted)].to_dict("records"):
            value = float(convert(float(row["value"]), str(row["unit"]), wanted[str(row["indicator"])]))
            known[str(row["indicator"])] = (value, int(row["year"]))
    return [
        CellState(
            row["id"], row["name_zh"], row["name_en"], value, year, row["unit"], row["holder_zh"], row["holder_en"]
        )
        for row in cells()
        for value, year in [known.get(row["id"], (None, None))]
    ]  # fmt: skip


def write_own_form(unit: Unit, file: Path, case: Case | None = None) -> None:
    """Write the one-page form of a unit, filled with what is at hand.

    Parameters
    ----------
    unit
        Unit of the index.
    file
        New workbook.
    case
        Its case, where there is one.
    """
    rows = [
        [one.id, one.name_zh, one.name_en, one.year or BASE_YEAR, one.value if one.value is not None else "", one.unit, "", f"{one.holder_zh} {one.holder_en}"]
        for one in own_cells(unit, case)
    ]  # fmt: skip
    write_workbook(file, [Sheet(SHEET, [Heading(name) for name in COLUMNS], rows)])


def is_own_form(file: Path) -> bool:
    """Return whether a file is the form; one that is no workbook is not.

    Parameters
    ----------
    file
        File of any kind.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    if file.suffix.lower() != ".xlsx":
        return False
    try:
        return SHEET in CalamineWorkbook.from_path(str(file)).sheet_names
    except (CalamineError, OSError, ValueError):
        return False


def add_own_form(folder: Path, file: Path) -> list[Text]:
    """Add the figures of a filled form to a case that was drafted from the index; the draft of its model is left as it is.

    Parameters
    ----------
    folder
        Folder of the case.
    file
        Filled form.

    Returns
    -------
    What each figure made possible.

    Raises
    ------
    DafengError
        For cells that are no numbers, units that do not fit, a figure without a source, an implausible one, with the cell of
        each; the folder then stays as it was.
    """
    return add_own_cells(folder, _figures(file), file.name)


def add_own_figures(folder: Path, file: Path) -> list[Text]:
    """Add the figures of a workbook of statistics, electricity by sector or GDP, as `add_own_form`.

    Parameters
    ----------
    folder
        Folder of the case.
    file
        Workbook.

    Returns
    -------
    What each figure made possible, and the names of rows that a draft does not take.

    Raises
    ------
    DafengError
        As `add_own_form`; where no row has a known name.
    """
    read = read_figures(file)
    if not read.figures:
        known = "、".join(row["name_zh"] for row in cells())
        raise DafengError.at(
            file.name, Text("没有认得的指标", "no name that is known"), Text(f"如:{known}", f"as {known}"),
            Text("一行一个指标、一列一个年份,写明单位;或用 dafeng data form 的表", "a name a row, a year a column, with units; or the form of dafeng data form"),
        )  # fmt: skip
    done = add_own_cells(folder, read.figures, file.name)
    if read.unused:
        left = "、".join(read.unused[:8]) + ("…" if len(read.unused) > 8 else "")
        done.append(Text(f"未用的行:{left}", f"rows not used: {left}"))
    return done


def add_own_cells(folder: Path, given: Sequence[OwnCell], name: str) -> list[Text]:
    """Add figures of the place to a case that was drafted from the index, all or none.

    Parameters
    ----------
    folder
        Folder of the case.
    given
        Figures.
    name
        File or form that they come from.

    Returns
    -------
    What each figure made possible.

    Raises
    ------
    DafengError
        For a case that was not drafted from the index, and implausible figures, each with its cell.
    """
    case = load(folder)
    require_indexed(case, folder)
    problems = Problems()
    problems.extend(problem for one in given if (problem := implausible_cell(case, one)) is not None)
    problems.raise_if_any()
    form = {row["id"]: row for row in cells()}
    shares: dict[str, Text] = {}
    observations, proxies = (
        read_rows(folder / "observations.csv"),
        read_rows(folder / "proxies.csv") if (folder / "proxies.csv").is_file() else [],
    )
    # of several years that nearest to the base year gives the share
    for one in sorted(given, key=lambda cell: -abs(cell.year - BASE_YEAR)):
        observations = [
            row
            for row in observations
            if (row["indicator"], row["region"], row["year"]) != (one.id, case.city.code, str(one.year))
        ]
        observations.append({"indicator": one.id, "region": case.city.code, "year": str(one.year), "value": f"{one.value:.8g}", "unit": one.unit,
                             "source": SOURCE, "grade": "B", "note": one.source})  # fmt: skip
        if one.id in form:
            row = form[one.id]
            if not case.table(
                "energy"
            ).empty:  # beside a balance of the place itself only processes need a share
                row = {
                    **row,
                    "row": ";".join(name for name in row["row"].split(";") if name.endswith(":Process")),
                }
            proxies, told = _with_share(proxies, row, one, case.city.code)
            shares = shares | ({one.id: told} if told else {})
    done = [
        _told(id_, [one for one in given if one.id == id_], shares.get(id_))
        for id_ in dict.fromkeys(one.id for one in given)
    ]
    with rewritten(folder, "sources.csv", "observations.csv", "proxies.csv") as staged:
        cite_own_data(staged, case, name)
        replace_rows(staged / "observations.csv", observations[0], observations)
        if proxies:
            replace_rows(staged / "proxies.csv", proxies[0], proxies)
        load(staged)
    return done


def cite_own_data(folder: Path, case: Case, name: str) -> None:
    """Cite a file of the place in sources.csv, beside those that were added before.

    Parameters
    ----------
    folder
        Folder of the case.
    case
        The case.
    name
        File or form that the figures come from.
    """
    citation = f"{case.city.name_zh}填报数据({name}) · figures filled in by the place"
    earlier = [row["citation"] for row in read_rows(folder / "sources.csv") if row["id"] == SOURCE]
    if earlier:
        citation = earlier[0] if citation in earlier[0] else f"{earlier[0]}; {citation}"
    replace_source(folder, SOURCE, citation, "cite")


def _figures(file: Path) -> list[OwnCell]:
    import openpyxl

    sheet = openpyxl.load_workbook(file, data_only=True)[SHEET]
    known = {row["id"]: row for row in cells()}
    problems, found = Problems(), list[OwnCell]()
    lines = [[cell.value for cell in line[: len(COLUMNS)]] for line in sheet.iter_rows()]
    start = next((n for n, line in enumerate(lines) if line and line[0] == "id"), None)
    if start is None:
        raise DafengError.at(
            f"{file.name}:{SHEET}",
            Text("没有表头 id", "no header id"),
            " | ".join(COLUMNS),
            "dafeng data form CODE",
        )
    for number, line in enumerate(lines[start + 1 :], start=start + 2):
        if line[0] is None or line[4] in (None, ""):
            continue
        where, row = f"{file.name}:{SHEET}!E{number}", known.get(str(line[0]))
        if row is None:
            problems.add(where, str(line[0]), "、".join(known))
            continue
        value = _number(line[4])
        if value is None or value < 0 or not isinstance(line[3], int) or not 2000 <= line[3] <= 2100:
            problems.add(
                where,
                f"{line[4]} ({line[3]})",
                Text("年份和不为负的数", "a year and a number that is not negative"),
            )
            continue
        unit = str(line[5] or row["unit"])
        if not is_unit(unit) or kind(unit) != kind(row["unit"]):
            problems.add(
                f"{file.name}:{SHEET}!F{number}",
                unit,
                Text(f"与{row['unit']}同类的单位", f"a unit of the kind of {row['unit']}"),
            )
            continue
        if not line[6]:
            continue  # what the form was filled with when it was made
        found.append(
            OwnCell(
                row["id"],
                float(convert(value, unit, row["unit"])),
                int(line[3]),
                row["unit"],
                str(line[6]),
                where,
            )
        )
    problems.raise_if_any()
    if not found:
        raise DafengError.at(
            f"{file.name}:{SHEET}",
            Text("没有带来源的数值", "no figure with a source"),
            Text("数值和来源", "a figure and its source"),
        )
    return found


def _number(cell: object) -> float | None:
    try:
        return float(str(cell).replace(",", "").replace("，", ""))
    except ValueError:
        return None


def _told(id_: str, given: Sequence[OwnCell], share: Text | None) -> Text:
    """Say what the figures of one indicator, of one or more years, made possible."""
    row = next(
        row for row in (*cells(), *packaged_rows("dafeng.factors", "indicators.csv")) if row["id"] == id_
    )
    zh, en = (
        row[name] if name in row else row[other] for name, other in (("name_zh", "zh"), ("name_en", "en"))
    )
    years = "、".join(str(year) for year in sorted({one.year for one in given}))
    kept = Text("存入,用于核对和走势", "kept, for checks and trends")
    return Text(
        f"{zh}({years}):{(share or kept).zh}", f"{en} ({years.replace('、', ', ')}): {(share or kept).en}"
    )


def _with_share(
    proxies: list[dict[str, str]], row: Mapping[str, str], cell: OwnCell, code: str
) -> tuple[list[dict[str, str]], Text | None]:
    """Replace the shares that a figure gives, those of other years with the same share; None where it gives none."""
    value, year = cell.value, cell.year
    whole = statistics(f"{code[:2]}0000", row["statistic"]) if row["statistic"] else None
    if not proxies or not row["row"] or whole is None or year not in whole.index or value <= 0:
        return proxies, None
    share = min(value / float(whole[year]), 1.0)
    width = float(row["tolerance"])
    rows = row["row"].split(";")
    years = sorted({one["year"] for one in proxies})
    kept = [one for one in proxies if one["row"] not in rows]
    made = [
        {"row": name, "proxy": row["id"], "year": then, "share": f"{share:.6f}", "low": f"{share * (1 - width):.6f}",
         "high": f"{min(share * (1 + width), 1.0):.6f}", "source": SOURCE, "grade": "B" if then == str(year) else "D",
         "note": f"{cell.source}; own figure of {year} over the province's"}
        for name in rows for then in years
    ]  # fmt: skip
    return [*kept, *made], Text(
        f"份额改为 {share:.2%}(±{width:.0%}),不再用默认代理",
        f"share {share:.2%} (±{width:.0%}) instead of a default",
    )
