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

from PySide6.QtCore import QMarginsF, QRectF, QSizeF, QUrl
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QFont,
    QFontDatabase,
    QImage,
    QPagedPaintDevice,
    QPageLayout,
    QPageSize,
    QPainter,
    QPalette,
    QPdfWriter,
    QTextDocument,
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
_FOOTER_POINTS = 20.0
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
                draw(painter)
                _draw_footer(painter, device, paper.footer, number, pages)
                if progress is not None:
                    progress(place * 1000 + number * 1000 // max(pages, 1), len(papers) * 1000, paper.title)
    finally:
        painter.end()


class _Layout:
    """One paper laid out for one device: the flowing part page by page, then the annexure, painted row by row."""

    def __init__(self, paper: Paper, device: QPagedPaintDevice) -> None:
        self._paper, self._device = paper, device
        scale = device.logicalDpiY() / _POINTS_PER_INCH
        self._width = float(device.width())
        self._height = float(device.height()) - _FOOTER_POINTS * scale

    def pages(self) -> Iterator[tuple[int, Callable[[QPainter], None]]]:
        """(pages of this paper, what draws one) in order."""
        body, pages = self._document(self._paper.body), self._paper.annexure
        main = body.pageCount()
        rows = AnnexurePainter(pages, self._device, FAMILY, self._width, self._height) if pages is not None else None
        more = pages.pages(rows.rows_a_page) if pages is not None and rows is not None else 0
        for page in range(main):
            yield main + more, partial(self._draw, body, page)
        for page in range(more):
            assert rows is not None
            yield main + more, partial(rows.draw, page)

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


def _draw_footer(painter: QPainter, device: QPagedPaintDevice, text: str, number: int, pages: int) -> None:
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QColor

    scale = device.logicalDpiY() / _POINTS_PER_INCH
    area = QRectF(0, device.height() - 10 * scale, device.width(), 10 * scale)
    painter.save()
    painter.setFont(_font(6.5))
    painter.setPen(QColor(theme.read_tokens()["light"]["ink3"]))
    bottom = Qt.AlignmentFlag.AlignBottom
    page = f"Page {number} of {pages}"
    room = area.width() - painter.fontMetrics().horizontalAdvance(page) - 12 * scale
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(room))
    painter.drawText(area, bottom | Qt.AlignmentFlag.AlignLeft, shown)
    painter.drawText(area, bottom | Qt.AlignmentFlag.AlignRight, page)
    painter.restore()


def _font(points: float = 8.5) -> QFont:
    made = QFont(FAMILY)
    made.setPointSizeF(points)
    return made


def load_fonts() -> None:
    """Register the faces of paper (scripts/dev/make_paper_fonts.py) and that for Indian scripts; once a process."""
    theme.load_fonts()
    if FAMILY not in QFontDatabase.families():
        for name in FONT_FILES:
            QFontDatabase.addApplicationFontFromData((files("resources") / "fonts" / name).read_bytes())
