"""Contract: a release takes in extracts and proposals, whole or not at all; the base is never written; a diff names each cell."""

import csv
import json
import shutil

import pytest

from dafeng.case import difference, load, locate, release
from dafeng.evidence import DafengError

HEAD = ("indicator", "region", "year", "value", "unit", "source", "grade", "note")


@pytest.fixture
def base(tmp_path):
    """The bundled city, with a typed statistic that the registers will contradict."""
    folder = tmp_path / "base"
    shutil.copytree(locate("jiujiang").path, folder)
    with (folder / "observations.csv").open("a", encoding="utf-8", newline="") as file:
        csv.writer(file).writerow(["straw_utilisation", "360400", "2025", "93", "%", "stat-01", "C", ""])
    return folder


def extract(folder, value="95.5", digest="aaa", scope="360400"):
    folder.mkdir()
    source = f"reg-straw_ledger-{digest}"
    for name, rows in (
        ("observations", [HEAD, ("straw_utilisation", "360400", "2025", value, "%", source, "B", "n=3")]),
        (
            "sources",
            [("id", "citation", "url", "licence", "terms", "note"), (source, "登记", "", "", "", "")],
        ),
    ):
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    (folder / "extract.json").write_text(json.dumps({"scope": scope}), encoding="utf-8")
    return folder


def straw(case):
    table = case.table("observations")
    return {row.source: row.value for row in table[table["indicator"] == "straw_utilisation"].itertuples()}


def test_an_extract_is_taken_in_beside_the_statistic_that_it_contradicts(base, tmp_path):
    before = load(base).release
    made = release(base, tmp_path / "next", [extract(tmp_path / "x")])
    assert straw(load(made.folder)) == {"stat-01": 93.0, "reg-straw_ledger-aaa": 95.5}
    [finding] = made.findings
    assert set(finding.sources) == {"stat-01", "reg-straw_ledger-aaa"}
    assert load(base).release == before == made.base_release
    assert made.release != before
    # a newer extract takes the place of the older one, never of the statistic
    later = release(made.folder, tmp_path / "later", [extract(tmp_path / "y", "96", "bbb")])
    assert straw(load(later.folder)) == {"stat-01": 93.0, "reg-straw_ledger-bbb": 96.0}


def test_a_diff_names_rows_and_cells(base, tmp_path):
    proposals = tmp_path / "p.csv"
    proposals.write_text(
        "table,key,column,value,reason\nobservations,indicator=straw_utilisation;year=2025;source=stat-01,value,94,核实\n",
        encoding="utf-8",
    )
    made = release(base, tmp_path / "next", [extract(tmp_path / "x")], proposals)
    found = difference(base, made.folder)
    assert found.counts["observations"] == {"added": 1, "changed": 1}
    [changed] = [one for one in found.differences if one.kind == "changed"]
    assert (changed.column, changed.before, changed.after) == ("value", "93", "94")
    assert difference(base, base).differences == ()


@pytest.mark.parametrize("fault", ["taken", "no extract", "another place", "no row", "no case"])
def test_a_release_is_whole_or_not_there(base, tmp_path, fault):
    out, extracts, proposals = tmp_path / "next", [tmp_path / "x"], tmp_path / "p.csv"
    extract(
        tmp_path / "x",
        scope="360100" if fault == "another place" else "360400",
        value="viel" if fault == "no case" else "95",
    )
    proposals.write_text(
        "table,key,column,value,reason\nobservations,indicator=nothing,value,1,-\n", encoding="utf-8"
    )
    if fault == "taken":
        out.mkdir()
        (out / "mine.txt").write_text("x", encoding="utf-8")
    if fault == "no extract":
        (tmp_path / "x" / "extract.json").unlink()
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(DafengError):
        release(base, out, extracts, proposals if fault == "no row" else None)
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert not (out / "city.yaml").exists()
