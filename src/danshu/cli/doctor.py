"""What a person would look at first when something is wrong: each finding with what to do."""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _

from danshu.cli import texts
from danshu.core import clock
from danshu.flows import condition

FONTS = ("NotoSansSC-Regular.ttf", "NotoSansSC-Bold.ttf")


@dataclass(frozen=True, slots=True)
class Finding:
    """`advice` says what to do when it is not well."""

    name: str
    is_well: bool
    said: str
    advice: str = ""


def examine() -> Iterator[Finding]:
    """Every finding, the plain ones first; one that breaks is itself a finding."""
    looks: list[Callable[[], Finding]] = [
        _python,
        _key,
        _front_end,
        _translations,
        _disk,
        _database,
        _migrations,
        _clock,
        _worker,
        _leftovers,
    ]
    for look in looks:
        try:
            yield look()
        except (DatabaseError, OSError) as error:
            yield Finding(look.__name__.strip("_"), is_well=False, said=str(error).strip(), advice=_("先解决上面的问题，再运行一次。"))


def _python() -> Finding:
    said = f"{sys.version_info[0]}.{sys.version_info[1]}"
    return Finding("Python", sys.version_info >= (3, 11), said, _("请安装 Python 3.11 或更新的版本。"))


def _key() -> Finding:
    if os.environ.get("DANSHU_SECRET_KEY", "").strip():
        return Finding(_("密钥"), is_well=True, said="DANSHU_SECRET_KEY")
    path = Path(settings.DATA) / "secret.key"
    open_to_others = bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))
    said = _("别人也能读 %s") % path if open_to_others else _("只有本用户能读 %s") % path
    return Finding(_("密钥"), not open_to_others, said, f"chmod 600 {path}")


def _front_end() -> Finding:
    static = Path(settings.PACKAGE) / "static"
    missing = [
        name for name in ("danshu.css", "danshu.js", "icons.svg", *(f"fonts/{font}" for font in FONTS)) if not (static / name).exists()
    ]
    said = _("缺少 %s") % ", ".join(missing) if missing else _("齐全")
    return Finding(_("页面文件"), not missing, said, "./danshu setup")


def _translations() -> Finding:
    stale = [
        path
        for path in texts.ROOT.glob("**/locale/*/LC_MESSAGES/django.po")
        if not path.with_suffix(".mo").exists() or path.with_suffix(".mo").stat().st_mtime < path.stat().st_mtime
    ]
    said = _("%d 个没有编译") % len(stale) if stale else _("已编译")
    return Finding(_("英文翻译"), not stale, said, "./danshu messages --compile")


def _disk() -> Finding:
    free = condition.look(clock.now()).disk_free
    return Finding(
        _("磁盘"), free >= condition.DISK_NEEDED, _("剩余 %.1f GB") % (free / 1e9), _("请清理磁盘，或把 DANSHU_DATA 移到大一点的盘。")
    )


def _database() -> Finding:
    name = "PostgreSQL" if connection.vendor == "postgresql" else "SQLite"
    is_well = condition.look(clock.now()).database
    said = _("%s，可以写入") % name if is_well else _("%s，写不进去") % name
    return Finding(_("数据库"), is_well, said, _("请看数据库是否在运行、DANSHU_DATABASE_URL 是否正确、文件夹是否可写。"))


def _migrations() -> Finding:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    said = _("还有 %d 步升级没有执行") % len(waiting) if waiting else _("已是最新")
    return Finding(_("数据结构"), not waiting, said, "./danshu migrate")


def _clock() -> Finding:
    """A wrong clock puts orders on the wrong day and locks people out."""
    there = time.time()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT EXTRACT(EPOCH FROM clock_timestamp())")
            there = float(cursor.fetchone()[0])
    apart = abs(there - time.time())
    newest = max(path.stat().st_mtime for path in texts.ROOT.glob("*/__init__.py"))
    is_well = apart < 5 and time.time() > newest - 86_400
    said = _("和数据库相差 %.1f 秒") % apart if apart >= 5 else f"{clock.local(clock.now()):%Y-%m-%d %H:%M} Asia/Shanghai"
    return Finding(_("时钟"), is_well, said, _("请打开系统的自动校时。"))


def _worker() -> Finding:
    state = condition.look(clock.now())
    is_well = state.worker and "queue" not in state.failing
    minutes = int(state.lag.total_seconds() // 60)
    said = _("没有在运行") if not state.worker else _("最早的任务等了 %d 分钟") % minutes if minutes else _("正常")
    return Finding(_("后台任务"), is_well, said, _("请启动单枢（./danshu start）；在运行的话请看它的输出。"))


def _leftovers() -> Finding:
    state = condition.look(clock.now())
    total = state.dead_jobs + state.failed_reactions
    said = _("%(jobs)d 个任务、%(facts)d 个事件失败") % {"jobs": state.dead_jobs, "facts": state.failed_reactions} if total else _("没有")
    return Finding(_("等人处理的失败"), not total, said, f"{settings.PUBLIC_URL}/settings/system/")
