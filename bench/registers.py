"""Registers beside their floors: import against calamine, pages, aggregates and counts against bare SQL.

All figures are processor time of this process; each floor is measured in the same run. `DAFENG_BENCH_ROWS` sets
the number of records (100,000).
"""

import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import xlsxwriter
from python_calamine import CalamineWorkbook
from sqlalchemy import text

from bench import Figure
from dafeng.registers import Actor, Filter, Store, compute, count, find, import_file, open_workspace, owner

HEAD = (
    "project_code", "name", "kind", "mode", "county", "capacity", "connected", "storage_ratio", "land_ok", "grid_on", "investment",
    "blocked_by",
)  # fmt: skip
REGISTER = "renewable_projects"
ROWS = int(os.environ.get("DAFENG_BENCH_ROWS", "100000"))
SORTS = ("id", "project_code", "name", "kind", "county", "capacity", "connected", "approved_on", "grid_on")
COUNTY = Filter("county", "=", "990103")


def workbook(path: Path, rows: int) -> None:
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet = book.add_worksheet("sheet")
    sheet.write_row(0, 0, HEAD)
    kinds, modes = ("风电", "集中式光伏", "biomass"), ("渔光", "农光")
    for n in range(rows):
        sheet.write_row(n + 1, 0, (
            f"P{n:07d}", f"新能源项目{n}号电站", kinds[n % 3], modes[n % 2], f"9901{1 + n % 13:02d}", 100 + n % 50, 50 + n % 40, 10.0, "是",
            f"{2021 + n % 5}-0{1 + n % 9}-15", 2000.5 + n, "用地",
        ))  # fmt: skip
    book.close()


def timed(work: Callable[[], object]) -> tuple[float, object]:
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def best(work: Callable[[], object], repeats: int = 5) -> float:
    return min(timed(work)[0] for _ in range(repeats))


def figures() -> Iterator[Figure]:
    """The figures of this room, in the order of the life of a store."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "rows.xlsx"
        workbook(path, ROWS)
        floor, _ = timed(lambda: CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python())
        store = open_workspace(folder, "990100")
        who = owner()
        spent, receipt = timed(lambda: import_file(store, who, REGISTER, path))
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        yield Figure(
            f"import {ROWS:,} × {len(HEAD)} cells of a workbook", spent, floor, "≤ 10 × calamine, < 1 GiB",
            f"{memory:.0f} MiB at most, {receipt.new} new",
        )  # fmt: skip
        again, receipt = timed(lambda: import_file(store, who, REGISTER, path))
        kept = count(store, who, REGISTER)
        yield Figure(
            "the same file again", again, None, "0 new", f"first receipt: {receipt.repeated}, {kept} records"
        )
        yield _pages(store, who)
        with store.writing() as connection:
            connection.execute(text(f"update r_{REGISTER} set state = 'grid_connected'"))
        yield from _aggregates(store, who)
        store.close()


def _pages(store: Store, who: Actor) -> Figure:
    """The slowest page of 50 over all sortable fields; the first page of the other direction is the last one."""
    slowest, what = 0.0, ""
    for sort in SORTS:
        for descending in (False, True):
            first = find(store, who, REGISTER, filters=[COUNTY], sort=sort, descending=descending)
            for page, after in (("first or last", None), ("next", first.after)):
                took = best(
                    lambda s=sort, d=descending, a=after: find(
                        store, who, REGISTER, filters=[COUNTY], sort=s, descending=d, after=a
                    )
                )
                if took > slowest:
                    slowest, what = took, f"{sort}{', descending' if descending else ''}, {page} page"
    return Figure("page of 50, one filter, any sortable field", slowest, None, "≤ 10 ms of CPU", what)


def _aggregates(store: Store, who: Actor) -> Iterator[Figure]:
    bare = (
        f"select county, sum(connected), count(*) from r_{REGISTER} where scope = '990100' and live = 1 and state in ('grid_connected', 'full_capacity') "
        "and kind in ('wind', 'solar_central', 'solar_distributed') and cast(substr(grid_on, 1, 4) as int) <= 2024 group by county"
    )
    free = [COUNTY, Filter("capacity", ">=", "120"), Filter("kind", "in", "wind;biomass")]
    sql = f"select count(*) from r_{REGISTER} where scope = '990100' and live in (1, 2) and county = '990103' and capacity >= 120 and kind in ('wind', 'biomass')"
    with store.reading() as connection:
        yield Figure(
            "aggregate by county", best(lambda: compute(store, who, REGISTER, "wind_solar_capacity", 2024, by=["county"])),
            best(lambda: connection.execute(text(bare)).all()), "≤ 1.5 × bare SQL",
        )  # fmt: skip
        yield Figure(
            "count of a free combination of three filters", best(lambda: count(store, who, REGISTER, filters=free)),
            best(lambda: connection.execute(text(sql)).scalar()), "≤ 3 × bare SQL",
        )  # fmt: skip
