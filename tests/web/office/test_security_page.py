"""Contract: each line of the security page names tests that are there, or a reason; no section of ASVS is without a line."""

import ast
import re
from functools import cache
from pathlib import Path

from .conftest import configuration

PAGE = Path(__file__).parents[3] / "docs" / "security.md"
TESTS = Path(__file__).parents[2]
SECTIONS = [
    "1.1",
    "1.2",
    "1.3",
    "1.4",
    "1.5",
    "1.6",
    "1.7",
    "1.8",
    "1.9",
    "1.10",
    "1.11",
    "1.12",
    "1.14",
    "2.1",
    "2.2",
    "2.3",
    "2.4",
    "2.5",
    "2.6",
    "2.7",
    "2.8",
    "2.9",
    "2.10",
    "3.1",
    "3.2",
    "3.3",
    "3.4",
    "3.5",
    "3.6",
    "3.7",
    "4.1",
    "4.2",
    "4.3",
    "5.1",
    "5.2",
    "5.3",
    "5.4",
    "5.5",
    "6.1",
    "6.2",
    "6.3",
    "6.4",
    "7.1",
    "7.2",
    "7.3",
    "7.4",
    "8.1",
    "8.2",
    "8.3",
    "9.1",
    "9.2",
    "10.2",
    "10.3",
    "11.1",
    "12",
    "13.1",
    "14.1",
    "14.2",
    "14.3",
    "14.4",
    "14.5",
]
"""Sections of ASVS 4.0.3 with requirements of level 1 or 2; 12 stands for 12.1 to 12.5, 13.1 for 13.1 to 13.4."""


@cache
def names_in(file):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_each_line_is_a_test_or_a_reason():
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ") and "---" not in line]  # fmt: skip
    held = [row.split("|")[3].strip() for row in rows]
    lines = [text for text in held if text not in {"held by", "依据"}]
    assert len(lines) > 70
    for text in lines:
        named = re.findall(r"`((?:\w+/)*test_\w+\.py)::(test_\w+)`", text)
        assert named or re.match(r"(reason:|理由:).{8}", text), text
        for file, name in named:
            assert name in names_in((TESTS if "/" in file else Path(__file__).parent) / file), (file, name)


def test_each_section_of_asvs_has_a_line():
    page = PAGE.read_text(encoding="utf-8").partition("## 等级保护")[0]
    listed = {number for row in re.findall(r"^\| (\d[^|]*)\|", page, re.M) for number in re.findall(r"\b\d+(?:\.\d+)?", row)}  # fmt: skip
    assert [one for one in SECTIONS if one not in listed] == []


def test_passwords_are_stored_salted_and_slow(office):
    """The hash of the framework, which the tests alone replace."""
    from django.contrib.auth.hashers import PBKDF2PasswordHasher

    assert "PASSWORD_HASHERS" not in configuration(office.root)
    hasher = PBKDF2PasswordHasher()
    assert (hasher.algorithm, hasher.iterations >= 600_000) == ("pbkdf2_sha256", True)
    assert hasher.salt() != hasher.salt()
