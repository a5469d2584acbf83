"""Maintain `facts/checked.csv`: readings of public plans that a person has checked, as place, hash and label, without a word of the texts.

`python -m tests.plan.annotating FOLDER` reads the documents of a folder again, keeps the labels of readings that are known by
their hash, takes the label of plans with complete facts from those facts, lists the rest for a person, and writes how often each
rule was right into `rules.csv` and the reliability table into `docs/plan.md`.
"""

import csv
import hashlib
import re
import sys
from collections import Counter
from pathlib import Path

from dafeng.plan import read
from dafeng.plan.calibration import (
    Checked,
    leave_one_out,
    reliability,
    rule_of_confidence,
    rules,
)
from dafeng.plan.documents.formats import load_source
from dafeng.plan.model import Plan
from dafeng.plan.reading import text_of

INVENTED = "invented-"
"""Documents of own sentences that were written after the rules: labelled at their first reading, before any mending."""
FACTS = Path(__file__).parent / "facts"
CHECKED = FACTS / "checked.csv"
DOCS = Path(__file__).parents[2] / "docs" / "plan.md"
RULES = Path(__file__).parents[2] / "src" / "dafeng" / "plan" / "rules.csv"
COLUMNS = ("document", "locator", "hash", "rule", "right")


def checked(path: Path = CHECKED) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def as_checked(rows: list[dict[str, str]]) -> list[Checked]:
    return [Checked(row["document"], row["rule"], row["right"] == "1") for row in rows]


def readings(plan: Plan, text: str) -> list[tuple[str, str, str, str]]:
    """(locator, hash, rule, words) of every target and duty; the hash is of the words and what was read in them."""
    items: list[tuple[str, str, str, str]] = []
    for target in plan.targets:
        words = text[target.span.start : target.span.end] if target.span else ""
        said = (
            target.indicator,
            target.comparator.value,
            target.value,
            target.unit,
            target.year,
            target.period,
        )
        rule = rule_of_confidence(target)
        items.append((target.locator, _hash(words, said), rule or "", f"{said} | {words}"))
    for duty in plan.duties:
        words = text[duty.span.start : duty.span.end] if duty.span else ""
        said = (*duty.departments, "|", *duty.lead)
        items.append((duty.locator, _hash(words, said), f"duty_{duty.style.value}", f"{said} | {words}"))
    return items


def _hash(words: str, said: tuple[object, ...]) -> str:
    return hashlib.sha256(f"{words}\n{said}".encode()).hexdigest()[:12]


def write_rates(rows: list[dict[str, str]]) -> None:
    """Write how often each rule was read and right."""
    read_, right = (
        Counter(row["rule"] for row in rows),
        Counter(row["rule"] for row in rows if row["right"] == "1"),
    )
    known = tuple(rules().values())
    with RULES.open("w", encoding="utf-8", newline="") as handle:
        table = csv.writer(handle, lineterminator="\n")
        table.writerow(("id", "kind", "zh", "en", "example", "counter", "read", "right"))
        for one in known:
            table.writerow(
                (one.id, one.kind, one.zh, one.en, one.example, one.counter, read_[one.id], right[one.id])
            )


def write_docs(rows: list[dict[str, str]]) -> None:
    """Write the reliability table and its error into `docs/plan.md`."""
    measured = reliability(leave_one_out(as_checked(rows)))
    table = "".join(f"| {mean:.2f} | {share:.2f} | {n} |\n" for mean, share, n in measured.bins)
    text = DOCS.read_text(encoding="utf-8")
    text = re.sub(
        r"(\| confidence \| share right \| readings \|\n\| --- .*\n)(?:\|.*\n)+", rf"\g<1>{table}", text
    )
    said = (
        f"{measured.error:.3f} (95 % interval {measured.low:.3f}–{measured.high:.3f}, whole documents resampled), "
        f"{measured.readings} readings of {measured.documents} documents"
    )
    text = re.sub(r"(?<=Expected calibration error )[^,]*,[^,]*, [^.]*(?=\.)", said, text, count=1)
    DOCS.write_text(text, encoding="utf-8")


def main(folder: Path, wrong: frozenset[str]) -> None:
    known = {(row["document"], row["hash"]): row["right"] for row in checked()} if CHECKED.is_file() else {}
    rows = [row for row in checked() if row["document"].startswith(INVENTED)] if CHECKED.is_file() else []
    for file in sorted(folder.glob("*.txt")):
        plan = read(file)
        text = text_of(load_source(file)).text
        document = (plan.source_sha256 or "")[:12]
        for locator, code, rule, words in readings(plan, text):
            right = known.get((document, code), "0" if code in wrong else "1")
            if (document, code) not in known:
                sys.stdout.write(f"{code} {right} {rule} {words[:120]!r}\n")
            rows.append(dict(zip(COLUMNS, (document, locator, code, rule, right), strict=True)))
    with CHECKED.open("w", encoding="utf-8", newline="") as handle:
        table = csv.DictWriter(handle, COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    write_rates(rows)
    write_docs(rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]), frozenset(sys.argv[2:]))
