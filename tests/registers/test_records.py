"""Contract: a record is entered, reviewed, amended and added up; nothing is overwritten, done twice, or seen without a right."""

import json

import pytest
from sqlalchemy.exc import DBAPIError

from dafeng.evidence import DafengError
from dafeng.registers import (
    Actor,
    Filter,
    Grant,
    act,
    amend,
    change,
    compute,
    count,
    enter,
    find,
    history,
    read,
    verify_chain,
    verify_records,
)

REGISTER = "storage_projects"


def total(store, actor, year=2025):
    return compute(store, actor, REGISTER, "new_storage_capacity", year)[0]


def test_a_record_counts_once_it_is_approved(store, clerk, reviewer, storage):
    done = enter(store, clerk, REGISTER, storage())
    assert (done.state, done.version) == ("approved", 1)
    before = total(store, reviewer)
    assert (before.value, before.n, before.pending) == (None, 0, 1)
    act(store, clerk, REGISTER, done.id, "to_building", version=1)
    act(store, reviewer, REGISTER, done.id, "to_operating", version=2)
    after = total(store, reviewer)
    # 100 MW are 10 万千瓦; connected in March 2025, so nothing at the end of 2024
    assert (after.value, after.unit, after.n, after.missing, after.pending, after.grade) == (
        10.0,
        "万千瓦",
        1,
        0,
        0,
        "B",
    )
    assert total(store, reviewer, 2024).n == 0


def test_pumped_hydro_is_no_new_storage_and_groups_add_up_to_the_whole(store, operating, reviewer):
    operating("A1")
    operating("A2", power=50, technology="液流", county="990103")
    operating("A3", power=1200, technology="抽水蓄能")
    whole, *groups = compute(store, reviewer, REGISTER, "new_storage_capacity", 2025)
    assert whole.value == 15.0
    assert {group.group["technology"]: group.value for group in groups} == {"lfp": 10.0, "flow": 5.0}


def test_everything_wrong_with_a_record_is_told_at_once_and_nothing_is_kept(store, clerk, storage):
    with pytest.raises(DafengError) as refused:
        enter(store, clerk, REGISTER, storage(power=0, connected_on="2025-02-30", technology="锂电"))
    assert {problem.where for problem in refused.value.problems} == {
        f"{REGISTER}:power", f"{REGISTER}:connected_on", f"{REGISTER}:technology",
    }  # fmt: skip
    assert count(store, clerk, REGISTER) == 0


def test_a_key_is_taken_once(store, clerk, storage):
    enter(store, clerk, REGISTER, storage())
    with pytest.raises(DafengError, match="record 1 has it"):
        enter(store, clerk, REGISTER, storage(name="另一个"))


def test_the_same_request_is_done_once(store, clerk, storage):
    first = enter(store, clerk, REGISTER, storage(), request="r-1")
    again = enter(store, clerk, REGISTER, storage(), request="r-1")
    assert (again.id, again.repeated) == (first.id, True)
    assert count(store, clerk, REGISTER) == 1
    with pytest.raises(DafengError, match="not used for another act"):
        act(store, clerk, REGISTER, first.id, "to_building", version=1, request="r-1")


def test_two_writers_of_one_version_lose_nothing(store, clerk, storage):
    done = enter(store, clerk, REGISTER, storage())
    change(store, clerk, REGISTER, done.id, {"power": 110}, version=1)
    with pytest.raises(DafengError, match="version 2"):
        change(store, clerk, REGISTER, done.id, {"energy": 300}, version=1)
    record = read(store, clerk, REGISTER, done.id)
    assert (record["power"], record["energy"]) == (110.0, 200.0)


def test_a_record_that_counts_is_amended_never_overwritten(store, clerk, reviewer, operating):
    done = operating()
    with pytest.raises(DafengError, match="amend"):
        change(store, clerk, REGISTER, done.id, {"power": 120}, version=done.version)
    with pytest.raises(DafengError, match="no reason"):
        amend(store, clerk, REGISTER, done.id, {"power": 120}, version=done.version, reason=" ")
    new = amend(store, clerk, REGISTER, done.id, {"power": 120}, version=done.version, reason="核实铭牌")
    assert total(store, reviewer).value == 10.0, "the amendment does not count before it is approved"
    act(store, clerk, REGISTER, new.id, "to_building", version=1)
    act(store, reviewer, REGISTER, new.id, "to_operating", version=2)
    assert total(store, reviewer).value == 12.0
    assert total(store, reviewer).n == 1, "the record that it replaces counts no more"
    told = history(store, reviewer, REGISTER, new.id)
    assert [row["act"] for row in told] == [
        "enter", "to_building", "to_operating", "amend", "to_building", "superseded", "to_operating",
    ]  # fmt: skip
    assert verify_chain(store) == []


def test_who_entered_a_record_does_not_approve_it(store, head, storage):
    done = enter(store, head, REGISTER, storage())
    act(store, head, REGISTER, done.id, "to_building", version=1)
    with pytest.raises(DafengError, match="two pairs of eyes"):
        act(store, head, REGISTER, done.id, "to_operating", version=2)


def test_two_pairs_of_eyes_are_two_persons_also_under_a_delegation(store, head, storage):
    """A deputy does not approve what the person acted for entered, nor that person what the deputy entered."""
    deputy = Actor("deputy", head.grants, behalf=head.id)
    for entering, approving in ((head, deputy), (deputy, head)):
        done = enter(store, entering, REGISTER, storage(f"D-{entering.id}"))
        act(store, entering, REGISTER, done.id, "to_building", version=1)
        with pytest.raises(DafengError, match="two pairs of eyes"):
            act(store, approving, REGISTER, done.id, "to_operating", version=2)
        other = Actor("other", head.grants)
        assert act(store, other, REGISTER, done.id, "to_operating", version=2).state == "operating"


def test_what_stands_in_the_way_of_an_act_is_told_at_once(store, county, storage):
    done = enter(store, county, REGISTER, storage(connected_on=None))
    act(store, county, REGISTER, done.id, "to_building", version=1)
    with pytest.raises(DafengError) as refused:
        act(store, county, REGISTER, done.id, "to_operating", version=2)
    text = str(refused.value)
    assert "the role reviewer" in text
    assert "entered the record" in text
    assert "filled(connected_on) does not hold" in text


def test_rights_are_part_of_every_query(store, clerk, county, operating, storage):
    operating("A1")
    operating("A2", county="990103")
    enter(store, clerk, REGISTER, storage("A3", county="990103"))
    reader = Actor("bank", (Grant("reader", "990100"),))
    other = Actor("other", (Grant("reporter", "990104"),))
    assert [row["project_code"] for row in find(store, county, REGISTER).rows] == ["A1"]
    assert [row["project_code"] for row in find(store, reader, REGISTER).rows] == ["A1", "A2"], (
        "not what does not count yet"
    )
    assert count(store, other, REGISTER) == 0
    assert count(store, county, REGISTER, search="示例储能") == 1
    assert [
        result.value for result in compute(store, county, REGISTER, "new_storage_capacity", 2025, by=[])
    ] == [10.0]
    for look in (read, history):
        with pytest.raises(DafengError):
            look(store, county, REGISTER, 2)
    with pytest.raises(DafengError, match="that you may write for"):
        enter(store, county, REGISTER, storage("B1", county="990103"))


def test_commercial_fields_are_neither_shown_nor_filtered_nor_exported(store, operating):
    operating(cycles=300)
    reader = Actor("bank", (Grant("reader", "990100"),))
    [row] = find(store, reader, REGISTER).rows
    assert "cycles" not in row
    for use in ({"filters": [Filter("cycles", ">", "1")]}, {"sort": "cycles"}):
        with pytest.raises(DafengError, match="the field cycles"):
            find(store, reader, REGISTER, **use)


def test_a_change_from_outside_breaks_the_seal(store, clerk, storage):
    enter(store, clerk, REGISTER, storage())
    enter(store, clerk, REGISTER, storage("A2"))
    assert verify_chain(store) == []
    revision, forged = store.schema.shared.revision, json.dumps({"power": 999})
    with pytest.raises(DBAPIError, match="append-only"), store.writing() as connection:
        connection.execute(revision.update().where(revision.c.id == 1).values(after=forged))
    with pytest.raises(DBAPIError, match="append-only"), store.writing() as connection:
        connection.execute(revision.delete().where(revision.c.id == 2))
    assert verify_chain(store) == []
    with store.writing() as connection:  # whoever owns the file can take the trigger away: the seal shows it
        if store.sqlite:
            connection.exec_driver_sql("DROP TRIGGER revision_no_update")
        else:
            connection.exec_driver_sql("ALTER TABLE records.revision DISABLE TRIGGER ALL")
    with store.writing() as connection:
        connection.execute(revision.update().where(revision.c.id == 1).values(after=forged))
    if not store.sqlite:
        with store.writing() as connection:
            connection.exec_driver_sql("ALTER TABLE records.revision ENABLE TRIGGER ALL")
    assert [problem.where for problem in verify_chain(store)] == ["revision 1 (storage_projects 1)"]


def test_a_record_that_was_changed_around_the_log_is_found(store, clerk, storage):
    enter(store, clerk, REGISTER, storage())
    done = enter(store, clerk, REGISTER, storage("A2"))
    change(store, clerk, REGISTER, done.id, {"power": 110, "connected_on": None}, version=1)
    assert verify_records(store, REGISTER) == []
    table = store.schema.records[REGISTER]
    with store.writing() as connection:
        connection.execute(table.update().where(table.c.id == done.id).values(power=999))
    [problem] = verify_records(store, REGISTER)
    assert (problem.where, problem.found) == (f"{REGISTER}:{done.id}:power", "999.0")
    assert verify_chain(store) == [], "the log itself is whole"


def test_text_search_has_its_trigrams(store, clerk, storage):
    enter(store, clerk, REGISTER, storage())
    with store.reading() as connection:
        if store.sqlite:  # its index of trigrams is a table of its own
            made = connection.exec_driver_sql(
                f"SELECT sql FROM sqlite_master WHERE name = 's_{REGISTER}'"
            ).scalar()
            assert "fts5" in str(made)
            assert "tokenize='trigram'" in str(made)
            return
        names = (
            connection.exec_driver_sql(
                "SELECT indexname FROM pg_indexes WHERE schemaname = 'records' AND indexdef LIKE '%%gin_trgm_ops%%'"
            )
            .scalars()
            .all()
        )
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        plan = "\n".join(
            connection.exec_driver_sql(
                f"EXPLAIN SELECT id FROM records.r_{REGISTER} WHERE search ILIKE '%%示例储能%%'"
            ).scalars()
        )
    assert len(names) == len(store.book.editions)
    assert f"g_{REGISTER}" in plan
    assert count(store, clerk, REGISTER, search="示例储能") == 1


def test_the_states_that_are_there_are_those_of_all_records_of_the_place(store, operating, clerk, storage):
    from dafeng.registers import states_there

    assert states_there(store) == set()
    operating("A1")
    enter(store, clerk, "storage_projects", storage("A2"))
    first = store.book.latest("storage_projects").life_cycle.initial
    assert states_there(store) == {("storage_projects", "operating"), ("storage_projects", first)}
