"""Contract: the exact command shapes work on the bundled case; answers are JSON; refusals exit with 1."""

import io
import json
import subprocess
import sys
from contextlib import redirect_stdout

from rich.cells import cell_len
from typer.testing import CliRunner

from dafeng.cli.metering import app
from dafeng.cli.tables.metering import show_answer
from dafeng.evidence import DafengError


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


def test_keys_of_a_store_that_is_not_there(tmp_path):
    """A mistyped name made a file of keys, and was answered as a store without entries."""
    for verb in (["audit"], ["key"], ["key", "gateway"], ["serve", "--port", "0"]):
        told = CliRunner().invoke(app, [*verb, "--store", str(tmp_path / "none.duckdb"), "--json"])
        assert isinstance(told.exception, DafengError)
        assert [problem.where for problem in told.exception.problems] == ["--store"]
        told = CliRunner().invoke(app, [*verb, "--store", "clickhouse://localhost/dafeng", "--json"])
        assert isinstance(told.exception, DafengError)
    assert list(tmp_path.iterdir()) == []


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


def said(*arguments, code=0):
    result = CliRunner(env={"COLUMNS": "80"}).invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, (result.output, result.exception)
    assert "…" not in result.output, result.output
    assert max(cell_len(line) for line in result.output.splitlines()) <= 80
    return result.output


def test_answers_for_people_fit_eighty_columns_in_chinese(tmp_path):
    store, file = tmp_path / "s.duckdb", tmp_path / "r.parquet"
    said("init", "jiujiang", "--store", store)
    assert "仿真" in said("simulate", "jiujiang", "--points", 60, "--days", 2, "--out", file)
    assert "新增 new" in said("ingest", file, "--store", store)
    assert "此批已收过" in said("ingest", file, "--store", store)
    text = said("rollup", "--store", store, "--period", "15min")
    assert "万kWh" in said("rollup", "--store", store, "--by", "county")
    for word in ("完整率", "tce当量", "只列前 50 条", "NE:有读数缺当时的系数"):
        assert word in text
    assert "电力" in said("rollup", "--store", store, "--by", "medium")
    assert "缺数" in said("quality", "--store", store)
    assert "没有该气候区" in said("judge", "--store", store, "--year", 2025).replace("\n", "").replace(
        " ", ""
    )
    assert "判定日" in said("warn", "--store", store)
    bad = tmp_path / "bad.csv"
    bad.write_text("测点,时间,数值\n无此点,2025-01-01 00:00,1\nSYN-P000001,昨天,1\n")
    assert "第 2 行测点" in said("ingest", bad, "--store", store, code=1)
    said("ingest", bad, "--store", store, "--partial", code=1)
    empty = tmp_path / "e.duckdb"
    said("init", "jiujiang", "--store", empty)
    assert "没有读数" in said("nowcast", "--store", empty, "--base-year", 2024)
    said("status", "--store", empty)
    said("--help")


def test_verdicts_and_warnings_for_people(tmp_path):
    inputs = {"used": 1234567.891, "progress_budget": 1000000.0, "forecast": 2.5e6, "allowed": 2e6}
    verdict = {
        "subject": "unit:SYN-U00001", "level": "red", "inputs": inputs, "confirmed": False, "reason": "", "consequence_zh": "",
    }  # fmt: skip
    warning = {
        "id": 3,
        "subject": "unit:U1",
        "level": "red",
        "state": "issue",
        "rule": "local",
        "made": "2025-01-01 08:00:00Z",
    }
    with redirect_stdout(io.StringIO()) as told:
        show_answer({"on": "2025-01-01", "verdicts": [verdict], "open": [warning]}, "warn")
    text = told.getvalue()
    assert "1,234,568" in text
    assert "红" in text
    assert "已发出" in text
    assert "规则未" in text
