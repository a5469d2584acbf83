"""Contract: a link makes the same scenario again; what is shown is what the model says of it; the full run takes its place."""

import csv
import io
import re
from urllib.parse import parse_qsl, urlencode

import numpy as np
import pytest

from .test_jobs import perform_next


@pytest.fixture
def city(office):
    from dafeng.web.office.scenarios.models_in_memory import city_of

    return city_of("")


def figures(page):
    return re.findall(
        r"<dd>([^<]*?) <small>", re.search(r'(?s)<section id="answer".*?</section>', page).group(0)
    )


def test_the_link_makes_the_same_scenario_again(as_person, city):
    from dafeng.pathway import Change

    clerk, first, second = as_person("clerk"), city.measures[0].id, city.measures[1].id
    driver = city.drivers[0].id
    given = {
        "name": "少风光<b>",
        f"m.{first}": "0.25",
        f"s.{second}": "2",
        f"d.{driver}": "0.75",
        f"m.{second}": "1",
    }
    page = clerk.get("/what-if/", given).content.decode()
    link = re.search(r'href="/what-if/\?([^"]*)">本情景的链接', page).group(1).replace("&amp;", "&")
    # what stands as in the plan is no change
    assert dict(parse_qsl(link)) == {"name": "少风光<b>", "case": city.case.name, f"m.{first}": "0.25", f"s.{second}": "2", f"d.{driver}": "0.75"}  # fmt: skip
    assert figures(clerk.get(f"/what-if/?{link}").content.decode()) == figures(page)
    assert "少风光<b>" not in page
    assert "推迟 2 年" in page
    told = city.point(Change({first: 0.25}, {second: 2}, {driver: 0.75}))
    assert figures(page)[0] == f"{told.before_2030[city.account]:.1%}"
    moved = clerk.get("/what-if/", given, headers={"hx-request": "true"})
    assert moved["HX-Replace-Url"] == f"/what-if/?{link}"
    assert figures(moved.content.decode()) == figures(page)
    assert "<html" not in moved.content.decode()
    assert re.search(rf'<output id="o-{first}" hx-swap-oob="true">25%</output>', moved.content.decode())


def test_the_csv_is_the_fan_and_says_how_to_quote(as_person, city):
    from dafeng.pathway import Change

    measure = city.measures[0].id
    answer = as_person("reader").get("/what-if/fan.csv", {f"m.{measure}": "0.5", "name": "甲"})
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    band = city.point(Change({measure: 0.5})).bands[city.account].quantiles
    assert [int(row[0]) for row in rows[2:]] == list(range(int(city.model.years[0]), 2041))
    np.testing.assert_allclose([float(row[2]) for row in rows[2:]], band[2], atol=0.5)
    assert "1024" in rows[0][2]
    picture = as_person("reader").get("/what-if/fan.svg").content.decode()
    assert picture.count("<polyline") == 3
    assert "style=" not in picture
    drawn = as_person("reader").get("/what-if/fan.png", {f"m.{measure}": "0.5", "name": "甲"})
    assert drawn.headers["Content-Type"] == "image/png"
    assert drawn.content.startswith(b"\x89PNG")
    assert b"what-if.png" in drawn.headers["Content-Disposition"].encode()


def test_what_is_no_scenario_is_refused_with_every_place(as_person, city):
    clerk, measure = as_person("clerk"), city.measures[0].id
    for given, words in (
        ({"m.none": "0.5", f"m.{measure}": "1.5"}, ("none", "1.5")),
        ({f"m.{measure}": "nan", "s.x": "two"}, (f"m.{measure}", "s.x")),
        ({f"s.{measure}": "11"}, ("0 至 10",)),
        ({f"s.{measure}": "1.5"}, (f"s.{measure}",)),
        ({"d.population_of_elsewhere": "0.5"}, ("population_of_elsewhere",)),
        ({f"d.{city.drivers[0].id}": "0.999"}, ("0.05",)),
        ({"case": "../../etc"}, ("../../etc",)),
        ({"sure": "0.99"}, ("0.99",)),
    ):
        answer = clerk.get("/what-if/", given)
        page = answer.content.decode()
        assert answer.status_code == 400, given
        assert [word for word in words if word not in page] == [], given
    assert clerk.get("/what-if/fan.exe").status_code == 400


@pytest.mark.slow
def test_the_full_run_takes_the_place_of_the_quick_one(as_person, city):
    clerk, measure = as_person("clerk"), city.measures[0].id
    query = urlencode({"name": "一半", "case": city.case.name, f"m.{measure}": "0.5"})
    place = clerk.post("/what-if/full", {"query": query})["Location"]
    waiting = clerk.get(place).content.decode()
    assert "快速估计:1024 个样本" in waiting
    assert "完整计算正在进行" in waiting
    job = perform_next()
    full = clerk.get(place).content.decode()
    assert "完整计算:8192 个样本" in full
    kept = job.outcome["what_if"]
    assert figures(full)[0] == f"{kept['chance']:.1%}"
    quick = float(figures(waiting)[0].rstrip("%")) / 100
    error = np.hypot(kept["error"], float(re.search(r"± ([\d.]+)%", waiting).group(1)) / 200)
    assert abs(quick - kept["chance"]) <= 3 * error + 0.001
    # other settings are not those of the job
    assert "快速估计" in clerk.get(place.replace("=0.5", "=0.6")).content.decode()
    assert as_person("reader").get(place).content.decode().count("完整计算:") == 0  # another's job


def test_saved_scenarios_stand_side_by_side_and_are_their_owners(as_person, city):
    clerk, measure = as_person("clerk"), city.measures[0].id
    for name, degree in (("零", "0"), ("一半", "0.5")):
        query = urlencode({f"m.{measure}": degree})
        assert clerk.post("/what-if/save", {"query": query, "name": name}).status_code == 302
    page = clerk.get("/what-if/").content.decode()
    numbers = re.findall(r'name="one" value="(\d+)"', page)
    assert len(numbers) == 2
    shown = clerk.get("/what-if/compare", {"one": numbers}).content.decode()
    assert shown.count('<th scope="row"') == 3
    assert shown.count("<polyline") == 4
    assert "请先保存" in as_person("county").get("/what-if/compare", {"one": numbers}).content.decode()
    assert as_person("county").post(f"/what-if/{numbers[0]}/drop").status_code == 404
    assert clerk.post("/what-if/save", {"query": "", "name": " "}).status_code == 400
    assert clerk.post(f"/what-if/{numbers[0]}/drop").status_code == 302
    assert clerk.get("/what-if/").content.decode().count('name="one"') == 1


def test_what_it_would_take_is_checked_by_the_model(as_person, city):
    from dafeng.pathway import Change

    page = as_person("clerk").get("/what-if/", {"sure": "0.5"}).content.decode()
    found = city.needed(0.5)
    if found.reached:
        link = re.search(r'href="/what-if/\?([^"]*)">作为情景查看', page).group(1).replace("&amp;", "&")
        degrees = {key[2:]: float(value) for key, value in parse_qsl(link) if key.startswith("m.")}
        told = city.point(Change(degrees)).before_2030[city.account]
        assert told == pytest.approx(found.probability, abs=0.03)  # degrees in the link have two digits
    else:
        assert f"{found.plan:.1%}" in page
