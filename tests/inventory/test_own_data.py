"""Contract: a figure of the place replaces the share that a default gave, a user's inventory the estimated one; each bad cell is named."""

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

from dafeng.case import (
    add_own_form,
    draft_unit,
    find_unit,
    index_statistics,
    is_own_form,
    load,
    own_cells,
    write_own_form,
)
from dafeng.cli.data import app
from dafeng.evidence import DafengError
from dafeng.inventory import add_balance, build, case_balance, diagnose, read_balance


@pytest.fixture(scope="module")
def tangshan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draft_unit(find_unit("唐山"), tmp_path_factory.mktemp("own") / "tangshan").path


def _filled(file: Path, **cells: tuple[object, object, object, object]) -> Path:
    write_own_form(find_unit("唐山"), file)
    book = openpyxl.load_workbook(file)
    sheet = book.active
    assert sheet is not None
    for line in sheet.iter_rows():
        if line[0].value in cells:
            for column, value in zip((3, 4, 5, 6), cells[str(line[0].value)], strict=True):
                line[column].value = value
    book.save(file)
    return file


def test_form_says_what_there_is_and_who_holds_the_rest(tmp_path: Path) -> None:
    states = {one.id: one for one in own_cells(find_unit("唐山"))}
    assert len(states) == 9
    assert states["population_resident"].value == pytest.approx(771.8, abs=1)
    assert states["electricity_consumption"].value is None
    assert "供电公司" in states["electricity_consumption"].holder_zh
    write_own_form(find_unit("唐山"), tmp_path / "form.xlsx")
    assert is_own_form(tmp_path / "form.xlsx")
    (tmp_path / "form.csv").write_text("id\n", encoding="utf-8")
    assert not is_own_form(tmp_path / "form.csv")


def test_own_figure_replaces_the_share(tangshan: Path, tmp_path: Path) -> None:
    file = _filled(tmp_path / "f.xlsx", output_crude_steel=(2020, 14000, "万吨", "统计公报"), electricity_consumption=(2020, 1000, "亿kWh", "供电公司"),
                   coal_large_industry=(2020, 9000, "万吨", "统计年鉴"))  # fmt: skip
    told = add_own_form(tangshan, file)
    assert len(told) == 3
    assert any("核对" in text.zh for text in told)
    proxies = load(tangshan).table("proxies").set_index(["row", "year"])
    steel = proxies.loc[("Smelting and Pressing of Ferrous Metals", 2020)]
    assert steel["share"] == pytest.approx(
        14000 / index_statistics("130000", "output_crude_steel")[2020], abs=1e-6
    )
    assert steel["high"] / steel["share"] == pytest.approx(1.05, abs=1e-3)
    assert steel["grade"] == "B"
    assert proxies.loc[("Smelting and Pressing of Ferrous Metals", 2018), "grade"] == "D"
    assert proxies.loc[("*", 2020), "share"] == pytest.approx(
        1000 / index_statistics("130000", "electricity_consumption")[2020], abs=1e-6
    )


@pytest.mark.parametrize(
    ("cell", "expected"),
    [((2020, "很多", "万吨", "x"), "E"), ((2020, -5, "万吨", "x"), "E"), ((1920, 5, "万吨", "x"), "E"), ((2020, 5, "亿kWh", "x"), "F"), ((2020, 5, "万吨", None), "source")],
)  # fmt: skip
def test_bad_cells_of_the_form_are_named(
    tangshan: Path, tmp_path: Path, cell: tuple[object, ...], expected: str
) -> None:
    file = _filled(tmp_path / "f.xlsx", crude_runs=cell)  # type: ignore[arg-type]
    before = (tangshan / "observations.csv").read_bytes()
    with pytest.raises(DafengError, match=expected):
        add_own_form(tangshan, file)
    assert (tangshan / "observations.csv").read_bytes() == before


def test_a_form_that_breaks_off_leaves_the_folder_as_it_was(
    tangshan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = _filled(tmp_path / "f.xlsx", output_crude_steel=(2020, 14000, "万吨", "统计公报"))
    before = {path.name: path.read_bytes() for path in tangshan.iterdir() if path.is_file()}

    def full(file: Path, *_: object) -> None:
        if file.name == "proxies.csv":
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("dafeng.case.national.own_cells.replace_rows", full)
    with pytest.raises(OSError, match="space"):
        add_own_form(tangshan, file)
    assert {path.name: path.read_bytes() for path in tangshan.iterdir() if path.is_file()} == before
    assert not [path for path in tangshan.parent.iterdir() if path.name.startswith(".")]


def test_own_inventory_replaces_the_estimate_of_its_years(tangshan: Path, tmp_path: Path) -> None:
    file = tmp_path / "河北能源平衡表.csv"
    file.write_text(
        "region,year,row,fuel,value,unit\n河北,2020,Thermal Power,Raw_Coal,9000,10^4 t\n河北,2020,Urban,Electricity,500,10^8 kWh\n"
        "山西,2020,Urban,Electricity,300,10^8 kWh\n河北,1999,Urban,Electricity,100,10^8 kWh\n"
        "河北,2020,Coke Reinput,Coke,1,10^4 t\n",
        encoding="utf-8",
    )  # fmt: skip
    told = add_balance(tangshan, read_balance(file), file.name)
    assert "2020" in told.zh
    assert "Coke Reinput" in told.en  # a row that the province's sectors do not have: left out, and said
    energy = pd.read_csv(tangshan.parent / "130000" / "energy.csv")
    now = energy[energy["year"] == 2020]
    assert len(now) == 2
    assert now.loc[now["row"] == "Thermal Power", "value"].tolist() == [9e7]
    assert len(energy[energy["year"] == 2019]) > 300
    assert not (energy["year"] == 1999).any()
    other = tmp_path / "other.csv"
    other.write_text(
        "region,year,row,fuel,value,unit\n山西,2020,Urban,Electricity,300,10^8 kWh\n", encoding="utf-8"
    )
    with pytest.raises(DafengError, match="河北"):
        add_balance(tangshan, read_balance(other), other.name)


def test_a_measured_year_is_not_compared_with_estimated_neighbours(tmp_path: Path) -> None:
    """2019 of the user between estimates of 2018 and 2020: ten times the coal is no spike, and 2018 to 2020 stay as they were."""
    province = draft_unit(find_unit("唐山"), tmp_path / "tangshan").path.parent / "130000"
    estimated, found = diagnose(case_balance(load(province))), build(load(province)).findings
    file = tmp_path / "河北能源平衡表.csv"
    file.write_text(
        "region,year,row,fuel,value,unit\n河北,2019,Thermal Power,Raw_Coal,90000,10^4 t\n河北,2019,Urban,Electricity,500,10^8 kWh\n",
        encoding="utf-8",
    )
    add_balance(province, read_balance(file), file.name)
    balance = case_balance(load(province))
    compared = diagnose(replace(balance, cells=balance.cells.drop(columns="estimated")))
    assert [one for one in compared if one.year == 2019 and one.kind == "spike"]
    told = diagnose(balance)
    assert not [one for one in told if one.year == 2019]
    assert {(one.kind, one.year) for one in told} <= {(one.kind, one.year) for one in estimated}
    # nor does the inventory compare them: no jump of a fuel, no break of the split over branches
    assert {(one.code, one.where) for one in build(load(province)).findings} <= {
        (one.code, one.where) for one in found
    }


def test_cement_split_by_population_is_told_until_its_output_is_given(tmp_path: Path) -> None:
    folder = draft_unit(find_unit("唐山"), tmp_path / "tangshan").path

    def told() -> bool:
        return any(one.code == "cement-without-kilns" for one in build(load(folder), [2020]).findings)

    assert told()
    add_own_form(folder, _filled(tmp_path / "f.xlsx", output_cement=(2020, 2000, "万吨", "统计公报")))
    assert not told()


def _archive(**members: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return out.getvalue()


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.4", bytes(range(256)) * 12, _archive(document="<x/>"), None], ids=["empty", "pdf", "noise", "docx", "folder"]
)  # fmt: skip
def test_a_file_that_is_no_table_is_refused_by_name(
    tangshan: Path, tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "下载.xlsx"
    if content is None:
        file.mkdir()
    else:
        file.write_bytes(content)
    before = (tangshan.parent / "130000" / "energy.csv").read_bytes()
    done = CliRunner().invoke(app, ["add", str(file), "--case", str(tangshan), "--json"])
    assert done.exit_code == 1
    assert "下载.xlsx" in done.output
    assert "problems" in done.output
    assert (tangshan.parent / "130000" / "energy.csv").read_bytes() == before
