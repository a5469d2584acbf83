"""Atomic output of all results of a run to a folder."""

import json
import platform
import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

from xlsxwriter.exceptions import XlsxWriterException

from dafeng.evidence import DafengError, Language, track
from dafeng.pathway import result_rows, write_iamc
from dafeng.report.page import render
from dafeng.report.summary import Summary, rounded
from dafeng.report.texts import both, name
from dafeng.report.withholding import scenario_note
from dafeng.report.workbooks.workbook import write_workbook

PACKAGES = ("numpy", "pandas", "plotly", "pydantic", "scipy")
Writer = Callable[[Summary, Path], None]


def run_record(summary: Summary, inputs: Mapping[str, str]) -> dict[str, Any]:
    """Return the provenance of the run: versions, seed, and the sha256 of every input file."""
    place = summary.place
    return {
        "dafeng": place.version, "case": place.name, "release": place.release, "seed": place.seed,
        "samples": place.samples, "python": platform.python_version(), "machine": platform.machine(),
        "packages": {package: version(package) for package in PACKAGES}, "inputs": dict(sorted(inputs.items())),
    }  # fmt: skip


def write_results(summary: Summary, inputs: Mapping[str, str], folder: Path) -> Path:
    """Write index.html, results.xlsx, results.csv, summary.json and run.json into `folder`.

    Everything is written inside a hidden folder first and moved into place at the end, file by file, the page
    last; other files in the folder stay. Returns the path of the page.

    Parameters
    ----------
    summary
        Summary of a run.
    inputs
        Digests of the inputs by file.
    folder
        Folder of the results.

    Returns
    -------
    Path of the page.

    Raises
    ------
    DafengError
        Where the folder cannot be written to.
    """
    writers: dict[str, Writer] = {
        "summary.json": lambda data, path: _text(path, data.to_json()),
        "run.json": lambda data, path: _text(path, _json(run_record(data, inputs))),
        "results.csv": _iamc,
        "results.xlsx": write_workbook,
        "index.html": lambda data, path: _text(path, render(data)),
    }
    # every face shows the rounded numbers of summary.json: the last bits of a sum hang on the number of threads
    summary = Summary.model_validate(summary.as_data())
    made, staging = _stage(folder)
    try:
        for file, write in track(both("progress.results"), list(writers.items())):
            write(summary, staging / file)
        for file in writers:
            (staging / file).replace(folder / file)
    except (OSError, XlsxWriterException) as error:
        raise DafengError.at(
            str(folder),
            getattr(error, "strerror", None) or str(error),
            both("problem.room_and_rights"),
            both("problem.another_out"),
        ) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        _tidy(made)
    return folder / "index.html"


def _iamc(summary: Summary, path: Path) -> None:
    place, note = summary.place, scenario_note(summary)
    rows = result_rows(summary, place.headline_account, f"dafeng {place.version}", place.name_en, _named)
    noted = (row._replace(scenario=f"{row.scenario}{note}", value=rounded(row.value)) for row in rows)
    write_iamc(noted, path, mark=True)


def _named(kind: str, id: str) -> str:  # noqa: A002 - the column's name
    """Return the English name with a capital, as in IAMC variables."""
    title = name(kind, id, Language.EN)
    return title[:1].upper() + title[1:]


def check_writable(folder: Path) -> None:
    """Check before a long run that `folder` is writable.

    Parameters
    ----------
    folder
        Folder of the results.

    Raises
    ------
    DafengError
        Where `folder` cannot be written to.
    """
    made, staging = _stage(folder)
    staging.rmdir()
    _tidy(made)


def _stage(folder: Path) -> tuple[list[Path], Path]:
    """Return the folders made for `folder` and an empty one inside it.

    It is on the same disk, so that files are moved and not copied.
    """
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return made, Path(tempfile.mkdtemp(dir=folder, prefix=".dafeng."))
    except (OSError, ValueError) as error:
        _tidy(made)
        found = getattr(error, "strerror", None) or str(error)
        raise DafengError.at(
            str(folder), found, both("problem.writable_folder"), both("problem.another_out")
        ) from error


def _tidy(made: list[Path]) -> None:
    """Remove folders that were made and are still empty."""
    for path in made:
        with suppress(OSError):
            path.rmdir()


def _text(path: Path, content: str) -> None:
    path.write_text(content, encoding="utf-8", newline="\n")


def _json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"
