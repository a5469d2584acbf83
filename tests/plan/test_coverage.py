"""Contract: every number of a plan is read, explained by a kind of the table, or listed as unread; none is lost or counted twice."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.plan.document_makes import documents

from dafeng.plan import plan_from_dict, read_text, sheets
from dafeng.plan.coverage import explanations
from dafeng.plan.documents.formats import read_bytes
from dafeng.plan.reading import read_source

HEAD = "某市碳达峰实施方案\n一、主要任务\n(一)能源。"


@pytest.mark.parametrize("row", explanations(), ids=lambda row: row.id)
def test_each_explanation_fits_its_example_and_not_its_counter_example(row) -> None:
    assert row.pattern.search(row.example)
    assert not row.pattern.search(row.counter)
    assert row.zh
    assert row.en


@pytest.mark.parametrize(
    ("sentence", "read", "explained", "unread"),
    [
        ("到2025年,森林覆盖率达到60%。", 1, {"date": 1}, []),
        ("督促年耗能5000吨标准煤以上企业开展审计。", 0, {"threshold": 1}, []),
        ("受理后15个工作日内办结。", 0, {"time_limit": 1}, []),
        ("实施12大行动,推广5G应用。", 0, {"number_of_points": 1, "name": 1}, []),
        ("目前全市已建成充电桩3000个。", 0, {"status": 1}, []),
        ("按照某府发〔2023〕8号文件执行。", 0, {"document_number": 2}, []),
        ("新建住宅以6层为主。", 0, {}, ["6"]),
        ("完善体系,形成47的格局。", 0, {}, ["47"]),
    ],
)
def test_what_becomes_of_the_numbers_of_a_sentence(
    sentence: str, read: int, explained: dict[str, int], unread: list[str]
) -> None:
    coverage = read_text(HEAD + sentence).coverage
    assert coverage is not None
    assert coverage.read == read
    assert {kind: n for kind, n in coverage.explained.items() if kind != "list_number"} == explained
    assert len(coverage.unread) == len(unread)
    assert all(number in one.words for number, one in zip(unread, coverage.unread, strict=True))


with (Path(__file__).parent / "facts" / "numbers.csv").open(encoding="utf-8", newline="") as _handle:
    SENTENCES = list(csv.DictReader(_handle))


@pytest.mark.parametrize("row", SENTENCES, ids=lambda row: row["sentence"][:18])
def test_each_number_of_an_own_sentence_is_read_explained_or_unread_as_a_person_says(row) -> None:
    coverage = read_text(HEAD + row["sentence"]).coverage
    assert coverage is not None
    explained = {kind: n for kind, n in coverage.explained.items() if kind != "list_number"}
    found = " ".join(f"{kind}:{n}" for kind, n in sorted(explained.items()))
    assert (coverage.read, found, len(coverage.unread)) == (
        int(row["read"]),
        row["explained"],
        int(row["unread"]),
    )


PIECES = st.sampled_from(
    [
        "到2025年,",
        "森林覆盖率达到60%,",
        "建成12个园区、",
        "受理后3日内,",
        "共5类,",
        "第17号",
        "1.5万",
        "(2)",
        "。",
        "\n2.",
        "两家企业",
    ]
)


@given(st.lists(PIECES, max_size=30))
def test_the_sum_is_whole(pieces: list[str]) -> None:
    coverage = read_text(HEAD + "".join(pieces)).coverage
    assert coverage is not None
    parts = coverage.read + sum(coverage.explained.values()) + len(coverage.unread)
    assert coverage.numbers == parts
    assert 0 <= coverage.share <= 1


def test_unread_numbers_are_few_in_whole_plans_and_none_is_a_row_of_a_table() -> None:
    for make, name, data, facts in documents(3):
        if make not in ("pdf plain", "pdf two headers", "docx grouped", "html spans"):
            continue
        coverage = read_source(read_bytes(data, name)).coverage
        assert coverage.read >= len(facts.sentences) + len(facts.rows), make
        assert coverage.share >= 0.95, (make, [one.words for one in coverage.unread])


def test_the_share_is_saved_shown_in_the_workbook_and_computed_anew_when_loaded(tmp_path) -> None:
    plan = read_text(HEAD + "到2025年,森林覆盖率达到60%。完善体系,形成47的格局。")
    assert plan.as_dict()["coverage"]["share"] == pytest.approx(2 / 3)
    data = plan.as_dict() | {"coverage": {**plan.as_dict()["coverage"], "share": 1.0}}
    loaded = plan_from_dict(data, "plan")
    assert loaded.coverage == plan.coverage
    (rows,) = [rows for title, _, rows in sheets(plan) if title == "数字"]
    assert rows[0] == ["读出", 1, 0.3333]
    assert rows[-1] == ["读出或已解释", 2, 0.6667]
    assert sum(n for _, n, _ in rows[:-1]) == 3
