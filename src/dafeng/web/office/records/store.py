"""The record store of the workspace, opened once in each process."""

from functools import lru_cache

from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest

from dafeng.registers import Store, open_workspace
from dafeng.web.office.people.acts import office


@lru_cache(maxsize=1)
def _opened(root: str, place: str) -> Store:  # noqa: ARG001 - one store for each workspace
    store = open_workspace(settings.WORKSPACE.root, place, settings.CONFIGURATION.database)
    if settings.WORKSPACE.records.exists():
        settings.WORKSPACE.records.chmod(0o600)
    return store


_places: dict[str, str] = {}


def _place(root: str) -> str:
    """Return the place of the office, which never changes once it is set up; "" before."""
    if root not in _places:
        found = office()
        if found is None:
            return ""
        _places[root] = found.place
    return _places[root]


def records() -> Store:
    """Return the record store of this office's place.

    Raises
    ------
    OperationalError
        Where its file is away: opening it would make an empty one in its place.
    """
    place, path = _place(str(settings.WORKSPACE.root)), settings.WORKSPACE.records
    if place and not settings.CONFIGURATION.database and not path.exists():
        raise OperationalError(f"no file {path.name}")
    return _opened(str(settings.WORKSPACE.root), place)


def request_id(request: HttpRequest) -> str:
    """Return the id under which the rooms log the acts of this request."""
    return str(request.reference)
