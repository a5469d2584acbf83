"""Contract: a killed import is whole or not there; nothing acknowledged is lost or doubled; concurrent edits lose no update."""

import signal
import subprocess
import sys
import threading
import time

import pytest

from dafeng.evidence import DafengError
from dafeng.registers import (
    Filter,
    change,
    count,
    enter,
    find,
    import_file,
    open_workspace,
    owner,
    read,
    verify_chain,
)

ROWS = 1_500
SCRIPT = """
import sys
from pathlib import Path
from dafeng.registers import import_file, open_workspace, owner
store = open_workspace(Path(sys.argv[1]))
print("ready", flush=True)
receipt = import_file(store, owner("reporter"), "storage_projects", Path(sys.argv[2]))
print("stored", receipt.new, flush=True)
"""


def write(path, name):
    lines = ["project_code,name,technology,side,power,energy,county"]
    lines += [f"{name}{n},{name}第{n}号,lfp,grid,{n + 1},1,99010{1 + n % 2}" for n in range(ROWS)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.slow
@pytest.mark.parametrize("pause", [0.0, 0.15, 0.4, 0.9])
def test_killed_while_three_import_at_once(tmp_path, pause):
    open_workspace(tmp_path, "990100").close()
    files = {name: write(tmp_path / f"{name}.csv", name) for name in "ABC"}
    running = {
        name: subprocess.Popen(
            [sys.executable, "-c", SCRIPT, str(tmp_path), str(path)], stdout=subprocess.PIPE, text=True
        )
        for name, path in files.items()
    }
    assert running["A"].stdout.readline() == "ready\n"
    time.sleep(pause)
    running["A"].send_signal(signal.SIGKILL)
    told = {name: process.communicate(timeout=300)[0] for name, process in running.items()}
    store = open_workspace(tmp_path)
    for name in files:
        found = count(store, owner(), "storage_projects", search=f"{name}第")
        assert found in (0, ROWS), "whole or not there"
        if "stored" in told[name]:
            assert found == ROWS, "nothing acknowledged is lost"
    for name, path in files.items():
        import_file(store, owner("reporter"), "storage_projects", path)
        assert count(store, owner(), "storage_projects", search=f"{name}第") == ROWS, "nothing is doubled"
    assert count(store, owner(), "storage_projects") == 3 * ROWS
    assert verify_chain(store) == []
    store.close()


def test_concurrent_edits_lose_no_update(store, clerk, storage):
    done = enter(store, clerk, "storage_projects", storage(power=1))
    refused = []

    def add_five():
        for _ in range(5):
            while True:
                row = read(store, clerk, "storage_projects", done.id)
                try:
                    change(
                        store,
                        clerk,
                        "storage_projects",
                        done.id,
                        {"power": row["power"] + 1},
                        version=row["version"],
                    )
                    break
                except DafengError as error:
                    refused.append(error)

    threads = [threading.Thread(target=add_five) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read(store, clerk, "storage_projects", done.id)["power"] == 21.0
    assert all("version" in str(error) for error in refused)
    assert verify_chain(store) == []
    assert len(find(store, clerk, "storage_projects", filters=[Filter("power", "=", "21")]).rows) == 1


def test_concurrent_requests_with_one_id_are_done_once(store, clerk, storage):
    results = []

    def ask():
        results.append(enter(store, clerk, "storage_projects", storage(), request="one"))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {result.id for result in results} == {1}
    assert sorted(result.repeated for result in results) == [False, True, True, True, True, True]
    assert count(store, clerk, "storage_projects") == 1
