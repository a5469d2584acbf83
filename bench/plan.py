"""Reading plans: seconds a 20,000 characters, growth from 1× to 4× to 16×, hostile texts, a PDF of 300 pages.

The text is made here from sentences of the genre. The floor of each size is the smallest size scaled by the
length: a ratio near 1 is linear. Peak memory stands in the note.
"""

import io
import resource
import time
from collections.abc import Iterator
from pathlib import Path

from bench import Figure
from dafeng.plan import read_text
from dafeng.plan.documents.formats import read_bytes

SENTENCES = (
    "到2025年,全市非化石能源消费比重达到18%左右,单位地区生产总值能耗比2020年下降14%,新型储能装机达到50万千瓦以上。",
    "加快推进工业园区循环化改造,推广先进适用技术,完善能源管理体系,提升资源利用效率。",
    "(市发展改革委、市工业和信息化局、市生态环境局、各县(市、区)人民政府等按职责分工负责)",
)
HOSTILE = {
    "到2025年达到10%、": 2500,
    "其中甲1%、乙2%、": 2000,
    "2025年的45%、2030年的38%、": 1000,
    "(市发改委、": 3000,
    "一、总体\n": 4000,
    "1.2.3,4,5": 2000,
    "《": 20_000,
    "1": 20_000,
    "完成省下达的": 3300,
}


def text(length: int) -> str:
    body = ["某市碳达峰实施方案\n一、重点任务\n"]
    size, number = 0, 0
    while size < length:
        number += 1
        part = f"({'一二三四五六七八九'[(number - 1) % 9]})第{number}项行动。" + "".join(SENTENCES * 2) + "\n"
        body.append(part)
        size += len(part)
    return "".join(body)[:length]


def seconds(content: str) -> float:
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        read_text(content)
        best = min(best, time.perf_counter() - start)
    return best


def figures() -> Iterator[Figure]:
    """All figures of the room."""
    read_text(text(2000))
    base = seconds(text(20_000))
    yield Figure("20,000 characters", base, None, "< 0.5 s", _memory())
    for times in (4, 16):
        yield Figure(
            f"{times} × 20,000 characters",
            seconds(text(20_000 * times)),
            base * times,
            "ratio < 1.5",
            _memory(),
        )
    for part, count in HOSTILE.items():
        name = f"{part.strip()[:12]} × {count}"
        yield Figure(
            f"hostile: {name}",
            seconds("某市实施方案\n一、任务\n" + part * count),
            None,
            "< 2 s",
            "20,000 characters",
        )
    yield _pdf()


def _pdf() -> Figure:
    """300 pages, put together from the sample of the tests."""
    import pypdfium2 as pdfium

    sample = pdfium.PdfDocument(Path(__file__).parents[1] / "tests" / "plan" / "files" / "plan.pdf")
    book = pdfium.PdfDocument.new()
    book.import_pages(sample, [0] * 300)
    buffer = io.BytesIO()
    book.save(buffer)
    start = time.perf_counter()
    source = read_bytes(buffer.getvalue(), "book.pdf")
    read_text(source.text)
    return Figure("PDF of 300 pages", time.perf_counter() - start, None, "< 20 s", _memory())


def _memory() -> str:
    return f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB"
