"""All results of a run in a folder, whole or not at all."""

import json
import platform
import shutil
import tempfile
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from dafeng.evidence import DafengError, track
from dafeng.report.iamc import write_csv
from dafeng.report.page import render
from dafeng.report.summary import Summary
from dafeng.report.workbook import write_workbook

PACKAGES = ("numpy", "pandas", "plotly", "pydantic", "scipy")
Writer = Callable[[Summary, Path], None]


def run_record(summary: Summary, inputs: Mapping[str, str]) -> dict[str, Any]:
    """What the run rested on: versions, seed, and the sha256 of every input file."""
    place = summary.place
    return {
        "dafeng": place.version, "case": place.name, "release": place.release, "seed": place.seed,
        "samples": place.samples, "python": platform.python_version(), "machine": platform.machine(),
        "packages": {name: version(name) for name in PACKAGES}, "inputs": dict(sorted(inputs.items())),
    }  # fmt: skip


def write_results(summary: Summary, inputs: Mapping[str, str], folder: Path) -> Path:
    """Write index.html, results.xlsx, results.csv, summary.json and run.json into `folder`.

    Everything is written beside the folder first and moved into place at the end, file by file, the page
    last; other files in the folder stay. Returns the path of the page.

    Raises: DafengError where the folder cannot be written to.
    """
    writers: dict[str, Writer] = {
        "summary.json": lambda data, path: _text(path, data.to_json()),
        "run.json": lambda data, path: _text(path, _json(run_record(data, inputs))),
        "results.csv": write_csv,
        "results.xlsx": write_workbook,
        "index.html": lambda data, path: _text(path, render(data)),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    except OSError as error:
        raise DafengError.at(
            str(folder),
            error.strerror or str(error),
            "a folder that can be written to",
            "choose another --out",
        ) from error
    try:
        for name, write in track("写结果 results", list(writers.items())):
            write(summary, staging / name)
        for name in writers:
            (staging / name).replace(folder / name)
    except OSError as error:
        raise DafengError.at(
            str(folder),
            error.strerror or str(error),
            "room and rights for the results",
            "choose another --out",
        ) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return folder / "index.html"


def _text(path: Path, content: str) -> None:
    path.write_text(content, encoding="utf-8", newline="\n")


def _json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"
