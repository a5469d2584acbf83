"""A workspace of 示例市 (990100, synthetic)."""

import shutil

import pytest

from dafeng.registers import open_workspace

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
