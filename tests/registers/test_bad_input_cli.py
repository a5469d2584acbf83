"""Contract: each kind of bad input is answered at the command line with place, found, expected and mend, in Chinese and in English."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dafeng.cli.app import application
from dafeng.registers.definition.loading import packaged_folder

OWN = (packaged_folder() / "oil_storage.yaml").read_text(encoding="utf-8")
WELLS = re.sub(r"feeds: \{[^}]*\}, ", "", OWN.replace("register: oil_storage", "register: wells"))
MONTH = "- {id: month,"


def run(folder, *arguments, code=1):
    done = CliRunner().invoke(
        application, ["registers", *map(str, arguments), "--workspace", str(folder), "--json"]
    )
    assert done.exit_code == code, done.output + repr(done.exception)
    return json.loads(done.stdout)


def problems(folder, *arguments):
    """Return the problems of a refused command; each is whole, and Chinese where it speaks Chinese."""
    found = run(folder, *arguments)["problems"]
    for one in found:
        assert one["where"]
        for part in ("found", "expected"):
            assert one[part], one
        assert re.search("[一-鿿]", one["zh"]), one
        assert not re.search("[一-鿿]{6,}", one["en"].replace(one["where"], "")), one
    return found


def book(folder, *texts):
    """Write definitions into a workspace; each is called by its register and edition."""
    (folder / "registers").mkdir(exist_ok=True)
    for text in texts:
        name = re.search(r"^register: (\w+)", text)[1]
        later = re.search(r"^edition: '(\d{4})'", text, re.MULTILINE)[1]
        path = folder / "registers" / (f"{name}@{later}.yaml" if later != "2026" else f"{name}.yaml")
        path.write_text(text, encoding="utf-8")


def edition(text, year):
    return text.replace("edition: '2026'", f"edition: '{year}'").replace(
        re.search(r"^valid_from: '.*'", text, re.MULTILINE)[0], f"valid_from: '{year}-01-01'"
    )


def other(text, name):
    return text.replace("register: wells", f"register: {name}")


def needs(name):
    return f"- {{id: needed, zh: 所属, en: needed, type: ref, refers: {name}, required: true, trust: A, source: self}}\n{MONTH}"


@pytest.mark.parametrize(
    ("texts", "place", "found"),
    [
        # circular references: no first record could ever be entered
        ([WELLS.replace(MONTH, needs("pumps")), other(WELLS, "pumps").replace(MONTH, needs("wells"))], "wells.yaml", "required references that lead from"),
        # a computed field that reads itself
        ([WELLS.replace(MONTH, "- {id: twice, zh: 倍, en: twice, type: decimal, computed: twice * 2, trust: A, source: self}\n" + MONTH)], "wells.yaml", "twice ← twice"),
        # an edition that drops a field in use, and one that drops its key
        ([WELLS, edition(re.sub(r"- \{id: daily_sale.*\n", "", WELLS), 2027)], "wells@2027.yaml", "an edition without daily_sale"),
        ([WELLS, edition(re.sub(r"- \{id: depot.*\n", "", WELLS).replace("[depot, month]", "[month]"), 2027)], "wells@2027.yaml", "depot dropped"),
        # a transition nobody may take: from a state that nothing reaches, under a guard that never holds, by a role that is none
        ([WELLS.replace("  transitions:", "  - {id: lost, zh: 失, en: Lost}\n  transitions:\n  - {id: to_lost, from: [lost], to: listed, zh: 回, en: Back, role: reviewer}")], "wells.yaml", "nobody can take"),
        ([WELLS.replace("en: To confirmed, role: reviewer}", "en: To confirmed, role: reviewer, guard: 1 > 2}")], "wells.yaml", "1 > 2"),
        ([WELLS.replace("en: To confirmed, role: reviewer}", "en: To confirmed, role: mayor}")], "wells.yaml", "mayor"),
        ([WELLS.replace("en: To confirmed, role: reviewer}", "en: To confirmed, role: reviewer, papers: [seal]}")], "wells.yaml", "the paper seal"),
        # a unit of another kind: in an indicator, in a rule, in the next edition
        ([WELLS.replace("unit: 万t", "unit: MW")], "wells.yaml", "MW"),
        ([WELLS + "rules:\n- {id: odd, zh: 怪, en: odd, check: stock <= capacity, trust: A, source: self}\n"], "wells.yaml", "stock"),
        ([WELLS, edition(WELLS.replace("type: decimal, unit: t, low: 0", "type: decimal, unit: MW, low: 0"), 2027)], "wells@2027.yaml", "MW"),
        # two indicators that feed one observation
        ([other(OWN.replace("register: oil_storage", "register: wells"), "tanks")], "oil_stock_year_end", "fed by"),
    ],
)  # fmt: skip
def test_a_definition_that_cannot_work_is_refused_by_its_line(tmp_path, texts, place, found):
    book(tmp_path, *texts)
    told = problems(tmp_path, "check")
    hit = [one for one in told if found in one["en"]]
    assert hit, told
    assert any(place in one["where"] + one["en"] for one in hit)
    assert any(re.search(r"\.yaml:\d+", one["where"]) for one in hit), hit
    assert problems(tmp_path, "list") == told, "every command says the same"


def test_a_half_migrated_edition_goes_on_and_one_that_cannot_says_so(tmp_path):
    import sqlite3

    book(tmp_path, WELLS)
    run(tmp_path, "find", "wells", "--place", "990100", code=0)
    more = MONTH.replace("month", "depth")
    book(
        tmp_path,
        edition(
            WELLS.replace(
                MONTH, f"{more} zh: 深, en: depth, type: decimal, trust: A, source: self}}\n{MONTH}"
            ),
            2027,
        ),
    )
    with sqlite3.connect(tmp_path / "records.sqlite") as file:  # the script died after its first step
        file.execute("alter table r_wells add column depth float")
    file.close()
    assert run(tmp_path, "find", "wells", code=0)["count"] == 0
    book(tmp_path, other(WELLS, "pumps"))
    with sqlite3.connect(tmp_path / "records.sqlite") as file:
        file.execute("create view r_pumps as select 1 as id")
    file.close()
    [one] = problems(tmp_path, "find", "pumps")
    assert "r_pumps" in one["en"]
    assert "records.sqlite" in one["where"]
    assert one["mend"]


def test_a_deadline_on_no_working_day_is_refused_by_the_day(tmp_path):
    for day, why in (("2026-10-03", "2026-10-03"), ("2026-02-30", "2026-02-30")):
        [one] = problems(
            tmp_path, "returns", "livestock", "2025", "--do", "exception", "--region", "990101", "--until", day,
            "--reason", "补报", "--place", "990100",
        )  # fmt: skip
        assert why in one["found"]
        assert one["mend"] or one["expected"]


def rows(path, *lines):
    path.write_text("\n".join(["animal,county,year,stock", *lines]) + "\n", encoding="utf-8")
    return path


@pytest.mark.slow
def test_a_county_that_was_merged_mid_year_takes_no_later_record_and_keeps_its_own(tmp_path):
    """360421 is no county since 2017; in a workspace of its own the list of counties says when."""
    bad = rows(tmp_path / "bad.csv", "pigs,360421,2025,10", "pigs,360428,2025,10")
    told = problems(tmp_path, "import", "livestock", bad, "--place", "360400", "--day", "2025-12-31")
    hit = [one for one in told if one["where"] == "bad.csv!B2"]
    assert hit, told
    assert "360404 柴桑区" in hit[0]["zh"]
    city = tmp_path / "city"
    (city / "registers").mkdir(parents=True)
    (city / "registers" / "counties.csv").write_text(
        "code,name_zh,valid_from,valid_to,into,document\n990101,东县,,,,\n990102,西县,,2024-06-30,990101,示例文\n",
        encoding="utf-8",
    )
    late = rows(tmp_path / "late.csv", "pigs,990102,2025,10")
    [one] = problems(city, "import", "livestock", late, "--place", "990100")
    assert one["where"] == "late.csv!B2"
    assert "2024-06-30" in one["found"]
    assert "990101" in one["expected"]
    assert "counties.csv" in one["mend"]
    run(
        city,
        "returns",
        "livestock",
        "2023",
        "--do",
        "exception",
        "--region",
        "990102",
        "--until",
        "2099-12-31",
        "--reason",
        "补报",
        code=0,
    )
    assert (
        run(city, "import", "livestock", rows(tmp_path / "early.csv", "pigs,990102,2023,10"), code=0)["new"]
        == 1
    )
    board = {
        year: [line["region"] for line in run(city, "returns", "livestock", year, code=0)["rows"]]
        for year in ("2023", "2024")
    }
    assert board == {"2023": ["990101", "990102", "990100"], "2024": ["990101", "990100"]}


def test_a_list_of_counties_that_is_none_is_refused_by_its_cell(tmp_path):
    (tmp_path / "registers").mkdir()
    path = tmp_path / "registers" / "counties.csv"
    path.write_text(
        "code,name_zh,valid_from,valid_to,into,document\n99010,东县,2025/1/1,,西县,\n", encoding="utf-8"
    )
    assert {one["where"] for one in problems(tmp_path, "list")} == {
        f"counties.csv:2:{name}" for name in ("code", "valid_from", "into")
    }
    path.write_text("code,name\n990101,东县\n", encoding="utf-8")
    assert [one["where"] for one in problems(tmp_path, "list")] == ["counties.csv:1"]


def test_a_full_evidence_folder_keeps_the_record_as_it_was(tmp_path):
    from dafeng.registers import enter, open_workspace, owner
    from dafeng.registers.exchange.example import example_records

    store = open_workspace(tmp_path, "990100")
    cells, children = example_records(store.book.latest("coal_units"))[0]
    enter(store, owner(), "coal_units", cells, children=children)
    store.close()
    paper = tmp_path / "paper.pdf"
    paper.write_bytes(b"%PDF-1.4")
    (tmp_path / "evidence").write_text("the disk ends here")
    [one] = problems(tmp_path, "attach", "coal_units", 1, "evidence", paper)
    assert "evidence" in one["where"]
    assert "free the disk" in one["en"]
    assert run(tmp_path, "find", "coal_units", code=0)["records"][0]["version"] == 1


def test_sqlite_on_a_network_share_is_refused_with_the_way_out(tmp_path, monkeypatch):
    read = Path.read_text
    mounts = f"server:/x {tmp_path} nfs4 rw 0 0\n"
    monkeypatch.setattr(
        Path, "read_text", lambda path, **more: mounts if str(path) == "/proc/mounts" else read(path, **more)
    )
    [one] = problems(tmp_path, "find", "livestock", "--place", "990100")
    assert "nfs4" in one["found"]
    assert "PostgreSQL" in one["mend"]
