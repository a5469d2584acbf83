"""Contract: the matrix of rights, generated from the routes: role × page × method. A page without a declared right does not
pass; what one county enters is on no page, export, search, count or file name of its neighbour.
"""

import pytest
from django.test import Client

ROLES = {
    "nobody": set(),
    "none": {"signed_in"},
    "admin": {"signed_in", "office.manage", "office.audit", "office.operate", "office.decide"},
    "clerk": {
        "signed_in",
        "office.run",
        "office.read_records",
        "office.send_records",
        "office.follow_up",
        "office.decide",
    },
    "county": {"signed_in", "office.read_records", "office.send_records"},
    "auditor": {"signed_in", "office.audit", "office.read_records"},
    "reader": {"signed_in", "office.read_records"},
}
"""Role → permissions, written down here again: the matrix is compared with them, not with the code that grants them."""

ARGUMENTS = {
    "register": "storage_projects", "kind": "csv", "number": 1, "digest": "0" * 64, "token": "x", "name": "none", "file": "summary.json",
    "unit": "none", "scheme": "matrix_60", "period": "2026", "figure": "parts", "spoken": "zh", "size": "wide",
}  # fmt: skip
POST_ONLY = {
    "sign_out", "language", "end_session", "delegate", "end_delegation", "act_for", "import", "new_run", "new_paper", "cancel_job",
    "repeat_job", "give_role", "end_all_sessions", "invite_again", "hand_over", "end_role",
    "steps", "settle", "step", "attach", "move_return", "save_view", "drop_view", "comment", "new_release", "adopt_release", "propose",
    "decide_proposal", "appeal", "answer_appeal", "issue_warnings", "lift_warning", "freeze", "lift_freeze", "ask", "address", "send_readings", "handle_warning", "propose_change", "decide_change", "enter_own_data",
    "full_run", "save_scenario", "drop_scenario", "publish_list", "withdraw_list", "publish_notice", "withdraw_notice",
}  # fmt: skip
FORMS = {
    "first_run",
    "sign_in",
    "invitation",
    "password",
    "second_factor",
    "new_person",
    "new_record",
    "edit_record",
    "new_score",
}
CHANGES_NOTHING = {
    "health",
    "first_run",
    "sign_in",
    "sign_out",
    "language",
    "invitation",
    "sso",
    "sso_callback",
    "public_lists",
    "public_list",
    "public_method",
    "public_notice",
    "notice_file",
}
"""Public routes."""


def routes(**other):
    from dafeng.web.office.urls import urlpatterns

    for one in urlpatterns:
        arguments = {name: (ARGUMENTS | other)[name] for name in one.pattern.converters}
        yield one.name, one, "/" + _path(one, arguments)


def _path(one, arguments):
    route = str(one.pattern)
    for name, value in arguments.items():
        for converter in ("int", "slug", "str"):
            route = route.replace(f"<{converter}:{name}>", str(value))
    return route


def clients(sign_in):
    from django.conf import settings

    from dafeng.web.office.people.models import Person

    nobody = Person(username="none", name="无角色")
    nobody.set_password(settings.DEMO_PASSWORD)
    nobody.save()
    return {name: Client() if name == "nobody" else sign_in(name) for name in ROLES}


def expected(name, needed, method, permissions):
    """The answer that a role may get: a set of statuses."""
    allowed = {"POST"} if name in POST_ONLY else {"GET", "POST"} if name in FORMS else {"GET"}
    if method not in allowed:
        return {405}
    if needed == "public":
        return {200, 302, 404, 503}
    if not permissions:
        return {302}
    if needed not in permissions:
        return {403}
    return {200, 302, 400, 404}


def test_every_route_declares_its_right(office):
    found = {name: one.callback.__dict__.get("needed") for name, one, _ in routes()}
    assert [name for name, needed in found.items() if needed is None] == []
    assert {name for name, needed in found.items() if needed == "public"} == CHANGES_NOTHING
    from dafeng.web.office.people.rights import PERMISSIONS

    assert {needed for needed in found.values() if needed not in {"public", "signed_in"}} <= set(PERMISSIONS)


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    "method", ["GET", "POST", pytest.param("PUT", marks=SLOW), pytest.param("DELETE", marks=SLOW)]
)
def test_each_role_gets_what_its_permissions_allow_and_no_more(office, as_person, method):
    wrong, people = [], clients(as_person)
    # an object that is not there for acts: they would end what the matrix works with
    for name, one, path in routes(**{} if method == "GET" else {"number": 999_999}):
        if name == "sign_out" and method == "POST":
            continue
        for role, client in people.items():
            answer = client.generic(method, path)
            may = expected(name, one.callback.needed, method, ROLES[role])
            if answer.status_code not in may:
                wrong.append((role, method, path, answer.status_code, may))
            if role == "nobody" and answer.status_code == 302 and one.callback.needed != "public":
                assert answer["Location"].startswith("/signin?next=")
    assert wrong == []


def test_permissions_are_those_written_here(office, as_person):
    from dafeng.web.office.people.models import Person
    from dafeng.web.office.people.rights import PERMISSIONS

    clients(as_person)
    for role, permissions in ROLES.items():
        if role != "nobody":
            person = Person.objects.get(username=role)
            assert {one for one in PERMISSIONS if person.has_perm(one)} == permissions - {"signed_in"}, role


def test_who_has_left_has_no_right(office):
    from dafeng.web.office.people.models import Person
    from dafeng.web.office.people.rights import PERMISSIONS

    Person.objects.filter(username="clerk").update(is_active=False)
    person = Person.objects.get(username="clerk")
    assert [one for one in PERMISSIONS if person.has_perm(one)] == []


SECRET, AMOUNT = "邻县机密项目", "77654"


@pytest.fixture
def secret(office):
    """A record of 990102 with a file, and its id."""
    from dafeng.registers import Actor, Grant, attach, enter
    from dafeng.web.office.records.store import records

    actor = Actor("x", (Grant("owner", "990102"),))
    cells = {
        "project_code": "S1", "name": SECRET, "technology": "磷酸铁锂", "side": "电网侧", "power": float(AMOUNT), "energy": 77654.5,
        "county": "990102", "connected_on": "2025-05-01",
    }  # fmt: skip
    done = enter(records(), actor, "storage_projects", cells)
    proof = office.incoming / f"{SECRET}.pdf"
    proof.write_bytes(b"%PDF-1.4 x")
    fields = [one.id for one in records().book.latest("storage_projects").fields if one.type == "file"]
    if fields:
        attach(records(), actor, "storage_projects", done.id, fields[0], proof, version=done.version)
    return done.id


def test_a_neighbour_s_record_is_nowhere(as_person, secret):
    owner, county = as_person("clerk"), as_person("county")
    assert SECRET in owner.get(f"/registers/storage_projects/{secret}/").content.decode()
    assert county.get(f"/registers/storage_projects/{secret}/").status_code == 404
    missing = county.get("/registers/storage_projects/999999/").status_code
    assert missing == 404  # told apart from one that is not there by nothing
    paths = [
        "/", "/registers/", "/registers/storage_projects/", f"/registers/storage_projects/?q={SECRET}", "/returns/", "/jobs/", "/tasks/", "/targets/",
        "/registers/storage_projects/?where=power>70000", "/registers/storage_projects/export.csv", "/registers/storage_projects/?sort=-power",
        f"/registers/storage_projects/export.csv?where=county=990102&q={SECRET}",
    ]  # fmt: skip
    for path in paths:
        content = county.get(path).content.decode("utf-8", "replace")
        echoed = content.replace(f'value="{SECRET}"', "").replace(f"q={SECRET}", "")
        assert SECRET not in echoed, path
        assert AMOUNT not in echoed, path
    assert "0 条" in county.get(f"/registers/storage_projects/?q={SECRET}").content.decode()
    template = county.get("/registers/storage_projects/template.xlsx").content
    import io

    import openpyxl

    cells = {cell for sheet in openpyxl.load_workbook(io.BytesIO(template)) for row in sheet.iter_rows(values_only=True) for cell in row}  # fmt: skip
    assert SECRET not in cells


def test_counts_are_within_rights(as_person, secret):
    import re

    def number(client):
        page = client.get("/registers/").content.decode()
        return int(re.search(r'storage_projects/">[^<]*</a></th><td[^>]*>(\d+)<', page).group(1))

    assert number(as_person("county")) < number(as_person("clerk"))
    assert number(as_person("reader")) < number(as_person("clerk"))  # what does not count yet is not public
