"""Contract: bad input of each kind gets place, found, expected and mend; nothing is half done; a definition written at run time works everywhere."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from dafeng.cli.app import application
from dafeng.evidence import DafengError, Problems
from dafeng.registers import (
    act,
    act_on_all,
    board,
    compute,
    enter,
    extract,
    find,
    history,
    new_definition,
    open_workspace,
    owner,
    read,
    working_day,
)
from dafeng.registers.definition.loading import read_definition
from dafeng.registers.definition.meaning import Symbol, resolve
from dafeng.registers.definition.syntax import parse


def told(refused):
    problem = refused.value.problems[0]
    assert problem.where
    assert problem.found
    assert problem.expected
    return str(refused.value)


def test_a_network_share_is_refused_for_sqlite(tmp_path, monkeypatch):
    mounts = f"server:/x {tmp_path} nfs4 rw 0 0\n/dev/sda / ext4 rw 0 0\n"
    read = Path.read_text
    monkeypatch.setattr(
        Path, "read_text", lambda path, **more: mounts if str(path) == "/proc/mounts" else read(path, **more)
    )
    with pytest.raises(DafengError) as refused:
        open_workspace(tmp_path, "990100")
    assert "nfs4" in told(refused)
    assert "PostgreSQL" in str(refused.value)
    assert not (tmp_path / "records.sqlite").exists()


def test_a_place_is_asked_for_once(tmp_path):
    with pytest.raises(DafengError, match="the first time"):
        open_workspace(tmp_path)
    open_workspace(tmp_path, "990100").close()
    store = open_workspace(tmp_path)
    assert store.scope == "990100"
    store.close()


def test_a_migration_that_broke_off_is_taken_up_again(tmp_path, monkeypatch):
    """New columns of a new edition: the script dies between two of them; the next start goes on, nothing is lost."""
    path = new_definition(tmp_path, "wells", "水井", "Wells", 2024)
    store = open_workspace(tmp_path, "990100")
    enter(
        store,
        owner(),
        "wells",
        {"number": "W1", "name": "一号", "county": "990102", "amount": 5, "year": 2025},
    )
    store.close()
    text = path.read_text(encoding="utf-8").replace("'2024'", "'2025'").replace("2024-01-01", "2025-01-01")
    more = "- {id: depth, zh: 深度, en: depth, type: decimal, unit: km, sortable: true, trust: A, source: self}\n- {id: owner_name, zh: 产权人, en: owner, type: text, trust: A, source: self}\nindicators:"
    (path.parent / "wells@2025.yaml").write_text(text.replace("indicators:", more), encoding="utf-8")
    from dafeng.registers.store import connecting

    real = connecting.Operations.add_column
    calls = []

    def dying(self, *args, **more):
        calls.append(args)
        if len(calls) == 2:
            raise RuntimeError("power cut")
        return real(self, *args, **more)

    monkeypatch.setattr(connecting.Operations, "add_column", dying)
    with pytest.raises(RuntimeError):
        open_workspace(tmp_path)
    monkeypatch.setattr(connecting.Operations, "add_column", real)
    store = open_workspace(tmp_path)
    enter(
        store,
        owner(),
        "wells",
        {"number": "W2", "name": "二号", "county": "990102", "amount": 5, "year": 2025, "depth": 0.1},
    )
    [first, second] = find(store, owner(), "wells", sort="number").rows
    assert (first["edition"], first["depth"], second["edition"], second["depth"]) == (
        "2024",
        None,
        "2025",
        0.1,
    )
    assert compute(store, owner(), "wells", "wells_amount", 2025)[0].pending == 2
    store.close()


def test_a_county_that_was_merged_keeps_its_records_and_takes_no_new_ones_elsewhere(store, clerk, storage):
    """Records keep the code of their time; a code outside the place is refused."""
    enter(store, clerk, "storage_projects", storage(county="990109"))
    with pytest.raises(DafengError, match="a place within 990100"):
        enter(store, clerk, "storage_projects", storage("A2", county="360102"))
    assert find(store, clerk, "storage_projects").rows[0]["region"] == "990109"


def test_a_deadline_in_a_year_without_holidays_is_said_not_guessed():
    from datetime import date

    with pytest.raises(DafengError, match="no year 2031"):
        working_day(date(2031, 1, 1), 3)
    assert working_day(date(2025, 9, 30), 1) == date(2025, 10, 9), "the long holiday"
    assert working_day(date(2026, 2, 13), 1) == date(2026, 2, 14), "a Saturday that is worked"


@pytest.mark.parametrize(
    "text",
    [
        "().__class__", "open('/etc/passwd')", "[x for x in y]", "lambda: 1", "a if b else c", "amount ** 9", "f'{amount}'", "amount[0]",
        "amount := 1", "*amount", "amount.real.imag", "'a' * 10", "1 if", "amount and", "(" * 300 + "amount" + ")" * 300, "x" * 3000,
        "amount in county", "sum(amount, amount, amount)", "exec('1')", "getattr(amount, 'x')", "amount @ amount", "amount is None",
    ],
)  # fmt: skip
def test_an_expression_is_parsed_never_run(text):
    with pytest.raises(DafengError):
        resolve(text, {"amount": Symbol("number", "t"), "county": Symbol("text")}, "rule")


@settings(max_examples=200)
@given(st.text(max_size=40))
def test_no_expression_breaks_the_parser(text):
    with suppress(DafengError):
        parse(text, "rule")


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.recursive(
        st.one_of(st.none(), st.text(max_size=5), st.integers()),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(
                st.sampled_from(["register", "zh", "fields", "key", "life_cycle", "id", "x"]),
                inner,
                max_size=5,
            ),
        ),
        max_leaves=12,
    )
)
def test_no_definition_breaks_the_reader(tmp_path, content):
    path = tmp_path / "fuzz.yaml"
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    problems = Problems()
    assert read_definition(path, problems) is None
    assert len(problems) > 0


def run(folder, *arguments, code=0):
    done = CliRunner().invoke(application, ["registers", *arguments, "--workspace", str(folder)])
    assert done.exit_code == code, done.output + str(done.exception)
    return done.stdout


@pytest.mark.slow
def test_a_register_written_at_run_time_works_through_every_command(tmp_path):
    """From new to check, conflicts and returns among them: one YAML file and no code."""
    run(tmp_path, "new", "wells", "--zh", "水井", "--en", "Wells")
    with (tmp_path / "registers" / "wells.yaml").open("a", encoding="utf-8") as file:
        file.write("returns: {period: year, field: year, working_days: 40}\n")
    assert "wells" in [row["register"] for row in json.loads(run(tmp_path, "list", "--json"))]
    run(tmp_path, "template", "wells", "--out", str(tmp_path / "t.xlsx"))
    (tmp_path / "w.csv").write_text(
        "编号,名称,县区,数量,年份\nW1,一号井,990102,50000,2025\nW2,二号井,990102,-1,2025\n", encoding="utf-8"
    )
    assert "w.csv!D3" in run(
        tmp_path, "import", "wells", str(tmp_path / "w.csv"), "--place", "990100", "--partial", code=1
    )
    found = json.loads(run(tmp_path, "find", "wells", "--search", "一号井", "--json"))
    assert found["count"] == 1
    (tmp_path / "other.csv").write_text(
        "编号,名称,县区,数量,年份\nW1,一号井,990102,70000,2025\n", encoding="utf-8"
    )
    run(tmp_path, "import", "wells", str(tmp_path / "other.csv"), "--as", "邻县")
    [found] = json.loads(run(tmp_path, "conflicts", "wells", "--json"))["rows"]
    settled = ("--settle", str(found["id"]), "--choose", "theirs", "--reason", "抄表", "--as", "审核员")
    assert json.loads(run(tmp_path, "conflicts", "wells", "--json", *settled))["rows"] == []
    run(tmp_path, "act", "wells", "to_confirmed", "--as", "审核员二")
    acts = [row["act"] for row in json.loads(run(tmp_path, "history", "wells", "1", "--json"))["rows"]]
    assert acts == ["enter", "change", "conflict:theirs", "to_confirmed"]
    for move, person in (("submit", "填报员"), ("accept", "审核员")):
        run(tmp_path, "returns", "wells", "2025", "--do", move, "--region", "990102", "--as", person)
    rows = json.loads(run(tmp_path, "returns", "wells", "2025", "--json"))["rows"]
    assert [(row["state"], row["records"]) for row in rows if row["region"] == "990102"] == [("accepted", 1)]
    made = json.loads(
        run(
            tmp_path,
            "aggregate",
            "--out",
            str(tmp_path / "x"),
            "--years",
            "2025",
            "--register",
            "wells",
            "--json",
        )
    )
    assert [(one["value"], one["unit"]) for one in made["results"] if not one["group"]] == [(70000.0, "t")]
    run(tmp_path, "publish", "wells", "--out", str(tmp_path / "p"))
    assert "一号井" in (tmp_path / "p" / "wells.html").read_text(encoding="utf-8")
    run(tmp_path, "export", "wells", "--out", str(tmp_path / "e.csv"))
    run(tmp_path, "check")


def test_a_bulk_act_says_which_records_did_not_move(store, clerk, reviewer, storage):
    enter(store, clerk, "storage_projects", storage("A1"))
    enter(store, clerk, "storage_projects", storage("A2", connected_on=None))
    assert len(act_on_all(store, clerk, "storage_projects", "to_building", []).done) == 2
    bulk = act_on_all(store, reviewer, "storage_projects", "to_operating", [], request="r")
    assert bulk.done == [1]
    assert "storage_projects:2" in bulk.problems[0].where


def storage_cells(**more):
    return {
        "project_code": "A1",
        "name": "储能",
        "technology": "lfp",
        "side": "grid",
        "power": 1,
        "energy": 2,
        "county": "990102",
        **more,
    }


@pytest.mark.parametrize(
    ("use", "told"),
    [
        (lambda s, a, f: enter(s, a, "storage_projects", storage_cells(name="a\ud800b")), "文字"),
        (lambda s, a, f: enter(s, a, "storage_projects", storage_cells(name="长" * 501)), "不超过500字"),
        (lambda s, a, f: enter(s, a, "storage_projects", storage_cells(), grade="ZZ"), "A、B、C"),
        (lambda s, a, f: enter(s, a, "storage_projects", storage_cells(), request="r" * 300), "可打印字符"),
        (lambda s, a, f: enter(s, a, "storage_projects", storage_cells(), request="r\x00"), "可打印字符"),
        (lambda s, a, f: read(s, a, "storage_projects", 2**70), "记录"),
        (lambda s, a, f: history(s, a, "storage_projects", 2**70), "记录"),
        (lambda s, a, f: act(s, a, "storage_projects", 2**70, "to_building", version=1), "记录"),
        (lambda s, a, f: compute(s, a, "storage_projects", "new_storage_capacity", 99_999), "1949"),
        (lambda s, a, f: board(s, a, "straw_ledger", "0000", ["990101"]), "年份"),
        (lambda s, a, f: extract(s, a, f, [2025]), "空文件夹"),
    ],
)  # fmt: skip
def test_what_no_database_takes_is_refused_before_it_gets_there(store, clerk, tmp_path, use, told):
    path = tmp_path / "a file"
    path.write_text("x")
    with pytest.raises(DafengError) as refused:
        use(store, clerk, path)
    assert told in refused.value.problems[0].sentence("zh")


def test_a_key_part_with_the_separator_is_no_other_key(store, clerk):
    """("a|b", "c") and ("a", "b|c") are two projects."""
    from dafeng.registers.definition.preparing import key_of

    definition = store.book.latest("energy_reviews")
    first, second = (dict(zip(definition.key, parts, strict=True)) for parts in (("a|b", "c"), ("a", "b|c")))
    assert key_of(definition, first) != key_of(definition, second)
