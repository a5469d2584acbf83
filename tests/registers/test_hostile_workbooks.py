"""Contract: no workbook made by hand ends the process, fills the memory or runs on: each is refused by its name, or its cells by theirs."""

import io
import struct
import zipfile

import pytest

from dafeng.evidence import DafengError
from dafeng.registers import import_file
from dafeng.registers.exchange.bounds import check_workbook

REGISTER = "storage_projects"
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
HEAD = "".join(
    f'<c r="{chr(65 + n)}1" t="inlineStr"><is><t>{name}</t></is></c>'
    for n, name in enumerate(("project_code", "name", "technology", "side", "power", "energy", "county"))
)
ODS = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
    '<office:body><office:spreadsheet><table:table table:name="s">{rows}</table:table></office:spreadsheet></office:body></office:document-content>'
)


def parts(rows, strings="<si><t>a</t></si>"):
    link = f"{OFFICE}/worksheet"
    return {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="{OFFICE}"><sheets><sheet name="s" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r1" Type="{link}" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="r2" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="r3" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet {MAIN}><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
        "xl/sharedStrings.xml": f"<sst {MAIN}>{strings}</sst>",
        "xl/worksheets/sheet1.xml": f'<worksheet {MAIN}><sheetData><row r="1">{HEAD}</row>{rows}</sheetData></worksheet>',
    }


def packed(content):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in content.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def sent(folder, content, name="f.xlsx"):
    (folder / name).write_bytes(content)
    return folder / name


def check_refused_or_named(store, actor, path):
    """The file is refused by its name, or each of its rows by a cell."""
    told, receipt = "", None
    try:
        receipt = import_file(store, actor, REGISTER, path, mode="partial")
    except DafengError as error:
        told = str(error)
    if receipt is None:
        assert path.name in told
    else:
        assert receipt.new == 0
        assert all(problem.where for problem in receipt.problems)


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="2"><c r="ZZZZZZZ2"><v>1</v></c></row>',
        '<row r="2"><c r="xfd1048576"><v>1</v></c></row>',
        '<row r="2"><c r = "XFD1048576"><v>1</v></c></row>',
        '<row r="2"><c r= \'XFD1048576\'><v>1</v></c></row>',
        f'<row r="2"><c r{" " * 3000}="XFD1048576"><v>1</v></c></row>',
        '<row r="4000000000"><c><v>1</v></c></row>',
        '<row r="99999999999"><c r="A99999999999"><v>1</v></c></row>',
    ],
)  # fmt: skip
def test_a_cell_far_out_is_found_however_it_is_written(store, clerk, tmp_path, rows):
    """Each of these ended the process: the reader asked for up to 500 GB."""
    with pytest.raises(DafengError) as refused:
        import_file(store, clerk, REGISTER, sent(tmp_path, packed(parts(rows))))
    [problem] = refused.value.problems
    assert "f.xlsx" in problem.where
    assert problem.mend


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="2"><c r="A2" t="s"><v>999999</v></c></row>', '<row r="2"><c r="A2" t="s"><v>-1</v></c></row>', '<row r="0"><c r="A0"><v>1</v></c></row>',
        '<row r="2"><c r="2A"><v>1</v></c></row>', '<row r="2"><c r="A2" s="1"><v>1e300</v></c></row>', '<row r="2"><c r="A2" s="1"><v>-99999999</v></c></row>',
        '<row r="2"><c r="A2" s="1"><v>NaN</v></c></row>', '<row r="2"><c r="E2"><v>inf</v></c></row>', '<row r="2"><c r="A2" s="77"><v>1</v></c></row>',
        '<row r="2"><c r="A2"><v>1', '<row r="2"><c r="A2" t="e"><v>#REF!</v></c></row>', '<row r="2"><c r="&#88;FD1048576"><v>1</v></c></row>',
        '<row r="2"><c r="A2"><f>HYPERLINK("http://example.org")</f><v>1</v></c></row>', "<row/>" * 1000,
    ],
)  # fmt: skip
def test_what_no_program_writes_breaks_nothing(store, clerk, tmp_path, rows):
    path = sent(tmp_path, packed(parts(rows)))
    check_refused_or_named(store, clerk, path)


def test_more_values_than_a_sheet_may_have_are_refused_without_any_address(
    store, clerk, tmp_path, monkeypatch
):
    monkeypatch.setattr("dafeng.registers.exchange.bounds.MOST_CELLS", 10_000)
    rows = f"<row>{'<c><v>1</v></c>' * 10_001}</row>"
    with pytest.raises(DafengError, match="beyond the data"):
        import_file(store, clerk, REGISTER, sent(tmp_path, packed(parts(rows))))


@pytest.mark.parametrize(
    "entry", ["xl/sharedStrings.xml", "xl/worksheets/sheet1.xml", "xl/media/picture.png"]
)
def test_an_entry_that_unpacks_to_more_than_it_says_is_refused(entry):
    """The size in the directory of a zip file is a claim: a reader unpacks to the end."""
    content = parts("") | {entry: b"\0" * 3_000_000}
    forged = bytearray(packed(content))
    with zipfile.ZipFile(io.BytesIO(bytes(forged))) as archive:
        at = archive.start_dir
    while forged[at : at + 4] == b"PK\x01\x02":
        length, extra, comment = struct.unpack_from("<HHH", forged, at + 28)
        if forged[at + 46 : at + 46 + length].decode() == entry:
            struct.pack_into("<I", forged, at + 24, 1000)
        at += 46 + length + extra + comment
    with pytest.raises(DafengError, match="more than the 1,000 bytes") as refused:
        check_workbook("f.xlsx", bytes(forged))
    assert entry in refused.value.problems[0].where


def ods(rows):
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>'
    )
    return packed({"mimetype": kind, "META-INF/manifest.xml": manifest, "content.xml": ODS.format(rows=rows)})


def ods_cell(text, more=""):
    return f'<table:table-cell office:value-type="string" {more}><text:p>{text}</text:p></table:table-cell>'


WIDE = ods_cell("x", 'table:number-columns-repeated="16384"')


@pytest.mark.parametrize(
    "rows",
    [
        f'<table:table-row table:number-rows-repeated="1048576">{WIDE}</table:table-row>',
        f'<table:table-row table:number-rows-repeated="900000"/><table:table-row><table:table-cell table:number-columns-repeated="200"/>{ods_cell("x")}</table:table-row>',
    ],
)  # fmt: skip
def test_a_cell_that_repeats_fills_no_memory(store, clerk, tmp_path, rows):
    with pytest.raises(DafengError, match="beyond the data"):
        import_file(store, clerk, REGISTER, sent(tmp_path, ods(rows), "f.ods"))


def test_an_ordinary_open_document_is_read_with_its_empty_margin(store, clerk, tmp_path):
    head = "".join(map(ods_cell, ("project_code", "name", "technology", "side", "power", "energy", "county")))
    one = "".join(map(ods_cell, ("A1", "示例", "lfp", "grid", "1", "2", "990102")))
    margin = '<table:table-cell table:number-columns-repeated="16377"/>'
    rows = (
        f"<table:table-row>{head}{margin}</table:table-row><table:table-row>{one}{margin}</table:table-row>"
        f'<table:table-row table:number-rows-repeated="1048574"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )
    receipt = import_file(store, clerk, REGISTER, sent(tmp_path, ods(rows), "f.ods"))
    assert (receipt.new, receipt.problems) == (1, [])


@pytest.mark.parametrize("kind", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_compression_that_no_spreadsheet_uses_is_refused(kind):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", kind) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", "<worksheet/>")
    with pytest.raises(DafengError, match=r"f\.xlsx"):
        check_workbook("f.xlsx", buffer.getvalue())


@pytest.mark.parametrize(
    "content", [b"a,b\x00\n1,2\n", b"\xff\xfea\x00,\x00", b'"project_code,name\n', b"\xef\xbb\xbf", b"project_code,name\n\x80\x81\xff,x\n", b"\r" * 1000]
)  # fmt: skip
def test_a_csv_that_is_none_is_refused_by_name_or_cell(store, clerk, tmp_path, content):
    path = sent(tmp_path, content, "f.csv")
    check_refused_or_named(store, clerk, path)
