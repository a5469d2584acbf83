"""Contract: the pages of a query, in any order and read in any way, are together what plain Python selects and sorts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event, text

from dafeng.registers import Actor, Filter, Grant, find, import_file, open_workspace, owner
from dafeng.registers.store import paging

REGISTER = "renewable_projects"
SORTS = (
    "id",
    "region",
    "state",
    "project_code",
    "name",
    "kind",
    "county",
    "capacity",
    "connected",
    "approved_on",
    "grid_on",
)
FILTERS = (
    Filter("county", "=", "990103"), Filter("county", "!=", "990103"), Filter("county", "in", "990101;990104"),
    Filter("region", "=", "990102"), Filter("region", "=", "990100"), Filter("kind", "=", "wind"),
    Filter("kind", "in", "biomass;wind"), Filter("capacity", ">=", "104"), Filter("capacity", "<", "103"),
    Filter("capacity", "=", "102"), Filter("capacity", ">", "200"), Filter("approved_on", "empty"),
    Filter("approved_on", ">=", "2023-01-01"), Filter("grid_on", "<=", "2022-12-31"), Filter("mode", "=", "farm"),
    Filter("state", "=", "approved"), Filter("project_code", ">", "P40"), Filter("id", ">=", "31"), Filter("land_ok", "=", "true"),
)  # fmt: skip
COMPARE = {
    "=": lambda a, b: a == b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b, "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
}  # fmt: skip
COUNTY = Actor("county", (Grant("owner", "990103"), Grant("reader", "990102")))


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    lines = ["project_code,name,kind,mode,county,capacity,connected,approved_on,land_ok,grid_on"]
    for n in range(60):
        approved = "" if n % 3 else f"202{n % 5}-01-0{1 + n % 9}"
        connected = "" if n % 7 == 0 else str(50 + n * n % 11)
        lines.append(
            f"P{n:02},电站{n * 37 % 60}号,{('wind', 'solar_central', 'biomass')[n * n % 3]},{('fishery', 'farm')[n % 2]},"
            f"9901{1 + n // 14:02},{100 + n % 6},{connected},{approved},{('是', '否', '')[n % 3]},{2021 + n % 4}-03-15"
        )
    path = folder / "rows.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    store = open_workspace(folder, "990100")
    assert import_file(store, owner(), REGISTER, path).new == 60
    with store.writing() as connection:
        connection.execute(text(f"update r_{REGISTER} set state = 'approved' where id % 4 = 1"))
        connection.execute(text(f"update r_{REGISTER} set state = 'grid_connected' where id % 4 = 2"))
        connection.execute(text(f"update r_{REGISTER} set region = null where id = 7"))
        connection.execute(text(f"update r_{REGISTER} set live = null where id = 9"))
    yield store
    store.close()


@pytest.fixture(scope="module")
def everything(store):
    with store.reading() as connection:
        found = connection.execute(store.schema.records[REGISTER].select()).mappings()
        return [dict(row) for row in found if row["live"] in (1, 2)]


def meets(row, one):
    value = row[one.field]
    if one.operator == "empty":
        return value is None
    if value is None:
        return False
    if one.operator == "in":
        return value in one.value.split(";")
    if one.field == "region" and one.value.endswith("00"):
        return value.startswith(one.value[:4])
    kind = type(value)
    wanted = one.value == "true" if kind is bool else kind(one.value)
    return COMPARE[one.operator](value, wanted)


def visible(row, actor):
    if actor is not COUNTY:
        return True
    return row["region"] == "990103" or (
        row["region"] == "990102" and row["state"] in ("grid_connected", "full_capacity")
    )


def ordered(rows, sort, down):
    there = sorted((r for r in rows if r[sort] is not None), key=lambda r: (r[sort], r["id"]), reverse=down)
    return [r["id"] for r in there] + sorted(r["id"] for r in rows if r[sort] is None)


def pages(store, actor, **query):
    seen, after = [], None
    while True:
        page = find(store, actor, REGISTER, after=after, **query)
        assert len(page.rows) <= query["limit"]
        seen += [row["id"] for row in page.rows]
        after = page.after
        if after is None:
            return seen


@settings(max_examples=150, deadline=None)
@given(
    filters=st.lists(st.sampled_from(FILTERS), max_size=3),
    sort=st.sampled_from(SORTS),
    down=st.booleans(),
    limit=st.sampled_from([3, 10, 59, 100]),
    steps=st.sampled_from([1, 4, 20, 100]),
    covered=st.sampled_from([0, 8, 1000]),
    few=st.sampled_from([0, 8, 1000]),
    listed=st.sampled_from([0, 5, 1000]),
    fewest=st.sampled_from([0, 2, 1000]),
    many=st.sampled_from([0, 12, 1000]),
    search=st.sampled_from(["", "", "电站3", "3号"]),
    actor=st.sampled_from([owner(), COUNTY]),
)
def test_pages_together_are_what_plain_python_selects_and_sorts(
    filters, sort, down, limit, steps, covered, few, listed, fewest, many, search, actor, store, everything
):
    expected = [
        row for row in everything
        if visible(row, actor) and all(meets(row, one) for one in filters) and search in row["name"]
    ]  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paging, "STEPS", steps)
        patch.setattr(paging, "COVERED_STEPS", steps)
        patch.setattr(paging, "COVERED_FEW", covered)
        patch.setattr(paging, "LISTED", listed)
        patch.setattr(paging, "FEWEST", fewest)
        patch.setattr(paging, "SORTED", many)
        patch.setattr(paging, "FEW", few)
        seen = pages(store, actor, filters=filters, sort=sort, descending=down, limit=limit, search=search)
    assert seen == ordered(expected, sort, down)


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("one", [None, FILTERS[0], FILTERS[7], FILTERS[3]], ids=str)
def test_no_page_is_sorted_or_read_from_the_start(sort, one, store, monkeypatch):
    """The plan of SQLite for each page: a range of an index or of the numbers, without a sort.

    Only the few records of a rare filter are sorted: here no filter is one.
    """
    monkeypatch.setattr(paging, "FEWEST", 0)
    if not store.sqlite:
        pytest.skip("the plans of PostgreSQL follow its statistics")
    statements = []

    def note(_connection, _cursor, statement, parameters, *_more):
        statements.append((statement, parameters))

    filters = [] if one is None else [one]
    event.listen(store.engine, "before_cursor_execute", note)
    try:
        first = find(store, owner(), REGISTER, filters=filters, sort=sort, limit=2)
        find(store, owner(), REGISTER, filters=filters, sort=sort, limit=2, after=first.after)
    finally:
        event.remove(store.engine, "before_cursor_execute", note)
    asked = [(what, values) for what, values in statements if "FROM r_" in what and "IS NULL" not in what]
    assert len(asked) >= 2
    with store.reading() as connection:
        for statement, parameters in asked:
            plan = [
                row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            ]
            assert not any("TEMP B-TREE" in step for step in plan), (statement, plan)
