"""Upgrade of case folders and workbooks of older releases to the case schema of this one."""

import csv
import io
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from dafeng.case.city import SCHEMA, parse_city
from dafeng.case.folder import case_files, locate
from dafeng.case.loading import load
from dafeng.case.releases.releasing import move_parent
from dafeng.case.scenarios import RENAMED
from dafeng.case.schemas import TABLES
from dafeng.case.workbooks.excel import from_xlsx, to_xlsx
from dafeng.evidence import DafengError, Problems, Text

Texts = dict[str, str]
_FIELD = re.compile(r"^schema:[^\n]*\n?", re.MULTILINE)
WORKBOOK = ".xlsx"


@dataclass(frozen=True, slots=True)
class Upgraded:
    """Upgraded case: where it was written, the schema before and after, and the files that changed."""

    path: Path
    before: int
    after: int
    changes: tuple[tuple[str, Text], ...]


def upgrade(source: str | Path, out: Path | None = None) -> Upgraded:
    """Write the case `source` in the schema of this release; nothing is written where a problem is found.

    Only the files that the schema changes are rewritten; figures, texts and their order stay as they are.

    Parameters
    ----------
    source : str or Path
        Case folder, name of a bundled case, or workbook (`.xlsx`).
    out : Path, optional
        New folder, or a workbook where it ends in `.xlsx`; by default the folder itself is rewritten.

    Returns
    -------
    Upgraded
        `changes` is empty for a case that has the schema of this release.

    Raises
    ------
    DafengError
        Where the case does not load before or after, a workbook has no `out`, or `out` is taken.
    """
    target = _target(source, out)
    # a folder next to the target, so that a parent named ../folder is found from both
    folder = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
    try:
        _copy(source, folder, target)
        before, changes = _steps(folder)
        load(folder)
        if target.suffix.lower() == WORKBOOK:
            to_xlsx(folder, target)
        elif out is None:
            for file, _ in changes:
                os.replace(folder / file, target / file)
        else:
            if target.exists():
                target.rmdir()
            folder.chmod(0o755)
            os.rename(folder, target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return Upgraded(target, before, SCHEMA, tuple(changes))


def _target(source: str | Path, out: Path | None) -> Path:
    if out is None:
        if Path(source).suffix.lower() == WORKBOOK:
            raise DafengError.at(
                str(source), Text("工作簿,没有 --out", "a workbook without --out"), Text("--out 文件夹或 .xlsx", "--out DIR or FILE.xlsx"),
                Text("写明写到哪里", "name where to write"),
            )  # fmt: skip
        return locate(source).path
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise DafengError.at(
            str(out),
            "a folder that is not empty",
            "a new folder: a release is never written over",
            "choose another --out",
        )
    out.parent.mkdir(parents=True, exist_ok=True)
    return out


def _copy(source: str | Path, folder: Path, target: Path) -> None:
    """Copy the case to `folder`, next to `target`; its parent is named as from there."""
    if Path(source).suffix.lower() == WORKBOOK:
        from_xlsx(Path(source), folder)
        return
    location = locate(source)
    for file, path in case_files(location.path):
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, folder / file)
    if location.path != target:
        move_parent(folder, location.path, target)


def _steps(folder: Path) -> tuple[int, list[tuple[str, Text]]]:
    """Apply every step from the schema of the folder on."""
    problems = Problems()
    city_text = (folder / "city.yaml").read_text(encoding="utf-8") if (folder / "city.yaml").is_file() else ""
    city = parse_city(city_text, problems)
    problems.raise_if_any()
    before = SCHEMA if city is None else city.schema_version
    changes: list[tuple[str, Text]] = []
    for version in range(before, SCHEMA):
        changes += STEPS[version](folder)
    if before < SCHEMA:
        text = f"schema: {SCHEMA}\n" + _FIELD.sub("", city_text)
        (folder / "city.yaml").write_text(text, encoding="utf-8")
        changes.append(("city.yaml", Text(f"结构版本 {before} → {SCHEMA}", f"schema {before} → {SCHEMA}")))
    return before, changes


def _branches_of_plants(folder: Path) -> list[tuple[str, Text]]:
    """Schema 1 had power and heat units only: write their branch, and the empty columns of schema 2."""
    path = folder / "plants.csv"
    if not path.is_file():
        return []
    with io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="") as text:
        rows = list(csv.reader(text))
    if not rows:
        return []
    header = rows[0]
    new = [c.name for c in TABLES["plants"].columns if c.name in _SCHEMA_2 and c.name not in header]
    at = header.index("source") if "source" in header else len(header)
    filled = ["power" if name == "branch" else "" for name in new]
    made = [row[:at] + (new if number == 0 else filled) + row[at:] for number, row in enumerate(rows) if row]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(made)
    count = len(made) - 1
    return [("plants.csv", Text(f"{count}行写明分支 power,加列 {'、'.join(new)}", f"{count} rows of branch power, new columns {', '.join(new)}"))]  # fmt: skip


def _ids_of_scenarios(folder: Path) -> list[tuple[str, Text]]:
    """Up to schema 2 the baseline was `no-plan`: rename it where it is written and inherited; all else stays."""
    path = folder / "scenarios.yaml"
    if not path.is_file():
        return []
    text = path.read_bytes().decode("utf-8-sig")
    changes = []
    for old, new in RENAMED.items():
        name = re.escape(old)
        text, found = re.subn(
            rf"""^(["']?){name}\1(?=\s*:)|(?<=\binherits:)(\s*)(["']?){name}\3(?=\s*(?:$|[#,}}]))""",
            rf"\g<2>{new}", text, flags=re.MULTILINE,
        )  # fmt: skip
        text = _retitled(text, new)
        if found:
            changes.append(
                ("scenarios.yaml", Text(f"情景 {old} 改为 {new}", f"scenario {old} renamed to {new}"))
            )
    if changes:
        path.write_text(text, encoding="utf-8", newline="")
    return changes


_TITLES = {"title_zh": ("无方案", "政策延续"), "title_en": ("No plan", "Policy as carried on")}
"""Titles that drafts and the bundled case gave the baseline up to schema 2; a title of the user's own stays."""


def _retitled(text: str, scenario: str) -> str:
    """Replace the packaged titles of the renamed scenario: it is not a place without any policy."""
    block = re.search(rf"^{re.escape(scenario)}\s*:.*\n(?:[ \t#].*\n|\n)*", text, flags=re.MULTILINE)
    if block is None:
        return text
    new = block[0]
    for field, (was, now) in _TITLES.items():
        new = re.sub(rf"\b{field}:\s*{was}(?=\s*(?:$|[#,}}]))", f"{field}: {now}", new, flags=re.MULTILINE)
    return text[: block.start()] + new + text[block.end() :]


_QUANTITY = ("", "_low", "_high", "_unit", "_year", "_source")
_SCHEMA_2 = frozenset(
    (
        *("branch", "process", "capacity", "capacity_unit", "odds"),
        *(f"{name}{end}" for name in ("output", "intensity") for end in _QUANTITY),
    )
)
STEPS: Mapping[int, Callable[[Path], list[tuple[str, Text]]]] = {1: _branches_of_plants, 2: _ids_of_scenarios}
"""Schema → the step to the next one."""
