"""Contract: every text that the ledger asks for is in the catalogue with its fields; no `api.` or `metric.` row is unused."""

import ast
from importlib.resources import files
from pathlib import Path
from string import Formatter

from dafeng.evidence import Language, catalogue

LEDGER = Path(str(files("dafeng.web.ledger")))
TABLE = catalogue("dafeng.web")


def asked():
    return [
        (node.args[0].value, {word.arg for word in node.keywords})
        for file in sorted(LEDGER.glob("*.py"))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "_TEXTS.both"
    ]


def test_every_text_exists_with_the_fields_that_are_filled():
    assert len(asked()) > 40
    for id_, given in asked():
        for language in Language:
            fields = {name for _, name, _, _ in Formatter().parse(TABLE.template(id_, language)) if name}
            assert fields == given, id_


def test_no_row_is_without_use():
    used = {id_ for id_, _ in asked()}
    assert {id_ for id_ in TABLE.ids() if "." in id_} == used


def test_texts_of_problems_are_not_sent_to_pages(client, served):
    """Their fields are filled per problem: a page that formats every text of the room would fail on them."""
    answer = client.get("/")
    assert answer.status_code == 200
    assert "登录" in answer.content.decode()


def test_the_description_has_both_languages(client, served):
    found = client.get("/api/v1/openapi.json").json()
    assert "入库提交后返回回执" in found["info"]["description"]
    assert "receipts out after the commit" in found["info"]["description"]
    body = found["paths"]["/api/v1/readings"]["post"]["requestBody"]
    assert "批次" in body["description"]


def test_a_path_that_there_is_not_is_told_in_both(client, served):
    (problem,) = client.get("/api/v1/nothing", headers={"accept": "application/json"}).json()["problems"]
    assert problem["found"] == "no such path"
    assert problem["expected"] == "a path of this server"
    assert "没有这个路径" in problem["zh"]
