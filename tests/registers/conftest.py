"""A workspace of 示例市 (990100, synthetic), and the people who work in it."""

import shutil

import pytest

from dafeng.registers import Actor, Grant, open_workspace

PLACE = "990100"


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory):
    """A store with its tables made, to be copied: making them is most of the time."""
    folder = tmp_path_factory.mktemp("empty")
    open_workspace(folder, PLACE).close()
    return folder / "records.sqlite"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.system)])
def store(request, tmp_path):
    """The same tests on both databases; PostgreSQL is part of make test-all."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("empty_store"), tmp_path)
        opened = open_workspace(tmp_path, PLACE)
    else:
        opened = open_workspace(tmp_path, PLACE, request.getfixturevalue("database"))
    yield opened
    opened.close()


@pytest.fixture
def clerk():
    """A reporter of the whole place."""
    return Actor("clerk", (Grant("reporter", PLACE),))


@pytest.fixture
def county():
    """A reporter of one county."""
    return Actor("county", (Grant("reporter", "990102"),))


@pytest.fixture
def reviewer():
    return Actor("reviewer", (Grant("reviewer", PLACE),))


@pytest.fixture
def head():
    """The owner of the registers."""
    return Actor("head", (Grant("owner", PLACE),))


@pytest.fixture
def storage():
    """Cells of one storage project."""

    def cells(code="A1", **more):
        return {
            "project_code": code, "name": f"示例储能{code}号", "technology": "磷酸铁锂", "side": "grid", "power": 100, "energy": 200,
            "county": "990102", "connected_on": "2025-03-01", **more,
        }  # fmt: skip

    return cells


@pytest.fixture
def operating(store, clerk, reviewer, storage):
    """Enter a storage project and bring it to the state that counts; return its id and version."""
    from dafeng.registers import act, enter

    def made(code="A1", **more):
        done = enter(store, clerk, "storage_projects", storage(code, **more))
        done = act(store, clerk, "storage_projects", done.id, "to_building", version=1)
        return act(store, reviewer, "storage_projects", done.id, "to_operating", version=2)

    return made
