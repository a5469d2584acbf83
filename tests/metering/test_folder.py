"""Contract: a dropped file is taken once it has stood still, and ends in `taken` or `refused` beside its receipt and
errors; nothing but plain files at the top of the folder is looked at."""

import json
import os
from pathlib import Path
from threading import Event, Thread

import openpyxl
import pytest

from dafeng.evidence import DafengError
from dafeng.metering import folder_worker, ingest_file
from dafeng.metering.intake.watched_folder import take_files

CSV = "point,start,value\nP1,2025-01-01T00:00:00,1\nP2,2025-01-01T00:00:00,2\n"


def look_twice(store, folder):
    return take_files(store, folder, take_files(store, folder, {}))


def count(store):
    return store.rows("SELECT count(*) AS n FROM reading")[0]["n"]


def test_a_file_is_taken_once_it_stands_still(store, tmp_path):
    file = tmp_path / "r.csv"
    file.write_text(CSV[:40])
    seen = take_files(store, tmp_path, {})
    file.write_text(CSV)  # still being copied
    os.utime(file, ns=(1, 1))
    seen = take_files(store, tmp_path, seen)
    assert (count(store), file.exists()) == (0, True)
    assert take_files(store, tmp_path, seen) == {}
    assert (count(store), file.exists()) == (2, False)
    assert json.loads((tmp_path / "taken" / "r.csv.receipt.json").read_text())["new"] == 2


def test_the_same_file_dropped_again_is_kept_beside_and_counted_once(store, tmp_path):
    for _ in range(2):
        (tmp_path / "r.csv").write_text(CSV)
        look_twice(store, tmp_path)
    assert count(store) == 2
    assert (tmp_path / "taken" / "r.2.csv").exists()
    assert json.loads((tmp_path / "taken" / "r.2.csv.receipt.json").read_text())["first"] is False


def test_bad_rows_come_back_as_a_workbook(store, tmp_path):
    (tmp_path / "r.csv").write_text(CSV + "P1,2025-01-01T00:15:00,many\n")
    look_twice(store, tmp_path)
    assert count(store) == 2
    book = openpyxl.load_workbook(tmp_path / "taken" / "r.csv.errors.xlsx")
    assert [cell.value for cell in book.active[3]][:3] == ["P1", "2025-01-01T00:15:00", "many"]
    assert "应为有限的数值" in book.active[3][9].value


def test_a_file_that_is_none_goes_to_refused(store, tmp_path):
    (tmp_path / "r.xlsx").write_bytes(b"PK\x03\x04 no workbook")
    (tmp_path / "r.parquet").write_bytes(b"PAR1")
    look_twice(store, tmp_path)
    assert sorted(path.name for path in (tmp_path / "refused").iterdir()) == [
        "r.parquet", "r.parquet.errors.xlsx", "r.xlsx", "r.xlsx.errors.xlsx",
    ]  # fmt: skip


def test_links_folders_and_hidden_files_are_left_alone(store, tmp_path):
    secret, folder = tmp_path / "secret.csv", tmp_path / "in"
    secret.write_text(CSV)
    (folder / "sub.csv").mkdir(parents=True)
    (folder / "link.csv").symlink_to(secret)
    (folder / ".hidden.csv").write_text(CSV)
    (folder / "~$lock.csv").write_text(CSV)
    (folder / "note.txt").write_text(CSV)
    os.mkfifo(folder / "pipe.csv")
    before = sorted(folder.rglob("*"))
    look_twice(store, folder)
    assert (count(store), sorted(folder.rglob("*")), secret.exists()) == (0, before, True)


def test_a_name_with_quotes_and_spaces(store, tmp_path):
    (tmp_path / "it's; DROP TABLE reading --.csv").write_text(CSV)
    look_twice(store, tmp_path)
    assert count(store) == 2


def test_the_worker_takes_and_stops(store, tmp_path):
    (tmp_path / "r.csv").write_text(CSV)
    stop = Event()
    thread = Thread(target=folder_worker(tmp_path, every_seconds=0.02), args=(store, stop))
    thread.start()
    for _ in range(500):
        if (tmp_path / "taken" / "r.csv.receipt.json").exists():
            break
        stop.wait(0.02)
    stop.set()
    thread.join(10)
    assert (count(store), thread.is_alive()) == (2, False)
    with pytest.raises(DafengError, match="a folder"):
        folder_worker(tmp_path / "nowhere")


def test_a_file_that_cannot_be_moved_holds_no_other_back(store, tmp_path):
    """Names of 255 bytes leave no room for the receipt's, and one in another encoding is no text: each ended the worker, the
    last one before the files behind it, again and again."""
    folder = tmp_path / "in"
    folder.mkdir()
    names = [b"\xff\xfe.csv", "长".encode() * 80 + b".csv", b"a.csv", b"z.csv"]
    for minute, name in enumerate(names):
        Path(os.fsdecode(os.path.join(os.fsencode(folder), name))).write_text(
            f"point,start,value\nP1,2025-01-05 0{minute}:00,1\nP1,x,1\n"
        )
    take_files(store, folder, take_files(store, folder, {}))
    assert (
        len(list((folder / "taken").glob("*.receipt.json")))
        == len(list((folder / "taken").glob("*.errors.xlsx")))
        == 4
    )
    assert store.rows("SELECT count(*) AS n FROM reading") == [{"n": 4}]
    (folder / "a.csv").write_text("point,start,value\nP1,2025-01-05 05:00,1\n")
    (folder / "z.csv").write_text("nothing")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dafeng.metering.intake.watched_folder.ingest_file", _refused_to_open("a.csv"))
        with pytest.raises(PermissionError):
            take_files(store, folder, take_files(store, folder, {}))
    assert [path.name for path in folder.glob("*.csv")] == ["a.csv"]


def _refused_to_open(name):
    def ingest(store, path, sending, adapter):
        if path.name == name:
            raise PermissionError(13, "Permission denied", str(path))
        return ingest_file(store, path, sending, adapter)

    return ingest
