"""Contract: `dafeng serve` runs office processes, worker and ledger behind one port; any of them may be killed at any time; the
stories of an office run in a browser, at both widths, without a request elsewhere and with nothing serious for axe.
"""

import http.client
import http.cookiejar
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from .routes import PAGES, served
from .test_editing import typed
from .test_jobs import ROW

PATIENCE = 300
"""Seconds that a busy machine is given."""
GOLDEN = Path(__file__).parents[2] / "report" / "golden" / "jiujiang_summary.json"

pytestmark = [pytest.mark.slow, pytest.mark.system]


def started(workspace, *options):
    """A served workspace: its process and what it said when it was ready."""
    process = subprocess.Popen(
        [sys.executable, "-m", "dafeng", "serve", "--workspace", str(workspace), "--port", "0", "--json", *options],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    return process, json.loads(process.stdout.readline())


def children(pid):
    """Processes below `pid`: their command lines by id."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if f"PPid:\t{pid}\n" in (entry / "status").read_text():
                found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
    return found


def health(url):
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        return json.load(error)


def until(wanted, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if wanted():
            return True
        time.sleep(0.3)
    return False


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    workspace = tmp_path_factory.mktemp("served") / "office"
    process, said = started(workspace, "--demo")
    yield workspace, process, said
    process.terminate()
    assert process.wait(60) == 0


def test_any_process_may_be_killed(demo):
    _, process, said = demo
    assert until(lambda: health(said["url"])["state"] == "ready")
    for word in ("answering", "office work", "owning"):
        victim = next(pid for pid, line in children(process.pid).items() if word in line)
        os.kill(victim, signal.SIGKILL)
        for _ in range(5):
            assert health(said["url"])["set_up"] is True  # another office process answers meanwhile
        assert until(lambda word=word, victim=victim: any(word in line and pid != victim for pid, line in children(process.pid).items()))  # fmt: skip
    assert until(lambda: health(said["url"])["state"] == "ready")


class Visitor:
    """A person with a session of their own, over the wire."""

    def __init__(self, url, name, password):
        self.url = url
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        self.get("/signin")
        assert self.post("/signin", {"username": name, "password": password})[0] == 200

    def get(self, path):
        return self.opener.open(self.url + path, timeout=60).read().decode()

    def post(self, path, form):
        """Status after redirects, and the address reached."""
        token = next(one.value for one in self.jar if one.name == "csrf")
        data = urllib.parse.urlencode(form | {"csrfmiddlewaretoken": token}).encode()
        request = urllib.request.Request(self.url + path, data, {"Origin": self.url})
        try:
            with self.opener.open(request, timeout=60) as answer:
                return answer.status, answer.url.removeprefix(self.url)
        except urllib.error.HTTPError as error:
            return error.code, path


def test_of_changes_through_several_processes_none_is_lost(demo):
    """Six people write on one record through the office's processes; each reads again after a 409."""
    _, process, said = demo
    assert until(lambda: health(said["url"])["state"] == "ready")
    assert sum("answering" in line for line in children(process.pid).values()) == 2
    people = [Visitor(said["url"], "clerk", said["password"]) for _ in range(6)]
    fields = ROW | {"project_code": "P1", "technology": "lfp", "side": "grid", "unclassified": "1"}
    blank = typed(people[0].get("/registers/storage_projects/new"))
    status, path = people[0].post("/registers/storage_projects/new", blank | fields)
    assert status == 200
    start, stored, refused = threading.Barrier(len(people)), [], []

    def work(number):
        start.wait()
        for turn in range(5):
            while (text := f"名{number}-{turn}") not in stored:
                form = typed(people[number].get(f"{path}edit"))
                status, _ = people[number].post(f"{path}edit", form | {"name": text})
                assert status in {200, 409}
                (stored if status == 200 else refused).append(text)

    with ThreadPoolExecutor(len(people)) as pool:
        list(pool.map(work, range(len(people))))
    written = re.findall("<ins>(名[^<]*)</ins>", people[0].get(path))
    assert len(stored) == 30
    assert sorted(set(written)) == sorted(stored)  # each is a revision of its own
    assert refused


def test_a_backup_is_made_while_it_serves_and_restored(demo, tmp_path):
    workspace, _, _ = demo
    owner = workspace / "ledger.duckdb.owner"
    assert until(owner.exists)

    def run(*words):
        line = [sys.executable, "-m", "dafeng", *words]
        return subprocess.run(line, capture_output=True, text=True, check=True).stdout

    made = json.loads(run("backup", "--workspace", str(workspace), "--out", str(tmp_path / "b"), "--json"))
    assert (Path(made["written"]) / "ledger.duckdb").stat().st_size > 100_000
    assert json.loads(run("verify", str(tmp_path / "b"), "--json"))["problems"] == []
    run("restore", str(tmp_path / "b"), "--workspace", str(tmp_path / "w"))
    checks = {one["check"]: one["state"] for one in json.loads(run("doctor", "--workspace", str(workspace), "--json"))["checks"]}  # fmt: skip
    assert {checks[name] for name in ("database", "worker", "keys", "clock", "modes")} == {"ok"}
    status = json.loads(run("metering", "status", "--store", str(tmp_path / "w" / "ledger.duckdb"), "--json"))
    there = json.loads(run("metering", "status", "--store", str(workspace / "ledger.duckdb"), "--json"))
    assert status["readings"] == there["readings"] > 0


def test_children_end_with_a_supervisor_that_is_killed(tmp_path):
    process, _ = started(tmp_path / "office")
    below = list(children(process.pid))
    assert len(below) == 3
    process.kill()
    process.wait()
    assert until(lambda: not any(alive(pid) for pid in below))


def test_nothing_that_was_acknowledged_is_lost(tmp_path):
    """Records are entered while each process in turn, at last the supervisor, is killed: each that was confirmed is there after it."""
    workspace = tmp_path / "office"
    process, said = started(workspace, "--demo")
    confirmed, stop = [], threading.Event()
    fields = ROW | {"technology": "lfp", "side": "grid", "unclassified": "1"}

    people = [Visitor(said["url"], "clerk", said["password"]) for _ in range(2)]

    def enter(number):
        visitor, turn = people[number], 0
        while not stop.is_set():
            turn += 1
            code = f"Z{number}-{turn}"
            try:
                form = typed(visitor.get("/registers/storage_projects/new"))
                status, path = visitor.post("/registers/storage_projects/new", form | fields | {"project_code": code, "name": code})  # fmt: skip
                if status == 200 and re.fullmatch(r"/registers/storage_projects/\d+/", path):
                    confirmed.append(code)
            except (OSError, http.client.HTTPException):
                stop.wait(0.1)  # its process was killed: no answer, nothing confirmed

    with ThreadPoolExecutor(2) as pool:
        working = [pool.submit(enter, number) for number in range(2)]
        try:
            for word in ("answering", "office work", "owning", "answering"):
                there = len(confirmed)
                assert until(lambda there=there: len(confirmed) >= there + 2, PATIENCE)
                os.kill(next(pid for pid, line in children(process.pid).items() if word in line), signal.SIGKILL)  # fmt: skip
            there = len(confirmed)
            assert until(lambda: len(confirmed) >= there + 2, PATIENCE)
            below = list(children(process.pid))
            process.kill()
        finally:
            stop.set()
            process.kill()
            process.wait()
        for one in working:
            one.result(60)
    assert until(lambda: not any(alive(pid) for pid in below), PATIENCE)
    process, said = started(workspace)
    try:
        assert until(lambda: health(said["url"])["state"] == "ready", PATIENCE)
        with closing(sqlite3.connect(workspace / "records.sqlite")) as connection:
            kept = {code for (code,) in connection.execute("SELECT project_code FROM r_storage_projects")}
        assert len(confirmed) >= 10
        assert set(confirmed) - kept == set()
        line = [sys.executable, "-m", "dafeng", "verify", "--workspace", str(workspace), "--json"]
        assert (
            json.loads(subprocess.run(line, capture_output=True, text=True, check=True).stdout)["problems"]
            == []
        )
    finally:
        process.terminate()
        process.wait(60)


def alive(pid):
    """Whether a process runs, and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    program = next(
        (name for name in ("/usr/bin/chromium", "/usr/bin/google-chrome") if Path(name).exists()), None
    )
    if program is None:
        pytest.skip("needs chromium")
    with playwright.sync_playwright() as session:
        chromium = session.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield chromium
        chromium.close()


MORE = (("clerk", "/none"), ("admin", "/none"))
"""An address that is not there: its page too."""
FOCUS = """() => {
  document.querySelectorAll('details').forEach(one => { one.open = true });
  const wanted = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"], [onclick], [role=button]';
  return [...document.querySelectorAll(wanted)].filter(one => !one.disabled && one.checkVisibility()).flatMap(one => {
    one.focus();
    const style = getComputedStyle(one), what = one.outerHTML.slice(0, 90);
    if (document.activeElement !== one) return ['cannot be focused ' + what];
    if (one.tabIndex !== 0) return ['not in the order of tabs ' + what];
    return style.outlineStyle === 'none' || parseFloat(style.outlineWidth) === 0 ? ['focus is not shown ' + what] : [];
  });
}"""
"""What can be worked with is reached by keys, in the order of the page, and shows where one is."""


def furnish(workspace, said):
    """Give the demonstration a run and a job."""
    run = workspace / "results" / "run-1"
    if not run.exists():
        run.mkdir()
        (run / "summary.json").write_bytes(GOLDEN.read_bytes())
        Visitor(said["url"], "clerk", said["password"]).post("/jobs/paper", {"results": "run-1", "paper": "one_page"})  # fmt: skip


def pages_of(user):
    return [path for who, path in (*served(PAGES), *MORE) if who == user]


def listen(page, url, faults):
    """Collect what the console says and what is asked of other hosts."""
    page.on("console", lambda message: "404" in message.text or faults.append(message.text))
    page.on(
        "request", lambda asked: asked.url.startswith((url, "data:", "blob:")) or faults.append(asked.url)
    )


@pytest.mark.parametrize(
    ("width", "language"),
    [
        (1280, "zh-hans"),
        (390, "en"),
        pytest.param(390, "zh-hans", marks=pytest.mark.prove),
        pytest.param(1280, "en", marks=pytest.mark.prove),
    ],
)
def test_every_page_in_a_browser(demo, browser, width, language, tmp_path):
    axe = pytest.importorskip("axe_playwright_python")
    script = (Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
    shots = Path(os.environ.get("DAFENG_SCREENSHOTS", tmp_path))
    (workspace, _, said), faults = demo, []
    url = said["url"]
    furnish(workspace, said)
    for user in ("clerk", "admin"):
        context = browser.new_context(viewport={"width": width, "height": 900}, locale="zh-CN")
        context.set_default_timeout(120_000)  # a machine may be busy
        context.add_cookies([{"name": "django_language", "value": language, "url": url}])
        page = context.new_page()
        listen(page, url, faults)
        page.goto(f"{url}/signin")
        page.fill("#id_username", user)
        page.fill("#id_password", said["password"])
        page.keyboard.press("Enter")
        page.wait_for_url(f"{url}/")
        inspector = context.new_cdp_session(page)
        for path in pages_of(user):
            page.goto(url + path)
            name = re.sub(r"\W+", "_", path).strip("_") or "work"
            page.screenshot(path=shots / f"{user}-{name}-{width}-{language}.png", full_page=True)
            if page.evaluate("document.documentElement.scrollWidth") > width:
                faults.append(f"{path} is wider than {width}")
            inspector.send("Runtime.evaluate", {"expression": script})
            found = inspector.send("Runtime.evaluate", {
                "expression": "axe.run(document).then(r => JSON.stringify(r.violations.filter(v => ['serious', 'critical'].includes(v.impact)).map(v => [v.id, v.nodes[0].html])))",
                "awaitPromise": True, "returnByValue": True,
            })  # fmt: skip
            faults += [(path, *one) for one in json.loads(found["result"]["value"])]
            page.keyboard.press("Tab")
            faults += [(path, one) for one in page.evaluate(FOCUS)]
        context.close()
    assert faults == []


TAB_STOPS = """() => {
  const all = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')];
  let number = 0;
  for (const one of all.filter(one => !one.disabled && one.checkVisibility())) {
    // of radio buttons the chosen one is the stop
    if (one.type === 'radio' && !one.checked) continue;
    one.dataset.stop = ++number;
  }
  return number;
}"""


@pytest.mark.prove
def test_tab_reaches_everything_on_every_page(demo, browser):
    """Each key is really pressed: nothing holds the focus, and every stop of the page is come to."""
    (workspace, _, said), faults = demo, []
    furnish(workspace, said)
    for user in ("clerk", "admin"):
        page = browser.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN").new_page()
        page.set_default_timeout(120_000)
        page.goto(f"{said['url']}/signin")
        page.fill("#id_username", user)
        page.fill("#id_password", said["password"])
        page.keyboard.press("Enter")
        page.wait_for_url(f"{said['url']}/")
        for path in pages_of(user):
            page.goto(said["url"] + path)
            number, reached = page.evaluate(TAB_STOPS), set()
            for _ in range(2 * number + 20):  # a field of a date has several stops of its own
                if len(reached) == number:
                    break
                page.keyboard.press("Tab")
                reached.add(page.evaluate("document.activeElement.dataset.stop"))
                reached.discard(None)
            if len(reached) != number:
                faults.append((path, number, len(reached)))
    assert faults == []


@pytest.mark.parametrize("width", [1280, 390])
def test_a_county_imports_with_the_keyboard(demo, browser, tmp_path, width):
    """From sign-in to a stored record with keys alone; the progress renews itself."""
    (_, _, said), url = demo, demo[2]["url"]
    page = browser.new_context(viewport={"width": width, "height": 900}, locale="zh-CN").new_page()
    page.set_default_timeout(120_000)  # a machine may be busy
    page.goto(f"{url}/signin")
    assert page.evaluate("document.activeElement.id") == "id_username"
    page.keyboard.type("county")
    page.keyboard.press("Tab")
    page.keyboard.type(said["password"])
    page.keyboard.press("Enter")
    page.wait_for_url(f"{url}/")
    page.goto(f"{url}/registers/storage_projects/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    file = tmp_path / "sent.csv"
    cells = {
        "project_code": f"W{width}", "name": f"宽度{width}", "technology": "磷酸铁锂", "side": "电网侧", "power": "5", "energy": "10", "county": "990101",
        "connected_on": "2025-05-01",
    }  # fmt: skip
    file.write_text(",".join(cells) + "\n" + ",".join(cells.values()) + "\n", encoding="utf-8")
    page.set_input_files("#file", file)
    page.check("input[name=unclassified]")
    page.focus("form.stack button")
    page.keyboard.press("Enter")
    page.wait_for_selector("b.done", timeout=60_000)
    assert "已入库" in page.inner_text("#progress")
    page.goto(f"{url}/registers/storage_projects/?q=宽度{width}")
    assert page.locator("tbody tr").count() == 1
