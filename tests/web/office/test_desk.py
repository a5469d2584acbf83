"""Contract: a view is its owner's alone; a comment is for those who see the history; a release is proposed, made and adopted by
more than one person, and changes what the pages say.
"""

import re

import pytest

from dafeng.registers import Actor, Grant, history, read

from .test_jobs import perform_next

TABLE = "/registers/storage_projects/"


def test_a_view_is_kept_for_its_owner(as_person):
    clerk, county = as_person("clerk"), as_person("county")
    answer = clerk.post(
        f"{TABLE}views", {"name": "大项目", "query": "where=power>=300&sort=-power&columns=power"}
    )
    assert answer.status_code == 302
    page = clerk.get(TABLE).content.decode()
    link = re.search(r'<a href="([^"]*)">大项目</a>', page).group(1).replace("&amp;", "&")
    shown = clerk.get(link).content.decode()
    assert re.findall(r'href="/registers/storage_projects/(\d+)/"', shown) == ["3", "1"]
    assert "大项目" not in county.get(TABLE).content.decode()
    number = re.search(r"/views/(\d+)/drop", page).group(1)
    assert county.post(f"{TABLE}views/{number}/drop").status_code == 404
    assert (
        clerk.post(f"{TABLE}views", {"name": "大项目", "query": "sort=power"}).status_code == 302
    )  # replaced
    assert clerk.get(TABLE).content.decode().count(">大项目</a>") == 1
    assert clerk.post(f"{TABLE}views/{number}/drop").status_code == 302
    assert "大项目" not in clerk.get(TABLE).content.decode()
    for given in ({"name": ""}, {"name": "x", "query": "where=none=1"}, {"name": "x", "query": "where==="}):
        assert clerk.post(f"{TABLE}views", given).status_code == 400
    assert clerk.post(f"{TABLE}views", {"name": "x", "query": "next=//evil&q=<b>"}).status_code == 302
    assert "evil" not in clerk.get(TABLE).content.decode()


def test_a_comment_is_for_those_who_see_the_history(as_person):
    clerk, county, reader = as_person("clerk"), as_person("county"), as_person("reader")
    assert clerk.post(f"{TABLE}1/comments", {"text": "请核对<b>功率</b>"}).status_code == 302
    page = clerk.get(f"{TABLE}1/").content.decode()
    assert "请核对&lt;b&gt;功率&lt;/b&gt;" in page
    assert "请核对" not in reader.get(f"{TABLE}1/").content.decode()
    assert reader.post(f"{TABLE}1/comments", {"text": "x"}).status_code == 404
    others = [n for n in range(1, 8) if county.get(f"{TABLE}{n}/").status_code == 404]
    assert county.post(f"{TABLE}{others[0]}/comments", {"text": "x"}).status_code == 404
    for text in ("", " ", "长" * 2001):
        assert clerk.post(f"{TABLE}1/comments", {"text": text}).status_code == 400


@pytest.mark.slow
def test_a_release_is_proposed_made_and_adopted_by_more_than_one(as_person):
    from dafeng.web.office.people.acts import assign, office
    from dafeng.web.office.people.models import Person
    from dafeng.web.office.results.cases import current_case

    clerk, county, admin = as_person("clerk"), as_person("county"), as_person("admin")
    row = current_case().effective("sources").iloc[0]
    given = {
        "table": "sources",
        "key": f"id={row['id']}",
        "column": "note",
        "value": "核对后的来源名称",
        "reason": "与原件不符",
    }
    for wrong in ({"table": "none"}, {"column": "none"}, {"reason": ""}, {"value": "x" * 301}):
        assert county.post("/releases/proposals", given | wrong).status_code == 400
    assert county.post("/releases/proposals", given).status_code == 302
    assert county.post("/releases/proposals/1", {"answer": "accepted"}).status_code == 403
    assert "待审" in clerk.get("/releases/").content.decode()
    assert clerk.post("/releases/proposals/1", {"answer": "x"}).status_code == 404
    assert clerk.post("/releases/proposals/1", {"answer": "accepted"}).status_code == 302
    assert clerk.post("/releases/proposals/1", {"answer": "refused"}).status_code == 404  # it is decided
    path = clerk.post("/releases/new", {})["Location"]
    job = perform_next()
    assert job.state == "done", job.outcome
    made = job.outcome["release"]
    assert "查看变化" in clerk.get(path).content.decode()
    page = clerk.get(f"/releases/?first=demo-2&second={made}").content.decode()
    assert "核对后的来源名称" in page
    before = current_case().release
    assert clerk.post("/releases/adopt", {"name": made}).status_code == 400  # who made it
    assert admin.post("/releases/adopt", {"name": "../x"}).status_code == 404
    assert county.post("/releases/adopt", {"name": made}).status_code == 403
    assert admin.post("/releases/adopt", {"name": made}).status_code == 302
    assert office().case == made
    assert current_case().release != before
    page = clerk.get("/releases/").content.decode()
    assert "已发布" in page
    assert "现行" in page
    own = clerk.post("/releases/proposals", given)
    assert own.status_code == 302
    assert clerk.post("/releases/proposals/2", {"answer": "accepted"}).status_code == 400  # one's own
    assign(Person.objects.get(username="auditor"), "owner", by=None, region="990100")
    assert clerk.post("/releases/new", {"first": "1", "last": "2"}).status_code == 400


def test_a_text_that_is_too_long_is_refused_and_never_cut(as_person):
    from dafeng.web.office.desk.models import SavedView
    from dafeng.web.office.records.store import records

    owner = Actor("x", (Grant("owner", "990100"),))
    version = read(records(), owner, "storage_projects", 1)["version"]
    clerk, long = as_person("clerk"), "长" * 501
    posts = [
        (f"{TABLE}views", {"name": "n" * 61, "query": ""}),
        ("/what-if/save", {"name": "n" * 61, "query": ""}),
        (f"{TABLE}1/step", {"step": "to_building", "version": version, "reason": long}),
        ("/returns/move", {"register": "storage_projects", "period": "2025", "region": "990100", "move": "open", "reason": long}),
        (f"{TABLE}steps", {"step": "to_building", "chosen": "1", "reason": long}),
    ]  # fmt: skip
    before = history(records(), owner, "storage_projects", 1)
    for path, values in posts:
        answer = clerk.post(path, values)
        assert answer.status_code == 400, path
        assert re.search(r"1 至 (60|500) 字", answer.content.decode()), path
    assert not SavedView.objects.exists()
    assert history(records(), owner, "storage_projects", 1) == before
