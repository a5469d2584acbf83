"""Demonstration office: 示例市 with records, readings and people, all synthetic and marked on every page."""

import secrets
import tempfile
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from dafeng.case import load, release, write_example
from dafeng.evidence import DafengError, Language
from dafeng.metering import Store, operate, place_of, write_example_readings
from dafeng.registers import extract, fill_example, open_workspace, owner
from dafeng.web.office.people.acts import assign, office
from dafeng.web.office.people.models import Office, Organisation, Person
from dafeng.web.office.people.setup import enter_organisations
from dafeng.web.office.words import both, texts

NAME, RELEASED = "demo", "demo-2"
"""The case as it is written, and the release that its records make."""
PEOPLE = (
    ("admin", texts().text("demo.admin"), "drc", ("administrator",), ""),
    ("clerk", texts().text("demo.clerk"), "drc", ("owner",), "city"),
    ("county", texts().text("demo.county"), "county-990101", ("reporter",), "990101"),
    ("science", texts().text("demo.science"), "science", ("reporter",), ""),
    ("firm", texts().text("demo.firm"), "91990100000000001D", ("reporter",), ""),
    ("auditor", texts().text("demo.auditor"), "", ("auditor",), "city"),
    ("reader", texts().text("demo.reader"), "", ("reader",), "city"),
)
"""User name, name, organisation, roles, region; without a region the roles are over the organisation alone, in its registers."""
OF_BODIES = {"science": "task_follow_up", "91990100000000001D": "key_energy_users"}
"""Organisation → register that its person reports to."""
FIRM = ("91990100000000001D", texts().text("demo.cement"), "990102")
"""Credit code, name and county of a firm that has meters and a record of its own."""


def fill_demo(readings: bool = True) -> tuple[str, str]:
    """Fill a new workspace with 示例市; return the user names and their one password, which is shown once.

    Raises
    ------
    DafengError
        Where the workspace has an office of a real place.
    """
    found = office()
    if found is not None and not found.synthetic:
        raise DafengError.at(
            "--demo",
            both("problem.a_workspace_of_a_real_office"),
            both("problem.a_new_folder"),
        )
    password = secrets.token_urlsafe(12)
    if found is None:
        _fill(password, readings)
    else:
        for person in Person.objects.filter(is_active=True):
            person.set_password(password)
            person.save(update_fields=["password"])
    return ", ".join(name for name, *_ in PEOPLE), password


def _fill(password: str, readings: bool) -> None:
    space = settings.WORKSPACE
    folder = space.releases / NAME
    write_example(folder)
    if readings:
        files = write_example_readings(folder)[:-1]  # the last one lists the faults
        place = place_of(str(folder))
        with Store.create(space.ledger, place.registry()) as store:
            for file in files:
                operate(store, "ingest", {"file": str(file), "partial": True})
            operate(store, "warn", {})
    case = load(str(folder))
    store_of_records = open_workspace(space.root, case.city.code, settings.CONFIGURATION.database)
    fill_example(store_of_records, space.incoming)
    with tempfile.TemporaryDirectory(dir=space.incoming) as extracts:
        extract(store_of_records, owner(NAME), Path(extracts) / "extract", [case.city.as_of])
        release(folder, space.releases / RELEASED, [Path(extracts) / "extract"])
    store_of_records.close()
    with transaction.atomic():
        Office.objects.create(place=case.city.code, case=RELEASED, name_zh=case.city.name_zh, name_en=case.city.name_en, synthetic=True)  # fmt: skip
        enter_organisations(case)
        code, firm, county = FIRM
        Organisation.objects.create(
            code=code,
            name_zh=firm,
            name_en=texts().text("demo.cement", Language.EN),
            level="firm",
            region=county,
            valid_from=f"{case.city.base_year}-01-01",
        )
        for username, name, body, roles, region in PEOPLE:
            person = Person(username=username, name=name, organisation=Organisation.objects.filter(code=body).first(), password_changed=timezone.now())  # fmt: skip
            person.set_password(password)
            person.save()
            for role in roles:
                own = person.organisation if body in OF_BODIES else None
                assign(
                    person,
                    role,
                    by=None,
                    region=case.city.code if region == "city" else region,
                    organisation=own,
                    registers=OF_BODIES.get(body, "*"),
                )
    (space.keys / "first_token").unlink(missing_ok=True)
