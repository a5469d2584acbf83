"""Versions of an inventory: a file with its cells, options and inputs, from which it is read again."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dafeng.evidence import DafengError, Text, write_atomically
from dafeng.inventory.accounts.build import plain_text
from dafeng.inventory.accounts.model import COLUMNS, Inventory

FORMAT = "dafeng-inventory-1"
_FRAMES = ("cells", "power", "carriers")


def write_version(inventory: Inventory, path: str | Path, label: str = "") -> None:
    """Write a version of the inventory: the same inventory gives the same bytes.

    Parameters
    ----------
    inventory
        The inventory.
    path
        The JSON file to write.
    label
        Name of the version (草案 2026-03).
    """
    content = {
        "format": FORMAT,
        "label": label,
        "name": inventory.name,
        "region": inventory.region,
        "years": list(inventory.years),
        "base_year": inventory.base_year,
        "options": dict(inventory.options),
        "inputs": dict(inventory.inputs),
        **{name: _columns(getattr(inventory, name)) for name in _FRAMES},
    }
    text = json.dumps(content, ensure_ascii=False, indent=0, sort_keys=True) + "\n"
    with write_atomically(Path(path)) as part:
        part.write_text(text, encoding="utf-8")


def read_version(path: str | Path) -> tuple[Inventory, str]:
    """Read a version of an inventory.

    Parameters
    ----------
    path
        The JSON file.

    Returns
    -------
    The inventory without its findings, and the label.

    Raises
    ------
    DafengError
        For a file that is no version of an inventory.
    """
    path = Path(path)
    wanted = Text("dafeng inventory version写出的文件", "a file that `dafeng inventory version` wrote")
    if not path.is_file():
        raise DafengError.at(str(path), Text("文件不存在", "no such file"), wanted)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        frames = {name: _frame(content[name]) for name in _FRAMES}
        if content["format"] != FORMAT or set(COLUMNS) - set(frames["cells"].columns):
            raise KeyError(FORMAT)
        inventory = Inventory(
            str(content["name"]), str(content["region"]), tuple(int(y) for y in content["years"]), frames["cells"],
            frames["power"], frames["carriers"], dict(content["options"]), int(content["base_year"]), (),
            dict(content["inputs"]),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DafengError.at(path.name, Text("不是清单版本", "no version of an inventory"), wanted) from error
    return inventory, str(content.get("label", ""))


def _columns(frame: pd.DataFrame) -> dict[str, Any]:
    named = frame.index.name is not None
    frame = frame.reset_index() if named else frame
    plain = frame.astype(object).where(frame.notna(), None)
    columns = {str(name): [_plain(value) for value in plain[name]] for name in frame.columns}
    numbers = [str(name) for name in frame.columns if frame[name].dtype.kind == "f"]
    return {
        "index": str(frame.columns[0]) if named else "",
        "order": list(columns),
        "numbers": numbers,
        "columns": columns,
    }


def _plain(value: object) -> object:
    return value.item() if isinstance(value, np.generic) else value


def _frame(content: dict[str, Any]) -> pd.DataFrame:
    columns = {
        name: pd.Series(content["columns"][name], dtype="float64" if name in content["numbers"] else None)
        for name in content["order"]
    }
    with plain_text():
        frame = pd.DataFrame(
            {n: c if c.dtype.kind in "fib" else c.astype(object) for n, c in columns.items()}
        )
    return frame.set_index(content["index"]) if content["index"] else frame
