"""Contract: the matrix role × record × state × act over the pages of a record. The rule is written down here again, from what a role
is for, and each act is really sent: one that is not allowed changes nothing, one that is allowed does.
"""

from itertools import product

import pytest
from django.test import Client

TABLE = "/registers/storage_projects/"
OWN, NEIGHBOUR = "990101", "990102"
STATES = ("approved", "building", "operating", "stopped")
STEPS = {"to_building": "approved", "to_operating": "building", "to_stopped": "operating"}
"""Step → the state that it starts from."""
ROLES = ("nobody", "none", "admin", "reader", "auditor", "county", "reviewer", "clerk")
ACTS = ("see", "history", "form", "change", "comment", *STEPS)


def allowed(role: str, county: str, state: str, act: str) -> bool:
    """What a role is for: a reader sees what counts, an auditor all with its history, a reporter works on its own county."""
    if role in {"nobody", "none", "admin"} or (role == "county" and county != OWN):
        return False
    if act == "see":
        return role != "reader" or state == "operating"
    if act in {"history", "comment"}:
        return role != "reader"
    if role in {"reader", "auditor"}:
        return False
    if act in {"form", "change"}:  # what is open is changed, what counts or ended is amended with a reason
        return True
    return STEPS[act] == state and (act == "to_building" or role != "county")


@pytest.fixture
def clients(office, as_person):
    from django.conf import settings

    from dafeng.web.office.people.acts import assign
    from dafeng.web.office.people.models import Person

    for name in ("none", "reviewer"):
        person = Person(username=name, name=name)
        person.set_password(settings.DEMO_PASSWORD)
        person.save()
    assign(Person.objects.get(username="reviewer"), "reviewer", by=None, region="990100")
    return {name: Client() if name == "nobody" else as_person(name) for name in ROLES}


class Records:
    """Records by county and state, made anew after each change."""

    def __init__(self):
        self.numbers, self.made = {}, 0

    def of(self, county, state):
        from dafeng.registers import Actor, Grant, act, enter
        from dafeng.web.office.records.store import records

        if (county, state) in self.numbers:
            return self.numbers[county, state]
        self.made += 1
        cells = {
            "project_code": f"M{self.made}", "name": f"矩阵{self.made}", "technology": "磷酸铁锂", "side": "电网侧", "power": 5.0, "energy": 10.0,
            "county": county, "connected_on": "2025-05-01",
        }  # fmt: skip
        done = enter(records(), Actor("x", (Grant("owner", "990100"),)), "storage_projects", cells)
        for step in list(STEPS)[: STATES.index(state)]:
            done = act(records(), Actor("y", (Grant("owner", "990100"),)), "storage_projects", done.id, step, version=done.version, reason="x")  # fmt: skip
        self.numbers[county, state] = done.id
        return done.id


def trace(number):
    """What acts leave behind: version and state of the record, number of records, comments on it."""
    from dafeng.registers import count, owner, read
    from dafeng.web.office.desk.models import Comment
    from dafeng.web.office.records.store import records

    row = read(records(), owner("test"), "storage_projects", number)
    return row["version"], row["state"], count(records(), owner("test"), "storage_projects"), Comment.objects.filter(record=number).count()  # fmt: skip


def done(client, number, act):
    """Whether an act was done, as the answer says."""
    from dafeng.registers import owner, read
    from dafeng.web.office.records.store import records

    path = f"{TABLE}{number}/"
    if act in {"see", "history"}:
        answer = client.get(path)
        listed = f'href="{path}"' in client.get(f"{TABLE}?where=id={number}").content.decode()
        assert listed is (answer.status_code == 200), (number, act)
        return answer.status_code == 200 and (act == "see" or "历史" in answer.content.decode())
    if act == "form":
        return client.get(f"{path}edit").status_code == 200
    version = read(records(), owner("test"), "storage_projects", number)["version"]
    if act == "comment":
        return client.post(f"{path}comments", {"text": "x"}).status_code == 302
    sent = {
        "version": version,
        "reason": "核实",
        "act.reason": "核实",
        "request": f"{id(client)}-{number}-{act}-{version}",
    }
    if act == "change":
        return client.post(f"{path}edit", sent | {"power": "6", "was.power": "5", "unclassified": "1"}).status_code == 302  # fmt: skip
    return client.post(f"{path}step", sent | {"step": act}).status_code == 302


@pytest.mark.slow
def test_each_role_does_on_each_record_what_it_is_for_and_no_more(clients):
    records, wrong, sent = Records(), [], 0
    for county, state, role, act in product((OWN, NEIGHBOUR), STATES, ROLES, ACTS):
        number = records.of(county, state)
        before = trace(number)
        said, may = done(clients[role], number, act), allowed(role, county, state, act)
        # nobody is sent to sign in: that is no success
        said = said and role != "nobody"
        changed = trace(number) != before
        sent += 1
        if said is not may or changed is not (may and act not in {"see", "history", "form"}):
            wrong.append((role, county, state, act, f"may {may}, said {said}, changed {changed}"))
        if changed:
            records.numbers.pop((county, state))
    assert wrong == []
    assert sent == 2 * len(STATES) * len(ROLES) * len(ACTS) == 512
