"""Next release of a case: a base folder, extracts of registers and accepted proposals.

The base itself is never written.
"""

import csv
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dafeng.case.folder import bundled_path, case_files, locate
from dafeng.case.loading import load
from dafeng.case.schemas import TABLES
from dafeng.case.series import IMPLAUSIBLE
from dafeng.evidence import DafengError, Finding, Problems, Severity
from dafeng.units import convert, is_unit, kind

REGISTER = "reg-"
"""How the sources of extracts begin; those of an earlier extract give way to the newer one."""
MANIFEST = "release.json"
_TAKEN = ("sources", "observations", "activities")
_PROPOSAL = ("table", "key", "column", "value", "reason")
SAME = 1e-6

Rows = list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Released:
    """New release folder and its hash.

    `rows` taken in by table; statistics that an extract contradicts are findings.
    """

    folder: Path
    release: str
    base_release: str
    rows: Mapping[str, int]
    findings: tuple[Finding, ...]


def release(
    base: str | Path, out: Path, extracts: Sequence[Path] = (), proposals: Path | None = None
) -> Released:
    """Write the next release folder of a case.

    Parameters
    ----------
    base
        The release before: a bundled case or a folder.
    out
        The new folder; nothing may be there.
    extracts
        Folders of `registers aggregate`.
    proposals
        CSV of accepted proposals: table, key (`id=…;year=…`), column, value, reason.

    Returns
    -------
    Released

    Raises
    ------
    DafengError
        Where the folder is taken, an extract is none, a proposal fits nothing, or the result does not load as a case;
        nothing is left behind then.
    """
    location, before = locate(base), load(base)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise DafengError.at(
            str(out),
            "a folder that is not empty",
            "a new folder: a release is never written over",
            "choose another --out",
        )
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as name:
        folder = Path(name) / out.name
        _copy_case(location.path, folder, out)
        taken = dict.fromkeys(_TAKEN, 0)
        findings: list[Finding] = []
        for extract in extracts:
            _take_in(folder, extract, before.city.code, taken, findings)
        changed = 0 if proposals is None else _apply(folder, proposals)
        _write_manifest(folder, before.release, extracts, proposals)
        made = load(folder)
        if out.exists():
            out.rmdir()
        os.rename(folder, out)
    return Released(out, made.release, before.release, taken | {"proposals": changed}, tuple(findings))


def proposal_doubts(base: str | Path, proposal: Mapping[str, str]) -> tuple[Finding, ...]:
    """Return the implausible figures that one proposed cell would add to a case; the case stays as it is.

    Parameters
    ----------
    base
        Bundled case or folder.
    proposal
        table, key (`id=…;year=…`), column, value, reason.

    Returns
    -------
    Findings, each beside its neighbours; none where the proposed figure is plausible.

    Raises
    ------
    DafengError
        Where the proposal fits no row, or the case does not load with it: the cell and what is expected there.
    """
    location = locate(base)
    with tempfile.TemporaryDirectory() as name:
        folder, cells = Path(name) / "case", Path(name) / "proposals.csv"
        _copy_case(location.path, folder, folder)
        _write(cells, _PROPOSAL, [dict(proposal)])
        _apply(folder, cells)
        made = load(folder)
    before = {(one.code, one.zh) for one in load(base).findings}
    return tuple(
        one for one in made.findings if one.code.startswith(IMPLAUSIBLE) and (one.code, one.zh) not in before
    )


def _copy_case(base: Path, folder: Path, out: Path) -> None:
    """Copy the files of a case to `folder`, which will be at `out`."""
    for file, path in case_files(base):
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, folder / file)
    move_parent(folder, base, out)


def move_parent(folder: Path, base: Path, out: Path) -> None:
    """Keep the reference to a parent named next to the base valid next to the new folder."""
    city = folder / "city.yaml"
    text = city.read_text(encoding="utf-8")
    named = re.search(r"^parent:\s*([^\s#]+)", text, re.MULTILINE)
    if named is None or named[1] in ("null", "~") or bundled_path(named[1].strip("'\"")) is not None:
        return
    parent = os.path.relpath(base / named[1].strip("'\""), out)
    city.write_text(text[: named.start(1)] + parent + text[named.end(1) :], encoding="utf-8")


def _take_in(folder: Path, extract: Path, place: str, taken: dict[str, int], findings: list[Finding]) -> None:
    manifest = extract / "extract.json"
    if not manifest.is_file():
        raise DafengError.at(
            str(extract), "no extract.json", "a folder of dafeng registers aggregate", "check --with"
        )
    scope = json.loads(manifest.read_text(encoding="utf-8")).get("scope")
    if scope != place:
        raise DafengError.at(
            str(extract), f"an extract of {scope}", f"an extract of {place}", "take the extract of this place"
        )
    for table in _TAKEN:
        new = _read(extract / f"{table}.csv")
        if not new:
            continue
        old = _read(folder / f"{table}.csv")
        names = [column.name for column in TABLES[table].columns]
        if table != "sources":
            what = names[0]
            fresh = {(row[what], row["region"], row["year"]) for row in new}
            findings += _contradictions(
                table, what, [row for row in old if not row["source"].startswith(REGISTER)], new
            )
            old = [
                row
                for row in old
                if not (
                    row["source"].startswith(REGISTER) and (row[what], row["region"], row["year"]) in fresh
                )
            ]
        known = {tuple(row.get(name, "") for name in TABLES[table].key) for row in old}
        added = [row for row in new if tuple(row.get(name, "") for name in TABLES[table].key) not in known]
        header = list(old[0]) if old else names
        _write(folder / f"{table}.csv", header, [*old, *added])
        taken[table] += len(added)


def _contradictions(table: str, what: str, typed: Rows, new: Rows) -> list[Finding]:
    """A typed figure and one of the registers that say different things of one place and year."""
    by_place: dict[tuple[str, str, str], Rows] = {}
    for row in typed:
        by_place.setdefault((row[what], row["region"], row["year"]), []).append(row)
    found = []
    for row in new:
        for other in by_place.get((row[what], row["region"], row["year"]), ()):
            if _differ(row, other):
                zh = f"{row[what]} {row['region']} {row['year']}年:统计{other['value']} {other['unit']}({other['source']}),登记汇总{row['value']} {row['unit']}({row['source']})。"
                en = f"{row[what]} {row['region']} {row['year']}: statistics {other['value']} {other['unit']} ({other['source']}), registers {row['value']} {row['unit']} ({row['source']})."
                where = f"{table}:{row[what]}:{row['year']}"
                found.append(
                    Finding(
                        "register-contradicts",
                        Severity.CONFLICT,
                        where,
                        zh,
                        en,
                        (other["source"], row["source"]),
                    )
                )
    return found


def _differ(first: Mapping[str, str], second: Mapping[str, str]) -> bool:
    try:
        one, other = float(first["value"]), float(second["value"])
    except ValueError:
        return False
    if not (
        is_unit(first["unit"]) and is_unit(second["unit"]) and kind(first["unit"]) == kind(second["unit"])
    ):
        return True
    other = float(convert(other, second["unit"], first["unit"]))
    return abs(one - other) > SAME * max(abs(one), abs(other), 1e-12)


def _apply(folder: Path, proposals: Path) -> int:
    """Set the cells that accepted proposals name; each must find exactly one row."""
    rows, problems = _read(proposals), Problems()
    if rows and not set(_PROPOSAL) <= set(rows[0]):
        raise DafengError.at(proposals.name, ", ".join(rows[0]), f"the columns {', '.join(_PROPOSAL)}")
    tables: dict[str, Rows] = {}
    for number, row in enumerate(rows, start=2):
        place, table = f"{proposals.name}:{number}", row["table"]
        if table not in TABLES or row["column"] not in TABLES[table].named:
            problems.add(
                place, f"{table}.{row['column']}", "a table and a column of a case", "see docs/case.md"
            )
            continue
        content = tables.setdefault(table, _read(folder / f"{table}.csv"))
        key = dict(part.partition("=")[::2] for part in row["key"].split(";"))
        matches = [
            one
            for one in content
            if all(one.get(name.strip()) == value.strip() for name, value in key.items())
        ]
        if len(matches) != 1:
            problems.add(
                place,
                f"{len(matches)} rows with {row['key']}",
                "exactly one row",
                "name every column of the key",
            )
        else:
            matches[0][row["column"]] = row["value"]
    problems.raise_if_any()
    for table, content in tables.items():
        header = list(content[0])
        _write(
            folder / f"{table}.csv",
            header + [n for n in (row["column"] for row in rows if row["table"] == table) if n not in header],
            content,
        )
    return len(rows)


def _write_manifest(
    folder: Path, base_release: str, extracts: Sequence[Path], proposals: Path | None
) -> None:
    def digest(path: Path) -> str:
        return hashlib.sha256(path.read_bytes()).hexdigest()

    manifest = {
        "base_release": base_release, "extracts": [digest(extract / "extract.json") for extract in extracts],
        "proposals": None if proposals is None else digest(proposals),
    }  # fmt: skip
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def _read(path: Path) -> Rows:
    if not path.is_file():
        return []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [{str(name): cell or "" for name, cell in row.items()} for row in csv.DictReader(file)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DafengError.at(path.name, str(error), "a CSV file in UTF-8") from error


def _write(path: Path, header: Iterable[str], rows: Rows) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(header), restval="", extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
