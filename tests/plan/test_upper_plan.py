"""Contract: beside the plan of the level above, weaker and later promises are conflicts, open ones notes; amounts are not compared."""

import subprocess
import sys
from pathlib import Path

import pytest

from dafeng.plan import beside_upper, read_text

HEAD = "某市碳达峰实施方案\n一、主要目标\n"
UPPER = read_text(
    "某省碳达峰实施方案\n一、主要目标\n到2025年,非化石能源消费比重达到18.3%,城镇建筑可再生能源替代率达到8%,"
    "风电装机容量达到500万千瓦。2030年前实现碳达峰。"
)


def told(text: str) -> list[tuple[str, str]]:
    found = beside_upper(read_text(HEAD + text), UPPER).findings
    return [(finding.code, finding.severity.value) for finding in found if finding.code.endswith("_upper")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("到2025年,非化石能源消费比重达到17.7%。", [("conflict_with_upper", "conflict")]),
        ("到2025年,非化石能源消费比重达到18.3%。", []),
        ("到2025年,非化石能源消费比重达到20%。", []),
        # a city's gigawatts are a part of the province's
        ("到2025年,风电装机容量达到90万千瓦。", []),
        ("2035年前实现碳达峰。", [("conflict_with_upper", "conflict")]),
        ("2028年前实现碳达峰。", []),
        ("到2025年,城镇建筑可再生能源替代率完成省下达目标。", [("differs_from_upper", "note")]),
    ],
)
def test_what_is_weaker_later_or_open(text, expected):
    assert told(text) == expected


def test_the_finding_names_both_places():
    plan = beside_upper(read_text(HEAD + "到2025年,非化石能源消费比重达到17.7%。"), UPPER)
    [finding] = [finding for finding in plan.findings if finding.code == "conflict_with_upper"]
    assert finding.locator == "一"
    assert "17.7%" in finding.zh
    assert "18.3%" in finding.zh
    assert "某省碳达峰实施方案" in finding.zh


def test_circled_numbers_on_lines_of_their_own_are_tasks():
    plan = read_text(
        "某县碳达峰实施方案\n一、重点任务\n(一)能源行动\n①发展光伏发电\n到2030年,光伏装机容量达到20万千瓦。\n"
        "责任单位:县发改委、县自然资源局。\n②发展生物质能\n建设电站。\n县发改委、县农业农村局按职责分工负责。\n"
        "(二)工业行动\n1.推动钢铁转型。要做到:①压减产量,②改造高炉。县工信局负责。\n"
    )
    assert [(task.locator, task.title, task.departments) for task in plan.tasks] == [
        ("一(一)①", "发展光伏发电", ("县发改委", "县自然资源局")),
        ("一(一)②", "发展生物质能", ("县发改委", "县农业农村局")),
        ("一(二)1", "推动钢铁转型", ("县工信局",)),
    ]
    assert plan.targets[0].locator == "一(一)①"


@pytest.mark.parametrize(
    "sentence",
    [
        "县发改委负责统筹协调,县工信局负责工业节能。",
        "各单位要切实负责。",
        "由企业主体负责。",
    ],
    ids=["what for", "everybody", "no body"],
)
def test_a_sentence_about_responsibility_is_no_list(sentence):
    plan = read_text(f"某县碳达峰实施方案\n一、重点任务\n(一)能源行动\n1.发展光伏。建设电站。{sentence}\n")
    assert plan.duties == ()


@pytest.mark.parametrize(("suffix", "module"), [("docx", "docx"), ("pdf", "pypdfium2"), ("html", "bs4")])
def test_a_missing_extra_is_told_with_its_mend(tmp_path: Path, suffix: str, module: str):
    file = tmp_path / f"plan.{suffix}"
    content = {"pdf": b"%PDF-1.4\n", "html": "<html><body><p>方案</p></body></html>".encode()}
    if suffix == "docx":
        docx = pytest.importorskip("docx")
        document = docx.Document()
        document.add_paragraph("某市碳达峰实施方案")
        document.save(file)
    else:
        file.write_bytes(content[suffix])
    code = (
        f"import sys; sys.modules[{module!r}] = None\n"
        "from dafeng.cli import main\n"
        f"sys.argv = ['dafeng', 'plan', 'read', {str(file)!r}]\n"
        "sys.exit(main())"
    )
    source = str(Path(__file__).parents[2] / "src")
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, encoding="utf-8",
        env={"PYTHONPATH": source, "PYTHONUTF8": "1"}, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "'.[plan]'" in done.stderr
    assert "Traceback" not in done.stderr
