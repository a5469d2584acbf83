"""Contract: the same plan as docx, PDF and web page reads alike; what is no plan is refused in words, never with a crash.

`files/plan.html` is our own invention; `files/plan.pdf` is its print.
"""

import io
import re
import struct
import zipfile
import zlib
from pathlib import Path

import docx
import pytest
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from typer.testing import CliRunner

from dafeng.cli.plan import app
from dafeng.evidence import DafengError
from dafeng.plan import diff, load_plan, read, read_text, review_page
from dafeng.plan.documents.formats import read_bytes
from dafeng.plan.documents.word97 import SIGNATURE
from dafeng.plan.reading import read_source

FILES = Path(__file__).parent / "files"


@pytest.mark.parametrize("name", ["plan.html", "plan.pdf"])
def test_page_and_print_read_alike(name: str) -> None:
    plan = read(FILES / name)
    assert (plan.title, plan.document_number) == ("青川市碳达峰实施方案", "青府发〔2023〕5号")
    facts = [(t.comparator.value, t.value, t.unit, t.year) for t in plan.targets]
    assert facts == [
        ("-", 13.5, "%", 2025), ("=", 21, "%", 2025), (">=", 26, "%", 2030), ("milestone", None, None, 2030),
        ("=", 120, "万千瓦", 2025), ("=", 260, "万千瓦", 2030), ("=", 10, "个", None), ("=", 95, "%", 2025), ("=", 60, "%", 2025),
        ("=", 56, "%", 2025), (">=", 57, "%", 2030), ("-", 18, "%", 2025), ("deferred", None, None, 2030), ("<=", 300, "万吨", 2025),
    ]  # fmt: skip
    coal = plan.targets[-1]
    assert (coal.baseline_year, coal.baseline_value, coal.nature) == (2020, 310, "expected")
    assert plan.task("二(一)1").lead == ("市发展改革委",)
    assert len(plan.duties) == 4


def word(build) -> bytes:
    document = docx.Document()
    build(document)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def test_word_tables_with_merged_cells(tmp_path: Path) -> None:
    def build(document) -> None:
        for line in ("青川县碳达峰实施方案", "一、主要目标", "到2025年,全县森林覆盖率稳定在62%以上。"):
            document.add_paragraph(line)
        table = document.add_table(rows=4, cols=4)
        for c, text in enumerate(["类别", "指标", "2025年", "2030年"]):
            table.cell(0, c).text = text
        table.cell(1, 0).merge(table.cell(2, 0)).text = "能源"
        rows = [("非化石能源占比(%)", "20", "25"), ("光伏装机(万千瓦)", "30左右", "50以上")]
        for r, cells in enumerate(rows, start=1):
            for c, text in enumerate(cells, start=1):
                table.cell(r, c).text = text
        table.cell(3, 1).text = "绿色建筑占比(%)"
        table.cell(3, 2).merge(table.cell(3, 3)).text = "100"
        document.add_paragraph("二、重点任务")
        duties = document.add_table(rows=2, cols=4)
        for c, text in enumerate(["序号", "重点任务", "牵头单位", "责任单位"]):
            duties.cell(0, c).text = text
        for c, text in enumerate(["1", "开展园区循环化改造", "县发改局", "县工信局、生态环境局"]):
            duties.cell(1, c).text = text

    file = tmp_path / "plan.docx"
    file.write_bytes(word(build))
    plan = read(file)
    assert [(t.comparator.value, t.value, t.unit, t.year) for t in plan.targets] == [
        (">=", 62, "%", 2025), ("=", 20, "%", 2025), ("=", 25, "%", 2030), ("~", 30, "万千瓦", 2025), (">=", 50, "万千瓦", 2030),
        ("=", 100, "%", 2025), ("=", 100, "%", 2030),
    ]  # fmt: skip
    (duty,) = plan.duties
    assert (duty.departments, duty.lead) == (("县发改局", "县工信局", "县生态环境局"), ("县发改局",))


def test_numbers_that_word_only_shows(tmp_path: Path) -> None:
    def build(document) -> None:
        document.add_paragraph("青川县碳达峰实施方案")
        root = document.part.numbering_part.element
        abstract = OxmlElement("w:abstractNum")
        abstract.set(qn("w:abstractNumId"), "90")
        for level, (form, text) in enumerate([("chineseCounting", "%1、"), ("chineseCounting", "(%2)")]):
            item = OxmlElement("w:lvl")
            item.set(qn("w:ilvl"), str(level))
            for tag, value in (("start", "1"), ("numFmt", form), ("lvlText", text)):
                child = OxmlElement(f"w:{tag}")
                child.set(qn("w:val"), value)
                item.append(child)
            abstract.append(item)
        root.insert(0, abstract)
        number = OxmlElement("w:num")
        number.set(qn("w:numId"), "90")
        link = OxmlElement("w:abstractNumId")
        link.set(qn("w:val"), "90")
        number.append(link)
        root.append(number)
        for level, text in [
            (0, "总体要求"),
            (0, "重点任务"),
            (1, "能源行动。优化结构。"),
            (1, "工业行动。转型。"),
        ]:
            properties = document.add_paragraph(text)._p.get_or_add_pPr()
            numbered = OxmlElement("w:numPr")
            for tag, value in (("ilvl", str(level)), ("numId", "90")):
                child = OxmlElement(f"w:{tag}")
                child.set(qn("w:val"), value)
                numbered.append(child)
            properties.append(numbered)

    plan = read_bytes(word(build), "plan.docx")
    assert "(二)工业行动" in plan.text
    file = tmp_path / "plan.docx"
    file.write_bytes(word(build))
    assert [task.locator for task in read(file).tasks] == ["二(一)", "二(二)"]


def zipped(**parts: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b" \n\t", "empty"),
        (SIGNATURE + b"0" * 600, "no Word document"),
        (SIGNATURE + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        (zipped(OFD_xml=b"<ofd/>"), "OFD"),
        (b"{\\rtf1 abc}", "RTF"),
        (zipped(readme=b"x"), "no Word file"),
        (zipped(xl__workbook_xml=b"x"), "Excel"),
        (zipped(word__document_xml=b"<w:document"), "damaged"),
        (zipped(word__document_xml=b" " * (70 * 2**20)), "unpacks to"),
        (b"PK\x03\x04broken", "damaged zip"),
        (b"%PDF-1.7\nnothing", "damaged PDF"),
        (bytes(range(128, 256)) * 40, "no text"),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n\r\nx", "web archive"),
        (b'<?xml version="1.0"?><?mso-application progid="Word.Document"?><w:wordDocument/>', "XML file"),
        (b"<html><body><script>x()</script></body></html>", "without text"),
    ],
)
def test_what_is_no_plan_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(DafengError, match=words) as raised:
        read_bytes(data, "file")
    chinese = raised.value.problems[0].sentence("zh")
    assert not re.search(r"[a-z]{3,} [a-z]{2,}", chinese.replace("pip install", "")), chinese


def test_an_encrypted_and_a_scanned_pdf_are_refused() -> None:
    import pypdfium2 as pdfium

    picture = pdfium.PdfDocument.new()
    picture.new_page(200, 200)
    buffer = io.BytesIO()
    picture.save(buffer)
    with pytest.raises(DafengError, match="scanned"):
        read_bytes(buffer.getvalue(), "scan.pdf")
    with pytest.raises(DafengError, match="encrypted"):
        read_bytes((FILES / "encrypted.pdf").read_bytes(), "encrypted.pdf")


def packed(stream: bytes, extra: bytes = b"") -> bytes:
    """A PDF of one page whose content is `stream`, compressed."""
    body = zlib.compress(stream, 9)
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1/Kids[3 0 R]>>", b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>",
        b"<</Length %d/Filter[/FlateDecode%s]>>stream\n%s\nendstream" % (len(body), extra, body),
    ]  # fmt: skip
    return b"%PDF-1.4\n" + b"".join(b"%d 0 obj\n%s\nendobj\n" % (i, part) for i, part in enumerate(parts, 1))


def test_a_pdf_that_unpacks_to_too_much_is_refused_before_it_is_drawn() -> None:
    lines = b"0 0 m 1 1 l S\n" * 2_000_000
    with pytest.raises(DafengError, match="unpacks to"):
        read_bytes(packed(lines), "bomb.pdf")
    with pytest.raises(DafengError, match="unpacks to"):
        read_bytes(packed(zlib.compress(lines, 9), b"/FlateDecode"), "bomb.pdf")


def test_a_word_file_that_lies_about_its_size_is_refused() -> None:
    data = bytearray(zipped(word__document_xml=b" " * 2**20))
    for mark, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", data, data.find(mark) + place, 1000)
    with pytest.raises(DafengError, match="damaged zip"):
        read_bytes(bytes(data), "lie.docx")


def test_a_few_broken_bytes_are_left_out_and_told() -> None:
    line = "某市碳达峰实施方案\n一、目标\n到2025年,森林覆盖率达到60%。"
    for encoding in ("utf-8", "gb18030"):
        data = (line + "建设绿色工厂。" * 400).encode(encoding) + b"\xff\xff"
        plan = read_source(read_bytes(data, "broken.txt"))
        assert [t.value for t in plan.targets] == [60]
        assert "undecoded" in [finding.code for finding in plan.findings]


def test_pages_with_tables_in_tables_or_spans_without_end_are_read() -> None:
    nested = "<table><tr><td>" * 800 + "一、总体要求" + "</td></tr></table>" * 800
    assert "总体要求" in read_bytes(f"<html>{nested}</html>".encode(), "nested.html").text
    pairs = "<table><tr><td>指标</td><td>" * 400 + "一、总体要求" + "</td></tr></table>" * 400
    assert "总体要求" in read_bytes(f"<html>{pairs}</html>".encode(), "pairs.html").text
    raised = "到2025年,森林覆盖率达到60<sup>1</sup>%,人口密度6000人/km<sup>2</sup>以内。"
    assert read_bytes(f"<html><p>{raised}</p></html>".encode(), "raised.html").text == (
        "到2025年,森林覆盖率达到60%,人口密度6000人/km2以内。\n"
    )
    wide = "<table>" + ("<tr>" + "<td colspan=50 rowspan=50>指标</td>" * 60 + "</tr>") * 60 + "</table>"
    assert "指标" in read_bytes(f"<html>{wide}</html>".encode(), "wide.html").text


def test_a_huge_text_is_refused_before_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "huge.txt"
    with file.open("wb") as handle:
        handle.truncate(200 * 2**20)
    with pytest.raises(DafengError, match="200 MB"):
        read(file)


def test_gb18030_reads_as_utf8_does(tmp_path: Path) -> None:
    text = "某市碳达峰实施方案\n一、目标\n到2025年,森林覆盖率达到60%。"
    file = tmp_path / "plan.txt"
    file.write_bytes(text.encode("gb18030"))
    plan = read(file)
    assert plan.reading.encoding == "gb18030"
    assert [t.value for t in plan.targets] == [60]
    file.write_bytes(text.encode("utf-16"))
    assert [t.value for t in read(file).targets] == [60]


def test_diff_says_what_differs() -> None:
    city = read_text(
        "某市碳达峰实施方案\n一、目标\n到2025年,非化石能源消费比重力争达到17%,光伏装机达到50万千瓦,森林覆盖率完成省下达目标。到2030年,公交分担率达到40%。"
    )
    province = read_text(
        "某省碳达峰实施方案\n一、目标\n到2025年,非化石能源消费比重达到18%,光伏装机达到0.005亿千瓦,森林覆盖率达到63%。到2035年,公交分担率达到40%。"
    )
    kinds = [(line.kind.value, line.indicator) for line in diff(city, province)]
    assert kinds == [
        ("value", "非化石能源消费比重"), ("strictness", "非化石能源消费比重"), ("same", "光伏装机"), ("deferred", "森林覆盖率"), ("year", "公交分担率"),
    ]  # fmt: skip


def test_names_of_one_indicator_meet() -> None:
    city = "风电、太阳能发电总装机容量达到90万千瓦,全市单位地区生产总值能源消耗下降14%,非化石能源占能源消费总量比重达到20%"
    province = "光伏、风电装机达到900万千瓦,单位GDP能耗下降14%,非化石能源消费比重力争达到20%"
    head = "某市碳达峰实施方案\n一、目标\n到2025年,"
    lines = diff(read_text(f"{head}{city}。"), read_text(f"{head}{province}。"))
    assert [line.kind.value for line in lines] == ["value", "same", "strictness"]
    assert lines[2].zh == "要求不同:达到 / 力争达到(第二份较宽)"


def test_commands(tmp_path: Path) -> None:
    run = CliRunner()
    source = str(FILES / "plan.html")
    result = run.invoke(app, ["read", source, "--format", "json"])
    assert result.exit_code == 0
    assert '"comparator": ">="' in result.stdout
    for suffix in ("yaml", "json", "xlsx"):
        out = tmp_path / f"plan.{suffix}"
        assert run.invoke(app, ["read", source, "--format", suffix, "--out", str(out)]).exit_code == 0
        if suffix != "xlsx":
            assert load_plan(out) == read(source)
        else:
            assert out.read_bytes()[:2] == b"PK"
    assert "青川市" in run.invoke(app, ["read", source]).stdout
    assert run.invoke(app, ["diff", source, str(tmp_path / "plan.yaml"), "--json"]).exit_code == 0
    page = tmp_path / "page.html"
    assert run.invoke(app, ["review", source, "--out", str(page)]).exit_code == 0
    assert page.stat().st_size > 10_000
    refused = run.invoke(app, ["read", str(tmp_path / "absent"), "--json"])
    assert refused.exit_code == 1
    assert "problems" in refused.stdout


def test_the_review_page_escapes_what_the_document_says(tmp_path: Path) -> None:
    file = tmp_path / "plan.txt"
    file.write_text(
        "某市碳达峰实施方案\n一、目标\n<script>alert(1)</script></script>到2025年,<b>覆盖率</b>达到60%。",
        encoding="utf-8",
    )
    _, page = review_page(file)
    assert "<script>alert" not in page
    assert page.count("<script") == 2


def test_a_word_97_file_needs_its_converter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    data = SIGNATURE + b"0" * 600 + "WordDocument".encode("utf-16-le")
    with pytest.raises(DafengError, match="LibreOffice"):
        read_bytes(data, "plan.doc")


def test_a_converter_that_makes_nothing_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "soffice"
    program.write_text("#!/bin/sh\nexit 0\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    data = SIGNATURE + b"0" * 600 + "WordDocument".encode("utf-16-le")
    with pytest.raises(DafengError, match="cannot convert"):
        read_bytes(data, "plan.wps")


def test_a_word_97_file_is_read_as_what_its_converter_makes_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The converter is played by a script, so that the test needs no LibreOffice."""
    made = tmp_path / "made.docx"
    made.write_bytes(word(lambda d: d.add_paragraph("到2025年,森林覆盖率达到60%。")))
    program = tmp_path / "soffice"
    program.write_text(
        f'#!/bin/sh\nwhile [ "$1" != --outdir ]; do shift; done\nmkdir -p "$2"\ncp {made} "$2/plan.docx"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    source = read_bytes(SIGNATURE + b"0" * 600 + "WordDocument".encode("utf-16-le"), "plan.doc")
    assert source.format == "doc"
    assert [t.value for t in read_source(source).targets] == [60]


def test_a_long_text_without_any_reading_ends_in_an_error(tmp_path: Path) -> None:
    file = tmp_path / "novel.txt"
    file.write_text("春天来了,河边的柳树绿了。" * 400, encoding="utf-8")
    result = CliRunner().invoke(app, ["read", str(file)])
    assert result.exit_code == 1
    assert "nothing_read" in [finding.code for finding in read(file).findings]
