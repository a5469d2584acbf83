"""Contract: one word for one thing in every Chinese text that people read, as the glossary has it."""

import csv
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from dafeng.evidence import packaged_rows

ROOT = Path(str(files("dafeng")))
GLOSSARY = packaged_rows("dafeng.evidence", "glossary.csv")


def texts() -> Iterator[tuple[str, str]]:
    """Chinese texts of every catalogue and of the headings of tables: place, text."""
    for path in sorted(ROOT.glob("*/messages.csv")) + sorted(ROOT.glob("*/*columns.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                yield f"{path.parent.name}/{path.name}:{row.get('id', '')}", row.get("zh") or ""


def notes() -> Iterator[tuple[str, str]]:
    """Names and notes of the tables of the bundled cases: place, text."""
    for path in sorted((ROOT / "cases").rglob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for number, row in enumerate(csv.DictReader(file), 2):
                for column in ("name_zh", "note"):
                    yield f"{path.parent.name}/{path.name}:{number}:{column}", row.get(column) or ""


@pytest.mark.parametrize(
    "row",
    [row for row in GLOSSARY if row["id"] in ("account", "plan", "scenario")],
    ids=lambda row: row["id"],
)
def test_no_note_of_a_bundled_case_uses_such_a_word(row) -> None:
    wrong = re.compile(row["rejected"])
    assert [(place, text) for place, text in notes() if wrong.search(text)] == []


@pytest.mark.parametrize("row", GLOSSARY, ids=lambda row: row["id"])
def test_no_text_uses_a_word_that_the_glossary_rejects(row) -> None:
    allowed = re.compile(row["except"]) if row["except"] else None
    wrong = re.compile(row["rejected"])
    found = [
        (place, text) for place, text in texts()
        if wrong.search(allowed.sub("", text) if allowed else text)
    ]  # fmt: skip
    assert found == [], f"{row['zh']}: {row['why']}"


def test_the_glossary_is_whole_and_its_own_words_pass() -> None:
    assert len({row["id"] for row in GLOSSARY}) == len(GLOSSARY)
    for row in GLOSSARY:
        assert row["zh"]
        assert row["en"]
        assert row["why"]
        assert not re.search(row["rejected"], row["zh"])


@pytest.mark.parametrize(("word", "id_"), [("账户 A", "account"), ("百万吨", "unit"), ("计划情景", "plan")])
def test_a_rejected_word_is_noticed(word: str, id_: str) -> None:
    row = next(row for row in GLOSSARY if row["id"] == id_)
    assert re.search(row["rejected"], word)
