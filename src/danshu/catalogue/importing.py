"""Tables that people fill in: read, previewed, taken in 500 rows at a time, and the bad rows handed back with reasons.

An `Importer` says what the columns mean, how a row becomes an item and how items are saved. Good rows come in whatever the bad ones
do; running the same file again changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from danshu.catalogue import columns
from danshu.core import runs, tables
from danshu.core.actor import Actor
from danshu.core.errors import DomainError

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that cannot be taken, and why."""

    line: columns.Line
    reason: str


@dataclass(slots=True)
class Plan:
    """What a file would do. `ready` holds (line, item) of rows that change something."""

    sheet: columns.Sheet
    ready: list[tuple[columns.Line, Any]] = field(default_factory=list)
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Importer:
    """`fill(plan)` turns the sheet's lines into items; `save(items)` is one operation; `extra` goes to both."""

    kind: str
    title: str | Promise
    aliases: columns.Aliases
    required: tuple[str, ...]
    fill: Callable[[Plan, dict[str, Any]], None]
    save: Callable[[Sequence[Any], dict[str, Any], Actor, datetime], None]
    sample: tuple[tuple[str, ...], ...] = ()

    def plan(self, path: Path, extra: dict[str, Any] | None = None) -> Plan:
        """Read and judge the whole file; nothing is written. Raises `DomainError` when it is no table of this kind."""
        plan = Plan(columns.read(path, self.aliases, self.required))
        self.fill(plan, extra or {})
        return plan

    def template(self, path: Path) -> None:
        """An empty table with the right columns and an example."""
        header = [names[0] for names in self.aliases.values()]
        tables.write_xlsx(path, {str(self.title): [header, *self.sample]}, text_columns=header)

    def take(self, path: Path, *, run_id: int, extra: dict[str, Any], by: Actor, now: datetime, result_url: str = "") -> Path | None:
        """Do what the plan says, 500 rows an operation; returns the table of bad rows, if there are any."""
        plan = self.plan(path, extra)
        problems = list(plan.problems)
        runs.advance(run_id, [_told(problem) for problem in problems], done=len(problems) + plan.unchanged)
        for start in range(0, len(plan.ready), CHUNK):
            chunk = plan.ready[start : start + CHUNK]
            bad = self._save(chunk, extra, by, now)
            problems += bad
            runs.advance(run_id, [_told(problem) for problem in bad], done=len(chunk))
        rejected = write_problems(path, plan.sheet, problems) if problems else None
        summary = {"new": plan.new, "changed": plan.changed, "unchanged": plan.unchanged, "bad": len(problems)}
        runs.finish(run_id, summary=summary, result_url=result_url if rejected else "")
        return rejected

    def _save(self, chunk: list[tuple[columns.Line, Any]], extra: dict[str, Any], by: Actor, now: datetime) -> list[Problem]:
        """All at once; when that is refused, row by row, so that one bad row costs only itself."""
        try:
            self.save([item for _line, item in chunk], extra, by, now)
        except DomainError as error:
            if len(chunk) == 1:
                return [Problem(chunk[0][0], str(error))]
            return [problem for pair in chunk for problem in self._save([pair], extra, by, now)]
        return []


def _told(problem: Problem) -> dict[str, object]:
    label = _("第 %(row)d 行") % {"row": problem.line.number}
    return {"label": label, "ok": False, "message": problem.reason, "url": ""}


def rejects_of(path: Path) -> Path:
    """Where the bad rows of an imported file are kept."""
    return path.with_name(f"{path.stem}.rejects.xlsx")


def write_problems(path: Path, sheet: columns.Sheet, problems: Sequence[Problem]) -> Path:
    """The bad rows as they came, with a last column that says why: to be corrected and imported again."""
    target = rejects_of(path)
    rows = [[*_padded(problem.line.raw, len(sheet.header)), problem.reason] for problem in problems]
    tables.write_xlsx(target, {_("未导入的行"): [[*sheet.header, _("原因")], *rows]}, text_columns=sheet.header)
    return target


def _padded(cells: Sequence[str], width: int) -> list[str]:
    return [*cells[:width], *[""] * (width - len(cells))]
