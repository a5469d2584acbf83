"""Contract: every route has its line in `routes.py`; from these lines: each page in both languages, without anything from
elsewhere and without Chinese of the interface on an English page; what one county enters is in no answer to its neighbour.
"""

import html
import io
import json
import re
import sqlite3
import zipfile
from contextlib import closing
from importlib.resources import files
from pathlib import Path

import pytest

from .routes import ACTS, FILES, NEEDED, PAGES, served
from .test_glance import entered
from .test_rights_matrix import AMOUNT, POST_ONLY, SECRET, secret  # noqa: F401 - a fixture

WITHOUT_LEDGER = {"/metering/EX-CEMENT/"}
"""Pages that need readings: `test_serving_office.py` opens them."""
PRODUCT = {"中文", "达峰", "节能法"}
"""What an English page names in Chinese: the other language, the product, a law in the hint of a field."""


def test_every_route_has_its_line(office):
    """A new route is entered in `routes.py`: its need, and where its page, file or act is tested."""
    from dafeng.web.office.urls import urlpatterns

    needed = {one.name: one.callback.__dict__.get("needed") for one in urlpatterns}
    assert {name for name in needed if name not in NEEDED} == set()
    assert {name: NEEDED[name] for name in needed} == needed
    acts = {name for names in ACTS.values() for name in names}
    assert acts & set(needed) == POST_ONLY & set(needed)


@pytest.fixture
def furnished(office, as_person):
    """The demonstration with a run and a job."""
    from dafeng.web.office.jobs.models import Job

    entered(office, "run-1")
    as_person("clerk").post("/jobs/run", {"samples": "256"})
    Job.objects.update(id=1)
    return office


def data_of(office):
    """Return all texts that are data: rows of the stores, files of the cases, runs, sources of schemes."""
    texts = []
    for store in ("office.sqlite", "records.sqlite"):
        with closing(sqlite3.connect(office.root / store)) as connection:
            tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]  # fmt: skip
            # the definitions are no data: their names are those of the interface
            rows = [row for name in tables if name != "edition" for row in connection.execute(f'SELECT * FROM "{name}"')]  # fmt: skip
        texts += [value for row in rows for value in row if isinstance(value, str)]
    packaged = Path(str(files("dafeng"))) / "assessment"
    found = [*office.releases.rglob("*.*"), *packaged.rglob("*.yaml")]
    texts += [path.read_text(encoding="utf-8") for path in found if path.suffix in {".csv", ".yaml"}]
    runs = [json.loads(path.read_text(encoding="utf-8")) for path in office.results.rglob("*.json")]
    texts += [json.dumps(run, ensure_ascii=False) for run in runs]
    return "\n".join(texts)


@pytest.mark.slow
def test_each_page_is_in_both_languages_and_loads_nothing(furnished, as_person):
    clients = {name: (as_person(name), as_person(name)) for name in ("clerk", "admin")}
    for _, english in clients.values():
        english.post("/language", {"language": "en"})
    data, wrong = data_of(furnished), []
    for who, path in served(PAGES):
        if path in WITHOUT_LEDGER:
            continue
        chinese, english = clients[who]
        for client, language in ((chinese, "zh-CN"), (english, "en")):
            answer = client.get(path)
            page = html.unescape(answer.content.decode())
            if answer.status_code != 200 or f'<html lang="{language}">' not in page:
                wrong.append((path, language, answer.status_code))
            if re.search(r"(?:src|href|action)=\"(?:https?:)?//", page) or "default-src 'none'" not in answer["Content-Security-Policy"]:  # fmt: skip
                wrong.append((path, language, "loads from elsewhere"))
            if answer["Cache-Control"] != "no-store":
                wrong.append((path, language, "may be kept"))
            if language == "en":
                left = {run for run in re.findall("[一-鿿]+", page) if run not in PRODUCT and run not in data}
                wrong += [(path, "not English", run) for run in sorted(left)]
    assert not wrong, "\n".join(map(str, wrong))


AMOUNTS = (f"{AMOUNT}.5", f"{int(AMOUNT):,}")
"""Its energy as files have it, its power as pages show it."""


def text_of(answer):
    """Return what an answer says: of a workbook or document, the content of its parts; of each, its name too."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    said = json.dumps(dict(answer.headers), ensure_ascii=False)
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            return said + "".join(parts.read(name).decode("utf-8", "replace") for name in parts.namelist())
    return said + content.decode("utf-8", "replace")


@pytest.mark.slow
def test_a_neighbour_s_record_is_in_no_answer(furnished, as_person, secret):  # noqa: F811
    """All pages and files that the shell serves, to each role without a right on the record."""
    own = f"/registers/storage_projects/{secret}/"
    more = [
        own, f"{own}edit", f"{own}evidence/{'0' * 64}", f"/registers/storage_projects/?q={SECRET}", f"/explain/?ref=storage_projects/{secret}/power",
        f"/registers/storage_projects/export.csv?q={SECRET}", f"/registers/storage_projects/?where=power={AMOUNT}", "/returns/?register=storage_projects",
    ]  # fmt: skip
    paths = [*(path for _, path in (*served(PAGES), *served(FILES))), *more]
    assert len(paths) > 50
    found = set()
    for who in ("county", "reader", "admin", "clerk"):
        client = as_person(who)
        for path in paths:
            said = text_of(client.get(path))
            # what the person asked for is echoed in the field of the search
            for echo in (f'value="{SECRET}"', f"q={SECRET}"):
                said = said.replace(echo, "")
            found |= {(who, path) for word in (SECRET, *AMOUNTS) if word in said}
    assert {path for who, path in found if who != "clerk"} == set()
    # the search finds what it looks for: the clerk has a right on it
    assert {own, f"/registers/storage_projects/?q={SECRET}", "/registers/storage_projects/export.xlsx"} <= {path for _, path in found}  # fmt: skip
