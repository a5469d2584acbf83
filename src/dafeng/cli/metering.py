"""`dafeng metering`: meters of key energy users, buildings and parks. A face: no calculation."""

import json
import time
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from dafeng.cli.room import room
from dafeng.cli.tables.metering import show_answer
from dafeng.evidence import DafengError, Language

app = room("用能监测:数据接入、统计、预警 · meters, sums and warnings")

StorePath = Annotated[
    str, typer.Option("--store", help="数据库文件,或 clickhouse://… · file of the store, or a cluster")
]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON · print JSON")]


WAIT_SECONDS = 60.0
"""How long a command waits for another one that has the store open."""


def read_day(text: str) -> date:
    """A day as an option gives it. Raises: DafengError."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise DafengError.at("--day", text, "a date as 2025-01-31") from error


def show(answer: dict[str, Any], as_json: bool, title: str) -> None:
    """Print an answer: JSON on one line, or tables for people."""
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False, default=str))
    else:
        show_answer(answer, title)


def ask(path: str, verb: str, **values: Any) -> dict[str, Any]:
    """Run a verb on the store, or let the server that owns it run it."""
    from dafeng.metering import Store, StoreOwnedError, ask_owner, operate, operate_cluster

    if path.startswith("clickhouse:"):
        return operate_cluster(path, verb, values)
    until = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            with Store(path) as store:
                return operate(store, verb, values)
        except StoreOwnedError as error:
            late = time.monotonic() > until
            # the word of a server that was killed may be there still; one in another container is not seen from here
            if error.owner is not None and (late or error.owner.is_alive()):
                return ask_owner(error.owner, verb, values)
            if late:
                raise
        time.sleep(0.2)


@app.command("init")
def init(
    case: Annotated[str, typer.Argument(help="案例 · case")],
    store: Annotated[
        str | None, typer.Option(help="数据库文件,或 clickhouse://… · file of the store, or a cluster")
    ] = None,
    template: Annotated[
        Path | None, typer.Option(help="写出空白登记表 · write empty registry tables here")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """建库、登记计量点或更新登记 · make a store, or renew its registry."""
    from dafeng.metering import Store, place_of, write_readings_template, write_registry_guide, write_template

    written: dict[str, Any] = {}
    if template is not None:
        files = [*write_template(template), template / "readings.xlsx", template / "登记表说明.xlsx"]
        write_readings_template(files[-2])
        write_registry_guide(files[-1])
        written = {"template": str(template), "files": len(files)}
        if store is None:
            show(written, as_json, "template")
            return
    if store is None:
        raise DafengError.at("--store", "nothing", "a file name", "--store readings.duckdb")
    cluster = store.startswith("clickhouse:")
    known = cluster or Path(store).exists()
    answer = {"store": store.split("@")[-1], "created": not known, "case": case}
    if known:
        # a folder is named for the server's process, wherever that was started
        answer |= ask(store, "enter", case=str(Path(case).resolve()) if Path(case).is_dir() else case)
    else:
        registry = place_of(case).registry()
        Store.create(store, registry).close()
        answer |= {"registry": 1, "points": len(registry.tables["points"])}
    show(answer | written, as_json, "init")


AdapterName = Annotated[
    str | None,
    typer.Option("--adapter", help="按映射文件读取其他平台的报文 · mapping of another platform's messages"),
]


def _adapter_place(name: str | None) -> str | None:
    """A mapping file as the process that owns the store finds it; a packaged name as it is."""
    return str(Path(name).resolve()) if name is not None and Path(name).is_file() else name


@app.command("ingest")
def ingest(
    file: Annotated[Path, typer.Argument(help="JSON NDJSON CSV XLSX Parquet")],
    store: StorePath,
    key: Annotated[str | None, typer.Option(help="批次号 · the sender's id of the batch")] = None,
    partial: Annotated[
        bool, typer.Option(help="部分接收 · store the good rows where some are refused")
    ] = False,
    adapter: AdapterName = None,
    errors: Annotated[
        Path | None,
        typer.Option(help="错误清单 XLSX,可在其中更正后再报 · write refused rows here, to be corrected"),
    ] = None,
    language: Annotated[
        Language, typer.Option(help="错误清单的语言 · language of the error file")
    ] = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """接收一批读数,回执计数 · take a batch, answer with a receipt.

    整批被拒时退出码为 1 · exit code 1 where the batch is refused.
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
    """库内现状 · what the store holds."""
    show(ask(store, "status"), as_json, store.split("@")[-1])


@app.command("simulate")
def simulate(
    case: Annotated[str, typer.Argument(help="案例 · case, for its counties")],
    out: Annotated[Path, typer.Option(help="输出 Parquet · Parquet file to write")],
    points: Annotated[int, typer.Option(min=1, help="计量点数 · metering points")] = 100,
    days: Annotated[int, typer.Option(min=1, help="天数 · days")] = 30,
    seed: Annotated[int, typer.Option(help="随机种子 · seed")] = 1,
    start: Annotated[str, typer.Option(help="首日 · first day")] = "2025-01-01",
    clean: Annotated[bool, typer.Option(help="不含故障 · without faults")] = False,
    as_json: AsJson = False,
) -> None:
    """生成仿真读数,处处标明 · write synthetic readings, so called."""
    from dafeng.metering import NO_FAULTS, place_of
    from dafeng.metering import simulate as write

    done = write(
        out, points=points, days=days, seed=seed, counties=place_of(case).counties(), first_day=read_day(start),
        faults=NO_FAULTS if clean else None,
    )  # fmt: skip
    show(done.as_dict() | {"out": str(out)}, as_json, "simulate")


First = Annotated[str | None, typer.Option("--from", help="起始日(含) · first day")]
Last = Annotated[str | None, typer.Option("--to", help="截止日(不含) · day after the last")]
OneUnit = Annotated[str | None, typer.Option("--unit", help="只看一个用能单位 · one unit only")]


@app.command("rollup")
def rollup(
    store: StorePath,
    by: Annotated[str, typer.Option(help="point unit medium sector county city")] = "unit",
    period: Annotated[str, typer.Option(help="15min hour day month year")] = "month",
    first: First = None,
    last: Last = None,
    unit: OneUnit = None,
    as_json: AsJson = False,
) -> None:
    """汇总能耗、标准煤、CO2 与完整率 · sums with their coverage."""
    answer = ask(store, "rollup", by=by, period=period, first=first, last=last, unit=unit)
    show(answer, as_json, f"{by} / {period}")


@app.command("costs")
def costs(
    store: StorePath, first: First = None, last: Last = None, unit: OneUnit = None, as_json: AsJson = False
) -> None:
    """分时电量与费用 · energy and cost by tariff band."""
    show(ask(store, "costs", first=first, last=last, unit=unit), as_json, "costs")


@app.command("quality")
def quality(
    store: StorePath, first: First = None, last: Last = None, unit: OneUnit = None, as_json: AsJson = False
) -> None:
    """数据质量检查与评分 · quality checks, flags and scores."""
    show(ask(store, "quality", first=first, last=last, unit=unit), as_json, "quality")


@app.command("release")
def release(
    point: Annotated[str, typer.Argument(help="计量点 · metering point")],
    start: Annotated[str, typer.Argument(help="时段起点(北京时间)· start, Beijing time")],
    store: StorePath,
    person: Annotated[str, typer.Option(help="经办人 · who")],
    reason: Annotated[str, typer.Option(help="理由 · why")],
    as_json: AsJson = False,
) -> None:
    """解除隔离 · let a reading out of quarantine."""
    show(ask(store, "release", point=point, start=start, person=person, reason=reason), as_json, "release")


@app.command("warn")
def warn(
    store: StorePath,
    on: Annotated[str | None, typer.Option(help="判定日 · day judged")] = None,
    acknowledge: Annotated[int | None, typer.Option(help="确认预警编号 · acknowledge this warning")] = None,
    release_warning: Annotated[
        int | None, typer.Option("--release", help="解除预警编号 · release it")
    ] = None,
    person: Annotated[str, typer.Option(help="经办人 · who")] = "",
    note: Annotated[str, typer.Option(help="说明 · note")] = "",
    as_json: AsJson = False,
) -> None:
    """预警:判定、确认、解除 · judge budgets, handle warnings."""
    if acknowledge is not None or release_warning is not None:
        action, number = (
            ("acknowledge", acknowledge) if acknowledge is not None else ("release", release_warning)
        )
        show(ask(store, "handle", warning=number, action=action, person=person, note=note), as_json, action)
        return
    show(ask(store, "warn", on=on), as_json, "warn")


Year = Annotated[int, typer.Option(help="年份 · year")]


@app.command("judge")
def judge(store: StorePath, year: Year, as_json: AsJson = False) -> None:
    """建筑限额与产品能效 · buildings and products against levels."""
    show(ask(store, "judge", year=year), as_json, str(year))


@app.command("publish")
def publish(
    store: StorePath,
    year: Year,
    out: Annotated[Path, typer.Option(help="公示表 XLSX · notice to write")],
    as_json: AsJson = False,
) -> None:
    """公示建筑能耗排名 · notice of ranked buildings.

    只含实测、完整率达 90%、限额已核对的建筑 · measured and confirmed ones only.
    """
    from dafeng.metering import write_notice

    answer = ask(store, "publish", year=year)
    write_notice(out, answer["buildings"], year)
    show({"out": str(out), "buildings": len(answer["buildings"])}, as_json, "publish")


Database = Annotated[
    str | None,
    typer.Option("--database", help="密钥与审计库:sqlite:///文件 或 postgresql://… · keys and audit log"),
]


def _keys_at(store: str, database: str | None) -> None:
    """Keys stand beside the store unless a database is named."""
    from dafeng.web import use_database

    use_database(database or f"sqlite:///{Path(store).resolve()}.keys")


@app.command("serve")
def serve(
    store: StorePath,
    host: Annotated[str, typer.Option(help="监听地址 · address")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="端口,0 为任一空闲端口 · port, 0 for a free one")] = 8765,
    database: Database = None,
    watch: Annotated[Path | None, typer.Option(help="监视文件夹 · take files dropped here")] = None,
    adapter: AdapterName = None,
    mqtt: Annotated[
        str | None,
        typer.Option(help="MQTT 代理 主机:端口,或 mqtts://用户:密码@主机 · broker host:port, or a URL"),
    ] = None,
    origin: Annotated[
        list[str] | None,
        typer.Option(help="代理之外的网址,可重复 · address outside a proxy that rewrites Host, repeatable"),
    ] = None,
    plain_http: Annotated[
        bool,
        typer.Option("--plain-http", help="允许明文监听非本机地址 · listen beyond this machine without TLS"),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """开接口与页面,接收读数 · serve the door and its pages.

    HTTP、文件夹、MQTT;运行期间独占数据库 · owns the store while it runs.
    """
    from dafeng.metering import folder_worker, load_adapter, mqtt_worker
    from dafeng.web import serve as run

    if store.startswith("clickhouse:"):
        raise DafengError.at("--store", store.split("@")[-1], "a file", "the door serves the embedded store")
    _keys_at(store, database)
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
    label: Annotated[
        str | None, typer.Argument(help="名称,不填则列出 · label; without it keys are listed")
    ] = None,
    unit: Annotated[list[str] | None, typer.Option(help="用能单位,* 为全部 · units, * for all")] = None,
    scope: Annotated[list[str] | None, typer.Option(help="write read acknowledge metrics")] = None,
    days: Annotated[
        int | None, typer.Option(help="有效天数,不填则不过期 · expires after so many days")
    ] = None,
    per_minute: Annotated[int, typer.Option(min=1, help="每分钟请求上限 · requests a minute")] = 120,
    revoke: Annotated[int | None, typer.Option(help="吊销编号 · revoke this key")] = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """接入密钥:新建、列出、吊销 · make, list or revoke keys."""
    from dafeng.web import list_keys, new_key, revoke_key

    _keys_at(store, database)
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
    limit: Annotated[int, typer.Option(min=1, help="条数 · entries")] = 50,
    refused: Annotated[bool, typer.Option(help="只看被拒绝的请求 · refused requests only")] = False,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """接口审计日志 · audit log of the door, newest first."""
    from dafeng.web import audit_entries

    _keys_at(store, database)
    show({"entries": audit_entries(limit, refused_only=refused)}, as_json, "audit")


@app.command("archive")
def archive(
    store: StorePath,
    month: Annotated[str, typer.Option(help="月份 · month as 2025-01")],
    reopen: Annotated[bool, typer.Option("--reopen", help="重新打开 · open it again")] = False,
    reason: Annotated[str, typer.Option(help="重开理由 · why it is opened again")] = "",
    as_json: AsJson = False,
) -> None:
    """封存月份,或重新打开 · close a month, or open it again."""
    show(ask(store, "archive", month=month, reopen=reopen, reason=reason), as_json, "archive")


@app.command("nowcast")
def nowcast(
    store: StorePath,
    base_year: Annotated[int, typer.Option(help="基准清单年 · year of the last inventory")],
    inventory_t: Annotated[
        float | None, typer.Option("--inventory", help="该年清单 tCO2 · its total in t CO2")
    ] = None,
    county: Annotated[
        str | None, typer.Option(help="县区代码,不填为全市 · code of a county; the city without it")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """由计量推算逐月碳排放 · monthly CO2 from meters, or NE."""
    answer = ask(store, "nowcast", base_year=base_year, inventory_t=inventory_t, county=county)
    show(answer, as_json, "nowcast")
