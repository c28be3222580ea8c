"""A batch as one PDF: the pick list first, then the papers of each box in batch order."""

from __future__ import annotations

from typing import BinaryIO

from django.utils.translation import gettext as _

from danshu.fulfilment.papers import label, pick, slip
from danshu.fulfilment.papers.content import Job
from danshu.fulfilment.papers.sheet import BOLD, SIZES, Paper, Sheet, open_paper

LABELS_ON_A4 = ((4.0, 8.0), (106.0, 8.0))  # two labels of 100 × 180 side by side


def batch(target: BinaryIO, job: Job) -> int:
    """Draw the job into `target`; returns the number of pages. Raises `DomainError("papers.font_missing")`."""
    paper = open_paper(target, job.size, job.batch_no)
    page = _Pages(paper, job)
    if "pick" in job.papers:
        page.pick_list()
    if job.size == "A4" and "label" in job.papers and "slip" not in job.papers:
        page.labels_side_by_side()
    else:
        for position in range(job.first, job.first + len(job.boxes)):
            if "slip" in job.papers:
                page.slip(position)
            if "label" in job.papers:
                page.label(position)
    if not page.count:
        page.blank()
    paper.save()
    return page.count


class _Pages:
    def __init__(self, paper: Paper, job: Job) -> None:
        self.paper, self.job, self.count = paper, job, 0
        self.size = SIZES[job.size]
        self.scale = min(1.0, self.size[0] / 100)

    def _sheet(self, size: tuple[float, float] | None = None, at: tuple[float, float] = (0.0, 0.0)) -> Sheet:
        shifted = (at[0] + self.job.offset_x / 10, at[1] + self.job.offset_y / 10)
        return Sheet(self.paper, size or self.size, self.size, shifted)

    def _turn(self) -> None:
        self.paper.showPage()
        self.count += 1

    def pick_list(self) -> None:
        wants = pick.gather(self.job.boxes, self.job.first)
        step = pick.rows_per_page(self.size[1], self.scale)
        pages = [wants[start : start + step] for start in range(0, len(wants), step)]
        for number, part in enumerate(pages):
            sheet = self._sheet()
            pick.draw(sheet, self.job, part, number, len(pages))
            sheet.finish()
            self._turn()

    def slip(self, position: int) -> None:
        box = self.job.boxes[position - self.job.first]
        split = slip.pages(self.size[1], self.scale, box)
        for number in range(len(split)):
            sheet = self._sheet()
            slip.draw(sheet, self.job, box, position, number, split)
            sheet.finish()
            self._turn()

    def label(self, position: int) -> None:
        sheet = self._sheet((100, 180) if self.job.size == "A4" else None)
        label.draw(sheet, self.job, self.job.boxes[position - self.job.first], position)
        sheet.finish()
        self._turn()

    def labels_side_by_side(self) -> None:
        boxes = self.job.boxes
        for start in range(0, len(boxes), len(LABELS_ON_A4)):
            for at, box in zip(LABELS_ON_A4, boxes[start : start + len(LABELS_ON_A4)], strict=False):
                sheet = self._sheet((100, 180), at)
                label.draw(sheet, self.job, box, self.job.first + start + LABELS_ON_A4.index(at))
                sheet.finish()
            self._turn()

    def blank(self) -> None:
        self._turn()


def test_page(target: BinaryIO, *, name: str, size: str, offset_x: int, offset_y: int) -> None:
    """A frame 5 mm from the edges with a millimetre scale, one code of each kind: shows the offsets and whether bars are sharp."""
    paper = open_paper(target, size, name)
    page = SIZES[size]
    sheet = Sheet(paper, page, page, (offset_x / 10, offset_y / 10))
    width, height = page
    for y in (5.0, height - 5.3):
        sheet.rule(y, left=5, right=width - 5)
    for x in (5.0, width - 5.3):
        sheet.box(x, 5, 0.3, height - 10)
    for step in range(11):
        sheet.box(10 + step * 5, 10, 0.2, 4 if step % 2 == 0 else 2.5)
    sheet.text(10, 19, _("每格 5 毫米。边框离纸边应各为 5 毫米，不是的话改偏移。"), width - 20, size=9)
    sheet.text(10, 26, _("测试页") + f" · {name} · {size}", width - 20, size=14, face=BOLD)
    sheet.text(
        10,
        32,
        _("偏移 左右 %(x)s 毫米，上下 %(y)s 毫米") % {"x": offset_x / 10, "y": offset_y / 10},
        width - 20,
        size=9,
    )
    sheet.code128(8, 38, width - 16, 14, "DANSHU-TEST-001")
    sheet.qr(width / 2 - 12, 58, 24, "DANSHU-TEST-001")
    sheet.finish()
    paper.showPage()
    paper.save()
