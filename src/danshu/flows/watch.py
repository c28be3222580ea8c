"""The watched folder: a file put into `WATCH_FOLDER/<shop name>/` is imported and moved to `done/`, or to `failed/` beside a text that
says why. Files in the folder itself are given to the shop they name."""

from __future__ import annotations

import fcntl
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from danshu.channels.models import ImportBatch, Shop
from danshu.core import clock, jobs
from danshu.core.actor import Actor
from danshu.core.errors import DomainError
from danshu.flows import intake

BY = Actor(None, "监控文件夹")
QUIET_SECONDS = 10  # a file that has not changed for so long is complete
TABLES = frozenset({".xlsx", ".xls", ".xlsb", ".ods", ".csv", ".tsv", ".txt"})
DONE, FAILED = "done", "failed"


@jobs.job(retries=3)
def watch_folder() -> None:
    """Import every complete file, oldest first. A file whose import broke off lies there still and is taken again: nothing doubles."""
    folder = Path(settings.WATCH_FOLDER)
    if not folder.is_dir():
        return
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:  # another worker is still at it
            return
        shops = {shop.name: shop.pk for shop in Shop.objects.filter(is_active=True)}
        for path, shop_name in sorted(_complete(folder), key=lambda found: found[0].stat().st_mtime):
            _take(path, shop_name, shops)


def _complete(folder: Path) -> Iterator[tuple[Path, str]]:
    """(file, shop name or "") of the files that have stopped growing."""
    for entry in folder.iterdir():
        if entry.is_file() and _is_complete(entry):
            yield entry, ""
        elif entry.is_dir() and entry.name not in {DONE, FAILED} and not entry.name.startswith("."):
            yield from ((file, entry.name) for file in entry.iterdir() if file.is_file() and _is_complete(file))


def _is_complete(file: Path) -> bool:
    if file.name.startswith((".", "~$")) or file.suffix.lower() not in TABLES:
        return False
    return time.time() - file.stat().st_mtime >= QUIET_SECONDS


def _take(path: Path, shop_name: str, shops: dict[str, int]) -> None:
    try:
        if shop_name and shop_name not in shops:
            _move(path, FAILED, _("没有叫「%(name)s」的店铺。请把文件夹改成店铺的名字，再把文件放回去。") % {"name": shop_name})
            return
        batch = intake.import_at_once(path, shop_id=shops.get(shop_name), by=BY, now=clock.now())
    except DomainError as error:
        _move(path, FAILED, error.message)
        return
    except FileNotFoundError:  # taken away meanwhile
        return
    if batch.state == ImportBatch.State.FAILED:
        _move(path, FAILED, batch.error)
        return
    told = "\n".join(f"{each['row']}\t{each['no']}\t{each['reason']}" for each in batch.rejects)
    _move(path, DONE, told)


def _move(path: Path, into: str, told: str) -> None:
    """Into the folder's own `done/` or `failed/`, under a name that nothing has yet, with the reasons beside it."""
    target = path.parent / into
    target.mkdir(exist_ok=True)
    stamp = clock.local(clock.now()).strftime("%Y%m%d-%H%M%S")
    name = path.name if not (target / path.name).exists() else f"{path.stem}-{stamp}{path.suffix}"
    shutil.move(path, target / name)
    if told:
        (target / f"{name}.{_('原因')}.txt").write_text(told + "\n", encoding="utf-8")
