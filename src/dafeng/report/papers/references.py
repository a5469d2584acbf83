"""References of the figures of a paper: each printed figure carries a number that leads back to `summary.json`."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from dafeng.evidence import DafengError, Language
from dafeng.report.papers.layout import OfficialPaper
from dafeng.report.summary import Summary, in_this_schema
from dafeng.report.texts import both, text


@dataclass(slots=True)
class References:
    """Figures in the order in which they are printed: (text, JSON pointer into summary.json)."""

    listed: list[tuple[str, str]] = field(default_factory=list)

    def mark(self, shown: str, pointer: str) -> str:
        """Return `shown` with the number of its reference; the same pointer keeps its number."""
        for number, (_, known) in enumerate(self.listed, start=1):
            if known == pointer:
                return f"{shown}[{number}]"
        self.listed.append((shown, pointer))
        return f"{shown}[{len(self.listed)}]"

    def as_table(self) -> list[tuple[str, str, str]]:
        """Return the rows of the index: number, figure, pointer."""
        return [(str(number), shown, pointer) for number, (shown, pointer) in enumerate(self.listed, start=1)]


def record_index(paper: OfficialPaper, references: References, source: str = "") -> None:
    """Add the index of figures that come from records or from a case; none where no figure carries a reference.

    Parameters
    ----------
    paper
        Paper to end.
    references
        Figures of the paper.
    source
        Sentence on where the figures are found; without one they come from records.
    """
    paper.references = list(references.listed)
    if not references.listed:
        return
    paper.heading(text("paper.head.index_of_figures", Language.ZH))
    paper.paragraph(source or text("paper.record_index", Language.ZH))
    paper.note(text("paper.sums_are_of_the_table", Language.ZH))
    paper.note("　".join(f"[{number}] {pointer}" for number, _, pointer in references.as_table()))


@dataclass(frozen=True, slots=True)
class Explanation:
    """Provenance of a reference: its value, the object that it is part of, release, version and seed."""

    pointer: str
    value: Any
    within: Any
    release: str
    version: str
    seed: int
    inputs: Any


def explain_figure(results: Path, pointer: str) -> Explanation:
    """Return the provenance of the reference `pointer` of a folder of results.

    Parameters
    ----------
    results : Path
        Folder with `summary.json` and `run.json`.
    pointer : str
        JSON pointer (RFC 6901), as the index of a paper prints it: /peaks/0/before_2030/value.

    Returns
    -------
    Explanation

    Raises
    ------
    DafengError
        For a folder without results, and a pointer that leads nowhere; the mend names the content of the
        last valid step.
    """
    summary, run = (_read(results / name) for name in ("summary.json", "run.json"))
    value: Any = summary
    within: Any = summary
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    if not pointer.startswith("/"):
        raise DafengError.at("reference", pointer or "nothing", both("problem.pointer"), both("problem.pointer_mend"))  # fmt: skip
    for number, step in enumerate(steps):
        within = value
        try:
            value = value[int(step)] if isinstance(value, list) else value[step]
        except (KeyError, IndexError, ValueError, TypeError):
            there = (
                range(len(within)) if isinstance(within, list) else within if isinstance(within, dict) else ()
            )
            few = ", ".join(str(key) for key in list(there)[:12])
            raise DafengError.at("/".join(["", *steps[: number + 1]]), step, both("problem.one_of", few=few) if few else both("problem.no_parts")) from None  # fmt: skip
    place = summary["place"]
    return Explanation(
        pointer, value, within, place["release"], place["version"], place["seed"], run.get("inputs", {})
    )


def read_summary(results: Path) -> Summary:
    """Return the summary of a folder of results.

    Parameters
    ----------
    results
        Folder of results.

    Returns
    -------
    Summary of the run.

    Raises
    ------
    DafengError
        Where there is no summary, or one of another schema.
    """
    path = results / "summary.json"
    return summary_of(_read(path), str(path))


def summary_of(content: object, place: str) -> Summary:
    """Return the summary that plain data hold, as those of a freeze.

    Parameters
    ----------
    content
        Plain data of a summary.
    place
        Place of the data, as in problems.

    Returns
    -------
    Summary of the run.

    Raises
    ------
    DafengError
        For data of another schema.
    """
    try:
        return Summary.model_validate(in_this_schema(content))
    except ValidationError as error:
        first = error.errors()[0]
        where = "/".join(str(part) for part in first["loc"])
        raise DafengError.at(f"{place}:/{where}", str(first["input"])[:60], first["msg"], both("problem.run_again")) from error  # fmt: skip


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DafengError.at(
            str(path), str(error), both("problem.results_of_run"), both("problem.run_case")
        ) from error
