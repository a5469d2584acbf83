"""A demonstration office in this process: made once for a test run, copied for each test; Django is switched to it.

The ledger's tests have another Django project in the same process: its settings are put back after each test.
"""

import os
import shutil
from importlib import import_module

import pytest


def configuration(root):
    """The settings of the office for a workspace, as its own module makes them."""
    import runpy

    os.environ["DAFENG_WORKSPACE"] = str(root)
    found = runpy.run_module("dafeng.web.office.settings")
    return {name: value for name, value in found.items() if name.isupper()}


class Switched:
    """Django's settings, apps and database switched to the office of `root`."""

    def __init__(self, root):
        self.root = root

    def __enter__(self):
        # Django is configured for the ledger first; axes writes its defaults into the settings when it is imported:
        # into those that stay
        import_module("dafeng.web.ledger")
        import_module("axes.conf")
        from django.db import connections
        from django.test.utils import override_settings

        self.before = os.environ.get("DAFENG_WORKSPACE")
        values = configuration(self.root)
        self.databases = values.pop("DATABASES")
        values["ALLOWED_HOSTS"] = [*values["ALLOWED_HOSTS"], "testserver"]
        # a slow hash would be most of the time of these tests
        values["PASSWORD_HASHERS"] = ["django.contrib.auth.hashers.MD5PasswordHasher"]
        # the apps come last: their models read the settings while they are imported
        apps = values.pop("INSTALLED_APPS")
        self.overrides = [override_settings(**values), override_settings(INSTALLED_APPS=apps)]
        for one in self.overrides:
            one.enable()
        connections.close_all()
        connections.settings = connections.configure_settings(self.databases)
        if hasattr(connections._connections, "default"):
            del connections["default"]
        # what is imported while a test replaces a name would keep the replacement
        import_module("dafeng.web.office.urls")
        return self

    def __exit__(self, *_):
        from django.db import connections

        from dafeng.web.office.records import store
        from dafeng.web.office.results import cases

        for kept in (store._opened, cases._loaded, cases._judged, cases._doubts):
            kept.cache_clear()
        connections.close_all()
        connections.settings = connections.configure_settings({"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}})  # fmt: skip
        if hasattr(connections._connections, "default"):
            del connections["default"]
        for one in reversed(self.overrides):
            one.disable()
        if self.before is None:
            os.environ.pop("DAFENG_WORKSPACE", None)
        else:
            os.environ["DAFENG_WORKSPACE"] = self.before


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """A workspace with 示例市, without readings: its folder and the password of its people."""
    from dafeng.web.office.workspace import Workspace

    root = tmp_path_factory.mktemp("made") / "office"
    Workspace(root).prepare()
    with Switched(root):
        from dafeng.web.office.demo import fill_demo
        from dafeng.web.office.migrating import migrate

        migrate(upgrade=False)
        _, password = fill_demo(readings=False)
    return root, password


@pytest.fixture
def office(made, tmp_path):
    """A copy of the workspace; Django is switched to it."""
    root, password = made
    shutil.copytree(root, tmp_path / "office")
    with Switched(tmp_path / "office"):
        from django.conf import settings

        settings.DEMO_PASSWORD = password
        yield settings.WORKSPACE


@pytest.fixture
def empty(tmp_path):
    """A workspace that is not set up; Django is switched to it."""
    from dafeng.web.office.workspace import Workspace

    space = Workspace(tmp_path / "empty")
    space.prepare()
    with Switched(space.root):
        from dafeng.web.office.migrating import migrate

        migrate(upgrade=False)
        yield space


def sign_in(name):
    """A client that is signed in as a person of the demonstration."""
    from django.conf import settings
    from django.test import Client

    client = Client()
    answer = client.post("/signin", {"username": name, "password": settings.DEMO_PASSWORD})
    assert answer.status_code == 302, answer.content.decode()[:2000]
    return client


@pytest.fixture
def as_person(office):
    return sign_in


@pytest.fixture
def switched():
    """The switch to another workspace, as a context manager."""
    return Switched
