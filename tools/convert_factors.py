"""Bring the collected factor tables into the package: `python tools/convert_factors.py --shared DIR`.

Every row and every column is kept: status, candidate value and note say how far a row may be trusted.
"""

import argparse
from pathlib import Path

from shared_tables import read_rows, write_rows

TABLES = (
    "agriculture",
    "buildings",
    "dual_control_warning_rules",
    "formats_gpc",
    "formats_province_summary",
    "fuels",
    "fuels_ceads_implied",
    "fuels_wide",
    "fugitive",
    "gbt2589_2020",
    "gbt51161_2016_hscw",
    "grid",
    "gwp",
    "lulucf",
    "process",
    "transport",
    "waste",
)
TARGET = Path(__file__).parent.parent / "src/dafeng/factors/data"


def convert(shared: Path, target: Path = TARGET) -> dict[str, int]:
    """Write all tables; rows by table."""
    counts = {}
    for name in TABLES:
        rows = read_rows(shared / "data/factors" / f"{name}.csv")
        counts[name] = write_rows(target / f"{name}.csv", list(rows[0]), rows)
    return counts


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True, help="the folder that holds data/")
    for table, count in convert(parser.parse_args().shared).items():
        print(f"{table}: {count} rows")
