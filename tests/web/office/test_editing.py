"""Contract: a record is entered, changed, amended, moved and proved with its form; of two people who change one record the second
gets 409 with both texts, and no update is lost, by threads and by processes.
"""

import html
import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from .test_jobs import ROW, perform_next, sheet

TABLE = "/registers/storage_projects/"


def typed(page):
    """The fields of a form as a browser sends them back."""
    fields = {}
    for tag in re.findall(r"<input [^>]*>", page):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and "checkbox" not in tag:
            fields[name.group(1)] = value.group(1) if value else ""
    for name, body in re.findall(r'(?s)<select [^>]*name="([^"]*)"[^>]*>(.*?)</select>', page):
        chosen = re.search(r'value="([^"]*)" selected', body)
        fields[name] = chosen.group(1) if chosen else ""
    fields |= dict(re.findall(r'(?s)<textarea [^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', page))
    return {name: text for name, text in fields.items() if name != "csrfmiddlewaretoken"}


@pytest.fixture
def entered(as_person):
    """A record that the county entered: its address, and the county's client."""
    client = as_person("county")
    blank = typed(client.get(f"{TABLE}new").content.decode())
    answer = client.post(
        f"{TABLE}new", blank | ROW | {"technology": "lfp", "side": "grid", "unclassified": "1"}
    )
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    return answer["Location"], client


def test_the_form_is_made_from_the_definition(as_person):
    page = as_person("county").get(f"{TABLE}new").content.decode()
    assert re.search(r'<label for="f-power">功率 <small>MW</small> <span class="must"', page)
    assert "大于 0 · 依据:本系统假定" in page
    assert '<option value="lfp">磷酸铁锂</option>' in page
    assert 'type="date"' in page
    assert "商业秘密" in page
    assert as_person("reader").get(f"{TABLE}new").status_code == 403


def test_each_problem_is_at_its_cell_and_nothing_is_stored(as_person):
    client = as_person("county")
    answer = client.post(
        f"{TABLE}new",
        ROW | {"technology": "lfp", "side": "grid", "power": "-3", "energy": "many", "unclassified": "1"},
    )
    page = answer.content.decode()
    assert answer.status_code == 400
    for name in ("power", "energy"):
        block = page.split(f'id="h-{name}"')[1].split('<div class="field')[0]
        assert 'class="bad"' in block, name
    assert 'value="many"' in page
    assert (
        client.post(f"{TABLE}new", ROW | {"technology": "lfp", "side": "grid"}).status_code == 400
    )  # nothing confirmed
    assert "新项目" not in client.get(f"{TABLE}?q=新项目").content.decode().split("<tbody>")[-1].replace(
        'value="新项目"', ""
    )
    neighbour = ROW | {"technology": "lfp", "side": "grid", "county": "990102", "unclassified": "1"}
    assert client.post(f"{TABLE}new", neighbour).status_code == 400


def test_a_form_that_is_sent_twice_acts_once(entered, as_person):
    path, client = entered
    form = typed(client.get(f"{path}edit").content.decode())
    assert client.post(f"{path}edit", form | {"power": "51"}).status_code == 302
    again = client.post(f"{path}edit", form | {"power": "51"})
    assert again.status_code in {302, 409}
    history = client.get(path).content.decode()
    assert history.count("<ins>51</ins>") == 1


def test_two_people_who_change_one_record_get_both_texts(entered, as_person):
    path, county = entered
    clerk = as_person("clerk")
    one, other = (typed(client.get(f"{path}edit").content.decode()) for client in (county, clerk))
    assert county.post(f"{path}edit", one | {"power": "60", "energy": "120"}).status_code == 302
    answer = clerk.post(f"{path}edit", other | {"power": "70", "name": "改名"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "county 已于" in page
    power = page.split('for="f-power"')[1].split('<div class="field')[0]
    assert 'value="70"' in power  # what the person typed
    assert "现存:<b>60</b>" in re.sub(r":\s+<b>", ":<b>", power)  # what is stored
    merged = typed(page)
    assert merged["energy"] == "120"  # not touched by the person: as stored
    assert merged["name"] == "改名"
    assert clerk.post(f"{path}edit", merged).status_code == 302
    final = typed(county.get(f"{path}edit").content.decode())
    assert (final["power"], final["energy"], final["name"]) == ("70", "120", "改名")
    assert "<del>60</del>" in county.get(path).content.decode()  # the other's value stays in the log


def test_of_many_concurrent_changes_none_is_lost(entered, as_person):
    """Each thread writes a name of its own on the version that it read, and reads again after a 409."""
    path, _ = entered
    clients = [as_person("clerk") for _ in range(4)]
    start, stored, refused = threading.Barrier(len(clients)), [], []

    def work(number):
        from django.db import connection

        start.wait()
        for turn in range(5):
            while True:
                form = typed(clients[number].get(f"{path}edit").content.decode())
                text = f"名{number}-{turn}"
                status = clients[number].post(f"{path}edit", form | {"name": text}).status_code
                if status == 302:
                    stored.append(text)
                    break
                assert status == 409
                refused.append(text)
        connection.close()

    with ThreadPoolExecutor(len(clients)) as pool:
        list(pool.map(work, range(len(clients))))
    page = clients[0].get(path).content.decode()
    assert len(stored) == 20
    assert sorted(set(re.findall("<ins>(名[^<]*)</ins>", page))) == sorted(
        stored
    )  # each is a revision of its own
    assert refused


def test_a_step_is_taken_by_another_person_and_on_what_was_seen(entered, as_person):
    path, county = entered
    clerk = as_person("clerk")
    page = county.get(path).content.decode()
    assert "转为在建" in page
    assert county.post(f"{path}step", {"step": "to_building", "version": "1"}).status_code == 302
    stale = clerk.post(f"{path}step", {"step": "to_operating", "version": "1"})
    assert (stale.status_code, "刚被他人修改" in stale.content.decode()) == (409, True)
    assert county.post(f"{path}step", {"step": "to_operating", "version": "2"}).status_code == 400
    assert clerk.post(f"{path}step", {"step": "to_operating", "version": "2"}).status_code == 302
    assert (
        clerk.post(f"{path}step", {"step": "to_stopped", "version": "3"}).status_code == 400
    )  # a reason is needed
    page = clerk.get(f"{path}edit").content.decode()
    assert "更正记录" in page
    form = typed(page)
    assert clerk.post(f"{path}edit", form | {"power": "55"}).status_code == 400  # without a reason
    answer = clerk.post(f"{path}edit", form | {"power": "55", "act.reason": "铭牌"})
    assert answer.status_code == 302
    assert answer["Location"] != path
    assert typed(clerk.get(f"{path}edit").content.decode())["power"] == "50"  # the original stays


def test_chosen_records_take_one_step(as_person):
    county = as_person("county")
    numbers = []
    for code in ("B1", "B2"):
        answer = county.post(
            f"{TABLE}new",
            ROW | {"project_code": code, "technology": "lfp", "side": "grid", "unclassified": "1"},
        )
        numbers.append(answer["Location"].split("/")[-2])
    assert county.post(f"{TABLE}steps", {"step": "to_building"}).status_code == 400
    assert county.post(f"{TABLE}steps", {"chosen": numbers, "step": "to_building"}).status_code == 302
    page = county.post(f"{TABLE}steps", {"chosen": numbers, "step": "to_operating"})
    assert page.status_code == 400
    assert page.content.decode().count("<li>") >= 2
    assert (
        as_person("clerk").post(f"{TABLE}steps", {"chosen": numbers, "step": "to_operating"}).status_code
        == 302
    )
    assert (
        as_person("reader").post(f"{TABLE}steps", {"chosen": numbers, "step": "to_stopped"}).status_code
        == 403
    )


def test_evidence_is_attached_and_handed_out(as_person):
    register = "two_high_projects"
    client, path = as_person("clerk"), f"/registers/{register}/1/"
    version = typed(client.get(f"{path}edit").content.decode())["version"]
    proof = SimpleUploadedFile("批复.pdf", b"%PDF-1.4 proof")
    assert (
        client.post(f"{path}attach", {"field": "evidence", "version": version, "file": proof}).status_code
        == 400
    )
    proof.seek(0)
    assert (
        client.post(
            f"{path}attach", {"field": "evidence", "version": version, "file": proof, "unclassified": "1"}
        ).status_code
        == 302
    )
    page = client.get(path).content.decode()
    link = re.search(r'href="([^"]*/evidence/[0-9a-f]+)"', page).group(1)
    answer = client.get(link)
    assert (answer["X-Content-Type-Options"], b"".join(answer.streaming_content)) == (
        "nosniff",
        b"%PDF-1.4 proof",
    )
    # the file is for those who may open the record, whose field has no privacy of its own, and for nobody else
    for name in ("reader", "county"):
        other = as_person(name)
        assert (other.get(link).status_code == 200) == (other.get(path).status_code == 200), name
    assert Client().get(link).status_code in {302, 403}


def test_two_offices_with_one_register_settle_side_by_side(as_person):
    """Two counties send one project with other figures: neither overwrites the other; the city chooses with a reason."""
    county, clerk = as_person("county"), as_person("clerk")
    county.post(f"{TABLE}import", {"unclassified": "1", "file": sheet(**ROW)})
    assert perform_next().outcome["stored"]
    clerk.post(f"{TABLE}import", {"unclassified": "1", "file": sheet(**ROW | {"power": 80})})
    assert perform_next().outcome["counts"]["conflicts"] == 1
    assert "冲突" in clerk.get("/").content.decode()
    page = clerk.get(f"{TABLE}conflicts/").content.decode()
    assert re.search(r'data-label="现存">50<.*?data-label="另一份">80<', page)
    action = re.search(r'action="(/registers/storage_projects/conflicts/\d+)"', page).group(1)
    assert county.post(action, {"choose": "theirs", "reason": "x"}).status_code == 400
    assert clerk.post(action, {"choose": "theirs"}).status_code == 400
    assert clerk.post(action, {"choose": "theirs", "reason": "现场核对"}).status_code == 302
    assert "没有冲突" in clerk.get(f"{TABLE}conflicts/").content.decode()
    assert "80" in county.get(f"{TABLE}?q=新项目").content.decode()


def test_a_preview_stores_nothing(as_person):
    client = as_person("county")
    answer = client.post(
        f"{TABLE}import", {"unclassified": "1", "mode": "preview", "file": sheet(**ROW | {"power": -1})}
    )
    job = perform_next()
    assert (job.state, job.outcome["number"] > 0) == ("done", True)
    assert "尚未入库" in client.get(answer["Location"]).content.decode()
    client.post(f"{TABLE}import", {"unclassified": "1", "mode": "preview", "file": sheet(**ROW)})
    assert perform_next().outcome["number"] == 0
    assert "0 条" in client.get(f"{TABLE}?q=新项目").content.decode()


def test_a_return_goes_from_the_county_to_the_city_and_back(as_person):
    county, clerk = as_person("county"), as_person("clerk")
    page = county.get("/returns/?register=straw_ledger").content.decode()
    assert "990102" not in page  # the neighbour's line
    period = re.search(r'name="period" value="(\d+)"', page).group(1)
    given = {"register": "straw_ledger", "period": period, "region": "990101"}

    def move(client, name, **more):
        return client.post("/returns/move", given | {"move": name} | more)

    assert move(county, "accept").status_code == 400
    assert move(county, "submit", region="990102").status_code == 400
    assert move(county, "submit").status_code == 302
    assert "待处理的报送" in clerk.get("/").content.decode()
    assert move(clerk, "send_back").status_code == 400  # why is needed
    assert move(clerk, "send_back", reason="数字缺").status_code == 302
    assert "数字缺" in county.get("/").content.decode()
    assert move(county, "submit").status_code == 302
    assert move(clerk, "accept").status_code == 302
    assert move(clerk, "confirm", region="990100").status_code == 400  # the other counties are missing
    assert move(clerk, "confirm", region="990100", reason="其余县无秸秆").status_code == 302
    assert "已确认" in clerk.get("/returns/?register=straw_ledger").content.decode()
    assert move(clerk, "reopen", region="990100", reason="补报").status_code == 302
    assert move(county, "nothing").status_code == 400
    assert Client().post("/returns/move", given).status_code == 302


def test_a_register_written_at_run_time_has_its_pages(office, as_person):
    """One YAML file in the workspace: list, template, form, record, change, step, conflicts and returns."""
    from dafeng.registers import new_definition

    path = new_definition(office.root, "wells", "水井", "Wells", 2025)
    with path.open("a", encoding="utf-8") as file:
        file.write("returns: {period: year, field: year, working_days: 40}\n")
    county, clerk = as_person("county"), as_person("clerk")
    assert "水井" in county.get("/registers/").content.decode()
    assert county.get("/registers/wells/template.xlsx").status_code == 200
    blank = typed(county.get("/registers/wells/new").content.decode())
    cells = {"number": "W1", "name": "一号井", "county": "990101", "amount": "50", "year": "2025"}
    answer = county.post("/registers/wells/new", blank | cells | {"unclassified": "1"})
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    record = answer["Location"]
    form = typed(county.get(f"{record}edit").content.decode())
    assert county.post(f"{record}edit", form | {"amount": "70", "unclassified": "1"}).status_code == 302
    assert clerk.post(f"{record}step", {"step": "to_confirmed", "version": "2"}).status_code == 302
    assert "已确认" in county.get("/registers/wells/").content.decode()
    assert clerk.get("/registers/wells/conflicts/").status_code == 200
    assert "水井" in clerk.get("/returns/?register=wells").content.decode()


def test_personal_values_need_the_confirmation_that_the_person_was_told(as_person):
    """Purpose and consent: what concerns a person is not stored before it is confirmed; the log keeps that it was."""
    from dafeng.web.office.audit.models import AuditEvent

    client, path = as_person("clerk"), "/registers/key_energy_users/"
    page = client.get(f"{path}1/edit").content.decode()
    assert "仅用于“重点用能" in page
    form = typed(page) | {"phone": "0792-1", "act.reason": "核实"}
    refused = client.post(f"{path}1/edit", form)
    assert (refused.status_code, "先告知本人" in refused.content.decode()) == (400, True)
    assert client.post(f"{path}1/edit", form | {"informed": "1"}).status_code == 302
    assert AuditEvent.objects.order_by("-id").first().detail.startswith("personal data: persons informed")
    # a file may hold such values: its sender confirms the same
    sent = {"unclassified": "1", "file": SimpleUploadedFile("t.csv", b"x\n1\n")}
    assert client.post(f"{path}import", sent).status_code == 400
    # nothing is asked where a register has no such field, or none was touched
    assert 'name="informed"' not in client.get(f"{TABLE}new").content.decode()
    untouched = {name: html.unescape(text) for name, text in typed(client.get(f"{path}1/edit").content.decode()).items()}  # fmt: skip
    assert client.post(f"{path}1/edit", untouched).status_code == 302
