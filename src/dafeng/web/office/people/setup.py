"""First run: the office of a workspace with its place, organisations and first administrator."""

import hmac

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from dafeng.case import Case, bundled, load
from dafeng.evidence import DafengError
from dafeng.registers import open_workspace
from dafeng.web.office.people.acts import assign, office
from dafeng.web.office.people.models import Office, Organisation, Person
from dafeng.web.office.words import both

TOKEN = "first_token"


def cases() -> list[str]:
    """Return the cases that an office can be set up for: releases of the workspace, then bundled cities."""
    own = sorted(
        path.name for path in settings.WORKSPACE.releases.glob("*") if (path / "city.yaml").is_file()
    )
    return own + [name for name in bundled() if "/" not in name]


def case_path(name: str) -> str:
    """Return where a case is: a release of the workspace by its folder, a bundled one by its name."""
    folder = settings.WORKSPACE.releases / name
    return str(folder) if "/" not in name and (folder / "city.yaml").is_file() else name


def case_of(name: str) -> Case:
    """Load a case by its name: a release of the workspace, or a bundled one."""
    return load(case_path(name))


def is_first_token(text: str) -> bool:
    """Return whether `text` is the token that `dafeng serve` printed; there is none once the office is set up."""
    path = settings.WORKSPACE.keys / TOKEN
    return path.is_file() and hmac.compare_digest(path.read_text(encoding="ascii").strip().encode(), text.strip().encode())  # fmt: skip


@transaction.atomic
def found_office(case_name: str, username: str, name: str, password: str) -> Person:
    """Set up the office and its first administrator, who also owns the registers.

    Raises
    ------
    DafengError
        Where it is set up already, or the case does not load.
    """
    if office() is not None:
        raise DafengError.at("office", both("problem.set_up"), both("problem.a_new_workspace"))
    case = case_of(case_name)
    open_workspace(settings.WORKSPACE.root, case.city.code, settings.CONFIGURATION.database).close()
    Office.objects.create(
        place=case.city.code, case=case_name, name_zh=case.city.name_zh, name_en=case.city.name_en, synthetic=case.city.synthetic,
    )  # fmt: skip
    enter_organisations(case)
    person = Person(username=username, name=name, password_changed=timezone.now())
    person.set_password(password)
    person.save()
    assign(person, "administrator", by=None)
    assign(person, "owner", by=None, region=case.city.code)
    (settings.WORKSPACE.keys / TOKEN).unlink(missing_ok=True)
    return person


def enter_organisations(case: Case) -> None:
    """Enter the bodies of the plan with level and validity, and the counties' governments below the city's."""
    code, city = case.city.code, case.city
    top = Organisation.objects.create(code=f"city-{code}", name_zh=city.name_zh, name_en=city.name_en, level="city", region=code, valid_from=f"{city.base_year}-01-01")  # fmt: skip
    for row in case.effective("organisations").to_dict("records"):
        Organisation.objects.get_or_create(
            code=str(row["id"]),
            defaults={
                "name_zh": str(row["name_zh"]), "name_en": _text(row.get("name_en")), "level": _text(row.get("level")), "parent": top,
                "region": code, "valid_from": f"{_year(row.get('valid_from')) or city.base_year}-01-01",
                "valid_to": None if not _year(row.get("valid_to")) else f"{int(_year(row.get('valid_to'))) + 1}-01-01",
            },
        )  # fmt: skip
    for county in city.counties:
        Organisation.objects.get_or_create(
            code=f"county-{county.code}",
            defaults={
                "name_zh": county.name_zh, "name_en": county.name_en or "", "level": "county", "region": county.code, "parent": top,
                "valid_from": f"{city.base_year}-01-01",
            },
        )  # fmt: skip


def _text(value: object) -> str:
    return "" if value is None or value != value else str(value)


def _year(value: object) -> str:
    return _text(value)[:4]
