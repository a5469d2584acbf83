"""Contract: each line of the security page names tests that are there, or a reason."""

import ast
import re
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "security.md"


def test_each_line_is_a_test_or_a_reason():
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ") and "---" not in line]  # fmt: skip
    held = [row.split("|")[3].strip() for row in rows]
    lines = [text for text in held if text not in {"held by", "依据"}]
    assert len(lines) > 35
    for text in lines:
        named = re.findall(r"`(test_\w+\.py)::(test_\w+)`", text)
        assert named or text.startswith(("reason:", "理由:")), text
        for file, name in named:
            tree = ast.parse((Path(__file__).parent / file).read_text(encoding="utf-8"))
            assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, (
                file,
                name,
            )
