"""Contract: the cells that help a draft most are entered in the office: judged by unit and size, kept as the city's own data in a release that another person adopts, which narrows the account."""

import re
import shutil

import pytest

from .test_jobs import perform_next


@pytest.fixture
def drafted(office):
    """The office works with a bundled draft as a release of its own."""
    from dafeng.case import bundled_path
    from dafeng.web.office.people.acts import office as of_office

    shutil.copytree(bundled_path("drafts/tangshan"), office.releases / "tangshan")
    place = of_office()
    place.case = "tangshan"
    place.save(update_fields=["case"])
    return office


def cell(id_, value, unit="", year="2020", source="统计年鉴"):
    return {f"{id_}.value": value, f"{id_}.unit": unit, f"{id_}.year": year, f"{id_}.source": source}


def main_of(answer):
    return re.search("(?s)<main.*</main>", answer.content.decode()).group(0)


def width(page):
    low, high = (
        float(one.replace(",", ""))
        for one in re.search(r"<small>([\d,.]+) 万吨 – ([\d,.]+) 万吨", page).groups()
    )
    return high - low


def test_a_draft_shows_ranges_and_what_to_bring_and_no_probability(drafted, as_person):
    page = main_of(as_person("reader").get("/own-data/"))
    assert page.count('data-label="现有"') == 9
    assert "市供电公司" in page
    assert "17%" in page
    assert "<input name=" not in page.split("csrf")[-1] or "没有权限" in page
    glance = main_of(as_person("reader").get("/city/"))
    assert "2030年前" not in re.sub("(?s)<ul class=.problems.*?</ul>", "", glance)
    assert "50%" in glance  # the floor below which no chance is shown


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (cell("output_crude_steel", "很多", "万吨"), "数字"),
        (cell("output_crude_steel", "12500", "亿kWh"), "单位"),
        (cell("output_crude_steel", "125000", "万吨"), "全省"),
        (cell("population_resident", "77.2", "万人"), "2020年公布数"),
        (cell("electricity_consumption", "900", "亿kWh", source=""), "来源"),
        (cell("electricity_consumption", "900", "亿kWh", year="20"), "年份"),
    ],
)  # fmt: skip
def test_a_wrong_cell_is_named_in_its_row_and_nothing_is_entered(drafted, as_person, given, told):
    from dafeng.web.office.jobs.models import Job

    answer = as_person("clerk").post("/own-data/enter", cell("gdp_current", "7210.9", "亿元") | given)
    assert answer.status_code == 422
    page = main_of(answer)
    assert page.count('aria-invalid="true"') == 1
    assert told in re.search('(?s)<p class="bad" id="wrong-.*?</p>', page).group(0)
    assert "7210.9" in page  # what was typed is still there
    assert not Job.objects.filter(kind="own_data").exists()


def test_a_source_that_is_too_long_is_refused_and_not_cut(drafted, as_person):
    from dafeng.web.office.jobs.models import Job

    given = cell("electricity_consumption", "900", "亿kWh", source="源" * 201)
    answer = as_person("clerk").post("/own-data/enter", given)
    assert answer.status_code == 400
    assert "1 至 200 字" in answer.content.decode()
    assert not Job.objects.filter(kind="own_data").exists()


def test_cells_make_a_release_that_another_adopts_and_the_account_narrows(drafted, as_person):
    from dafeng.web.office.results.cases import current_case

    clerk, admin = as_person("clerk"), as_person("admin")
    before = main_of(clerk.get("/own-data/"))
    given = (
        cell("output_crude_steel", "12,500", "万吨")
        | cell("electricity_consumption", "9000000", "万kWh")
        | cell("generation_thermal", "520", "亿kWh")
    )
    assert clerk.post("/own-data/enter", given).status_code == 302
    job = perform_next()
    assert job.state == "done", job.outcome
    made = job.outcome["release"]
    assert made in clerk.get("/releases/").content.decode()
    assert clerk.post("/releases/adopt", {"name": made}).status_code == 400  # who made it
    assert admin.post("/releases/adopt", {"name": made}).status_code == 302
    rows = current_case().table("observations")
    mine = rows[rows["source"] == "own-data"].set_index("indicator")["value"].to_dict()
    assert mine == pytest.approx(
        {"output_crude_steel": 12500, "electricity_consumption": 900, "generation_thermal": 520}
    )
    after = main_of(clerk.get("/own-data/"))
    assert width(after) < 0.7 * width(before)
    assert "900 亿kWh" in after


def test_a_case_of_its_own_is_led_to_proposals(office, as_person):
    page = main_of(as_person("clerk").get("/own-data/"))
    assert "不是由全国索引起草" in page
    assert as_person("clerk").post("/own-data/enter", cell("gdp_current", "1", "亿元")).status_code == 400
    assert as_person("reader").post("/own-data/enter", {}).status_code == 403
