"""Contract: the page of the city says what the newest run says, with lights and duties of the records as they are, in rights."""

import json
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dafeng.evidence import Language
from dafeng.report import changes_since, decisions, headline, read_summary, task_lights

from .test_evaluation import values_of

GOLDEN = Path(__file__).parents[2] / "report" / "golden" / "jiujiang_summary.json"


def shown(client, **headers):
    return re.search("(?s)<main.*</main>", client.get("/city/", **headers).content.decode()).group(0)


def entered(office, name, **change):
    run = office.results / name
    run.mkdir()
    summary = json.loads(GOLDEN.read_text(encoding="utf-8"))
    for target in summary["targets"]:
        if target["status"] in change:
            target["status"] = change[target["status"]]
    (run / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    return read_summary(run)


def test_without_a_run_it_is_the_quick_estimate_and_says_so(as_person):
    from dafeng.web.office.scenarios.models_in_memory import city_of

    city = city_of("")
    page = shown(as_person("reader"))
    assert f"<dd>{city.plan.before_2030[city.account]:.0%} <small>" in page
    assert "快速估计:1024 个样本" in page
    assert page.count("<polyline") == 2
    assert "请决定" not in page


def test_with_a_run_it_says_what_the_run_says(office, as_person):
    before = entered(office, "run-1")
    os.utime(office.results / "run-1" / "summary.json", (1, 1))
    newest = entered(office, "run-2", cannot_be_judged="missed")
    page = shown(as_person("clerk"))
    assert headline(newest, Language.ZH) in page
    lights = task_lights(newest)
    red = sum(one.light == "red" for one in lights)
    assert re.search(rf'<dt>未达到</dt><dd class="missed">{red} ', page)
    for change in changes_since(before, newest):
        assert change in page
    for one in decisions(newest):
        assert one.what in page
    assert 'href="/results/run-2/"' in page
    client = as_person("clerk")
    client.post("/language", {"language": "en", "next": "/city/"})
    english = shown(client)
    assert headline(newest, Language.EN) in english
    for change in changes_since(before, newest, Language.EN):
        assert change.split(": ")[-1] in english


def test_a_red_county_leads_in_two_taps_to_why(as_person):
    clerk = as_person("clerk")
    form = {
        "period": "2026Q2",
        "rule_set": "ndrc_2021h1_intensity",
        "unclassified": "1",
        "file": values_of("red"),
    }
    assert clerk.post("/warnings/issue", form).status_code == 302
    page = shown(clerk)
    link, name = re.search(
        r'<a href="(/registers/early_warnings/\d+/)"><b class="missed">● [^<]*</b> ([^<]*)</a>', page
    ).groups()
    assert name == "示例西县"
    assert "示例西县" in clerk.get(link).content.decode()
    assert "<path" not in page  # the case has no map
    neighbour = shown(as_person("county"))
    assert "示例西县" not in neighbour
    number = link.split("/")[3]
    clerk.post(f"/warnings/{number}/lift", {"reason": "已整改"})
    assert "● 红" not in shown(clerk)


def test_the_map_shows_the_lights_of_the_counties_to_who_may_see_them(as_person, monkeypatch):
    from dafeng.web.office.scenarios import glance

    corners = [[115.0, 29.0], [116.0, 29.0], [116.0, 30.0], [115.0, 29.0]]
    monkeypatch.setattr(glance, "county_shapes", lambda _: {"990101": [[corners]], "990102": [[corners]]})
    clerk = as_person("clerk")
    form = {
        "period": "2026Q2",
        "rule_set": "ndrc_2021h1_intensity",
        "unclassified": "1",
        "file": values_of("red"),
    }
    assert clerk.post("/warnings/issue", form).status_code == 302
    page = shown(clerk)
    assert "不得公开" in page
    assert re.search(r"<title>示例西县: 红[^<]*</title>", page)
    assert "示例西县: " not in shown(as_person("county"))  # of the neighbour no light


def test_overdue_replies_are_named_with_their_days(as_person):
    clerk = as_person("clerk")
    due = (datetime.now(UTC).date() - timedelta(days=40)).isoformat()
    assert clerk.post("/tasks/ask", {"period": "2025H2", "due": due}).status_code == 302
    page = shown(clerk)
    days = [int(text) for text in re.findall(r"逾期 (\d+) 天", page)]
    assert len(days) == 5
    assert all(day >= 39 for day in days)  # the office's zone may have another date
    assert "另有" in page
    assert "逾期 " not in shown(as_person("reader"))


def test_the_gallery_shows_each_kind_in_both_languages_and_sizes(as_person):
    from dafeng.report import PICTURES

    reader = as_person("reader")
    page = reader.get("/gallery/").content.decode()
    assert "仿真" in page
    links = re.findall(r'src="(/gallery/[^"]*)"', page)
    assert len(links) == 4 * len(PICTURES)
    drawn = reader.get("/gallery/map/en/narrow.svg")
    assert drawn.headers["Content-Type"] == "image/svg+xml"
    assert "not for publication" in drawn.content.decode()
    for wrong in ("/gallery/pie/en/narrow.svg", "/gallery/map/fr/narrow.svg", "/gallery/map/en/huge.svg"):
        assert reader.get(wrong).status_code == 404
