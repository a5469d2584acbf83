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


@pytest.fixture
def store(empty_store, tmp_path):
    shutil.copy(empty_store, tmp_path)
    opened = open_workspace(tmp_path, PLACE)
    yield opened
    opened.close()
