"""Contract: the exact command shapes work on the bundled case; answers are JSON; refusals exit with 1."""

import json
import subprocess
import sys

from typer.testing import CliRunner

from dafeng.cli.metering import app


def run(*arguments, code=0):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, (result.output, result.exception)
    return json.loads(result.output.splitlines()[-1])


def test_init_simulate_ingest_status(tmp_path):
    store, file = tmp_path / "s.duckdb", tmp_path / "r.parquet"
    assert run("init", "jiujiang", "--store", store, "--json")["points"] == 0
    made = run("simulate", "jiujiang", "--points", 7, "--days", 2, "--seed", 3, "--out", file, "--json")
    assert made["origin"] == "synthetic"
    receipt = run("ingest", file, "--store", store, "--json")
    assert {"new", "same", "replaced", "older", "refused", "batch"} <= set(receipt)
    assert receipt["new"] + receipt["same"] == made["rows"]
    assert receipt["new"] == 7 * 2 * 96 - made["missing"]
    assert run("ingest", file, "--store", store, "--json") == receipt | {"first": False}
    found = run("status", "--store", store, "--json")
    assert (found["readings"], found["origin"]) == (receipt["new"], "synthetic")
    sums = run("rollup", "--store", store, "--by", "county", "--period", "day", "--json")
    assert {row["origin"] for row in sums["rows"] if row["readings"]} == {"synthetic"}
    checked = run("quality", "--store", store, "--json")
    assert len(checked["scores"]) == 2


def test_init_answers_once_with_the_template(tmp_path):
    answer = run("init", "jiujiang", "--store", tmp_path / "s.duckdb", "--template", tmp_path / "t", "--json")
    assert (answer["created"], answer["files"]) == (True, len(list((tmp_path / "t").iterdir())))


def test_the_same_seed_gives_the_same_file(tmp_path):
    for name in ("a", "b"):
        run(
            "simulate",
            "jiujiang",
            "--points",
            3,
            "--days",
            2,
            "--seed",
            5,
            "--out",
            tmp_path / f"{name}.parquet",
            "--json",
        )
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_a_refused_file_comes_back_with_its_errors(tmp_path):
    store, file, errors = tmp_path / "s.duckdb", tmp_path / "r.csv", tmp_path / "e.xlsx"
    run("init", "jiujiang", "--store", store, "--json")
    file.write_text("测点,时间,数值\n=cmd(),2025-01-01 00:00,1\n")
    answer = run("ingest", file, "--store", store, "--errors", errors, "--json", code=1)
    assert (answer["status"], answer["refused"]) == ("refused", 1)
    import openpyxl

    cell = openpyxl.load_workbook(errors).active["A3"]
    assert (cell.value, cell.data_type) == ("=cmd()", "s")


def test_a_command_waits_for_another_that_has_the_store(tmp_path):
    """The owner's word that a killed server left behind does not mislead it."""
    store = tmp_path / "s.duckdb"
    run("init", "jiujiang", "--store", store, "--json")
    (tmp_path / "s.duckdb.owner").write_text('{"pid": 99999999, "url": "http://127.0.0.1:9", "token": "x"}')
    code = "import sys, time; from dafeng.metering import Store\nwith Store(sys.argv[1]): print('open', flush=True); time.sleep(1)"
    with subprocess.Popen([sys.executable, "-c", code, store], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "open\n"
        assert run("status", "--store", store, "--json")["batches"] == 0
        assert other.wait(20) == 0
