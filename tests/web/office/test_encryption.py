"""Contract: an encrypted backup is one file that only its identity opens; a changed, cut or foreign one is refused with nothing
restored; what comes out is the backup to the byte.
"""

import pytest

from dafeng.evidence import DafengError


@pytest.fixture
def key(tmp_path):
    from dafeng.web.office.operations.encryption import new_identity

    return tmp_path / "key.txt", new_identity(tmp_path / "key.txt")


def test_an_encrypted_backup_is_restored_with_its_identity(office, key, tmp_path):
    from dafeng.web.office.command import restore_workspace, verify_workspace
    from dafeng.web.office.operations.backup import back_up
    from dafeng.web.office.operations.checks import backups

    identity, recipient = key
    assert identity.stat().st_mode & 0o077 == 0
    (office.evidence / "big").write_bytes(b"")
    file = back_up(recipient=recipient)
    assert file.suffix == ".age"
    assert [one.name for one in office.backups.iterdir()] == [file.name]  # nothing in plain text is left
    assert file.stat().st_mode & 0o077 == 0
    assert file.read_bytes().startswith(b"age-encryption.org/v1")
    assert b"office_secret_key" not in file.read_bytes()
    assert backups().state == "ok"
    problems = verify_workspace(office.root, file, identity)
    assert [str(one.where) for one in problems] == [
        "evidence/big"
    ]  # a file whose content does not fit its name
    (office.evidence / "big").unlink()
    file = back_up(tmp_path / "second", recipient)
    assert verify_workspace(office.root, file, identity) == []
    restore_workspace(file, tmp_path / "restored", identity)
    assert (tmp_path / "restored" / "keys" / "office_secret_key").read_text() == (office.keys / "office_secret_key").read_text()  # fmt: skip
    assert not [one for one in tmp_path.iterdir() if one.name.startswith(".dafeng-")]


def test_without_the_identity_or_changed_nothing_is_restored(office, key, tmp_path, monkeypatch):
    from dafeng.web.office.command import restore_workspace
    from dafeng.web.office.operations.backup import back_up
    from dafeng.web.office.operations.encryption import IDENTITY, new_identity

    identity, recipient = key
    file, other = back_up(tmp_path / "b.age", recipient), tmp_path / "other.txt"
    new_identity(other)
    with pytest.raises(DafengError, match="尚不存在"):
        new_identity(other)
    for given in (other, tmp_path / "none", file):
        with pytest.raises(DafengError):
            restore_workspace(file, tmp_path / "w", given)
    with pytest.raises(DafengError, match="私钥"):
        restore_workspace(file, tmp_path / "w")
    whole = file.read_bytes()
    for content in (
        whole[:-1],
        whole[: len(whole) // 2],
        whole[:-200] + bytes(200),
        whole + b"x",
        b"",
        b"age",
    ):
        file.write_bytes(content)
        with pytest.raises(DafengError):
            restore_workspace(file, tmp_path / "w", identity)
    assert not (tmp_path / "w").exists()
    file.write_bytes(whole)
    monkeypatch.setenv(IDENTITY, identity.read_text())
    restore_workspace(file, tmp_path / "w")
    assert (tmp_path / "w" / "office.sqlite").is_file()


def test_a_recipient_that_is_none_is_refused_before_anything_is_copied(office, tmp_path):
    from dafeng.web.office.operations.backup import back_up

    for text in ("age1x", "ssh-ed25519 AAAA", "AGE-SECRET-KEY-1X"):
        with pytest.raises(DafengError, match="age"):
            back_up(tmp_path / "b", text)
    assert not list(tmp_path.glob("*b*"))


def test_a_full_disk_leaves_no_half_backup(office, key, tmp_path, monkeypatch):
    import errno

    from dafeng.web.office.operations import encryption
    from dafeng.web.office.operations.backup import back_up

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(encryption.pyrage, "encrypt_io", full)
    with pytest.raises(DafengError):
        back_up(tmp_path / "b", key[1])
    assert [one.name for one in tmp_path.iterdir() if "b.age" in one.name] == []


def test_the_setting_encrypts_every_backup(office, key, monkeypatch, switched, tmp_path):
    monkeypatch.setenv("DAFENG_OFFICE_BACKUP_RECIPIENT", key[1])
    with switched(office.root):
        from dafeng.web.office.operations.backup import back_up

        assert back_up().suffix == ".age"
