"""Measure the registers against their floors: import against calamine, pages, counts and aggregates against bare SQL.

    python bench/registers.py [ROWS]

CPU time of this process; each floor is measured in the same run.
"""

import resource
import sys
import tempfile
import time
from pathlib import Path

import xlsxwriter
from python_calamine import CalamineWorkbook
from sqlalchemy import text

from dafeng.registers import Filter, compute, count, find, import_file, open_workspace, owner

HEAD = (
    "project_code", "name", "kind", "mode", "county", "capacity", "connected", "storage_ratio", "land_ok", "grid_on", "investment",
    "blocked_by",
)  # fmt: skip
REGISTER = "renewable_projects"


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


def timed(do):
    start = time.process_time()
    result = do()
    return time.process_time() - start, result


def best(do, repeats=5):
    return min(timed(do)[0] for _ in range(repeats))


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "rows.xlsx"
        workbook(path, rows)
        floor, _ = timed(lambda: CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python())
        store = open_workspace(folder, "990100")
        who = owner()
        spent, receipt = timed(lambda: import_file(store, who, REGISTER, path))
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"import {rows} x {len(HEAD)}: {spent:.2f} s CPU, calamine {floor:.2f} s: {spent / floor:.1f} x; {memory:.0f} MiB; {receipt.new} new"
        )
        again, receipt = timed(lambda: import_file(store, who, REGISTER, path))
        print(
            f"again: {again:.2f} s, first receipt: {receipt.repeated}, {count(store, who, REGISTER)} records"
        )
        filters = [Filter("county", "=", "990103")]
        worst = 0.0
        for sort in (
            "project_code",
            "name",
            "kind",
            "county",
            "capacity",
            "connected",
            "approved_on",
            "grid_on",
        ):
            for descending in (False, True):
                first = find(store, who, REGISTER, filters=filters, sort=sort, descending=descending)
                for after in (None, first.after):
                    worst = max(
                        worst,
                        best(
                            lambda s=sort, d=descending, a=after: find(
                                store, who, REGISTER, filters=filters, sort=s, descending=d, after=a
                            )
                        ),
                    )
        print(
            f"page of 50, one filter, any sortable field, first, next and last: worst {worst * 1000:.1f} ms CPU"
        )
        with store.writing() as connection:
            connection.execute(text(f"update r_{REGISTER} set state = 'grid_connected'"))
        bare = (
            f"select county, sum(connected), count(*) from r_{REGISTER} where scope = '990100' and live = 1 and state in ('grid_connected', 'full_capacity') "
            "and kind in ('wind', 'solar_central', 'solar_distributed') and cast(substr(grid_on, 1, 4) as int) <= 2024 group by county"
        )
        with store.reading() as connection:
            floor = best(lambda: connection.execute(text(bare)).all())
            ours = best(lambda: compute(store, who, REGISTER, "wind_solar_capacity", 2024, by=["county"]))
            print(f"aggregate: {ours * 1000:.1f} ms, bare SQL {floor * 1000:.1f} ms: {ours / floor:.2f} x")
            free = [
                Filter("county", "=", "990103"),
                Filter("capacity", ">=", "120"),
                Filter("kind", "in", "wind;biomass"),
            ]
            sql = f"select count(*) from r_{REGISTER} where scope = '990100' and live in (1, 2) and county = '990103' and capacity >= 120 and kind in ('wind', 'biomass')"
            floor = best(lambda: connection.execute(text(sql)).scalar())
            ours = best(lambda: count(store, who, REGISTER, filters=free))
            print(
                f"free combination: {ours * 1000:.1f} ms, bare SQL {floor * 1000:.1f} ms: {ours / floor:.2f} x"
            )
        store.close()


if __name__ == "__main__":
    main()
