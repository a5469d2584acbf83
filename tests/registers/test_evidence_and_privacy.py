"""Contract: evidence is kept once and proves itself; personal values can be blanked while log, chain and sums stay valid."""

from pathlib import Path

import pytest

from dafeng.evidence import DafengError
from dafeng.registers import (
    Actor,
    Grant,
    amend,
    attach,
    blank,
    blank_due,
    change,
    enter,
    evidence_file,
    evidence_of,
    history,
    read,
    verify_chain,
)

STRAW = {
    "county": "990102", "crop": "rice_late", "year": 2025, "output": 1000, "grass_grain_ratio": 1, "collect_ratio": 0.8,
    "market": 300, "scattered": 100, "returned": 380, "moved_out": 0, "from_other_counties": 0,
}  # fmt: skip
FARMER = {
    "farmer_code": "F1",
    "name": "张三",
    "phone": "13800000000",
    "crop_name": "稻",
    "sown": 3,
    "yield_per_mu": 500,
    "fertiliser": 60,
}


def test_personal_values_are_apart_from_record_and_log_and_can_be_blanked(store, clerk, head):
    done = enter(store, clerk, "straw_ledger", STRAW, children={"farmers": [FARMER]})
    assert read(store, clerk, "straw_ledger", done.id)["children"]["farmers"][0]["phone"] == "13800000000"
    auditor = Actor("auditor", (Grant("auditor", "990100"),))
    assert "phone" not in read(store, auditor, "straw_ledger", done.id)["children"]["farmers"][0]
    with store.reading() as connection:
        told = "".join(str(tuple(row)) for row in connection.execute(store.schema.shared.revision.select()))
        kept = "".join(
            str(tuple(row))
            for row in connection.execute(store.schema.children["straw_ledger", "farmers"].select())
        )
    assert "13800000000" not in told + kept
    assert "张三" not in told + kept
    with pytest.raises(DafengError):
        blank(store, clerk, "straw_ledger", done.id, "本人要求")
    assert blank(store, head, "straw_ledger", done.id, "本人要求") == 2
    assert read(store, clerk, "straw_ledger", done.id)["children"]["farmers"][0]["phone"] is None
    assert verify_chain(store) == []
    assert [row["act"] for row in history(store, head, "straw_ledger", done.id)] == ["enter", "blank"]


def test_personal_values_end_at_their_date(store, clerk, head):
    done = enter(store, clerk, "straw_ledger", STRAW, children={"farmers": [FARMER]})
    assert blank_due(store, head, "2026-11-01") == 0
    assert blank_due(store, head, "2099-01-01") == 1, "the phone has a term, the name has none"
    farmer = read(store, clerk, "straw_ledger", done.id)["children"]["farmers"][0]
    assert (farmer["phone"], farmer["name"]) == (None, "张三")


def test_a_personal_key_is_a_pseudonym(store, clerk):
    cells = {"plate_or_ship": "赣G12345", "kind": "light", "emission_standard": "stage3", "county": "990102"}
    enter(store, clerk, "old_vehicles_ships", cells)
    with pytest.raises(DafengError, match="record 1 has it"):
        enter(store, clerk, "old_vehicles_ships", cells)
    with store.reading() as connection:
        row = connection.execute(store.schema.records["old_vehicles_ships"].select()).mappings().one()
    assert "赣G12345" not in str(dict(row))
    assert read(store, clerk, "old_vehicles_ships", 1)["plate_or_ship"] == "赣G12345"


def test_evidence_is_kept_once_and_checked_when_it_is_fetched(store, clerk, tmp_path):
    proof = tmp_path / "验收.pdf"
    proof.write_bytes(b"%PDF-1.4 proof")
    coal = {"unit_id": "U1", "capacity": 350, "county": "990102"}
    first, second = (
        enter(store, clerk, "coal_units", coal),
        enter(store, clerk, "coal_units", {**coal, "unit_id": "U2"}),
    )
    digest = attach(store, clerk, "coal_units", first.id, "evidence", proof, version=1)
    assert attach(store, clerk, "coal_units", second.id, "evidence", proof, version=1) == digest
    files = [path for path in store.folder.rglob("*") if path.is_file()]
    assert len(files) == 1
    [row] = evidence_of(store, clerk, "coal_units", first.id)
    assert (row["name"], row["kind"], row["size"]) == ("验收.pdf", "pdf", 14)
    assert evidence_file(store, clerk, "coal_units", first.id, digest).read_bytes() == b"%PDF-1.4 proof"
    stranger = Actor("stranger", (Grant("reporter", "990101"),))
    with pytest.raises(DafengError):
        evidence_file(store, stranger, "coal_units", first.id, digest)
    files[0].write_bytes(b"forged")
    with pytest.raises(DafengError, match="missing or was changed"):
        evidence_file(store, clerk, "coal_units", first.id, digest)


def test_a_full_evidence_folder_attaches_nothing(store, clerk, tmp_path, monkeypatch):
    done = enter(store, clerk, "coal_units", {"unit_id": "U1", "capacity": 350, "county": "990102"})
    proof = tmp_path / "p.pdf"
    proof.write_bytes(b"%PDF")
    monkeypatch.setattr(
        "dafeng.registers.store.evidence.os.fsync",
        lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")),
    )
    with pytest.raises(DafengError, match="No space left"):
        attach(store, clerk, "coal_units", done.id, "evidence", proof, version=1)
    assert evidence_of(store, clerk, "coal_units", done.id) == []
    assert read(store, clerk, "coal_units", done.id)["version"] == 1


def test_a_file_field_takes_no_typed_name(store, clerk, operating):
    done = operating()
    with pytest.raises(DafengError, match="a field for files"):
        attach(store, clerk, "storage_projects", done.id, "name", Path(__file__), version=done.version)
    assert (
        amend(
            store, clerk, "storage_projects", done.id, {"power": 5}, version=done.version, reason="更正"
        ).version
        == 1
    )


def test_a_file_attached_again_by_its_request_is_attached_once(store, clerk, tmp_path):
    proof, other = tmp_path / "p.pdf", tmp_path / "q.pdf"
    proof.write_bytes(b"%PDF 1")
    other.write_bytes(b"%PDF 2")
    done = enter(store, clerk, "coal_units", {"unit_id": "U1", "capacity": 350, "county": "990102"})
    where = (store, clerk, "coal_units", done.id, "evidence")
    digest = attach(*where, proof, version=1, request="click-1")
    assert attach(*where, proof, version=1, request="click-1") == digest, "the version of the first time"
    assert len(evidence_of(store, clerk, "coal_units", done.id)) == 1
    assert read(store, clerk, "coal_units", done.id)["version"] == 2
    [_, revision] = history(store, clerk, "coal_units", done.id)
    assert revision["request"] == "click-1"
    with pytest.raises(DafengError, match="not used for another act"):
        attach(*where, other, version=2, request="click-1")
    assert len(evidence_of(store, clerk, "coal_units", done.id)) == 1


def test_a_blanking_repeated_by_its_request_leaves_what_was_entered_since(store, clerk, head):
    done = enter(store, clerk, "straw_ledger", STRAW, children={"farmers": [FARMER]})
    assert blank(store, head, "straw_ledger", done.id, "本人要求", request="letter-7") == 2
    change(
        store, clerk, "straw_ledger", done.id, {}, version=1,
        children={"farmers": [{**FARMER, "name": "李四", "phone": "13900000000"}]},
    )  # fmt: skip
    assert blank(store, head, "straw_ledger", done.id, "本人要求", request="letter-7") == 2, (
        "the first answer"
    )
    assert read(store, clerk, "straw_ledger", done.id)["children"]["farmers"][0]["name"] == "李四"
    assert blank(store, head, "straw_ledger", done.id, "本人要求", request="letter-8") == 2
    assert blank_due(store, head, "2099-01-01", request="day-1") == 0
    enter(store, clerk, "straw_ledger", {**STRAW, "county": "990101"}, children={"farmers": [FARMER]})
    assert blank_due(store, head, "2099-01-01", request="day-1") == 0
    assert blank_due(store, head, "2099-01-01", request="day-2") == 1
    assert verify_chain(store) == []
