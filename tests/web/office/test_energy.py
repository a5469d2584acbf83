"""Contract: the drill-down leads from the city to a point with the figures of the ledger, in both languages; a file has the rows of
the page and says how to quote them; nobody sees a unit, sum, rank or file beyond its rights; nonsense is answered as such.
"""

import csv
import io
import json
import re
from datetime import date, timedelta

import pytest

from dafeng.evidence import DafengError, Problem

from .test_metered_units import firm

STEEL, CEMENT, MALL = "EX-STEEL", "EX-CEMENT", "EX-MALL"
SPAN = "from=2026-01-15&to=2026-01-17"
USE = {f"{STEEL}-E1": 100.0, f"{STEEL}-E2": 40.0, f"{CEMENT}-E1": 60.0, f"{MALL}-E1": 40.0}
"""kWh in a quarter of an hour; E2 of the steel works is below E1."""


@pytest.fixture(scope="module")
def readings(tmp_path_factory):
    """A ledger of 示例市 with three days of three units and, of the steel works, the three before: a file that is copied."""
    from dafeng.case import write_example
    from dafeng.metering import Sending, Store, ingest_body, place_of

    root = tmp_path_factory.mktemp("energy")
    write_example(root / "case")
    with Store.create(root / "ledger.duckdb", place_of(str(root / "case")).registry()) as store:
        sent = []
        for first, points, part in ((date(2026, 1, 15), USE, 1.0), (date(2026, 1, 12), [f"{STEEL}-E1"], 0.8)):  # fmt: skip
            sent += [
                {"point": point, "start": f"{first + timedelta(days=n // 96)}T{n % 96 // 4:02}:{n % 4 * 15:02}:00", "value": USE[point] * part, "origin": "synthetic"}
                for point in points for n in range(288)
            ]  # fmt: skip
        counts = ingest_body(store, json.dumps({"readings": sent}).encode(), "json", Sending("t")).counts
        assert counts.new == len(sent)
        yield store


@pytest.fixture
def ledger(office, readings, monkeypatch):
    from dafeng.metering import as_answer, operate
    from dafeng.metering.intake.messages import placed
    from dafeng.web.office.energy import answers
    from dafeng.web.office.results import metered_units

    def ask(_, verb, values):
        """What the ledger answers, by way of JSON as between two processes."""
        try:
            return json.loads(
                json.dumps(operate(readings, verb, json.loads(json.dumps(values))), default=str)
            )
        except DafengError as error:
            sent = json.loads(json.dumps([as_answer(one) for one in error.problems]))
            raise DafengError([placed(Problem.from_dict(one)) for one in sent]) from error

    for module in (answers, metered_units):
        monkeypatch.setattr(module, "ask_owner", ask)
        monkeypatch.setattr(module, "ledger_owner", lambda: readings)
    return readings


def rows_of(page):
    """Cells of the table of parts: name → label → text."""
    found = {}
    for line in re.findall(r'<tr><th scope="row" class="row"><a href="/energy/[^>]*>(.*?)</tr>', page, re.S):  # fmt: skip
        cells = re.findall(r'data-label="([^"]*)">(.*?)</td>', line, re.S)
        found[line.split("</a>")[0]] = {label: re.sub(r"<[^>]*>", "", text).strip() for label, text in cells}
    return found


def test_from_the_city_to_a_point(as_person, ledger):
    clerk = as_person("clerk")
    city = clerk.get(f"/energy/?{SPAN}&medium=electricity").content.decode()
    east, west = rows_of(city)["示例东区"], rows_of(city)["示例西县"]
    sums = {name: sum(value for point, value in USE.items() if point.startswith(name)) * 288 for name in USE if not name.endswith("E2")}  # fmt: skip
    assert sum(sums.values()) == 57_600  # without the meter below the main one
    assert float(east["实物量 kWh"].replace(",", "")) + float(west["实物量 kWh"].replace(",", "")) == 57_600
    assert {east["排名"], west["排名"]} == {"–"}  # the other units have sent nothing
    county = clerk.get(f"/energy/?{SPAN}&medium=electricity&county=990101").content.decode()
    assert set(rows_of(county)) <= {"工业", "建筑", "能源"}
    assert '<b aria-current="page">示例东区</b>' in county
    units = clerk.get(f"/energy/?{SPAN}&medium=electricity&county=990101&sector=industry").content.decode()
    steel = rows_of(units)["示例钢铁厂"]
    assert (steel["实物量 kWh"], steel["tce"]) == ("28,800", f"{28.8 * 0.1229:.4g}")
    assert steel["环比"] == "+25.0%"
    assert steel["同比"] == "对比期无读数"
    unit = clerk.get(f"/energy/?{SPAN}&medium=electricity&unit={STEEL}").content.decode()
    assert rows_of(unit)["总进线"] | {"占比": "100.0%", "实物量 kWh": "28,800"} == rows_of(unit)["总进线"]
    assert rows_of(unit)["主要用电"]["实物量 kWh"] == "11,520"
    point = clerk.get(f"/energy/?{SPAN}&unit={STEEL}&point={STEEL}-E2").content.decode()
    assert "11,520 <small>kWh" in point
    assert "仿真数据,不得引用" in point
    english = clerk
    english.post("/language", {"language": "en", "next": "/"})
    shown = english.get(f"/energy/?{SPAN}&unit={STEEL}").content.decode()
    assert "Quote as:" in shown
    assert "In no sum" in shown


def test_files_are_the_table(as_person, ledger):
    import openpyxl

    clerk = as_person("clerk")
    query = f"{SPAN}&medium=electricity&parts=unit"
    answer = clerk.get(f"/energy/parts.csv?{query}")
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert "单位 kWh" in " ".join(lines[0])
    assert "批次 1" in " ".join(lines[0])
    assert "仿真数据" in " ".join(lines[0])
    assert (
        "http://testserver/energy/?medium=electricity&by=day&from=2026-01-15&to=2026-01-17&measure=quantity&parts=unit"
        in lines[0]
    )
    assert len({len(line) for line in lines[1:]}) == 1
    cells = {line[0]: dict(zip(lines[1], line, strict=True)) for line in lines[2:]}
    assert float(cells[STEEL]["实物量 kWh"]) == 28_800.0
    page = rows_of(clerk.get(f"/energy/?{query}").content.decode())
    assert {one["代码"] for one in cells.values()} - {""} >= {STEEL, CEMENT, MALL}
    for name, shown in page.items():
        (row,) = (one for one in cells.values() if one["用能单位"] == name)
        assert (f"{float(row['占比']):.1%}" if row["占比"] else "–") == shown["占比"]
        assert (row["排名"] or "–") == shown["排名"]
    assert float(cells[""]["实物量 kWh"]) == sum(float(one["实物量 kWh"] or 0) for id_, one in cells.items() if id_) == 57_600  # fmt: skip
    book = openpyxl.load_workbook(io.BytesIO(clerk.get(f"/energy/parts.xlsx?{query}").content))
    values = [list(row) for row in book.active.iter_rows(values_only=True)]
    heads = next(row for row in values if row[0] == "代码")
    steel = dict(zip(heads, next(row for row in values if row[0] == STEEL), strict=True))
    assert steel["实物量 kWh"] == 28_800
    assert any("引用格式" in str(row[0]) for row in values)
    for figure in ("course", "hours", "flows"):
        for kind in ("csv", "xlsx"):
            assert clerk.get(f"/energy/{figure}.{kind}?{query}").status_code == 200, figure
    hours = list(
        csv.reader(
            io.StringIO(clerk.get(f"/energy/hours.csv?{SPAN}&unit={STEEL}").content.decode("utf-8-sig"))
        )
    )
    assert [line[0] for line in hours[2:]] == ["2026-01-15", "2026-01-16", "2026-01-17"]
    assert sum(float(cell) for line in hours[2:] for cell in line[1:]) == 28_800


def test_pictures_are_drawn_on_the_server(as_person, ledger, monkeypatch):
    """A page has them as svg without script; a png says how to quote it; without a font for it the page says what to install."""
    from dafeng.report.energy import pictures

    clerk = as_person("clerk")
    query = f"{SPAN}&medium=electricity&county=990101&sector=industry"
    page = clerk.get(f"/energy/?{query}").content.decode()
    for figure in ("ranking", "flows", "course", "load", "heat"):
        assert f'src="/energy/{figure}.svg?' in page
        answer = clerk.get(f"/energy/{figure}.svg?{query}")
        assert answer["Content-Type"] == "image/svg+xml"
        assert "script" not in answer.content.decode()
    assert "示例钢铁厂" in clerk.get(f"/energy/flows.svg?{query}").content.decode()
    assert "仿真" not in clerk.get(f"/energy/course.svg?{query}").content.decode()  # the page says it
    narrow = clerk.get(f"/energy/course.svg?{query}&size=narrow").content.decode()
    assert narrow != clerk.get(f"/energy/course.svg?{query}").content.decode()
    monkeypatch.setattr(pictures, "chinese_font", lambda: "DejaVu Sans")
    file = clerk.get(f"/energy/ranking.png?{query}")
    assert file.content.startswith(b"\x89PNG")
    assert "attachment" in file["Content-Disposition"]
    monkeypatch.setattr(pictures, "chinese_font", lambda: None)
    refused = clerk.get(f"/energy/ranking.png?{query}")
    assert (refused.status_code, "fonts-noto-cjk" in refused.content.decode()) == (400, True)
    own = as_person(firm("示例水泥厂"))
    assert own.get(f"/energy/flows.svg?{SPAN}&unit={STEEL}").status_code == 404
    assert "示例钢铁厂" not in own.get(f"/energy/flows.svg?{SPAN}&medium=electricity").content.decode()


def test_nobody_sees_beyond_its_rights(as_person, ledger):
    own = as_person(firm("示例水泥厂"))
    query = f"{SPAN}&medium=electricity"
    page = own.get(f"/energy/?{query}").content.decode()
    assert list(rows_of(page)) == ["示例西县"]
    assert rows_of(page)["示例西县"]["占比"] == "100.0%"  # of what it may see
    everything = [f"/energy/?{query}&parts=unit"]
    everything += [f"/energy/{figure}.csv?{query}&parts=unit" for figure in ("parts", "course", "hours", "flows")]  # fmt: skip
    for path in everything:
        text = own.get(path).content.decode()
        for secret in (STEEL, "示例钢铁厂", MALL, "28800", "28,800", "57600", "57,600", "990101", "示例东区"):
            assert secret not in text, (path, secret)
    assert rows_of(own.get(everything[0]).content.decode())["示例水泥厂"]["排名"] == "1"
    for path in (f"?unit={STEEL}", "?county=990101", f"?unit={CEMENT}&point={STEEL}-E1", f"?unit={STEEL}&point={STEEL}-E1"):  # fmt: skip
        assert own.get(f"/energy/{path}&{SPAN}").status_code == 404, path
        assert own.get(f"/energy/parts.csv{path}&{SPAN}").status_code == 404, path
    county = as_person("county")
    assert list(rows_of(county.get(f"/energy/?{query}").content.decode())) == ["示例东区"]
    assert county.get(f"/energy/?county=990102&{SPAN}").status_code == 404


NONSENSE = [
    *[(f"?{query}", 404, "没有此页面") for query in ("county=999999", "sector=house", "unit=none", "medium=none", f"unit={STEEL}&point=none", f"point={STEEL}-E1")],
    ("?from=2026-02-01&to=2026-01-01", 400, "止日不早于起日"), ("?from=2026-02-31", 400, "日期"), ("?from=0001-01-01", 400, "日期"),
    ("?from=2010-01-02&to=2026-01-01", 400, "整月"), ("?by=hour", 400, "day, month, year"), ("?measure=money", 400, "tce"), ("?parts=house", 400, "county"),
    ("?from=2024-01-01&to=2025-12-31", 400, "按日最多366天"), ("hours.csv?from=2016-01-01&to=2025-12-31&by=month", 400, "按小时最多62天"),
    ("all.csv", 404, "没有此页面"), ("parts.exe", 404, "没有此页面"),
]  # fmt: skip


def test_nonsense_is_answered_as_such(as_person, ledger):
    clerk = as_person("clerk")
    answers = [clerk.get(f"/energy/{path}") for path, _, _ in NONSENSE]
    assert [(path, one.status_code, said in one.content.decode()) for one, (path, _, said) in zip(answers, NONSENSE, strict=True)] == [
        (path, status, True) for path, status, _ in NONSENSE
    ]  # fmt: skip
    clerk.post("/language", {"language": "en", "next": "/"})
    assert "a last day not before the first" in clerk.get("/energy/?from=2026-02-01&to=2026-01-01").content.decode()  # fmt: skip


def test_units_are_searched_filtered_and_paged(as_person, ledger, monkeypatch):
    from dafeng.web.office.energy import views

    clerk = as_person("clerk")
    every = rows_of(clerk.get(f"/energy/?{SPAN}&parts=unit").content.decode())
    assert len(every) > 3
    found = clerk.get(f"/energy/?{SPAN}&parts=unit&q=水泥").content.decode()
    assert list(rows_of(found)) == ["示例水泥厂"]
    assert rows_of(found)["示例水泥厂"] == every["示例水泥厂"]  # share and rank are of all
    assert rows_of(clerk.get(f"/energy/?{SPAN}&parts=unit&level=green").content.decode()) == {}
    monkeypatch.setattr(views, "PER_PAGE", 2)
    pages = [list(rows_of(clerk.get(f"/energy/?{SPAN}&parts=unit&page={n}").content.decode())) for n in (1, 2, 3, 99)]  # fmt: skip
    assert pages[0] + pages[1] + pages[2] == list(every)[:6]
    assert pages[3] != []  # the last one
