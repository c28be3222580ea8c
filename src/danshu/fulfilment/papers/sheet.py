"""A page in millimetres from the top left, drawn fast: a code is one path in whole modules, all texts of a page are one text object."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, BinaryIO

from reportlab import rl_config
from reportlab.pdfgen.canvas import Canvas

from danshu.fulfilment.papers import codes, fonts
from danshu.fulfilment.papers.content import SIZES
from danshu.fulfilment.papers.fitting import Line, fit_block, fit_line
from danshu.fulfilment.papers.fonts import BOLD, REGULAR

MM = 72 / 25.4
rl_config.useA85 = 0  # streams stay binary: the text armour of old printers costs more time than all the drawing
LEAST_CODE_MM = 12.0  # height of a one-dimensional code, so that a hand scanner reads it in one go


class Paper(Canvas):
    """reportlab's canvas, plus doors for operators that were put together elsewhere."""

    _code: list[str]  # the operators of the page, as reportlab keeps them
    _doc: Any  # the document, which knows the subsets of the fonts

    def raw(self, operators: str) -> None:
        self._code.append(operators)

    def words(self, texts: Iterable[tuple[float, float, Line, str]]) -> None:
        """Texts at (x, y) points in one text object; the font's subsets are kept by reportlab, numbers are formatted only once."""
        code: list[str] = ["BT"]
        for x, y, line, face in texts:
            font = fonts.widths(face).font
            code.append(f"1 0 0 1 {x:.2f} {y:.2f} Tm")
            for subset, piece in font.splitString(line.text, self._doc):
                code.append(f"{font.getSubsetInternalName(subset, self._doc)} {line.size:g} Tf <{piece.hex()}> Tj")
        code.append("ET")
        self._code.append(" ".join(code))


def open_paper(target: BinaryIO, size: str, title: str) -> Paper:
    fonts.ready()
    width, height = SIZES[size]
    paper = Paper(target, pagesize=(width * MM, height * MM), pageCompression=1, initialFontName=REGULAR)  # type: ignore[arg-type]  # the stub says float for a name
    paper.setTitle(title)
    paper.setProducer("Danshu")
    return paper


class Sheet:
    """One page, or a part of a page at (`left`, `top`), `width` × `height` mm."""

    def __init__(self, paper: Paper, size: tuple[float, float], page: tuple[float, float], at: tuple[float, float]) -> None:
        self.width, self.height = size
        self._paper = paper
        self._left, self._top = at
        self._page_height = page[1]
        self._rectangles: list[str] = []
        self._codes: list[str] = []
        self._texts: list[tuple[float, float, Line, str]] = []

    def _x(self, x: float) -> float:
        return (self._left + x) * MM

    def _y(self, y: float) -> float:
        return (self._page_height - self._top - y) * MM

    def box(self, x: float, y: float, width: float, height: float) -> None:
        """A black rectangle whose top left corner is (x, y)."""
        self._rectangles.append(f"{self._x(x):.2f} {self._y(y + height):.2f} {width * MM:.2f} {height * MM:.2f} re")

    def rule(self, y: float, *, left: float, right: float, thick: float = 0.3) -> None:
        self.box(left, y, right - left, thick)

    def line(self, x: float, y: float, line: Line, *, face: str = REGULAR, align: str = "left") -> None:
        """One fitted line, `y` being its base line; `x` its left, centre or right."""
        at = self._x(x)
        if align != "left":
            wide = fonts.widths(face).of(line.text) * line.size / 1000
            at -= wide if align == "right" else wide / 2
        self._texts.append((at, self._y(y), line, face))

    def text(
        self,
        x: float,
        y: float,
        text: str,
        width: float,
        *,
        size: float,
        least: float = 6,
        face: str = REGULAR,
        align: str = "left",
    ) -> None:
        """Fit a text into `width` mm on one line with the base line `y`."""
        self.line(x, y, fit_line(text, width * MM, size=size, least=min(least, size), face=face), face=face, align=align)

    def block(
        self,
        x: float,
        y: float,
        text: str,
        width: float,
        height: float,
        *,
        size: float,
        least: float = 6,
        face: str = REGULAR,
    ) -> float:
        """Fit a text into `width` × `height` mm from the top `y`; returns the height it took, in mm."""
        lines = fit_block(text, width * MM, height * MM, size=size, least=least, face=face)
        for index, line in enumerate(lines):
            self.line(x, y + (line.size * (0.95 + 1.25 * index)) / MM, line, face=face)
        return sum(line.size * 1.25 for line in lines) / MM

    def code128(self, x: float, y: float, width: float, height: float, content: str) -> None:
        """A Code 128 centred in `width` mm, its quiet zones inside; never lower than `LEAST_CODE_MM`."""
        bars = codes.code128(content)
        height = max(height, LEAST_CODE_MM)
        module = codes.dots_for(bars.modules, codes.QUIET_1D, width * MM) * codes.DOT
        start = self._snap(self._x(x) + (width * MM - bars.modules * module) / 2)
        self._codes.append(f"q {module:.6f} 0 0 {height * MM:.3f} {start:.4f} {self._y(y + height):.3f} cm {bars.path} f Q")

    def qr(self, x: float, y: float, side: float, content: str) -> None:
        """A QR code of at most `side` mm with its quiet zone, its top left corner at (x, y)."""
        matrix = codes.qr(content)
        module = codes.dots_for(matrix.modules, codes.QUIET_QR, side * MM, most=8) * codes.DOT
        slack = (side * MM - matrix.modules * module) / 2
        left, top = self._snap(self._x(x) + slack), self._snap(self._y(y) - slack)
        self._codes.append(f"q {module:.6f} 0 0 {-module:.6f} {left:.4f} {top:.4f} cm {matrix.path} f Q")

    @staticmethod
    def _snap(points: float) -> float:
        return round(points / codes.DOT) * codes.DOT

    def finish(self) -> None:
        """Put what was drawn on the paper."""
        if self._rectangles or self._codes:
            self._paper.raw(" ".join(["0 g", *self._codes, *self._rectangles, "f" if self._rectangles else ""]))
        self._paper.words(text for text in self._texts if text[2].text)


def columns(widths: Iterable[float], left: float) -> list[tuple[float, float]]:
    """(x, width) of table columns that stand side by side from `left`."""
    found = []
    for width in widths:
        found.append((left, width))
        left += width
    return found


__all__ = ["BOLD", "LEAST_CODE_MM", "MM", "REGULAR", "SIZES", "Paper", "Sheet", "columns", "open_paper"]
