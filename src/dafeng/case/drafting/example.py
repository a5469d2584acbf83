"""Synthetic example city: 示例市, code 990100, `synthetic: true`, no real place, unit or person.

The folder `example` of the package is the whole city. A room that has records of its own for it adds files
there, or a function that the command `dafeng case example` calls after this one; nobody makes a second
city.
"""

import csv
import io
import math
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from dafeng.case.folder import locate
from dafeng.evidence import DafengError

_NAMES = (
    ("杭瑞福银高速九江段、永武彭湖高速公路服务区、昌九快速通道充电基础设施覆盖", "高速公路服务区和快速通道充电基础设施覆盖"),
    ("九府发〔2022〕27号", "示府发〔2022〕1号(仿真)"), ("九江市", "示例市"), ("国网九江", "国网示例"), ("人行九江", "人行示例"),
    ("九江", "示例"), ("瑞昌市", "示例西县"), ("共青城市", "示例东区"),
)  # fmt: skip
"""Name in the bundled plan → name in the example city."""


def write_example(folder: Path) -> list[Path]:
    """Write the tables of the example city into `folder`.

    Parameters
    ----------
    folder : Path
        A folder that is not there, or is empty.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    DafengError
        Where the folder holds something, or cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DafengError.at(
            str(folder), "a folder that holds files", "a new or empty folder", "choose another DIR"
        )
    written = _copied(files("dafeng.case") / "example", folder)
    for name, text in (
        ("drivers.csv", _drivers()),
        ("measures.csv", _measures()),
        ("plan.yaml", _renamed("jiujiang", "plan.yaml")),
        (
            "organisations.csv",
            _renamed("jiujiang", "organisations.csv").replace(",plan-jiujiang,A,", ",synthetic,E,"),
        ),
        ("sectors.csv", _renamed("regions/360000", "sectors.csv").replace(",sector-map,C,", ",synthetic,E,")),
    ):
        (folder / name).write_text(text, encoding="utf-8")
        written.append(folder / name)
    return written


_DIGITS = 2
"""Significant digits of the example's trajectories: round numbers that are no statement on any place."""
_MARK = {"source": "synthetic", "grade": "E", "note": "仿真 synthetic"}


def _drivers() -> str:
    """Trajectories for the annual model: those of the bundled case in shape, rounded, marked as synthetic."""
    rows = [row for row in _rows("drivers.csv") if row["region"] in ("", "360400")]
    for row in rows:
        row.update(_MARK, region=row["region"] and "990100", basis="仿真 synthetic")
        row.update({name: _rounded(row[name]) for name in ("value", "low", "high")})
    return _csv_text(rows)


def _measures() -> str:
    """The measures of the plan, which the example's plan promises under other names."""
    rows = _rows("measures.csv")
    for row in rows:
        row.update(_MARK)
    return _csv_text(rows)


def _rounded(text: str) -> str:
    """Round a number to the digits of the example; anything else (an expression, NE, nothing) is as it is.

    >>> _rounded("7743000"), _rounded("0.0341"), _rounded("NE"), _rounded("0")
    ('7700000.0', '0.034', 'NE', '0')
    """
    try:
        value = float(text)
    except ValueError:
        return text
    return repr(round(value, _DIGITS - 1 - math.floor(math.log10(abs(value))))) if value else text


def _rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(_renamed("jiujiang", name))))


def _csv_text(rows: list[dict[str, str]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _renamed(case: str, name: str) -> str:
    """A table of classes or promises of a bundled case, with no name of a real place left in it."""
    text = (locate(case).path / name).read_text(encoding="utf-8")
    for real, made in _NAMES:
        text = text.replace(real, made)
    return text


def _copied(source: Traversable, target: Path) -> list[Path]:
    written: list[Path] = []
    target.mkdir(parents=True, exist_ok=True)
    for entry in sorted(source.iterdir(), key=lambda one: one.name):
        if entry.is_dir():
            written += _copied(entry, target / entry.name)
        elif not entry.name.endswith((".py", ".pyc")):
            (target / entry.name).write_bytes(entry.read_bytes())
            written.append(target / entry.name)
    return written
