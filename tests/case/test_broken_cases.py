"""Contract: a case is refused as a whole; each mistake is named by file, row and column with what was expected.

Each test breaks a sound case in one place and states the problem that must be among those listed.
"""

import os
from pathlib import Path

import pytest
from tests.case.conftest import CITY, PROVINCE

from dafeng.case import check, load
from dafeng.evidence import DafengError, Problem


def problem_at(city: Path, where: str) -> Problem:
    """The problem at `where`; the case must not load."""
    problems = check(city)
    with pytest.raises(DafengError):
        load(city)
    found = [problem for problem in problems if problem.where == where]
    assert found, [str(problem) for problem in problems]
    return found[0]


def replace(city: Path, file: str, old: str, new: str) -> None:
    text = (city / file).read_text(encoding="utf-8")
    assert old in text
    (city / file).write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_case_is_sound_before_it_is_broken(city: Path) -> None:
    assert check(city) == []


@pytest.mark.parametrize(
    "file",
    [
        "city.yaml",
        "sources.csv",
        "proxies.csv",
        "organisations.csv",
        "plan.yaml",
        "drivers.csv",
        "measures.csv",
        "scenarios.yaml",
    ],
)
def test_a_missing_file_is_named(city: Path, file: str) -> None:
    (city / file).unlink()
    assert problem_at(city, file).found == "no such file"


@pytest.mark.parametrize("file", ["sectors.csv", "energy.csv", "observations.csv"])
def test_a_missing_file_of_a_place_without_parent(province: Path, file: str) -> None:
    (province / file).unlink()
    assert problem_at(province, file).found == "no such file"


CELLS = [
    ("proxies.csv", "0.10,0.09,0.11", "10,0.09,0.11", "proxies.csv:2:share", "0 to 1"),
    ("proxies.csv", "0.10,0.09,0.11", "0.10,0.12,0.11", "proxies.csv:2:share", "low <= share <= high"),
    ("proxies.csv", "0.10,0.09,0.11", "0.10,0.09,-0.11", "proxies.csv:2:high", "0 to 1"),
    ("proxies.csv", "branch:steel", "branch:steal", "proxies.csv:3:row", "branch:name"),
    ("proxies.csv", "0.11,s1,D", "0.11,s9,D", "proxies.csv:2:source", "id of sources.csv"),
    ("proxies.csv", "0.11,s1,D", "0.11,s1,F", "proxies.csv:2:grade", "one of A, B, C, D, E"),
    ("proxies.csv", "0.11,s1,D", "0.11,s1 ,D", "proxies.csv:2:source", "without blanks"),
    ("proxies.csv", "0.11,s1,D", "0.11,,D", "proxies.csv:2:source", "id"),
    ("observations.csv", ",7,%", ",7,percant", "observations.csv:2:unit", "a unit that dafeng knows"),
    ("observations.csv", ",2020,7,", ",20200,7,", "observations.csv:2:year", "1949 to 2100"),
    ("observations.csv", ",2020,7,", ",2020.5,7,", "observations.csv:2:year", "a year"),
    ("observations.csv", ",2020,7,", ",NE,7,", "observations.csv:2:year", "a year"),
    ("observations.csv", ",2020,7,", ",2020,seven,", "observations.csv:2:value", "a number"),
    ("observations.csv", "360400,2020,7", "36040,2020,7", "observations.csv:2:region", "GB/T 2260"),
    ("plants.csv", "2024,,", "2024,2020,", "plants.csv:2:end_year", "start_year <= end_year"),
    ("plants.csv", "operating", "runs", "plants.csv:2:status", "one of operating"),
    ("plants.csv", ",1052,", ",-5,", "plants.csv:2:capacity_mw", "at least 0"),
    ("measures.csv", "三(一)2,power", "九(九)9,power", "measures.csv:2:task", "locator of a task"),
    ("measures.csv", "三(一)2,power", "task 3,power", "measures.csv:2:task", "a locator such as"),
    ("measures.csv", "power.wind,2030", ",2030", "measures.csv:2:parameter", "effect is quantified"),
    ("measures.csv", ",900,MW", ",,MW", "measures.csv:2:value", "effect is quantified"),
    ("measures.csv", "no data", "", "measures.csv:3:reason", "why the effect is NE"),
    ("drivers.csv", "normal,1,1,trend", "normal,1,,trend", "drivers.csv:2:dimension", "permanent Sobol"),
    ("drivers.csv", "fixed,万人,,", "normal,万人,1,", "drivers.csv:4:dimension", "one dimension for one driver"),
    ("drivers.csv", "normal,1,1,trend", "uniform,1,1,trend", "drivers.csv:3:distribution", "one distribution"),
    ("organisations.csv", "市发改委;市发展改革委", "", "plan.yaml:tasks:三(一)2", "alias of organisations.csv"),
    ("scenarios.yaml", "wind: 0", "wint: 0", "scenarios.yaml:policy-carried-on:delivery:wint", "an id of measures.csv"),
    ("scenarios.yaml", "default: 1", "default: 1.5", "scenarios.yaml:plan:delivery:default", "from 0 to 1"),
    ("plan.yaml", 'comparator: "="', 'comparator: "=="', "plan.yaml:7:targets.0.comparator", "one of '='"),
    ("city.yaml", "horizon: 2060", "horizont: 2060", "city.yaml:horizon", "last year"),
    ("city.yaml", "as_of: 2025", "as_of: 2015", "city.yaml", "is not so"),
    ("city.yaml", "../province", "../nowhere", "city.yaml:parent", "bundled name"),
    ("city.yaml", "../province", "/etc", "city.yaml:parent", "beside this one"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "where", "expected"), CELLS)
def test_a_broken_cell_is_named(city: Path, file: str, old: str, new: str, where: str, expected: str) -> None:
    replace(city, file, old, new)
    problems = [problem for problem in check(city) if problem.where == where]
    assert any(expected in problem.expected for problem in problems), [str(p) for p in check(city)]


@pytest.mark.parametrize(
    ("cell", "mend"),
    [
        ("１２．５", "write 12.5"),
        ('"1,234.5"', "without separators"),
        ('"12,5"', "decimal point"),
        ("NaN", "write NE"),
        ("inf", "write the number, or NE"),
        ("1e999", "or NE"),
        ("#REF!", "formula"),
        ("#DIV/0!", "formula"),
        ("2020-03-01", "Excel made it a date"),
        ("3月1日", "Excel made it a date"),
        ("12.5%", "unit column"),
        ("ne", "write NE in capitals"),
        (" NE　", "write NE in capitals"),
        ("—", "write NE"),
        ("", "or write NE"),
        ("1_000", "move it to note"),
        ("0x1F", "move it to note"),
        ("约7", "move it to note"),
        ("=1+1", "move it to note"),
        ("True", "move it to note"),
    ],
)
def test_what_looks_like_a_number_is_explained(city: Path, cell: str, mend: str) -> None:
    replace(city, "observations.csv", "2020,7,%", f"2020,{cell},%")
    assert mend in problem_at(city, "observations.csv:2:value").mend


def test_shares_that_do_not_add_up(city: Path) -> None:
    replace(city, "observations.csv", "2020,7,%", "2020,17,%")
    assert "add up to 110" in problem_at(city, "observations.csv:2:value").found


def test_shares_over_one_together(city: Path) -> None:
    with (city / "proxies.csv").open("a") as file:
        file.write("Urban,gdp,2020,0.95,,,s1,D,\n")
    assert "add up to 1.05" in problem_at(city, "proxies.csv:5:share").found


@pytest.mark.parametrize(
    ("old", "new", "where", "mend"),
    [
        ("Raw_Coal", "Raw_Cole", "energy.csv:2:fuel", "did you mean Raw_Coal?"),
        ("Raw_Coal", "raw coal", "energy.csv:2:fuel", "did you mean Raw_Coal?"),
        ("Urban,Raw", "Urbn,Raw", "energy.csv:2:row", "did you mean Urban?"),
        ("10.5,10^4 t", "10.5,10^8 m3", "energy.csv:2:unit", ""),
    ],
)
def test_the_energy_inventory(province: Path, old: str, new: str, where: str, mend: str) -> None:
    replace(province, "energy.csv", old, new)
    assert problem_at(province, where).mend.endswith(mend)


def test_a_duplicate_key_names_the_first_row(city: Path) -> None:
    with (city / "proxies.csv").open("a") as file:
        file.write("Urban,population,2020,0.2,,,s1,D,\n")
    assert "row 2" in problem_at(city, "proxies.csv:5:row").mend


@pytest.mark.parametrize(
    ("content", "where", "found"),
    [
        (PROVINCE["sectors.csv"].encode("gbk"), "sectors.csv:2", "GBK"),
        (PROVINCE["sectors.csv"].encode("utf-16"), "sectors.csv", "UTF-16"),
        (b"row,row_zh\n\xff\xfe\xfa,\n", "sectors.csv:2", "not UTF-8"),
        (b"PK\x03\x04rest of a workbook", "sectors.csv", "Excel workbook"),
        (b"\xd0\xcf\x11\xe0rest", "sectors.csv", "old Excel workbook"),
        (b"", "sectors.csv", "an empty file"),
        (b"\xef\xbb\xbf\n \n", "sectors.csv", "an empty file"),
        (PROVINCE["sectors.csv"].split("\n")[0].encode(), "sectors.csv:1", "no rows"),
        (PROVINCE["sectors.csv"].replace(",", ";").encode(), "sectors.csv:1", "semicolons"),
        (PROVINCE["sectors.csv"].replace(",", "\t").encode(), "sectors.csv:1", "tabs"),
        (PROVINCE["sectors.csv"].replace(",", "，").encode(), "sectors.csv:1", "full-width commas"),
        (PROVINCE["sectors.csv"].replace("Urban,", "Ur\0ban,").encode(), "sectors.csv:2", "NUL"),
        (PROVINCE["sectors.csv"].replace("Urban,", "Urban,x,").encode(), "sectors.csv:2", "10 fields"),
        (PROVINCE["sectors.csv"].replace("Urban,城镇,", "Urban,").encode(), "sectors.csv:2", "8 fields"),
        (PROVINCE["sectors.csv"].replace("Urban,", '"Urban,').encode(), "sectors.csv", "end"),
        (PROVINCE["sectors.csv"].replace("gbt4754", "row_zh").encode(), "sectors.csv:1", "2 times"),
        (PROVINCE["sectors.csv"].replace("row_zh", "row_cn").encode(), "sectors.csv:1", "unknown column 'row_cn'"),
        (PROVINCE["sectors.csv"].replace("row_zh", " row_zh").encode(), "sectors.csv:1", "unknown column ' row_zh'"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_what_it_seems(province: Path, content: bytes, where: str, found: str) -> None:
    (province / "sectors.csv").write_bytes(content)
    problems = [problem for problem in check(province) if problem.where == where]
    assert any(found in problem.found for problem in problems), [str(p) for p in check(province)]


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_a_byte_order_mark_and_any_line_end_are_accepted(city: Path, ends: str) -> None:
    text = CITY["proxies.csv"].replace("\n", ends)
    (city / "proxies.csv").write_bytes(
        b"\xef\xbb\xbf" + text.encode() + (ends + ",,,,,,,,").encode() + ends.encode()
    )
    case = load(city)
    assert len(case.table("proxies")) == 3
    assert [finding.code for finding in case.findings] == ["case.byte_order_mark"]


def test_a_quoted_field_may_hold_commas_quotes_and_line_ends(city: Path) -> None:
    replace(city, "proxies.csv", "s1,D,\n", 's1,D,"a, ""b""\nc"\n')
    assert load(city).table("proxies")["note"].iloc[0] == 'a, "b"\nc'


def test_a_missing_column_does_not_hide_the_other_problems(city: Path) -> None:
    replace(city, "plants.csv", ",captive,", ",captiv,")
    replace(city, "plants.csv", ",1052,", ",many,")
    founds = {(problem.where, problem.mend) for problem in check(city)}
    assert ("plants.csv:1", "是否为 captive? · did you mean captive?") in founds
    assert any(where == "plants.csv:2:capacity_mw" for where, _ in founds)


def test_a_file_that_no_case_has_is_named_with_the_near_one(city: Path) -> None:
    (city / "proxis.csv").write_text("x\n")
    assert problem_at(city, "proxis.csv").mend.endswith("did you mean proxies.csv?")


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("name_zh: 市\n\tcode: 1\n", "city.yaml:2:1"),
        ("name_zh: 市\nname_zh: 县\n", "city.yaml:2:1"),
        ("- a\n- b\n", "city.yaml:1"),
        ("", "city.yaml"),
        ("name_zh： 市\n", "city.yaml:1"),
        ("a: &a [*a]\n", "city.yaml:1:a"),
        ("!!python/object/apply:os.system ['true']\n", "city.yaml:1:1"),
    ],
)
def test_broken_yaml_is_named_with_its_line(city: Path, text: str, where: str) -> None:
    (city / "city.yaml").write_text(text, encoding="utf-8")
    assert problem_at(city, where).expected


def test_a_circle_of_parents_is_refused(city: Path, province: Path) -> None:
    replace(province, "city.yaml", "parent: null", "parent: ../city")
    problems = check(city)
    assert any("a circle of parents" in problem.found for problem in problems)
    replace(city, "city.yaml", "../province", "../city")
    assert "a circle of parents" in problem_at(city, "city.yaml:parent").found


def test_a_link_out_of_the_folder_is_not_followed(city: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("id,citation\n")
    (city / "sources.csv").unlink()
    (city / "sources.csv").symlink_to(tmp_path / "secret.csv")
    assert "leads out" in problem_at(city, "sources.csv").found


def test_profiles_that_miss_hours_or_do_not_add_up(city: Path) -> None:
    (city / "profiles_meta.csv").write_text(
        "profile,method,load_year,weather_year,source,grade,note\nload,scaled,2018,,s1,D,\n"
    )
    rows = [f"{hour},{1 / 8760:.12f},0.1,0.1,0.4" for hour in range(8760)]
    (city / "profiles.csv").write_text("hour,load,wind,solar,hydro\n" + "\n".join(rows) + "\n")
    assert check(city) == []
    (city / "profiles.csv").write_text("hour,load,wind,solar,hydro\n" + "\n".join(rows[1:]) + "\n")
    assert "1 hours missing: 0" in problem_at(city, "profiles.csv:1:hour").found
    doubled = [row.replace(f",{1 / 8760:.12f},", f",{2 / 8760:.12f},") for row in rows]
    (city / "profiles.csv").write_text("hour,load,wind,solar,hydro\n" + "\n".join(doubled) + "\n")
    assert "add up to 2" in problem_at(city, "profiles.csv:1:load").found


def test_many_equal_problems_are_counted_not_listed(city: Path) -> None:
    rows = "".join(f"i{n},360400,2020,x,万吨,s1,A,\n" for n in range(5000))
    with (city / "observations.csv").open("a") as file:
        file.write(rows)
    problems = check(city)
    assert len(problems) == 21
    assert "4980 more rows" in problems[-1].found


@pytest.mark.slow
def test_a_table_with_a_million_rows_is_read_and_checked(city: Path) -> None:
    rows = "".join(
        f"i{n},360400,{2000 + n % 20},{n * 1.37:.3f},万吨,s{1 + (n == 999_999)},A,\n"
        for n in range(1_000_000)
    )
    (city / "observations.csv").write_text("indicator,region,year,value,unit,source,grade,note\n" + rows)
    problems = check(city)
    assert [problem.where for problem in problems] == ["observations.csv:1000001:source"]


BOMB = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)


@pytest.mark.parametrize("file", ["city.yaml", "plan.yaml", "scenarios.yaml"])
@pytest.mark.parametrize(
    ("text", "found"),
    [
        (BOMB, "unfold to more than 1,000,000 values"),
        ("a: " + "[" * 500 + "]" * 500, "levels of nesting"),
        ("a: 1\n---\nb: 2\n", "another document"),
    ],
)
def test_yaml_that_would_never_end_is_refused_at_once(city: Path, file: str, text: str, found: str) -> None:
    (city / file).write_text(text, encoding="utf-8")
    problems = [problem for problem in check(city) if problem.where.startswith(file)]
    assert any(found in problem.found for problem in problems), [str(p) for p in check(city)]


@pytest.mark.parametrize("parent", ["../no\\0where", "a" * 5000, "regions/999999", "12"])
def test_a_parent_that_cannot_be_a_folder_is_told(city: Path, parent: str) -> None:
    replace(city, "city.yaml", "parent: ../province", f'parent: "{parent}"')
    assert problem_at(city, "city.yaml:parent").found.startswith("no case")


def test_a_broken_city_yaml_does_not_hide_or_invent_other_problems(city: Path) -> None:
    replace(city, "city.yaml", "horizon: 2060", "horizon: soon")
    replace(city, "observations.csv", ",2020,7,", ",2020,seven,")
    wheres = {problem.where for problem in check(city)}
    assert wheres == {"city.yaml:8:horizon", "observations.csv:2:value"}
    (city / "city.yaml").write_text("name_zh: [", encoding="utf-8")
    assert {problem.where.partition(":")[0] for problem in check(city)} == {"city.yaml", "observations.csv"}


@pytest.mark.parametrize("make", ["loop", "dangling", "pipe", "folder", "locked"])
def test_what_is_no_readable_file_is_named(city: Path, make: str, monkeypatch: pytest.MonkeyPatch) -> None:
    file = city / "sources.csv"
    if make == "locked":  # chmod would not stop a superuser
        read = Path.read_bytes

        def refuse(path: Path) -> bytes:
            if path == file:
                raise PermissionError(13, "Permission denied", str(path))
            return read(path)

        monkeypatch.setattr(Path, "read_bytes", refuse)
    else:
        file.unlink()
    if make == "loop":
        file.symlink_to(file.name)
    elif make == "dangling":
        file.symlink_to("nothing.csv")
    elif make == "pipe":
        os.mkfifo(file)
    elif make == "folder":
        file.mkdir()
    problems = [problem for problem in check(city) if problem.where == "sources.csv"]
    assert len(problems) == 1
    assert problems[0].expected in {"a file", "a readable file"}
    assert len(check(city)) == 1, "a missing list of sources is one problem, not one a row"


@pytest.mark.parametrize(
    ("file", "old", "new", "where", "expected"),
    [
        ("plants.csv", ",coal,", ",coaal,", "plants.csv:2:fuel", "one of coal"),
        ("plants.csv", ",360429,", ",110101,", "plants.csv:2:county", "place or its counties"),
        ("observations.csv", "secondary,360400", "secondary,110000", "observations.csv:3:region", "its province"),
        ("observations.csv", "gdp_share_primary,360400,2020,7,%", "gdp_secondary,360400,2020,7,t", "observations.csv:2:unit", "of the kind of 亿元"),
        ("observations.csv", "gdp_share_primary,360400,2020,7,%", "population_resident,360400,2020,-7,万人", "observations.csv:2:value", "0 or more"),
        ("observations.csv", "gdp_share_primary", "gdp\u202eshare", "observations.csv:2:indicator", "without control characters"),
        ("city.yaml", "360400", "360999", "city.yaml:code", "360100 南昌市"),
        ("city.yaml", "base_year: 2020", "base_year: [2020]", "city.yaml:6:base_year", "a whole number"),
        ("scenarios.yaml", "default: 0", "default: .nan", "scenarios.yaml:policy-carried-on:delivery:default", "from 0 to 1"),
    ],
)  # fmt: skip
def test_a_cell_that_contradicts_the_rest_of_the_case(
    city: Path, file: str, old: str, new: str, where: str, expected: str
) -> None:
    if file == "plants.csv":
        with (city / "city.yaml").open("a") as stream:
            stream.write('counties: [{code: "360429", name_zh: 湖口县}]\n')
    replace(city, file, old, new)
    problems = [problem for problem in check(city) if problem.where == where]
    assert any(expected in problem.expected for problem in problems), [str(p) for p in check(city)]


@pytest.mark.parametrize(
    ("feature", "where"),
    [
        ("7", "counties.geojson:features:0"),
        ('{"properties": {"adcode": "110101"}, "geometry": {"type": "Point", "coordinates": [1, 2]}}', "counties.geojson:features:0:adcode"),
        ('{"properties": {"adcode": "360400"}, "geometry": {"type": "Point", "coordinates": [1, 2]}}', "counties.geojson:features:0:geometry"),
        ('{"properties": {"adcode": "360400"}, "geometry": {"type": "Polygon", "coordinates": [[[0, NaN], [1, 1], [2, 2], [0, NaN]]]}}', "counties.geojson:features:0:geometry"),
        ('{"properties": {"adcode": "360400"}, "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [2, 2], [3, 3]]]}}', "counties.geojson:features:0:geometry"),
    ],
)  # fmt: skip
def test_a_map_that_shows_no_county_is_refused(city: Path, feature: str, where: str) -> None:
    text = f'{{"type": "FeatureCollection", "features": [{feature}]}}'
    (city / "counties.geojson").write_text(text, encoding="utf-8")
    assert problem_at(city, where)


def test_a_table_as_wide_as_excel_is_refused_before_it_is_read(city: Path) -> None:
    (city / "observations.csv").write_text("indicator" + "," * 16_384 + "\n")
    assert "columns" in problem_at(city, "observations.csv:1").found


def test_rows_of_an_id_are_measured_by_what_most_of_them_say(city: Path) -> None:
    with (city / "drivers.csv").open("a") as file:
        file.write("gdp,activity.gdp,360400,2035,1.5,1.4,1.6,normal,1,1,trend,s1,C,\n")
    replace(city, "drivers.csv", "gdp,activity.gdp,360400,2025", "gdp,activity.gdb,360400,2025")
    assert "activity.gdp" in problem_at(city, "drivers.csv:2:parameter").expected


def test_what_a_higher_room_finds_is_listed_beside_what_the_folder_shows(city: Path) -> None:
    replace(city, "observations.csv", ",2020,7,", ",2020,seven,")

    def further(place, tables):
        assert place.code == "360400"
        return [Problem("measures.csv:2:parameter", str(len(tables["measures"])), "a parameter"), Problem("observations.csv:2:value", "x", "y")]  # fmt: skip

    assert [problem.where for problem in check(city, further)] == [
        "observations.csv:2:value",
        "measures.csv:2:parameter",
    ]
