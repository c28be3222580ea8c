"""Files of this room under MEDIA_ROOT: tables that wait for a yes, and pictures of goods."""

from __future__ import annotations

import hashlib
import io
import re
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from django.conf import settings
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from danshu.core.errors import DomainError

TABLE = re.compile(r"[0-9a-f]{24}(\.rejects)?\.(xlsx|xls|csv|txt|xlsb|ods)")
PICTURE = re.compile(r"goods/[0-9a-f]{32}\.webp")
MOST_PIXELS = 40_000_000
MOST_BYTES = 15 * 1024 * 1024
SIDE = 640  # pixels: sharp on the largest place a picture is shown


def keep_table(name: str, chunks: Iterable[bytes]) -> str:
    """Keep an uploaded table under a name nobody can guess; returns that name."""
    suffix = Path(name).suffix.casefold()
    token = f"{secrets.token_hex(12)}{suffix}"
    if not TABLE.fullmatch(token):
        raise DomainError(_("只认 .xlsx、.xls、.csv 表格。请另存为其中一种再上传。"), "table.kind")
    folder = _folder("tables")
    with (folder / token).open("wb") as file:
        for chunk in chunks:
            file.write(chunk)
    return token


def table(token: str) -> Path:
    """The kept table. `DomainError("table.gone")` for anything else."""
    path = _folder("tables") / token
    if not TABLE.fullmatch(token) or not path.is_file():
        raise DomainError(_("这个文件已经不在了，请重新上传。"), "table.gone")
    return path


def keep_picture(file: IO[bytes]) -> str:
    """Draw the picture anew as WebP of at most 640 pixels, without what the camera wrote about place and person; returns its path."""
    raw = file.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise DomainError(_("图片超过 15 MB，请先缩小。"), "picture.large")
    try:
        with Image.open(io.BytesIO(raw), formats=("JPEG", "PNG", "WEBP", "GIF", "BMP")) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise DomainError(_("图片的像素太多，请先缩小到 6000 像素以内。"), "picture.large")
            picture = ImageOps.exif_transpose(opened).convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise DomainError(_("这个文件不是能读的图片。请换成 JPG、PNG 或 WebP。"), "picture.unreadable") from None
    return keep_drawing(picture)


def keep_drawing(picture: Image.Image) -> str:
    """Keep a picture under the name of its content; returns its path."""
    picture.thumbnail((SIDE, SIDE))
    drawn = io.BytesIO()
    picture.save(drawn, "WEBP", quality=82, method=4)
    path = f"goods/{hashlib.sha256(drawn.getvalue()).hexdigest()[:32]}.webp"
    _folder("goods")
    (Path(settings.MEDIA_ROOT) / path).write_bytes(drawn.getvalue())
    return path


def picture(path: str) -> Path | None:
    """The file of a kept picture; None for every other path."""
    found = Path(settings.MEDIA_ROOT) / path
    return found if PICTURE.fullmatch(path) and found.is_file() else None


def _folder(name: str) -> Path:
    folder = Path(settings.MEDIA_ROOT) / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder
