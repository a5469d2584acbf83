"""Contract of `dafeng case`: exit 1 with every problem, JSON on standard output with --json, never a traceback."""

import json
from pathlib import Path

import pytest
import typer

from dafeng.cli import ROOMS
from dafeng.cli import case as case_commands
from dafeng.evidence import DafengError, Problem


def test_a_sound_bundled_case_ends_with_0(dafeng) -> None:
    done = dafeng("case", "check", "jiujiang", "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["problems"]) == (0, [])
    # what the figures themselves show: plants and branches, limits, rooms that differ, growth that the model did not see
    codes = {finding["code"] for finding in told["findings"]}
    assert codes == {
        *("plants-and-rest", "plants-without-account", "plants-not-estimated"),
        *("cross-check", "rooms-disagree", "growth-outside-band"),
    }


def test_a_broken_case_ends_with_1_and_all_problems(dafeng, tmp_path: Path) -> None:
    (tmp_path / "city.yaml").write_text("name_zh: 市\ncode: ]x\nlevel: city\n")
    (tmp_path / "energy.csv").write_bytes("row,fuel\n城镇,煤\n".encode("gbk"))
    done = dafeng("case", "check", str(tmp_path), "--json")
    problems = json.loads(done.stdout)["problems"]
    assert done.returncode == 1
    assert {"city.yaml:2:7", "energy.csv:2"} <= {problem["where"] for problem in problems}
    assert all(set(problem) == {"where", "found", "expected", "mend", "zh", "en"} for problem in problems)
    table = dafeng("case", "check", str(tmp_path))
    assert table.returncode == 1
    assert "GBK" in table.stdout
    assert "Traceback" not in table.stderr


def test_what_the_model_alone_finds_is_listed_beside_what_the_tables_show(monkeypatch, capsys) -> None:
    early, twice, table = (
        Problem(where, "found", "expected", "mend")
        for where in ("measures.csv:2:start", "measures.csv:3:start", "measures.csv:3:start")
    )

    def refused(*_args: object) -> None:
        raise DafengError([early, twice])

    monkeypatch.setattr(case_commands, "_add_model_findings", refused)
    monkeypatch.setattr(case_commands, "_problems_of", lambda _name: [table])
    with pytest.raises(typer.Exit):
        case_commands.check_command("regions/360000", as_json=True)
    told = json.loads(capsys.readouterr().out)["problems"]
    assert [one["where"] for one in told] == ["measures.csv:3:start", "measures.csv:2:start"]


@pytest.mark.slow
def test_other_commands_refuse_in_the_same_form(dafeng, tmp_path: Path) -> None:
    for command in (
        ("show", "../../no-such-place"),
        ("to-xlsx", "no-such", str(tmp_path / "a.xlsx")),
        ("from-xlsx", str(tmp_path / "none.xlsx"), str(tmp_path / "d")),
        ("new", "999999", "--from", "regions/360000", "--out", str(tmp_path / "n")),
    ):
        as_json = dafeng("case", *command, "--json")
        assert as_json.returncode == 1, command
        assert len(json.loads(as_json.stdout)["problems"]) == 1, command
        plain = dafeng("case", *command)
        assert plain.returncode == 1
        assert "Traceback" not in plain.stderr
        assert "expected" in plain.stderr
    assert list(tmp_path.iterdir()) == []


def test_show_and_list_are_json_on_request(dafeng) -> None:
    shown = json.loads(dafeng("case", "show", "jiujiang", "--json").stdout)
    assert shown["code"] == "360400"
    energy = next(table for table in shown["tables"] if table["name"] == "energy")
    assert energy["inherited_from"] == "regions/360000"
    assert "jiujiang" in json.loads(dafeng("case", "list", "--json").stdout)["cases"]


@pytest.mark.slow
def test_the_bundled_case_survives_excel(dafeng, tmp_path: Path) -> None:
    assert dafeng("case", "to-xlsx", "jiujiang", str(tmp_path / "j.xlsx")).returncode == 0
    done = dafeng("case", "from-xlsx", str(tmp_path / "j.xlsx"), str(tmp_path / "j"), "--json")
    assert done.returncode == 0
    before = json.loads(dafeng("case", "show", "jiujiang", "--json").stdout)
    after = json.loads(dafeng("case", "show", str(tmp_path / "j"), "--json").stdout)
    assert after["release"] == before["release"]


def test_wrong_usage_ends_with_2(dafeng) -> None:
    assert dafeng("case", "check").returncode == 2
    assert dafeng("case", "no-such-verb").returncode == 2
    assert dafeng("no-such-room").returncode == 2


def test_help_names_every_room(dafeng) -> None:
    shown = dafeng("--help")
    assert shown.returncode == 0
    assert all(room in shown.stdout for room in ROOMS)


@pytest.mark.parametrize("room", ["case", "run", "plan", "inventory", "pathway", "dispatch", "metering"])
def test_help_of_a_room_is_whole_and_without_options_for_shells(dafeng, room: str) -> None:
    shown = dafeng(room, "--help")
    assert shown.returncode == 0
    assert "completion" not in shown.stdout
    assert "..." not in shown.stdout.replace("[ARGS]...", "").replace("]...", "")
    assert "…" not in shown.stdout
    assert "─" not in shown.stdout
