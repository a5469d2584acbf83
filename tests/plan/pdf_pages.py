"""A small writer of PDF pages for tests: text at a place and an angle, lines, filled rectangles; nothing is drawn by a library.

Characters are two-byte codes that are their own Unicode, without an embedded font: what a reader sees is their order,
their places and what is ruled.
"""

import math

WIDTH, HEIGHT = 595.0, 842.0


def width(text: str, size: float) -> float:
    """Points that a text takes: a Latin letter or digit half of a character."""
    return sum(0.5 if c.isascii() else 1.0 for c in text) * size


class Page:
    """Operators of one page, in points from the lower left corner."""

    def __init__(self, rotate: int = 0, size: tuple[float, float] = (WIDTH, HEIGHT)) -> None:
        self.rotate, self.size = rotate, size
        self.parts: list[str] = []

    def text(self, x: float, y: float, words: str, size: float = 12, angle: float = 0) -> None:
        c, s = math.cos(math.radians(angle)), math.sin(math.radians(angle))
        code = words.encode("utf-16-be").hex().upper()
        self.parts.append(
            f"BT /F1 {size:g} Tf {c:.5f} {s:.5f} {-s:.5f} {c:.5f} {x:.2f} {y:.2f} Tm <{code}> Tj ET"
        )

    def line(self, x0: float, y0: float, x1: float, y1: float, dash: str = "") -> None:
        self.parts.append(f"q 0.5 w {dash} {x0:.2f} {y0:.2f} m {x1:.2f} {y1:.2f} l S Q")

    def fill(self, x: float, y: float, w: float, h: float, grey: float = 0.85) -> None:
        self.parts.append(f"q {grey:g} g {x:.2f} {y:.2f} {w:.2f} {h:.2f} re f Q")

    def lines_in_one_path(self, pieces: list[tuple[float, float, float, float]]) -> None:
        drawn = " ".join(f"{a:.2f} {b:.2f} m {c:.2f} {d:.2f} l" for a, b, c, d in pieces)
        self.parts.append(f"q 0.5 w {drawn} S Q")


_TO_UNICODE = (
    b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def\n"
    b"1 begincodespacerange <0000> <FFFF> endcodespacerange\n"
    + b"".join(
        b"100 beginbfrange\n" + b"".join(b"<%02X00> <%02XFF> <%02X00>\n" % (h, h, h) for h in range(a, min(a + 100, 256))) + b"endbfrange\n"
        for a in (0, 100)
    )
    + b"56 beginbfrange\n" + b"".join(b"<%02X00> <%02XFF> <%02X00>\n" % (h, h, h) for h in range(200, 256)) + b"endbfrange\n"
    b"endcmap end end"
)  # fmt: skip


def document(pages: list[Page]) -> bytes:
    """The file of some pages."""
    objects: list[bytes] = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    font = (
        b"<< /Type /Font /Subtype /Type0 /BaseFont /SimSun /Encoding /Identity-H /DescendantFonts [4 0 R] /ToUnicode 6 0 R >>",
        b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /SimSun /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /DW 1000 /W [32 126 500] /FontDescriptor 5 0 R >>",
        b"<< /Type /FontDescriptor /FontName /SimSun /Flags 4 /FontBBox [0 -200 1000 900] /ItalicAngle 0 /Ascent 860 /Descent -140 /CapHeight 700 /StemV 80 >>",
        _stream(_TO_UNICODE),
    )
    objects += font
    kids: list[int] = []
    for page in pages:
        objects.append(_stream("\n".join(page.parts).encode()))
        content = len(objects)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Rotate %d /Resources << /Font << /F1 3 0 R >> >> /Contents %d 0 R >>"
            % (*page.size, page.rotate, content)
        )
        kids.append(len(objects))
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (
        b" ".join(b"%d 0 R" % kid for kid in kids),
        len(kids),
    )
    out = bytearray(b"%PDF-1.5\n")
    places: list[int] = []
    for number, item in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, item)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def _stream(data: bytes) -> bytes:
    return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(data), data)
