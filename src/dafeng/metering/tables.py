"""The registry tables of the room: their schema from `tables/registry.csv`, and rows read against it."""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from dafeng.evidence import DafengError, Problems, packaged_rows
from dafeng.tables import Row, Table, csv_place, read_csv_rows, table_of
from dafeng.tables import read_rows as read_table_rows


def packaged(name: str) -> tuple[Mapping[str, str], ...]:
    """Return the rows of the table `name` in the package, as text."""
    return packaged_rows("dafeng.metering", f"tables/{name}.csv")


@cache
def schema() -> dict[str, Table]:
    """Return registry table → its definition, the single one for check, template and documentation."""
    tables: dict[str, list[Mapping[str, str]]] = {}
    for row in packaged("registry"):
        # what may be empty may be absent as well: a registry keeps the columns that its owner has
        optional = "no" if row["required"] == "yes" else "yes"
        tables.setdefault(row["table"], []).append({**row, "optional": optional})
    return {name: table_of(name, rows) for name, rows in tables.items()}


def read_rows(table: str, rows: Iterable[Mapping[str, object]], where: str, problems: Problems) -> list[Row]:
    """Return typed rows of `table`; what cannot be read goes to `problems` with row and column."""
    return read_table_rows(schema()[table], rows, csv_place(where), problems)


def read_csv(path: Path, problems: Problems) -> list[Row]:
    """Return typed rows of one registry file (UTF-8 or GB 18030, header line); its name determines the
    table.
    """
    where = f"{path.parent.name}/{path.name}"
    return read_csv_rows(schema()[path.stem], where, path.read_bytes(), problems, gbk=True)


def write_template(folder: Path) -> list[Path]:
    """Write an empty registry into `folder`: one CSV with its header for each table. Existing files stay.

    Parameters
    ----------
    folder
        Folder to write into.

    Returns
    -------
    Paths of the files.

    Raises
    ------
    DafengError
        Where one of the files is there already.
    """
    paths = [folder / f"{table}.csv" for table in schema()]
    there = [path.name for path in paths if path.exists()]
    if there:
        raise DafengError.at(
            str(folder), ", ".join(there), "a folder without these files", "choose a new folder"
        )
    folder.mkdir(parents=True, exist_ok=True)
    for path, table in zip(paths, schema().values(), strict=True):
        path.write_text(",".join(table.named) + "\n", encoding="utf-8")
    return paths
