"""The two faces of every paper, loaded once per process: Noto Sans SC Regular and Bold (OFL), put in place by the front-end build."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from threading import Lock

from django.conf import settings
from django.utils.translation import gettext as _
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from danshu.core.errors import DomainError

REGULAR = "NotoSansSC-Regular"
BOLD = "NotoSansSC-Bold"
_loading = Lock()


def _file(face: str) -> Path:
    inside = Path(__file__).resolve().parents[2] / "static" / "fonts" / f"{face}.ttf"
    collected = Path(settings.STATIC_ROOT) / "fonts" / f"{face}.ttf"
    for path in (inside, collected):
        if path.exists():
            return path
    raise DomainError(
        _("缺少打印字体 %(file)s，打不出中文。请运行 ./danshu start 让它重新装好前端文件，再打印一次。") % {"file": f"{face}.ttf"},
        "papers.font_missing",
    )


@cache
def _load(face: str) -> TTFont:
    font = TTFont(face, str(_file(face)))
    pdfmetrics.registerFont(font)
    return font


def ready() -> None:
    """Load both faces. Raises `DomainError("papers.font_missing")` when a file is not there."""
    with _loading:
        _load(REGULAR)
        _load(BOLD)


@cache
def widths(face: str) -> Widths:
    ready()
    return Widths(_load(face))


class Widths(dict[str, float]):
    """Width of a character in thousandths of the size, looked up once each."""

    def __init__(self, font: TTFont) -> None:
        super().__init__()
        self.font = font
        self.known = frozenset(map(chr, font.face.charWidths))

    def __missing__(self, character: str) -> float:
        face = self.font.face
        found = float(face.charWidths.get(ord(character), face.defaultWidth))
        self[character] = found
        return found

    def of(self, text: str) -> float:
        return sum(map(self.__getitem__, text))
