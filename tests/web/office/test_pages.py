"""Contract: every page of the office answers for who may see it, in Chinese and in English, without JavaScript and without
anything from elsewhere; nothing but the catalogue speaks; faces compute nothing.
"""

import csv
import re
import shutil
from importlib.resources import files
from pathlib import Path

import pytest

import dafeng.web.office

PAGES = [
    "/", "/registers/", "/registers/storage_projects/", "/registers/storage_projects/1/", "/returns/", "/tasks/", "/targets/",
    "/city/", "/what-if/", "/releases/", "/jobs/", "/me/", "/me/password", "/me/second-factor",
]  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_chinese_and_english_and_loads_nothing(as_person, path):
    client = as_person("clerk")
    answer = client.get(path)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert '<html lang="zh-CN">' in page
    assert "仿真数据" in page
    assert not re.search(r"(?:src|href|action)=\"(?:https?:)?//", page)
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert answer["Cache-Control"] == "no-store"
    client.post("/language", {"language": "en", "next": path})
    english = client.get(path).content.decode()
    assert '<html lang="en">' in english
    frame = re.sub("(?s)<main.*</main>", "", english)
    for word in ("中文", "达峰", "示例市级经办"):  # the other language, the product, a person's name
        frame = frame.replace(word, "")
    assert re.findall("[一-鿿]+", frame) == []


def test_a_table_is_filtered_sorted_and_paged(as_person):
    client = as_person("clerk")
    page = client.get("/registers/storage_projects/?where=power>=300&sort=-power").content.decode()
    assert re.findall(r'href="/registers/storage_projects/(\d+)/"', page) == ["3", "1"]
    assert "示例西县" in page
    assert client.get("/registers/storage_projects/?where=nothing=1").status_code == 400
    assert "读到" in client.get("/registers/storage_projects/?where=nothing=1").content.decode()
    assert client.get("/registers/none/").status_code == 404
    only = client.get("/registers/storage_projects/?columns=power").content.decode()
    assert only.count("<th>") == 3 + only.count("<th><a")


def test_an_export_holds_what_the_table_shows(as_person):
    answer = as_person("clerk").get("/registers/storage_projects/export.csv?where=power>=300")
    assert answer["Content-Disposition"].startswith(
        "attachment; filename*=utf-8''%E6%96%B0"
    )  # the name of the register
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert len(answer.content.decode("utf-8-sig").splitlines()) == 3


def test_a_reader_sees_no_commercial_field(as_person):
    assert "年等效充放次数" in as_person("clerk").get("/registers/storage_projects/1/").content.decode()
    page = as_person("reader").get("/registers/storage_projects/1/").content.decode()
    assert "年等效充放次数" not in page
    assert "历史" not in re.search("(?s)<main.*</main>", page).group(0)


def test_targets_are_judged_and_counted(as_person):
    page = as_person("reader").get("/targets/").content.decode()
    assert "只依据观测数据判定" in page
    assert (
        int(re.search(r'class="met"><a[^>]*>(\d+)<', page).group(1)) > 10
    )  # the records of the demonstration count
    numbers = [int(text) for text in re.findall(r"<dd class=\"\w+\"><a[^>]*>(\d+)</a>", page)]
    assert sum(numbers) == page.count('<th scope="row"') > 30
    state = re.search(r'\?status=(\w+)"', page).group(1)
    assert (
        as_person("reader").get(f"/targets/?status={state}").content.decode().count('scope="row"')
        == numbers[0]
    )


def test_tasks_name_their_bodies(as_person):
    page = as_person("clerk").get("/tasks/?period=2026H1").content.decode()
    assert page.count("<details>") >= 30
    assert "市发改委 (共同负责)" in page


def test_a_county_s_board_opens_at_a_register_that_it_reports_to(as_person):
    assert "示例东区" in as_person("county").get("/returns/").content.decode()


def test_errors_are_pages_in_chinese(as_person):
    client = as_person("reader")
    for path, status, words in (("/none", 404, "没有此页面"), ("/manage/", 403, "没有权限")):
        answer = client.get(path)
        assert (answer.status_code, words in answer.content.decode()) == (status, True)
    assert client.get("/", headers={"host": "evil.example"}).status_code == 400


def test_names_do_not_become_markup(as_person):
    from dafeng.web.office.people.models import Person

    Person.objects.filter(username="reader").update(name="<script>alert(1)</script>")
    page = as_person("admin").get("/manage/").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
    echoed = as_person("clerk").get('/registers/storage_projects/?q="><script>').content.decode()
    assert "><script>" not in echoed


def test_a_person_has_no_more_than_name_and_organisation(office):
    from dafeng.web.office.people.models import Person

    own = {one.name for one in Person._meta.concrete_fields}
    assert own == {
        "id", "username", "name", "organisation", "email", "password", "password_changed", "last_login", "date_joined", "left", "is_active",
        "is_staff", "is_superuser",
    }  # fmt: skip


def test_every_text_of_the_templates_is_in_the_catalogue():
    """Chinese stands in the catalogue alone; every id that a template or a module names is there."""
    from dafeng.web.office.words import texts

    root = Path(dafeng.web.office.__file__).parent
    for file in [*root.rglob("*.html")]:
        text = file.read_text(encoding="utf-8")
        assert not re.search("[一-鿿]", text.replace("达峰", "").replace("、", "")), file.name
        for name in re.findall(r"\{% t [\"']([\w.]+)[\"']", text):
            assert name in texts(), (file.name, name)
    for file in root.rglob("*.py"):
        for name in re.findall(r"\b(?:say|later)\(\"([\w.]+)\"", file.read_text(encoding="utf-8")):
            assert name in texts(), (file.name, name)


def test_the_page_of_releases_names_doubtful_figures_beside_their_neighbours(office, as_person):
    folder = office.releases / "nonsense"
    shutil.copytree(Path(str(files("dafeng"))) / "cases" / "jiujiang", folder)
    plants = (folder / "plants.csv").read_text(encoding="utf-8")
    (folder / "plants.csv").write_text(plants.replace(",1052,", ",105200,", 1), encoding="utf-8")
    from dafeng.web.office.people.acts import office as set_up

    found = set_up()
    found.case = "nonsense"
    found.save()
    page = as_person("clerk").get("/releases/").content.decode()
    assert "可疑的数值" in page
    assert "105200 MW" in page
    assert "同类中位数 350 MW" in page


def test_a_proposed_figure_is_judged_beside_its_neighbours_before_another_accepts_it(office, as_person):
    folder = office.releases / "plain"
    shutil.copytree(Path(str(files("dafeng"))) / "cases" / "jiujiang", folder)
    from dafeng.web.office.people.acts import office as set_up

    found = set_up()
    found.case = "plain"
    found.save()
    rows = csv.DictReader((folder / "plants.csv").read_text(encoding="utf-8").splitlines())
    plant = next(row["id"] for row in rows if row["capacity_mw"] == "1052")
    given = {
        "table": "plants",
        "key": f"id={plant}",
        "column": "capacity_mw",
        "value": "105200",
        "reason": "更正",
    }
    county, clerk = as_person("county"), as_person("clerk")
    page = county.post("/releases/proposals", given, follow=True).content.decode()
    assert "请再核对" in page
    assert "105200 MW" in page
    # who decides sees it beside the figure
    listed = clerk.get("/releases/").content.decode()
    assert "同类中位数 350 MW" in listed
    # a sound figure raises no doubt; what fits no row or is no figure is refused at once, by its cell
    page = county.post("/releases/proposals", given | {"value": "1060"}, follow=True).content.decode()
    assert "请再核对" not in page
    for wrong in ({"value": "一千"}, {"key": "id=none"}):
        assert county.post("/releases/proposals", given | wrong).status_code == 400
    assert "一千" not in clerk.get("/releases/").content.decode()


def test_what_people_typed_is_text_in_a_table(office, as_person):
    from dafeng.registers import Actor, Grant, enter
    from dafeng.web.office.records.store import records

    cells = {
        "project_code": "X1", "name": '<b title="x">&', "technology": "磷酸铁锂", "side": "电网侧", "power": 5.0, "energy": 9.0, "county": "990101",
        "connected_on": "2025-05-01",
    }  # fmt: skip
    enter(records(), Actor("x", (Grant("owner", "990100"),)), "storage_projects", cells)
    page = as_person("clerk").get("/registers/storage_projects/?q=X1").content.decode()
    assert '<td data-label="名称">&lt;b title=&quot;x&quot;&gt;&amp;</td>' in page
