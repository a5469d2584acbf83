"""Values of every page: office, menu, language, whom the person acts for."""

from django.http import HttpRequest

from dafeng.evidence import Language
from dafeng.web.office import words
from dafeng.web.office.people.acts import office
from dafeng.web.office.people.rights import behalf_of
from dafeng.web.office.shell.menu import menu


def shell(request: HttpRequest) -> dict[str, object]:
    """Return what the base template shows."""
    lang = words.language()
    values: dict[str, object] = {"lang": lang.value, "other": "en" if lang is Language.ZH else "zh-hans", "place": office()}  # fmt: skip
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        values |= {"user": user, "menu": menu(request), "behalf": behalf_of(request)}
    return values
