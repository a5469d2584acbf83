"""Contract: each kind of paper is valid against the schemas of Office Open XML, and LibreOffice opens it headless.

The schemas are those of the Open XML SDK (Microsoft), as openxml-audit packs them: elements and their order, attributes,
enumerations, relationships, and what makes Word repair a file. Five broken files show that the check can fail.
"""

import io
import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pypdfium2
import pytest

from dafeng.assessment import Request, allocate_source, load_scheme, score
from dafeng.assessment.duties import FollowUp
from dafeng.case import load
from dafeng.inventory import build
from dafeng.report import (
    Summary,
    breakdown,
    follow_up_circular,
    follow_up_table,
    inventory_report,
    one_page,
    self_assessment,
    summary_of,
    warning_circular,
    yearly_report,
)
from dafeng.report.papers.layout import OfficialPaper

GOLDEN = Path(__file__).parent / "golden" / "jiujiang_summary.json"
DAY = "2026年3月31日"
KINDS = (
    "yearly", "one_page", "inventory", "breakdown", "self_assessment", "follow_up_table", "follow_up_circular",
    "warning_circular",
)  # fmt: skip
ONE = {"one_page"}


@pytest.fixture(scope="module")
def golden() -> Summary:
    return summary_of(json.loads(GOLDEN.read_text(encoding="utf-8")), "golden")


@pytest.fixture(scope="module")
def papers(golden: Summary, tmp_path_factory: pytest.TempPathFactory) -> dict[str, OfficialPaper]:
    folder = tmp_path_factory.mktemp("parts")
    (folder / "p.csv").write_text("part,name,base\na,甲县,100\nb,乙县,300\n", encoding="utf-8")
    scheme, case = load_scheme("ladder_40_60"), load("jiujiang")
    sheet = score(scheme, {"completion": "0.9"}, {}, date(2026, 6, 30))
    lines = [
        FollowUp(number, 1, "三(一)1", "煤炭", f"市{number}局", "lead", "2026H1", "requested", date(2026, 7, 15), "", "slow", False, 5, 3, "", "缺数据")
        for number in range(1, 4)
    ]  # fmt: skip
    warning = {
        "id": 7, "county": "360402", "basis": "observed", "colour": "red", "rule_set": "r", "inputs": '{"x": 1, "reds_in_a_row": 2}',
        "reason": "升高", "confirmed": True, "consequence": "suspend", "state": "issued", "exemption": "民生项目 · livelihood",
    }  # fmt: skip
    return {
        "yearly": yearly_report(golden, DAY, "市双碳办"),
        "one_page": one_page(golden, DAY, "市双碳办", golden),
        "inventory": inventory_report(case, build(case), DAY, "市生态环境局"),
        "breakdown": breakdown(allocate_source(str(folder / "p.csv"), Request(361.0, "万t")), "总量", DAY),
        "self_assessment": self_assessment(scheme, sheet, DAY, "甲县政府", record=3),
        "follow_up_table": follow_up_table(lines, "示例市", "2026H1", DAY),
        "follow_up_circular": follow_up_circular(lines, "示例市", "2026H1", DAY),
        "warning_circular": warning_circular([warning], {"360402": "甲区"}, "示例市", "2026Q3", DAY),
    }


def errors(path: Path) -> list[str]:
    audit = pytest.importorskip("openxml_audit", reason="openxml-audit is in the extra oracle")
    result = audit.OpenXmlValidator(file_format=audit.FileFormat.OFFICE_2019).validate(str(path))
    return [str(error.description) for error in result.errors]


@pytest.mark.oracle
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_paper_is_valid_office_open_xml(
    kind: str, papers: dict[str, OfficialPaper], tmp_path: Path
):
    path = tmp_path / f"{kind}.docx"
    papers[kind].save(path)
    assert errors(path) == []


BROKEN: dict[str, tuple[str, Callable[[str], str]]] = {
    "unknown element": ("document", lambda text: text.replace("<w:cantSplit/>", "<w:bogus/><w:cantSplit/>", 1)),
    "unknown attribute": ("document", lambda text: text.replace("<w:docGrid ", '<w:docGrid w:foo="1" ', 1)),
    "no value of the list": ("document", lambda text: text.replace('"linesAndChars"', '"lines"', 1).replace('w:type="lines"', 'w:type="grid"')),
    "order of a style": ("styles", lambda text: re.sub(r"(<w:snapToGrid[^>]*/>)(<w:ind[^>]*/>)", r"\2\1", text, count=1)),
    "order of a section": ("document", lambda text: re.sub(r"(<w:pgSz[^>]*/>)(<w:pgMar[^>]*/>)", r"\2\1", text, count=1)),
}  # fmt: skip


@pytest.mark.oracle
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_paper_is_noticed(name: str, papers: dict[str, OfficialPaper], tmp_path: Path):
    part, change = BROKEN[name]
    path = tmp_path / "broken.docx"
    with zipfile.ZipFile(io.BytesIO(papers["one_page"].bytes())) as old, zipfile.ZipFile(path, "w") as new:
        for info in old.infolist():
            content = old.read(info.filename)
            if info.filename == f"word/{part}.xml":
                changed = change(content.decode())
                assert changed != content.decode()
                content = changed.encode()
            new.writestr(info, content)
    assert errors(path) != []


@pytest.mark.system
def test_each_kind_of_paper_opens_in_libreoffice(papers: dict[str, OfficialPaper], tmp_path: Path):
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("needs LibreOffice")
    files = []
    for kind, paper in papers.items():
        files.append(tmp_path / f"{kind}.docx")
        paper.save(files[-1])
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    subprocess.run(
        [program, profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), *map(str, files)],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    for kind in papers:
        document = pypdfium2.PdfDocument(tmp_path / f"{kind}.pdf")
        sizes = {tuple(round(side * 25.4 / 72) for side in page.get_size()) for page in document}
        assert sizes == {(210, 297)}, kind
        assert (len(document) == 1) or kind not in ONE, kind
        assert "— 1 —" in document[0].get_textpage().get_text_range(), kind


def test_a_paper_carries_one_table_of_styles_and_no_picture_of_the_template(
    papers: dict[str, OfficialPaper],
):
    names = zipfile.ZipFile(io.BytesIO(papers["one_page"].bytes())).namelist()
    assert not [name for name in names if "stylesWithEffects" in name or "thumbnail" in name]
    assert "word/styles.xml" in names
