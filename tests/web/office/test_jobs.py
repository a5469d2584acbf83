"""Contract: a job is done once, by one worker, with the rights of who entered it; it can be cancelled and repeated, and a
worker that is killed loses nothing.
"""

import threading

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile


def jobs():
    from dafeng.web.office.jobs.models import Job

    return Job.objects


def perform_next():
    from dafeng.web.office.jobs.performing import perform
    from dafeng.web.office.jobs.queue import take

    job = take()
    perform(job)
    job.refresh_from_db()
    return job


def sheet(register="storage_projects", **cells):
    """A filled template of a register, as a clerk sends it."""
    from dafeng.registers import write_template
    from dafeng.web.office.records.store import records

    definition = records().book.latest(register)
    names = [one.id for one in definition.fields if not one.computed]
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.xlsx"
        write_template(path, definition, [[cells.get(name) for name in names]])
        return SimpleUploadedFile("储能.xlsx", path.read_bytes())


ROW = {
    "project_code": "N1", "name": "新项目", "technology": "磷酸铁锂", "side": "电网侧", "power": 50, "energy": 100,
    "county": "990101", "connected_on": "2025-05-01",
}  # fmt: skip


def test_an_import_is_a_job_with_a_receipt(as_person):
    client = as_person("county")
    answer = client.post("/registers/storage_projects/import", {"unclassified": "1", "file": sheet(**ROW)})
    assert answer.status_code == 302
    job = perform_next()
    assert (job.state, job.outcome["counts"]["new"], job.outcome["stored"]) == ("done", 1, True)
    page = client.get(answer["Location"]).content.decode()
    assert "已入库" in page
    assert "新项目" in client.get("/registers/storage_projects/?q=新项目").content.decode()
    client.post(f"/jobs/{job.id}/again")
    assert perform_next().outcome["repeated"] is True
    assert as_person("reader").get(answer["Location"]).status_code == 404  # another's job
    assert as_person("admin").get(answer["Location"]).status_code == 200


def test_a_neighbour_s_record_is_refused_by_cell(as_person):
    client = as_person("county")
    client.post(
        "/registers/storage_projects/import",
        {"unclassified": "1", "file": sheet(**ROW | {"county": "990102"})},
    )
    job = perform_next()
    assert job.outcome.get("stored") is not True
    assert job.outcome["problems_zh"]
    client.post(
        "/registers/storage_projects/import",
        {"unclassified": "1", "file": SimpleUploadedFile("x.xlsx", b"no workbook")},
    )
    job = perform_next()
    assert job.state == "failed"
    assert "读到" in client.get(f"/jobs/{job.id}/").content.decode()


@pytest.mark.parametrize("file", [None, SimpleUploadedFile("x.exe", b"MZ")])
def test_a_file_that_is_none_is_refused_at_once(as_person, file):
    answer = as_person("county").post("/registers/storage_projects/import", {"file": file} if file else {})
    assert answer.status_code == 400
    assert jobs().count() == 0


@pytest.mark.parametrize("given", [{}, {"unclassified": "1", "name": "机密★一年.xlsx"}])
def test_classified_files_are_refused_at_the_form(as_person, given):
    file = sheet(**ROW)
    file.name = given.pop("name", file.name)
    answer = as_person("county").post("/registers/storage_projects/import", given | {"file": file})
    assert (answer.status_code, "涉密" in answer.content.decode()) == (400, True)
    assert jobs().count() == 0


def test_rights_count_when_the_job_runs(as_person):
    from dafeng.web.office.people.models import Assignment

    as_person("county").post(
        "/registers/storage_projects/import", {"unclassified": "1", "file": sheet(**ROW)}
    )
    Assignment.objects.filter(person__username="county").update(valid_to="2020-01-01")
    job = perform_next()
    assert job.outcome.get("stored") is not True


def test_no_two_workers_take_one_job(as_person):
    from dafeng.web.office.jobs.models import Job
    from dafeng.web.office.jobs.queue import take
    from dafeng.web.office.people.models import Person

    made_by, taken = Person.objects.get(username="clerk"), []
    for _ in range(12):
        Job.objects.create(kind="run", arguments={"case": "demo"}, made_by=made_by)

    def work():
        from django.db import connection

        while (job := take()) is not None:
            taken.append(job.id)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 12


def test_a_killed_worker_s_job_waits_again_and_fails_at_last(as_person):
    from dafeng.web.office.jobs.models import Job
    from dafeng.web.office.jobs.queue import MOST_ATTEMPTS, give_back, take
    from dafeng.web.office.people.models import Person

    job = Job.objects.create(
        kind="run", arguments={"case": "demo"}, made_by=Person.objects.get(username="clerk")
    )
    for attempt in range(1, MOST_ATTEMPTS):
        assert take().attempts == attempt
        assert give_back() == 1
    assert take().attempts == MOST_ATTEMPTS
    assert give_back() == 0
    job.refresh_from_db()
    assert job.state == "failed"
    assert "中断" in as_person("clerk").get(f"/jobs/{job.id}/").content.decode()


def test_a_job_is_cancelled_while_it_waits_and_progress_is_a_part_for_htmx(as_person):
    client = as_person("clerk")
    path = client.post("/jobs/run", {"samples": "256"})["Location"]
    part = client.get(path, headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith('<section id="progress"')
    assert "排队" in part
    client.post(f"{path}cancel")
    assert "已取消" in client.get(path).content.decode()
    assert client.post("/jobs/run", {"samples": "7"}).status_code == 400
    assert client.post("/jobs/paper", {"results": "../../x", "paper": "yearly"}).status_code == 400
    assert as_person("reader").post("/jobs/run", {"samples": "256"}).status_code == 403


def test_a_defect_is_a_reference_and_nothing_of_the_inside(as_person, monkeypatch):
    from dafeng.web.office.jobs import kinds

    def broken(job):
        raise RuntimeError("secret path /srv")

    monkeypatch.setitem(kinds.KINDS, "run", kinds.Kind(broken, "office.run"))
    client = as_person("clerk")
    path = client.post("/jobs/run", {"samples": "256"})["Location"]
    assert perform_next().state == "failed"
    page = client.get(path).content.decode()
    assert "secret" not in page
    assert "请向管理员报告此编号" in page


@pytest.mark.slow
def test_a_run_and_a_paper_from_request_to_download(as_person):
    """Entered on a page, done by the worker, shown as run, targets and report, handed out as a document."""
    import io
    import zipfile

    client = as_person("clerk")
    path = client.post("/jobs/run", {"samples": "256"})["Location"]
    run = perform_next()
    assert run.state == "done", run.outcome
    name = run.outcome["results"]
    assert f'href="/results/{name}/"' in client.get(path).content.decode()
    assert f'href="/results/{name}/file/summary.json"' in client.get(f"/results/{name}/").content.decode()
    assert "256 个样本" in client.get("/results/").content.decode()
    assert name in client.get("/targets/").content.decode()
    report = client.get(f"/results/{name}/file/index.html")
    assert report["Content-Security-Policy"].startswith("sandbox")
    assert client.get(f"/results/{name}/file/..%2F..%2Foffice.sqlite").status_code == 404
    for paper in ("yearly", "one_page"):
        path = client.post("/jobs/paper", {"results": name, "paper": paper})["Location"]
        job = perform_next()
        assert job.state == "done", job.outcome
        link = f"/results/{name}/file/{job.outcome['file']}"
        assert f'href="{link}"' in client.get(path).content.decode()
        answer = client.get(link)
        assert answer["Content-Disposition"].startswith("attachment")
        document = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
        assert "示例市" in document.read("word/document.xml").decode()
    assert as_person("county").post("/jobs/paper", {"results": name, "paper": "yearly"}).status_code == 403
