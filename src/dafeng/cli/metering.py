"""`dafeng metering`: meters of key energy users, buildings and parks, without calculation."""

from pathlib import Path
from typing import Annotated, Any

import typer

from dafeng.cli import words
from dafeng.cli.metering_client import ask, keys_at, read_day, show, without_password
from dafeng.cli.metering_options import AsJson, Database, First, Last, OneUnit, StorePath, Year
from dafeng.cli.room import room
from dafeng.cli.upload.metering import package
from dafeng.evidence import DafengError, Language

app = room(words.both("meters_sums_and_warnings"))
app.command("package")(package)


@app.command("init")
def init(
    case: Annotated[str, typer.Argument(help=words.both("case"))],
    store: Annotated[
        str | None,
        typer.Option(
            envvar="DAFENG_STORE", callback=without_password, help=words.both("file_of_the_store_or_a")
        ),
    ] = None,
    template: Annotated[
        Path | None, typer.Option(help=words.both("write_empty_registry_tables_here"))
    ] = None,
    approve: Annotated[str | None, typer.Option(help=words.both("who_approves_rewriting"))] = None,
    as_json: AsJson = False,
) -> None:
    """Create a store, or update its registry."""
    from dafeng.metering import (
        Store,
        place_of,
        rules_out_of_force,
        write_readings_template,
        write_registry_guide,
        write_template,
    )

    written: dict[str, Any] = {}
    if template is not None:
        files = [
            *write_template(template),
            template / "readings.xlsx",
            template / words.word("guide_to_the_registry_xlsx"),
        ]
        write_readings_template(files[-2])
        write_registry_guide(files[-1])
        written = {"template": str(template), "files": len(files)}
        if store is None:
            show(written, as_json, "template")
            return
    if store is None:
        raise DafengError.at(
            "--store",
            words.both("problem.nothing"),
            words.both("problem.file_name"),
            "--store readings.duckdb",
        )
    cluster = store.startswith("clickhouse:")
    known = cluster or Path(store).exists()
    answer = {"store": store.split("@")[-1], "created": not known, "case": case}
    if known:
        # a folder is named for the server's process, wherever that was started
        place = str(Path(case).resolve()) if Path(case).is_dir() else case
        answer |= ask(store, "enter", case=place, **({"approve": approve} if approve else {}))
    else:
        registry = place_of(case).registry()
        Store.create(store, registry).close()
        answer |= {"registry": 1, "points": len(registry.tables["points"])}
        answer |= {"notices": rules_out_of_force(registry)}
    show(answer | written, as_json, "init")


AdapterName = Annotated[
    str | None,
    typer.Option("--adapter", help=words.both("mapping_of_another_platform_s_messages")),
]


def _adapter_place(name: str | None) -> str | None:
    """Return a mapping file as a path for the process that owns the store; a packaged name as it is."""
    return str(Path(name).resolve()) if name is not None and Path(name).is_file() else name


@app.command("ingest")
def ingest(
    file: Annotated[Path, typer.Argument(help="JSON NDJSON CSV XLSX Parquet")],
    store: StorePath,
    key: Annotated[str | None, typer.Option(help=words.both("the_sender_s_id_of_the"))] = None,
    partial: Annotated[bool, typer.Option(help=words.both("store_the_good_rows_where_some"))] = False,
    adapter: AdapterName = None,
    errors: Annotated[
        Path | None,
        typer.Option(help=words.both("write_refused_rows_here_to_be")),
    ] = None,
    language: Annotated[Language, typer.Option(help=words.both("language_of_the_error_file"))] = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """Ingest a batch and print its receipt.

    Exit code 1 where the batch is refused.
    """
    answer = ask(
        store, "ingest", file=str(file.resolve()), key=key, partial=partial, adapter=_adapter_place(adapter)
    )
    if errors is not None:
        from dafeng.metering import write_error_file

        write_error_file(errors, ask(store, "receipt", batch=answer["batch"]), language)
    show(answer, as_json, str(file))
    if answer["status"] == "refused":
        raise typer.Exit(1)


@app.command("status")
def status(store: StorePath, as_json: AsJson = False) -> None:
    """Show the state of the store."""
    show(ask(store, "status"), as_json, store.split("@")[-1])


@app.command("dead-letters")
def dead_letters(
    store: StorePath,
    limit: Annotated[int, typer.Option(min=1, help=words.both("messages_at_most"))] = 100,
    as_json: AsJson = False,
) -> None:
    """List the messages of which no batch could be made."""
    show(ask(store, "dead_letters", limit=limit), as_json, "dead-letters")


@app.command("simulate")
def simulate(
    case: Annotated[str, typer.Argument(help=words.both("case_for_its_counties"))],
    out: Annotated[Path, typer.Option(help=words.both("parquet_file_to_write"))],
    points: Annotated[int, typer.Option(min=1, help=words.both("metering_points"))] = 100,
    days: Annotated[int, typer.Option(min=1, help=words.both("days"))] = 30,
    seed: Annotated[int, typer.Option(help=words.both("seed"))] = 1,
    start: Annotated[str, typer.Option(help=words.both("first_day_2"))] = "2025-01-01",
    clean: Annotated[bool, typer.Option(help=words.both("without_faults"))] = False,
    as_json: AsJson = False,
) -> None:
    """Generate synthetic readings, marked as such."""
    from dafeng.metering import NO_FAULTS, place_of
    from dafeng.metering import simulate as write

    done = write(
        out, points=points, days=days, seed=seed, counties=place_of(case).counties(), first_day=read_day(start),
        faults=NO_FAULTS if clean else None,
    )  # fmt: skip
    show(done.as_dict() | {"out": str(out)}, as_json, "simulate")


@app.command("rollup")
def rollup(
    store: StorePath,
    by: Annotated[str, typer.Option(help="point, unit, medium, sector, county, city")] = "unit",
    period: Annotated[str, typer.Option(help="15min, hour, day, month, year")] = "month",
    first: First = None,
    last: Last = None,
    unit: OneUnit = None,
    as_json: AsJson = False,
) -> None:
    """Aggregate energy, coal equivalent, CO2 and coverage."""
    answer = ask(store, "rollup", by=by, period=period, first=first, last=last, unit=unit)
    show(answer, as_json, f"{by} / {period}")


@app.command("costs")
def costs(
    store: StorePath, first: First = None, last: Last = None, unit: OneUnit = None, as_json: AsJson = False
) -> None:
    """Compute energy and cost by tariff band."""
    show(ask(store, "costs", first=first, last=last, unit=unit), as_json, "costs")


@app.command("quality")
def quality(
    store: StorePath, first: First = None, last: Last = None, unit: OneUnit = None, as_json: AsJson = False
) -> None:
    """Check and score the quality of the data."""
    show(ask(store, "quality", first=first, last=last, unit=unit), as_json, "quality")


@app.command("release")
def release(
    point: Annotated[str, typer.Argument(help=words.both("metering_point"))],
    start: Annotated[str, typer.Argument(help=words.both("start_beijing_time"))],
    store: StorePath,
    person: Annotated[str, typer.Option(help=words.both("who"))],
    reason: Annotated[str, typer.Option(help=words.both("why"))],
    as_json: AsJson = False,
) -> None:
    """Release a quarantined reading."""
    show(ask(store, "release", point=point, start=start, person=person, reason=reason), as_json, "release")


@app.command("warn")
def warn(
    store: StorePath,
    on: Annotated[str | None, typer.Option(help=words.both("day_judged"))] = None,
    acknowledge: Annotated[int | None, typer.Option(help=words.both("acknowledge_this_warning"))] = None,
    release_warning: Annotated[int | None, typer.Option("--release", help=words.both("release_it"))] = None,
    person: Annotated[str, typer.Option(help=words.both("who"))] = "",
    note: Annotated[str, typer.Option(help=words.both("note"))] = "",
    as_json: AsJson = False,
) -> None:
    """Judge budgets and handle warnings."""
    if acknowledge is not None or release_warning is not None:
        action, number = (
            ("acknowledge", acknowledge) if acknowledge is not None else ("release", release_warning)
        )
        show(ask(store, "handle", warning=number, action=action, person=person, note=note), as_json, action)
        return
    show(ask(store, "warn", on=on), as_json, "warn")


@app.command("judge")
def judge(store: StorePath, year: Year, as_json: AsJson = False) -> None:
    """Judge buildings and products against limits and benchmarks."""
    show(ask(store, "judge", year=year), as_json, str(year))


@app.command("verdict")
def verdict(
    number: Annotated[int, typer.Argument(help=words.both("number_of_the_verdict"))],
    store: StorePath,
    as_json: AsJson = False,
) -> None:
    """Judge a stored verdict again as of its readings and registry."""
    show(ask(store, "verdict", verdict=number), as_json, str(number))


@app.command("prefill")
def prefill(
    register: Annotated[str, typer.Argument(help=words.both("register_of_the_form"))],
    unit: Annotated[str, typer.Argument(help=words.both("unit_of_the_registry"))],
    period: Annotated[str, typer.Argument(help=words.both("year_or_month_of_the_form"))],
    store: StorePath,
    as_json: AsJson = False,
) -> None:
    """Fill a register's form from the meters of a unit, with coverage."""
    answer = ask(store, "prefill", register=register, unit=unit, period=period)
    show(answer | {"records": [answer["record"]]}, as_json, register)


@app.command("publish")
def publish(
    store: StorePath,
    year: Year,
    out: Annotated[Path, typer.Option(help=words.both("notice_to_write"))],
    as_json: AsJson = False,
) -> None:
    """Publish the ranking of buildings; measured and confirmed ones only."""
    from dafeng.metering import write_notice

    answer = ask(store, "publish", year=year)
    write_notice(out, answer["buildings"], year)
    show({"out": str(out), "buildings": len(answer["buildings"])}, as_json, "publish")


@app.command("serve")
def serve(
    store: StorePath,
    host: Annotated[str, typer.Option(help=words.both("address"))] = "127.0.0.1",
    port: Annotated[int, typer.Option(help=words.both("port_0_for_a_free_one"))] = 8765,
    database: Database = None,
    watch: Annotated[Path | None, typer.Option(help=words.both("take_files_dropped_here"))] = None,
    adapter: AdapterName = None,
    mqtt: Annotated[
        str | None,
        typer.Option(
            "--mqtt",
            envvar="DAFENG_MQTT",
            callback=without_password,
            help=words.both("broker_host_port_or_a_url"),
        ),
    ] = None,
    origin: Annotated[
        list[str] | None,
        typer.Option(help=words.both("address_outside_a_proxy_that_rewrites")),
    ] = None,
    plain_http: Annotated[
        bool,
        typer.Option("--plain-http", help=words.both("listen_beyond_this_machine_without_tls")),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Serve the interface and its pages, and receive readings.

    HTTP, folder, MQTT; the server owns the store while it runs.
    """
    from dafeng.metering import folder_worker, load_adapter, mqtt_worker
    from dafeng.web import serve as run

    keys_at(store, database)
    mapping = load_adapter(adapter) if adapter is not None else None
    workers = [folder_worker(watch, adapter=mapping)] if watch is not None else []
    if mqtt is not None:
        workers.append(mqtt_worker(mqtt))
    run(
        Path(store), host=host, port=port, workers=tuple(workers), origins=tuple(origin or ()),
        plain_http=plain_http,
        ready=lambda url: show({"url": url, "store": str(store)}, as_json, "serve"),
    )  # fmt: skip


@app.command("key")
def key(
    store: StorePath,
    label: Annotated[str | None, typer.Argument(help=words.both("label_without_it_keys_are_listed"))] = None,
    unit: Annotated[list[str] | None, typer.Option(help=words.both("units_for_all"))] = None,
    scope: Annotated[list[str] | None, typer.Option(help="write, read, acknowledge, metrics")] = None,
    days: Annotated[int | None, typer.Option(help=words.both("expires_after_so_many_days"))] = None,
    per_minute: Annotated[int, typer.Option(min=1, help=words.both("requests_a_minute"))] = 120,
    revoke: Annotated[int | None, typer.Option(help=words.both("revoke_this_key"))] = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Create, list or revoke keys."""
    from dafeng.web import list_keys, new_key, revoke_key

    keys_at(store, database)
    if revoke is not None:
        revoke_key(revoke)
    if label is None:
        show({"keys": list_keys()}, as_json, "keys")
        return
    made, token = new_key(
        label, units=unit or [], scopes=scope or ["write"], per_minute=per_minute, days=days
    )
    answer = {
        "id": made.id, "label": label, "units": made.units, "scopes": made.scopes, "expires": made.expires, "token": token,
    }  # fmt: skip
    show(answer, as_json, "key")


@app.command("audit")
def audit(
    store: StorePath,
    limit: Annotated[int, typer.Option(min=1, help=words.both("entries"))] = 50,
    refused: Annotated[bool, typer.Option(help=words.both("refused_requests_only"))] = False,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Show the audit log, newest first."""
    from dafeng.web import audit_entries

    keys_at(store, database)
    show({"entries": audit_entries(limit, refused_only=refused)}, as_json, "audit")


@app.command("archive")
def archive(
    store: StorePath,
    month: Annotated[str, typer.Option(help=words.both("month_as_2025_01"))],
    reopen: Annotated[bool, typer.Option("--reopen", help=words.both("open_it_again"))] = False,
    reason: Annotated[str, typer.Option(help=words.both("why_it_is_opened_again"))] = "",
    published: Annotated[bool, typer.Option("--published", help=words.both("its_sums_as_published"))] = False,
    as_json: AsJson = False,
) -> None:
    """Close a month, open it again, or show its sums as published."""
    if published:
        show(ask(store, "published", month=month), as_json, "published")
        return
    show(ask(store, "archive", month=month, reopen=reopen, reason=reason), as_json, "archive")


@app.command("nowcast")
def nowcast(
    store: StorePath,
    base_year: Annotated[int, typer.Option(help=words.both("year_of_the_last_inventory"))],
    inventory_t: Annotated[
        float | None, typer.Option("--inventory", help=words.both("its_total_in_t_co2"))
    ] = None,
    county: Annotated[str | None, typer.Option(help=words.both("code_of_a_county_the_city"))] = None,
    as_json: AsJson = False,
) -> None:
    """Nowcast monthly CO2 from meters; NE where readings are missing."""
    answer = ask(store, "nowcast", base_year=base_year, inventory_t=inventory_t, county=county)
    show(answer, as_json, "nowcast")
