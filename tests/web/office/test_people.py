"""Contract: who signs in, with what rights and for how long; what ends, ends at the server; nobody gives rights to oneself."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from dafeng.evidence import DafengError

PASSWORD = "a long enough 口令 2026"


def person(name):
    from dafeng.web.office.people.models import Person

    return Person.objects.get(username=name)


def test_the_first_run_makes_the_administrator(empty):
    from dafeng.web.office.migrating import first_token
    from dafeng.web.office.people.models import Assignment, Office, Organisation

    token = first_token()
    assert (empty.keys / "first_token").stat().st_mode & 0o777 == 0o600
    client = Client()
    assert client.get("/").status_code == 302
    assert client.get("/signin")["Location"] == "/first-run"
    form = {
        "token": token,
        "case": "jiujiang",
        "username": "li",
        "name": "李",
        "password": PASSWORD,
        "again": PASSWORD,
    }
    assert "口令不正确" in client.post("/first-run", form | {"token": "wrong"}).content.decode()
    assert (
        "密码" in client.post("/first-run", form | {"password": "short", "again": "short"}).content.decode()
    )
    assert "不一致" in client.post("/first-run", form | {"again": "other"}).content.decode()
    assert Office.objects.count() == 0
    assert client.post("/first-run", form).status_code == 302
    office = Office.objects.get()
    assert (office.place, office.name_zh, office.synthetic) == ("360400", "九江市", False)
    assert Organisation.objects.filter(level="county").count() >= 13
    assert Organisation.objects.get(code="drc").parent.level == "city"
    assert {one.role for one in Assignment.objects.all()} == {"administrator", "owner"}
    assert not (empty.keys / "first_token").exists()
    assert client.get("/first-run").status_code == 302
    assert client.get("/")["Location"] == "/me/second-factor"  # an owner needs one
    assert first_token() == ""


def test_an_administrator_is_led_to_people_not_to_an_administrator(as_person):
    shown = as_person("admin").get("/").content.decode()
    assert '<p><a href="/manage/">管理</a></p>' in shown
    assert "请联系管理员" not in shown


def test_sign_out_ends_the_session_at_the_server(as_person):
    client = as_person("reader")
    stolen = Client()
    stolen.cookies = client.cookies.copy()
    assert stolen.get("/").status_code == 200
    client.post("/signout")
    assert stolen.get("/").status_code == 302


def test_idle_and_revoked_sessions_end(as_person):
    from dafeng.web.office.people.models import OpenSession

    client, other = as_person("reader"), as_person("reader")
    page = client.get("/me/").content.decode()
    number = re.search(r'action="/me/sessions/(\d+)/end"', page).group(1)
    assert client.post(f"/me/sessions/{number}/end").status_code == 302
    assert other.get("/").status_code == 302
    assert client.get("/").status_code == 200
    OpenSession.objects.update(last_seen=timezone.now() - timedelta(hours=2))
    assert client.get("/").status_code == 302
    own = OpenSession.objects.filter(person=person("reader")).first()
    assert own is None
    assert as_person("county").post("/me/sessions/1/end").status_code == 404


def test_five_wrong_passwords_lock_one_address(office):
    client = Client()
    for _ in range(4):
        assert client.post("/signin", {"username": "reader", "password": "no"}).status_code == 200
    locked = client.post("/signin", {"username": "reader", "password": "no"})
    assert (locked.status_code, "暂时锁定" in locked.content.decode()) == (429, True)
    from django.conf import settings

    right = {"username": "reader", "password": settings.DEMO_PASSWORD}
    assert client.post("/signin", right).status_code == 429
    assert (
        client.post("/signin", right, REMOTE_ADDR="10.1.1.1").status_code == 302
    )  # the owner elsewhere is not locked out


def test_an_invitation_is_used_once(as_person):
    admin = as_person("admin")
    page = admin.post(
        "/manage/people/new", {"username": "wang", "name": "王", "organisation": ""}
    ).content.decode()
    path = re.search(r"http://testserver(/invitation/[\w-]+)", page).group(1)
    guest = Client()
    assert "王" in guest.get(path).content.decode()
    assert (
        guest.post(path, {"password": "123456789012", "again": "123456789012"}).status_code == 200
    )  # digits alone
    assert guest.post(path, {"password": PASSWORD, "again": PASSWORD}).status_code == 302
    assert guest.get("/").status_code == 200
    assert Client().get(path).status_code == 404
    assert "已使用或已过期" in Client().get("/invitation/nothing").content.decode()
    again = admin.post("/manage/people/new", {"username": "WANG", "name": "王", "organisation": ""})
    assert again.status_code == 400


def test_the_second_factor_is_asked_for_and_verified(office, as_person, monkeypatch):
    from django_otp.oath import totp
    from django_otp.plugins.otp_static.models import StaticDevice
    from django_otp.plugins.otp_totp.models import TOTPDevice

    from dafeng.web.office.people.models import Office

    Office.objects.update(synthetic=False)
    client = as_person("clerk")
    assert client.get("/registers/")["Location"] == "/me/second-factor"
    assert as_person("reader").get("/registers/").status_code == 200
    assert "data:image/svg+xml" in client.get("/me/second-factor").content.decode()
    device = TOTPDevice.objects.get(user=person("clerk"))
    assert "不正确" in client.post("/me/second-factor", {"token": "000000"}).content.decode()
    TOTPDevice.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    code = f"{totp(device.bin_key):06}"
    shown = client.post("/me/second-factor", {"token": code}).content.decode()
    codes = re.findall(r"\b[0-9a-f]{10}\b", re.search("(?s)<pre>.*</pre>", shown).group(0))
    assert len(codes) == 8
    assert client.get("/registers/").status_code == 200
    later = as_person("clerk")
    assert later.get("/registers/").status_code == 302
    assert "不正确" in later.post("/me/second-factor", {"token": code}).content.decode()  # a code counts once
    # each wrong code makes the next one wait
    for device in (TOTPDevice, StaticDevice):
        device.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    assert later.post("/me/second-factor", {"token": codes[0]}).status_code == 302
    assert later.get("/registers/").status_code == 200
    third = as_person("clerk")
    assert third.post("/me/second-factor", {"token": codes[0]}).status_code == 200


def test_who_acts_for_a_privileged_person_needs_the_second_factor_too(as_person):
    from dafeng.web.office.people.acts import delegate
    from dafeng.web.office.people.models import Office

    Office.objects.update(synthetic=False)
    given = delegate(person("clerk"), person("reader"), timezone.localdate(), "出差")
    client = as_person("reader")
    assert client.get("/registers/").status_code == 200
    client.post("/me/act-for", {"delegation": given.id})
    assert client.get("/registers/")["Location"] == "/me/second-factor"
    client.post("/me/act-for", {"delegation": ""})  # for oneself again
    assert client.get("/registers/").status_code == 200


def test_roles_are_given_by_another_and_end_at_once(as_person):
    admin = as_person("admin")
    reader, own = person("reader"), person("admin")
    path = f"/manage/people/{reader.id}/roles"
    assert (
        admin.post(path, {"role": "reporter", "region": "990102", "register": "storage_projects"}).status_code
        == 302
    )
    client = as_person("reader")
    assert "导入" in client.get("/registers/storage_projects/").content.decode()
    assert (
        admin.post(f"/manage/people/{own.id}/roles", {"role": "owner", "region": "990100"}).status_code == 400
    )
    assert admin.post(path, {"role": "reporter"}).status_code == 400  # over nothing
    made = reader.assignments.get(role="reporter")
    assert admin.post(f"/manage/roles/{made.id}/end").status_code == 302
    assert "导入" not in client.get("/registers/storage_projects/").content.decode()
    last = own.assignments.get(role="administrator")
    assert "最后一位管理员" in admin.post(f"/manage/roles/{last.id}/end").content.decode()


def test_a_delegation_carries_rights_but_no_administration(as_person):
    from dafeng.web.office.people.acts import assign, delegate
    from dafeng.web.office.people.models import Delegation

    clerk, reader, today = person("clerk"), person("reader"), timezone.localdate()
    assign(clerk, "administrator", by=person("admin"))
    for last_day, reason in (
        (today - timedelta(days=1), "x"),
        (today + timedelta(days=100), "x"),
        (today, " "),
    ):
        with pytest.raises(DafengError):
            delegate(clerk, reader, last_day, reason)
    given = delegate(clerk, reader, today + timedelta(days=3), "出差")
    client = as_person("reader")
    assert client.get("/registers/storage_projects/template.xlsx").status_code == 403
    client.post("/me/act-for", {"delegation": given.id})
    assert "代 示例市级经办" in client.get("/").content.decode()
    assert client.get("/registers/storage_projects/template.xlsx").status_code == 200
    assert client.get("/manage/").status_code == 403
    from dafeng.web.office.audit.models import AuditEvent

    event = AuditEvent.objects.order_by("-id").filter(act__contains="template").first()
    assert (event.name, event.behalf) == ("reader", "clerk")
    Delegation.objects.update(last_day=today - timedelta(days=1))
    assert client.get("/registers/storage_projects/template.xlsx").status_code == 403
    assert as_person("county").post("/me/act-for", {"delegation": given.id}).status_code == 404


def test_who_leaves_hands_over(as_person):
    from dafeng.web.office.people.acts import delegate
    from dafeng.web.office.people.models import Delegation

    county, reader = person("county"), person("reader")
    delegate(county, reader, timezone.localdate(), "x")
    client, admin = as_person("county"), as_person("admin")
    assert admin.post(f"/manage/people/{county.id}/leave", {"successor": reader.id}).status_code == 302
    assert client.get("/").status_code == 302
    assert Client().post("/signin", {"username": "county", "password": PASSWORD}).status_code == 200
    assert [(one.role, one.region) for one in reader.assignments.filter(valid_to=None)] == [("reader", "990100"), ("reporter", "990101")]  # fmt: skip
    assert not Delegation.open().exists()
    assert (
        admin.post(f"/manage/people/{person('admin').id}/leave", {"successor": reader.id}).status_code == 400
    )


def test_the_actor_has_the_grants_of_the_subtree(office):
    from dafeng.web.office.people.acts import assign
    from dafeng.web.office.people.models import Organisation, Person
    from dafeng.web.office.people.rights import actor_for

    top = Organisation.objects.get(code="city-990100")
    one = Person.objects.create(username="x", name="x", organisation=top)
    assign(
        one,
        "reviewer",
        by=None,
        organisation=Organisation.objects.get(code="county-990101"),
        registers="straw_ledger",
    )
    assign(one, "reader", by=None, region="990102", last_day=timezone.localdate() - timedelta(days=1))
    actor = actor_for(one)
    assert [(grant.role, grant.region, grant.registers, grant.organisation) for grant in actor.grants] == [
        ("reviewer", "", ("straw_ledger",), "示例东区")
    ]
    assert actor.organisations == ("示例市",)
    assign(Person.objects.get(username="x"), "reader", by=None, organisation=top)
    fresh = actor_for(Person.objects.get(username="x"))
    assert len(fresh.grants) == 1 + len(top.subtree())


def test_a_password_change_ends_other_sessions(as_person):
    from django.conf import settings

    client, other = as_person("reader"), as_person("reader")
    wrong = client.post("/me/password", {"old": "no", "password": PASSWORD, "again": PASSWORD})
    assert "当前密码不正确" in wrong.content.decode()
    form = {"old": settings.DEMO_PASSWORD, "password": PASSWORD, "again": PASSWORD}
    assert client.post("/me/password", form).status_code == 302
    assert client.get("/").status_code == 200
    assert other.get("/").status_code == 302


def test_forms_from_elsewhere_are_refused(office):
    from django.conf import settings

    client = Client(enforce_csrf_checks=True)
    answer = client.post("/signin", {"username": "reader", "password": settings.DEMO_PASSWORD})
    assert (answer.status_code, "表单已过期" in answer.content.decode()) == (403, True)
    page = client.get("/signin").content.decode()
    hidden = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page).group(1)
    form = {"username": "reader", "password": settings.DEMO_PASSWORD, "csrfmiddlewaretoken": hidden}
    assert client.post("/signin", form | {"next": "https://evil.example/"})["Location"] == "/"
