"""Documents on paper: PDF files, print-outs and the pages of a preview, laid out by Qt from `billing.exchange.paper`.

A command line without a display uses Qt's offscreen platform; fonts are the bundled ones, so that pages are the same
everywhere and carry the rupee sign.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMarginsF, QRectF, QSizeF, Qt, QUrl
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QColor,
    QFont,
    QFontDatabase,
    QFontMetricsF,
    QImage,
    QPagedPaintDevice,
    QPageLayout,
    QPageSize,
    QPainter,
    QPalette,
    QPdfWriter,
    QTextDocument,
    QTextFormat,
    QTextTable,
)
from PySide6.QtWidgets import QApplication

from billing.exchange.files import replacing
from moveinsync_desktop import theme
from moveinsync_desktop.annexure_painter import AnnexurePainter

if TYPE_CHECKING:
    from billing.exchange.paper.html import Paper

Progress = Callable[[int, int, str], None]

FAMILY = "Inter Paper"
FONT_FILES = ("InterPaper-Regular.ttf", "InterPaper-Medium.ttf", "InterPaper-SemiBold.ttf")
MARGIN_MM = 12.0
DPI = 300
_FOOTER_POINTS, _FOOTER_TEXT = 20.0, 6.5
_WATERMARK_POINTS = 150.0
_POINTS_PER_INCH = 72.0


_APPLICATIONS: list[QApplication] = []
"""The application that a command line made: Qt wants one that stays."""


def ensure_application() -> None:
    """There is an application; the command line gets one that needs no display."""
    if QApplication.instance() is not None:
        return
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from moveinsync_desktop.compat import ensure_qt

    ensure_qt()
    _APPLICATIONS.append(QApplication([]))


def write_pdf(path: Path, papers: Sequence[Paper], *, progress: Progress | None = None) -> Path:
    """Write papers into one PDF, as a whole or not at all; gives `path`.

    Raises UnavailableError when the file is open elsewhere or the disk is full; `progress` may raise Cancelled.
    """
    ensure_application()
    load_fonts()
    with replacing(Path(path)) as temporary:
        writer = QPdfWriter(str(temporary))
        writer.setPageLayout(page_layout())
        writer.setResolution(DPI)
        writer.setTitle(papers[0].title if papers else "")
        writer.setCreator("MoveInSync Desktop")
        paint(writer, papers, progress=progress)
    return Path(path)


def page_layout() -> QPageLayout:
    """A4 upright with equal margins."""
    margins = QMarginsF(MARGIN_MM, MARGIN_MM, MARGIN_MM, MARGIN_MM)
    page = QPageSize(QPageSize.PageSizeId.A4)
    return QPageLayout(page, QPageLayout.Orientation.Portrait, margins, QPageLayout.Unit.Millimeter)


def paint(device: QPagedPaintDevice, papers: Sequence[Paper], *, progress: Progress | None = None) -> None:
    """Paint papers, one after the other, each with its own page numbers."""
    painter = QPainter(device)
    try:
        is_first = True
        for place, paper in enumerate(papers):
            for number, (pages, draw) in enumerate(_Layout(paper, device).pages(), start=1):
                if not is_first:
                    device.newPage()
                is_first = False
                _draw_watermark(painter, device, paper.watermark)
                draw(painter)
                _draw_footer(painter, device, paper, number, pages)
                if progress is not None:
                    progress(place * 1000 + number * 1000 // max(pages, 1), len(papers) * 1000, paper.title)
    finally:
        painter.end()


class _Layout:
    """One paper laid out for one device: the flowing part page by page, then the annexure, painted row by row."""

    def __init__(self, paper: Paper, device: QPagedPaintDevice) -> None:
        self._paper, self._device = paper, device
        self._width = float(device.width())
        self._height = float(device.height()) - _footer_height(device, paper.imprint)

    def pages(self) -> Iterator[tuple[int, Callable[[QPainter], None]]]:
        """(pages of this paper, what draws one) in order."""
        body, pages = self._body(), self._paper.annexure
        main = body.pageCount()
        rows = AnnexurePainter(pages, self._device, FAMILY, self._width, self._height) if pages is not None else None
        more = pages.pages(rows.rows_a_page) if pages is not None and rows is not None else 0
        for page in range(main):
            yield main + more, partial(self._draw, body, page)
        for page in range(more):
            assert rows is not None
            yield main + more, partial(rows.draw, page)

    def _body(self) -> QTextDocument:
        """The flowing part: no block is torn, and what stands under the lines has the last of them above it."""
        body = self._document(self._paper.body)
        if keep_together(body, self._height) and self._paper.body_with_last_lines:
            body = self._document(self._paper.body_with_last_lines)
            keep_together(body, self._height)
        return body

    def _document(self, html: str) -> QTextDocument:
        document = QTextDocument()
        document.documentLayout().setPaintDevice(self._device)
        document.setDocumentMargin(0)
        document.setDefaultFont(_font())
        for name, image in self._paper.images.items():
            document.addResource(QTextDocument.ResourceType.ImageResource.value, QUrl(name), QImage.fromData(image))
        document.setPageSize(QSizeF(self._width, self._height))
        document.setHtml(html)
        return document

    def _draw(self, document: QTextDocument, page: int, painter: QPainter) -> None:
        painter.save()
        painter.translate(0, -page * self._height)
        area = QRectF(0, page * self._height, self._width, self._height)
        painter.setClipRect(area)
        words = QAbstractTextDocumentLayout.PaintContext()
        words.clip = area
        words.palette = QPalette()
        document.documentLayout().draw(painter, words)
        painter.restore()


def keep_together(document: QTextDocument, height: float) -> bool:
    """Move each block of a document that a page would tear to the next page; says whether one stands without lines.

    A table with a head may be torn, its head is repeated; every other table is a block, if it fits on a page at all.
    What stands under the lines, the totals and who signs them, should have a line above it on its page.
    """
    alone, lines_end = False, -1
    for table in [frame for frame in document.rootFrame().childFrames() if isinstance(frame, QTextTable)]:
        box = document.documentLayout().frameBoundingRect(table)
        first, last = int(box.top() // height), int((box.bottom() - 1) // height)
        if table.format().toTableFormat().headerRowCount():
            lines_end = last
            continue
        if first != last and box.height() <= height:
            form = table.format().toTableFormat()
            form.setPageBreakPolicy(QTextFormat.PageBreakFlag.PageBreak_AlwaysBefore)
            table.setFormat(form)
            first = last
        alone = alone or 0 <= lines_end < first
    return alone


def _draw_watermark(painter: QPainter, device: QPagedPaintDevice, text: str) -> None:
    """A word from corner to corner under the text, light enough to read what stands over it."""
    if not text:
        return
    painter.save()
    painter.translate(device.width() / 2, device.height() / 2)
    painter.rotate(-52)
    painter.setFont(_font(_WATERMARK_POINTS if len(text) < 6 else _WATERMARK_POINTS * 0.6, QFont.Weight.DemiBold))
    painter.setPen(QColor(theme.read_tokens()["light"]["line"]))
    room = float(device.height())
    painter.drawText(QRectF(-room, -room, 2 * room, 2 * room), Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()


def _footer_height(device: QPagedPaintDevice, imprint: str) -> float:
    """Room at the foot of a page: the line with the page number, above it the imprint in as many lines as it needs."""
    scale = device.logicalDpiY() / _POINTS_PER_INCH
    return _FOOTER_POINTS * scale + (_imprint_area(device, imprint).height() if imprint else 0.0)


def _imprint_area(device: QPagedPaintDevice, imprint: str) -> QRectF:
    metrics = QFontMetricsF(_font(_FOOTER_TEXT), device)
    room = QRectF(0, 0, device.width(), device.height())
    return metrics.boundingRect(room, Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft, imprint)


def _draw_footer(painter: QPainter, device: QPagedPaintDevice, paper: Paper, number: int, pages: int) -> None:
    scale = device.logicalDpiY() / _POINTS_PER_INCH
    area = QRectF(0, device.height() - 10 * scale, device.width(), 10 * scale)
    painter.save()
    painter.setFont(_font(_FOOTER_TEXT))
    painter.setPen(QColor(theme.read_tokens()["light"]["ink3"]))
    bottom = Qt.AlignmentFlag.AlignBottom
    page = f"Page {number} of {pages}"
    room = area.width() - painter.fontMetrics().horizontalAdvance(page) - 12 * scale
    shown = painter.fontMetrics().elidedText(paper.footer, Qt.TextElideMode.ElideRight, int(room))
    painter.drawText(area, bottom | Qt.AlignmentFlag.AlignLeft, shown)
    painter.drawText(area, bottom | Qt.AlignmentFlag.AlignRight, page)
    if paper.imprint:
        words = _imprint_area(device, paper.imprint)
        words.moveTop(area.top() - words.height())
        words.setWidth(device.width())
        painter.drawText(words, Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft, paper.imprint)
    painter.restore()


def _font(points: float = 8.5, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    made = QFont(FAMILY)
    made.setPointSizeF(points)
    made.setWeight(weight)
    return made


def load_fonts() -> None:
    """Register the faces of paper (scripts/dev/make_paper_fonts.py) and that for Indian scripts; once a process."""
    theme.load_fonts()
    if FAMILY not in QFontDatabase.families():
        for name in FONT_FILES:
            QFontDatabase.addApplicationFontFromData((files("resources") / "fonts" / name).read_bytes())
