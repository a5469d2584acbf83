"""Contract: files, personal values and the synthetic records of registers are served on the command line."""

import json
from datetime import datetime, timedelta

import pytest
from typer.testing import CliRunner

from dafeng.cli.registers import app
from dafeng.evidence import DafengError
from dafeng.registers import count, enter, open_workspace, owner


def called(folder, *arguments):
    done = CliRunner().invoke(app, [*arguments, "--workspace", str(folder), "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.output)


@pytest.fixture
def pilot(tmp_path):
    store = open_workspace(tmp_path, "990100")
    cells = {
        "pilot_id": "P1", "kind": "park", "level": "city", "applicant": "示例公司", "base_year": 2020, "period_from": 2024,
        "period_to": 2026, "lead": "示例市发改委", "name": "示例试点", "county": "990102",
    }  # fmt: skip
    known = {field.id for field in store.book.latest("pilots").fields}
    done = enter(
        store, owner("王"), "pilots", {name: value for name, value in cells.items() if name in known}
    )
    store.close()
    return done.id


def test_a_file_is_attached_listed_and_copied_out(tmp_path, pilot):
    paper = tmp_path / "plan.pdf"
    paper.write_bytes(b"%PDF-1.4 example")
    digest = called(tmp_path, "attach", "pilots", str(pilot), "plan_file", str(paper))["sha256"]
    [row] = called(tmp_path, "evidence", "pilots", str(pilot), "--out", str(tmp_path / "out"))["files"]
    assert (row["hash"], row["kind"], row["size"]) == (digest, "pdf", 16)
    [copy] = (tmp_path / "out").iterdir()
    assert copy.read_bytes() == paper.read_bytes()
    assert copy.name == f"{digest[:12]}-plan.pdf"


def test_blanking_needs_a_record_and_a_reason(tmp_path, pilot):
    assert called(tmp_path, "blank")["blanked"] == 0
    assert (
        called(tmp_path, "blank", "pilots", str(pilot), "--reason", "request of the person")["blanked"] == 0
    )
    for arguments in (["pilots"], ["pilots", str(pilot)]):
        done = CliRunner().invoke(
            app, ["blank", *arguments, "--workspace", str(tmp_path), "--json"], catch_exceptions=False
        )
        assert done.exit_code == 1
        assert json.loads(done.output)["problems"][0]["where"] == "registers blank"


def test_synthetic_records_enter_the_example_city_alone(tmp_path):
    found = called(tmp_path, "example")
    assert found["synthetic"] is True
    assert len(found["counted"]) >= 50
    with pytest.raises(DafengError, match="990100, which the workspace was made for"):
        open_workspace(tmp_path, "360400")


def test_synthetic_records_enter_no_workspace_of_a_real_place(tmp_path):
    open_workspace(tmp_path, "360400").close()
    done = CliRunner().invoke(
        app, ["example", "--workspace", str(tmp_path), "--json"], catch_exceptions=False
    )
    assert done.exit_code == 1
    real = open_workspace(tmp_path)
    assert (real.scope, count(real, owner("王"), "pilots")) == ("360400", 0)
    real.close()


def test_the_history_names_fields_and_steps_in_beijing_time(tmp_path):
    called(tmp_path, "example")
    rows = called(tmp_path, "history", "charging_stations", "1")["rows"]
    assert rows[1]["before"] == {"state": "planned"}  # machines get what is stored
    told = (
        CliRunner()
        .invoke(
            app, ["history", "charging_stations", "1", "--workspace", str(tmp_path)], env={"COLUMNS": "300"}
        )
        .output
    )
    assert "状态 已规划" in told
    assert "转为在建" in told
    assert "直流桩 10" in told
    assert "{" not in told
    stored = datetime.fromisoformat(rows[0]["at"])
    assert f"{stored + timedelta(hours=8):%Y-%m-%d %H:%M}" in told
