"""Contract: every key of the summary has its renderers in one registry, and a section is shown by each face that it names."""

import io
from importlib.resources import files

import jinja2
import pytest
from rich.console import Console
from rich.text import Text

from dafeng.report import Summary, render, sections, show
from dafeng.report.sections import SECTIONS, Section, page_parts, present, sheets
from dafeng.report.workbooks.sheets import Sheet, heading
from dafeng.report.workbooks.workbook import write_workbook

# keys that other sections show: the axis of the wedges, counts and chances of the targets, the facts of the head
WITHIN = {
    "schema_version", "place", "downscaled", "wedge_years", "mean_delivery", "delivery_needed", "target_count",
    "joint_targets", "new_units", "effective_samples",
}  # fmt: skip


def test_every_key_of_the_summary_is_a_section_or_within_one():
    keys = [section.key for section in SECTIONS]
    assert len(set(keys)) == len(keys)
    assert set(keys) | WITHIN == set(Summary.model_fields)
    assert not set(keys) & WITHIN


def test_every_section_is_shown_somewhere_and_its_template_exists(summary: Summary):
    for section in SECTIONS:
        assert section.part or section.terminal or section.sheets(summary), section.key
        if section.part:
            assert (files("dafeng.report") / "templates" / "sections" / f"{section.key}.html.j2").is_file()
    shown = [key for keys in page_parts(summary).values() for key in keys]
    assert sorted(shown) == sorted(section.key for section in present(summary) if section.part)


def test_every_column_has_a_chinese_heading(summary: Summary):
    for table in sheets(summary):
        for column in table.header:
            assert "\n" in heading(table.id, column)[0], (table.id, column)


def test_a_new_section_reaches_every_face_by_its_row_alone(summary: Summary, monkeypatch, tmp_path):
    def terminal(found, language, width):
        return [Text(f"new {found.mean_delivery:.3f} in {language.value}, {width} wide")]

    new = Section(
        "mean_delivery", "answer", terminal=terminal,
        sheets=lambda found: [Sheet("peak", ["scenario"], [[found.mean_delivery]])],
    )  # fmt: skip
    monkeypatch.setattr(sections, "SECTIONS", (new,))
    template = jinja2.DictLoader({"sections/mean_delivery.html.j2": "<p>new {{ s.mean_delivery }}</p>"})
    packaged = jinja2.PackageLoader("dafeng.report")
    monkeypatch.setattr(jinja2, "PackageLoader", lambda _: jinja2.ChoiceLoader([template, packaged]))
    assert "<p>new 0.7</p>" in render(summary)
    console = Console(file=io.StringIO(), width=99)
    show(summary, console)
    assert "new 0.700 in zh, 99 wide" in console.file.getvalue()
    assert [table.rows for table in sheets(summary)] == [[[0.7]]]


ESSENTIAL = {"base", "tracks", "peaks"}
SPARE = {section.key for section in SECTIONS} - ESSENTIAL


@pytest.mark.parametrize(
    "gone", [SPARE, {"attribution", "wedges"}, {"targets"}, {"findings", "sources"}], ids=len
)
def test_sections_without_data_are_left_out(summary: Summary, gone: set[str], tmp_path):
    bare = summary.model_copy(
        update={key: [] if isinstance(getattr(summary, key), list) else None for key in gone}
    )
    assert not gone & {section.key for section in present(bare)}
    render(bare)
    show(bare, Console(file=io.StringIO()))
    write_workbook(bare, tmp_path / "results.xlsx")
