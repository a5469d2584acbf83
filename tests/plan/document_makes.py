"""Plans as issuers lay them out: one invented plan a seed, as PDF, Word and web page in many makes, with the facts written in.

`documents(seed)` yields (make, file name, bytes, facts). Facts are the targets of the sentences and of the rows of the
indicator table, and the duty rows; the year of a peak is 2030 where one is promised, and no make has another.
"""

import io
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import docx
from tests.plan.pdf_pages import HEIGHT, Page, document, width

INDICATORS = (
    ("非化石能源消费比重", "%", 8, 30), ("森林覆盖率", "%", 30, 70), ("新型储能装机容量", "万千瓦", 5, 90), ("煤炭消费量", "万吨", 100, 900),
    ("新能源汽车保有量", "万辆", 1, 60), ("城镇绿色建筑占比", "%", 50, 100), ("大宗固废综合利用率", "%", 40, 95), ("光伏装机容量", "万千瓦", 20, 500),
    ("公共机构单位建筑面积能耗", "千克标准煤/平方米", 5, 20), ("公交机动化分担率", "%", 20, 60), ("再生水利用率", "%", 10, 40), ("风电装机容量", "万千瓦", 10, 300),
)  # fmt: skip
BODIES = (
    "市发展改革委",
    "市工业和信息化局",
    "市生态环境局",
    "市住房城乡建设局",
    "市交通运输局",
    "市农业农村局",
    "市林业局",
)
WORK = (
    "推进既有建筑节能改造",
    "发展分布式光伏",
    "建设绿色工厂",
    "推广新能源公交",
    "开展国土绿化",
    "完善计量体系",
)
FILL = "坚持系统观念,统筹发展和减排、整体和局部、短期和中长期的关系,加快形成节约资源和保护环境的产业结构与生产方式。"


@dataclass
class Facts:
    """What a person reads in the plan: (value, unit, year) of sentences, of table rows, bodies of duty rows."""

    sentences: list[tuple[float, str, int]] = field(default_factory=list)
    rows: list[tuple[float, str, int]] = field(default_factory=list)
    duties: list[tuple[str, ...]] = field(default_factory=list)
    peak: int | None = None


@dataclass
class Content:
    title: str
    aims: list[str]
    indicators: list[tuple[str, str, float, float]]
    work: list[tuple[str, str, tuple[str, ...]]]
    facts: Facts


def content(seed: int, table_rows: int = 6) -> Content:
    """An invented plan: aims of three paragraphs, an indicator table for 2020 and 2025, three tasks with their bodies."""
    rng = random.Random(seed)
    facts = Facts()
    picked = rng.sample(INDICATORS, 12)
    aims: list[str] = []
    a, b, c = picked[:3]
    first, second = round(rng.uniform(a[2], a[3]), 1), float(rng.randint(b[2], b[3]))
    aims.append(
        f"到2025年,产业结构和能源结构明显优化,重点行业能源利用效率大幅提升。{a[0]}达到{first}{a[1]}左右,{b[0]}达到{second:g}{b[1]}以上,绿色低碳循环发展的政策体系进一步完善。"
    )
    facts.sentences += [(first, a[1], 2025), (second, b[1], 2025)]
    third = float(rng.randint(c[2], c[3]))
    peak = rng.random() < 0.6
    aims.append(
        f"到2030年,经济社会发展全面绿色转型取得显著成效,{c[0]}达到{third:g}{c[1]}"
        + (",顺利实现2030年前碳达峰目标。" if peak else ",为碳达峰夯实基础。")
    )
    facts.sentences.append((third, c[1], 2030))
    facts.peak = 2030 if peak else None
    aims.append("展望2035年,绿色生产生活方式广泛形成,碳排放达峰后稳中有降,美丽家园建设目标基本实现。")
    indicators = []
    for name, unit, low, high in picked[3 : 3 + table_rows]:
        before, after = float(rng.randint(low, high)), round(rng.uniform(low, high), 1)
        indicators.append((name, unit, before, after))
        facts.rows.append((after, unit, 2025))
    work = []
    for i, title in enumerate(rng.sample(WORK, 3)):
        bodies = tuple(rng.sample(BODIES, 3))
        work.append((title, f"{2024 + i}年底前", bodies))
    place = rng.choice("临青云海宁江") + rng.choice("河山川泽林州")
    return Content(f"{place}市碳达峰实施方案", aims, indicators, work, facts)


Form = list[list[str]]


def table(plan: Content) -> Form:
    return [["序号", "指标", "单位", "2020年", "2025年", "属性"]] + [
        [str(i), name, unit, f"{before:g}", f"{after:g}", "约束性" if i % 2 else "预期性"]
        for i, (name, unit, before, after) in enumerate(plan.indicators, start=1)
    ]


class Setter:
    """Sets paragraphs on pages, full lines and indents as word processors do."""

    def __init__(self, size: float = 12, left: float = 80, right: float = 515, rotate: int = 0) -> None:
        self.size, self.left, self.right = size, left, right
        self.rotate = rotate
        self.pages: list[Page] = []
        self.before: Callable[[Page, int], None] | None = None
        self.shade = self.bold = False
        self.new_page()

    def new_page(self) -> None:
        self.page = Page(self.rotate)
        self.pages.append(self.page)
        self.y = HEIGHT - 90
        if self.before:
            self.before(self.page, len(self.pages))

    def line(self, words: str, x: float | None = None, size: float | None = None) -> None:
        size = size or self.size
        if self.y < 80:
            self.new_page()
        x = self.left if x is None else x
        if self.shade:
            self.page.fill(x - 2, self.y - 4, width(words, size) + 4, size + 6)
        self.put(x, self.y, words, size)
        if self.bold:
            self.put(x + 0.4, self.y, words, size)
        self.y -= size * 1.7

    def put(self, x: float, y: float, words: str, size: float) -> None:
        if self.rotate == 90:
            self.page.text(595 - (y * 0.7), x, words, size, 90)
        elif self.rotate == 180:
            self.page.text(595 - x, 842 - y, words, size, 180)
        elif self.rotate == 270:
            self.page.text(y * 0.7, 842 - x, words, size, 270)
        else:
            self.page.text(x, y, words, size)

    def wrapped(self, words: str, indent: float = 2) -> list[tuple[float, str]]:
        lines: list[tuple[float, str]] = []
        x, now = self.left + indent * self.size, ""
        for character in words:
            over = x + width(now + character, self.size) > self.right and character not in ",。、;:)”"
            if now and over:
                lines.append((x, now))
                x, now = self.left, ""
            now += character
        return [*lines, (x, now)]

    def paragraph(self, words: str, indent: float = 2) -> None:
        for x, line in self.wrapped(words, indent):
            self.line(line, x)

    def centred(self, words: str, size: float = 18) -> None:
        self.line(words, (self.left + self.right - width(words, size)) / 2, size)


def ruled(setter: Setter, rows: Form, widths: list[float], how: str = "stroke", merged: set[tuple[int, int]] | None = None,
          height: float = 24, break_after: int = 0, repeat: bool = False) -> None:  # fmt: skip
    """A table; `merged` cells (row, column) have no rule above them. `break_after` rows go on overleaf."""
    size = min(setter.size, 10.5)
    xs = [setter.left]
    for w in widths:
        xs.append(xs[-1] + w)
    start, rest = rows, []
    if break_after:
        start, rest = rows[:break_after], ([rows[0]] if repeat else []) + rows[break_after:]
    for number, part in enumerate(filter(None, (start, rest))):
        if number or setter.y - height * len(part) < 60:
            setter.new_page()
        top = setter.y
        base = 0 if number == 0 else break_after
        pieces: list[tuple[float, float, float, float]] = []
        for r in range(len(part) + 1):
            for c in range(len(widths)):
                if merged and (r + base, c) in merged and 0 < r < len(part):
                    continue
                pieces.append((xs[c], top - r * height, xs[c + 1], top - r * height))
        for r in range(len(part)):
            for c in range(len(xs)):
                if merged and (r + base, -c) in merged:
                    continue
                pieces.append((xs[c], top - r * height, xs[c], top - (r + 1) * height))
        _rule(setter.page, pieces, how)
        for r, row in enumerate(part):
            for c, words in enumerate(row):
                if words:
                    fit = min(size, (widths[c] - 6) / width(words, 1))
                    setter.page.text(xs[c] + 3, top - r * height - height / 2 - fit / 3, words, fit)
        setter.y = top - len(part) * height - 20


def _rule(page: Page, pieces: list[tuple[float, float, float, float]], how: str) -> None:
    if how == "one path":
        page.lines_in_one_path(pieces)
    for a, b, c, d in pieces:
        if how == "stroke":
            page.line(a, b, c, d)
        elif how == "dash":
            page.line(a, b, c, d, "[2 1] 0 d")
        elif how == "hair":
            page.fill(min(a, c) - 0.25, min(b, d) - 0.25, abs(a - c) + 0.5, abs(b - d) + 0.5, 0)
        elif how == "three lines" and b == d:
            page.line(a, b, c, d)


WIDTHS = [30.0, 150.0, 95.0, 55.0, 55.0, 50.0]


def opened(plan: Content, setter: Setter) -> None:
    setter.centred(plan.title)
    setter.paragraph(f"为落实上级部署,结合实际,制定本方案。{FILL}")
    setter.paragraph("一、主要目标")
    for paragraph in plan.aims:
        setter.paragraph(paragraph)


def closed(plan: Content, setter: Setter, lists: bool = True) -> None:
    setter.paragraph("二、重点任务")
    for i, (title, _, bodies) in enumerate(plan.work, start=1):
        setter.paragraph(f"{i}.{title}。{FILL}" + (f"({'、'.join(bodies)}按职责分工负责)" if lists else ""))


def plain(plan: Content, setter: Setter | None = None, rows: Form | None = None, **how: object) -> bytes:
    setter = setter or Setter()
    opened(plan, setter)
    setter.line("表1 主要指标", 250)
    ruled(setter, rows or table(plan), WIDTHS, **how)  # type: ignore[arg-type]
    closed(plan, setter)
    return document(setter.pages)


def shaded(plan: Content) -> bytes:
    setter = Setter()
    setter.shade = True
    opened(plan, setter)
    setter.shade = False
    for r in range(len(table(plan))):
        if r % 2 == 0:
            setter.page.fill(setter.left, setter.y - (r + 1) * 24, sum(WIDTHS), 24)
    ruled(setter, table(plan), WIDTHS)
    setter.shade = True
    closed(plan, setter)
    return document(setter.pages)


def two_columns(plan: Content) -> bytes:
    lines = Setter(size=10.5, left=60, right=280)
    texts: list[tuple[float, str]] = []
    for words in (
        "一、主要目标",
        *plan.aims,
        "二、重点任务",
        *(f"{i}.{t}。{FILL}({'、'.join(b)}负责)" for i, (t, _, b) in enumerate(plan.work, 1)),
    ):
        texts += lines.wrapped(words)
    setter = Setter(size=10.5)
    setter.centred(plan.title)
    setter.line(f"为落实上级部署,制定本方案。{FILL[:30]}", 60)
    half, top = (len(texts) + 1) // 2, setter.y
    for i, (x, words) in enumerate(texts):
        column, row = divmod(i, half)
        setter.page.text(x + 255 * column, top - 17 * row, words, 10.5)
    setter.y = top - 17 * half - 20
    ruled(setter, table(plan), WIDTHS)
    return document(setter.pages)


def turned(plan: Content, rotate: int) -> bytes:
    """Pages set sideways, with a sideways table drawn on an upright page of its own."""
    setter = Setter(rotate=rotate)
    opened(plan, setter)
    closed(plan, setter)
    upright = Setter()
    ruled(upright, table(plan), WIDTHS)
    return document([*setter.pages, *upright.pages])


def landscape(plan: Content) -> bytes:
    """The table on a page of its own that lies on its side."""
    setter = Setter()
    opened(plan, setter)
    setter.new_page()
    setter.page.size = (HEIGHT, 595.0)
    setter.y = 500
    ruled(setter, table(plan), [40, 220, 150, 90, 90, 80])
    setter.new_page()
    closed(plan, setter)
    return document(setter.pages)


def running_heads(plan: Content) -> bytes:
    setter = Setter(size=16)

    def head(page: Page, number: int) -> None:
        page.text(230, HEIGHT - 50, plan.title, 9)
        page.text(280, 40, f"— {number} —", 10)

    setter.before = head
    head(setter.page, 1)
    return plain(plan, setter)


def watermark(plan: Content) -> bytes:
    setter = Setter()
    setter.before = lambda page, _: page.text(120, 300, "内部资料注意保存", 40, 45)
    setter.before(setter.page, 1)
    return plain(plan, setter)


def bold(plan: Content) -> bytes:
    setter = Setter()
    setter.bold = True
    return plain(plan, setter)


def grouped(plan: Content) -> bytes:
    """A first column of classes merged over rows, and the unit in the name."""
    rows = [["类别", "指标", "2020年", "2025年", "属性"]]
    merged = set()
    for i, (name, unit, before, after) in enumerate(plan.indicators):
        rows.append(
            [
                "能源" if i == 0 else "建设" if i == 3 else "",
                f"{name}({unit})",
                f"{before:g}",
                f"{after:g}",
                "约束性",
            ]
        )
        if i not in (0, 3):
            merged.add((i + 1, 0))
    setter = Setter()
    opened(plan, setter)
    ruled(setter, rows, [50, 220, 60, 60, 60], merged=merged)
    closed(plan, setter)
    return document(setter.pages)


def two_headers(plan: Content) -> bytes:
    rows = [["指标", "单位", "现状", "目标", "属性"], ["", "", "2020年", "2025年", ""]]
    rows += [[name, unit, f"{b:g}", f"{a:g}", "预期性"] for name, unit, b, a in plan.indicators]
    setter = Setter()
    opened(plan, setter)
    ruled(setter, rows, [150, 100, 60, 60, 60], merged={(1, 0), (1, 1), (1, 4)})
    closed(plan, setter)
    return document(setter.pages)


def beside_present(plan: Content) -> bytes:
    rows = [["指标名称", "计量单位", "现状值", "目标值(2025年)"]]
    rows += [
        [name, unit, f"{b:g}", f"≥{a:g}" if i % 2 else f"{a:g}左右"]
        for i, (name, unit, b, a) in enumerate(plan.indicators)
    ]
    setter = Setter()
    opened(plan, setter)
    ruled(setter, rows, [150, 110, 70, 100], how="hair")
    closed(plan, setter)
    return document(setter.pages)


def private_digits(plan: Content) -> bytes:
    rows = [
        [
            row[0],
            row[1],
            row[2],
            *("".join(chr(0xF000 + ord(c)) if c.isascii() else c for c in w) for w in row[3:5]),
            row[5],
        ]
        for row in table(plan)
    ]
    rows[0] = table(plan)[0]
    return plain(plan, rows=rows)


def narrower(plan: Content) -> bytes:
    """The rest of the table overleaf lacks the column of the nature."""
    setter = Setter()
    opened(plan, setter)
    rows = table(plan)
    ruled(setter, rows[:4], WIDTHS)
    setter.new_page()
    ruled(setter, [row[:5] for row in rows[4:]], WIDTHS[:5])
    closed(plan, setter)
    return document(setter.pages)


def unruled(plan: Content) -> bytes:
    setter = Setter()
    opened(plan, setter)
    for row in table(plan):
        x = setter.left
        for c, words in enumerate(row):
            setter.page.text(x, setter.y, words, min(10, (WIDTHS[c] - 13) / width(words, 1)))
            x += WIDTHS[c]
        setter.y -= 20
    closed(plan, setter)
    return document(setter.pages)


def division(plan: Content) -> bytes:
    setter = Setter()
    opened(plan, setter)
    ruled(setter, table(plan), WIDTHS)
    closed(plan, setter, lists=False)
    setter.new_page()
    setter.line("附件 任务分工表", 220)
    rows = [["序号", "重点任务", "牵头单位", "配合单位", "完成时限"]]
    rows += [[str(i), title, b[0], f"{b[1]}、{b[2]}", by] for i, (title, by, b) in enumerate(plan.work, 1)]
    ruled(setter, rows, [30, 130, 90, 150, 70])
    return document(setter.pages)


def remnants(plan: Content) -> bytes:
    """A measure that leaves the last character of some paragraphs on a line of its own."""
    return plain(plan, Setter(size=15.5, left=72, right=522))


def full_stops(plan: Content) -> bytes:
    return plain(plan, Setter(size=14, left=90, right=90 + 14 * 29))


def merged_over_pages(plan: Content) -> bytes:
    """A first column of one class, merged from the first page of the table to the last."""
    rows = [["类别", "指标", "单位", "2020年", "2025年"]]
    rows += [
        ["能源" if i == 0 else "", name, unit, f"{b:g}", f"{a:g}"]
        for i, (name, unit, b, a) in enumerate(plan.indicators)
    ]
    setter = Setter()
    opened(plan, setter)
    merged = {(r, 0) for r in range(2, len(rows))}
    ruled(setter, rows, [50, 150, 95, 60, 60], merged=merged, break_after=4, repeat=True)
    closed(plan, setter)
    return document(setter.pages)


def sideways_header(plan: Content) -> bytes:
    """The header of a narrow table set a quarter round; without a font, words need a Latin mark to have a width."""
    rows = table(plan)
    setter = Setter()
    opened(plan, setter)
    top = setter.y
    xs = [setter.left + sum(WIDTHS[:c]) for c in range(len(WIDTHS))]
    bare = [["", "", "", "", "", ""], *rows[1:]]
    ruled(setter, bare, WIDTHS, height=40)
    for x, w, words in zip(xs, WIDTHS, rows[0], strict=True):
        setter.page.text(x + w / 2 + 4, top - 38, words if "年" in words else f"{words}:", 9, 90)
    closed(plan, setter)
    return document(setter.pages)


def note_marks(plan: Content) -> bytes:
    """Raised marks of notes behind the figures of sentences and cells, and the notes at the foot of the page."""
    setter = Setter()
    put = setter.put

    def marked(x: float, y: float, words: str, size: float) -> None:
        for piece in re.split(r"(?<=\d)(?=%.|万.|千克)", words):
            put(x, y, piece, size)
            x += width(piece, size)
            if piece != words and piece[-1].isdigit():
                setter.page.text(x, y + size * 0.42, "3", size * 0.55)
                x += width("3", size * 0.55)

    setter.put = marked  # type: ignore[method-assign]
    opened(plan, setter)
    setter.put = put  # type: ignore[method-assign]
    rows = table(plan)
    top = setter.y - (0 if setter.y - 24 * len(rows) >= 60 else setter.y - (HEIGHT - 90))
    ruled(setter, rows, WIDTHS)
    for r, row in enumerate(rows[1:], start=1):
        fit = min(10.5, (WIDTHS[4] - 6) / width(row[4], 1))
        x = setter.left + sum(WIDTHS[:4]) + 3 + width(row[4], fit)
        setter.page.text(x, top - r * 24 - 12 - fit / 3 + fit * 0.42, "①", fit * 0.5)
    closed(plan, setter)
    setter.line("3 按可比价计算。", 80, 8)
    return document(setter.pages)


def side_by_side(plan: Content) -> bytes:
    """Two tables at one height, each with its own header."""
    setter = Setter(size=10)
    opened(plan, setter)
    half = (len(plan.indicators) + 1) // 2
    page, top = setter.page, setter.y
    for part, left in ((plan.indicators[:half], 60.0), (plan.indicators[half:], 310.0)):
        setter.page, setter.y, setter.left = page, top, left
        rows = [["指标", "单位", "2025年"], *([name, unit, f"{a:g}"] for name, unit, _, a in part)]
        ruled(setter, rows, [110, 70, 45])
    setter.left = 80
    setter.new_page()
    closed(plan, setter)
    return document(setter.pages)


def numbered_lines(plan: Content) -> bytes:
    """Every line of the text with its number in the margin, as drafts have them."""
    setter = Setter(left=100)
    put, count = setter.put, iter(range(1, 10_000))

    def numbered(x: float, y: float, words: str, size: float) -> None:
        setter.page.text(62, y, str(next(count)), 8)
        put(x, y, words, size)

    setter.put = numbered  # type: ignore[method-assign]
    return plain(plan, setter)


PDF_MAKES: dict[str, Callable[[Content], bytes]] = {
    "plain": plain, "shaded": shaded, "two columns": two_columns, "turned 90": lambda p: turned(p, 90), "turned 180": lambda p: turned(p, 180),
    "turned 270": lambda p: turned(p, 270), "landscape": landscape, "running heads": running_heads, "watermark": watermark,
    "bold": bold, "grouped": grouped, "two headers": two_headers, "beside present": beside_present, "private digits": private_digits,
    "over pages": lambda p: plain(p, break_after=3), "over pages, header again": lambda p: plain(p, break_after=3, repeat=True),
    "narrower overleaf": narrower, "three lines": lambda p: plain(p, how="three lines"), "hairlines": lambda p: plain(p, how="hair"),
    "dashes": lambda p: plain(p, how="dash"), "one path": lambda p: plain(p, how="one path"), "unruled": unruled, "division": division,
    "remnants": remnants, "full stops": full_stops, "merged over pages": merged_over_pages, "sideways header": sideways_header,
    "note marks": note_marks, "side by side": side_by_side, "numbered lines": numbered_lines,
}  # fmt: skip


def cut(words: str, width: int = 32) -> list[str]:
    return [words[i : i + width] for i in range(0, len(words), width)]


def word(plan: Content, make: str) -> bytes:
    """`one line a paragraph`: copied from a scan, each line of the page its own paragraph."""
    file = docx.Document()
    if make == "one line a paragraph":
        add = file.add_paragraph

        def lines(text: str = "", style: str | None = None) -> object:
            return [add(line, style) for line in cut(text)][-1]

        file.add_paragraph = lines  # type: ignore[method-assign,assignment]
    file.add_heading(plan.title, 0)
    file.add_paragraph(f"为落实上级部署,制定本方案。{FILL}")
    file.add_paragraph("一、主要目标")
    for paragraph in plan.aims:
        file.add_paragraph(paragraph)
    rows = table(plan)
    if make == "two headers":
        rows = [["指标", "单位", "现状", "目标", "属性"], ["指标", "单位", "2020年", "2025年", "属性"]] + [
            row[1:] for row in rows[1:]
        ]
    if make == "grouped":
        rows = [["类别", *row[1:]] if r == 0 else ["建设", *row[1:]] for r, row in enumerate(rows)]
    frame = file.add_table(1, 2).cell(0, 1) if make == "nested" else file
    made = frame.add_table(len(rows), len(rows[0]))
    for r, row in enumerate(rows):
        for c, words in enumerate(row):
            made.cell(r, c).text = words
    if make == "two headers":
        for c in (0, 1, 4):
            made.cell(1, c).text = ""
            made.cell(0, c).merge(made.cell(1, c))
    if make == "grouped":
        for r in range(2, len(rows)):
            made.cell(r, 0).text = ""
        made.cell(1, 0).merge(made.cell(len(rows) - 1, 0))
    file.add_paragraph("二、重点任务")
    for i, (title, _, bodies) in enumerate(plan.work, start=1):
        file.add_paragraph(f"{i}.{title}。{FILL}({'、'.join(bodies)}按职责分工负责)")
    if make == "header and foot":
        file.sections[0].header.paragraphs[0].text = plan.title
        file.sections[0].footer.paragraphs[0].text = "第1页"
    buffer = io.BytesIO()
    file.save(buffer)
    return buffer.getvalue()


WORD_MAKES = ("plain", "two headers", "grouped", "header and foot", "nested", "one line a paragraph")


def page(plan: Content, make: str) -> bytes:
    head = "<html><head><meta charset='utf-8'><title>x</title></head><body><div class='nav'>首页</div>"
    rows = table(plan)
    cells = "".join("<tr>" + "".join(f"<td>{w}</td>" for w in row) + "</tr>" for row in rows)
    if make == "spans":
        cells = "<tr><td rowspan=2>指标</td><td rowspan=2>单位</td><td>现状</td><td>目标</td></tr><tr><td>2020年</td><td>2025年</td></tr>"
        cells += "".join(
            f"<tr><td>{r[1]}</td><td>{r[2]}</td><td>{r[3]}</td><td>{r[4]}</td></tr>" for r in rows[1:]
        )
    lists = [f"{i}.{t}。{FILL}({'、'.join(b)}按职责分工负责)" for i, (t, _, b) in enumerate(plan.work, 1)]
    before = [plan.title, f"为落实上级部署,制定本方案。{FILL}", "一、主要目标", *plan.aims]
    after = ["二、重点任务", *lists]
    if make == "breaks":
        body = (
            "<p>"
            + "<br>&emsp;&emsp;".join(before)
            + f"</p><table>{cells}</table><p>"
            + "<br/>".join(after)
            + "</p>"
        )
    elif make == "character spans":
        body = "".join("<p>" + "".join(f"<span>{c}</span>" for c in words) + "</p>" for words in before)
        body += f"<table>{cells}</table>" + "".join(f"<p>{w}</p>" for w in after)
    else:
        body = (
            "".join(f"<p>{w}</p>" for w in before)
            + f"<table border=1>{cells}</table>"
            + "".join(f"<p>{w}</p>" for w in after)
        )
    if make == "one line a block":
        body = "<br>".join(line for words in before for line in cut(words))
        body += f"<table>{cells}</table>" + "<br/>".join(line for words in after for line in cut(words))
    if make == "nested":
        body = body.replace("<table border=1>", "<table><tr><td>附图</td><td><table>").replace(
            "</table>", "</table></td></tr></table>"
        )
    if make == "laid out by a table":
        body = f"<table><tr><td>{body}</td></tr></table>"
    return (head + body + "</body></html>").encode()


PAGE_MAKES = (
    "plain",
    "spans",
    "breaks",
    "character spans",
    "laid out by a table",
    "one line a block",
    "nested",
)


def documents(seed: int) -> Iterator[tuple[str, str, bytes, Facts]]:
    """One invented plan in every make."""
    plan = content(seed)
    for make, build in PDF_MAKES.items():
        yield f"pdf {make}", "plan.pdf", build(plan), plan.facts
    for make in WORD_MAKES:
        yield f"docx {make}", "plan.docx", word(plan, make), plan.facts
    for make in PAGE_MAKES:
        yield f"html {make}", "plan.html", page(plan, make), plan.facts
