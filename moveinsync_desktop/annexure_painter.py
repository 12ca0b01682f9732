"""Paints pages of an annexure: title, repeated head, rows of one height, sums. Sizes in points of the page."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPagedPaintDevice, QPainter

from billing.exchange.paper.annexure_pages import AnnexurePages, PageRow
from moveinsync_desktop import theme

ROW, HEAD, TITLE, GAP = 11.2, 14.0, 18.0, 4.0
TEXT, TITLE_TEXT = 6.5, 9.0
_RULE = 0.4
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_SUMS_A_PAGE = 2
_KM = 6
"""The column up to which the words of a charge or sum may run."""


class AnnexurePainter:
    """For one device: `rows_a_page`, and `draw(painter, page)`."""

    def __init__(
        self, pages: AnnexurePages, device: QPagedPaintDevice, family: str, width: float, height: float
    ) -> None:
        self._pages = pages
        self._scale = device.logicalDpiY() / 72.0
        self._width = width
        room = height / self._scale - TITLE - HEAD - _SUMS_A_PAGE * ROW
        self.rows_a_page = max(int(room / ROW), 1)
        tokens = theme.read_tokens()["light"]
        self._ink, self._quiet = QColor(tokens["ink"]), QColor(tokens["ink3"])
        self._line, self._strong = QColor(tokens["line"]), QColor(tokens["control"])
        self._fonts = {
            kind: _font(family, points, weight)
            for kind, points, weight in (("text", TEXT, 400), ("sum", TEXT, 600), ("title", TITLE_TEXT, 600))
        }
        self._metrics = {kind: QFontMetricsF(font, device) for kind, font in self._fonts.items()}
        self._places = self._columns()

    def _columns(self) -> list[tuple[float, float]]:
        """Left edge and width of each column, the gap between them left out."""
        places, left = [], 0.0
        for column in self._pages.columns:
            width = self._width * column.share / 100
            places.append((left, width - (GAP * self._scale if column is not self._pages.columns[-1] else 0)))
            left += width
        return places

    def draw(self, page: int, painter: QPainter) -> None:
        """Paint page 0, 1..."""
        top = self._head(painter)
        for row in self._pages.page(page, self.rows_a_page):
            self._row(painter, row, top)
            top += ROW * self._scale

    def _head(self, painter: QPainter) -> float:
        area = QRectF(0, 0, self._width, TITLE * self._scale)
        self._text(painter, "title", self._ink, area, _LEFT, self._pages.title)
        self._text(painter, "text", self._quiet, area, _RIGHT, self._pages.subtitle)
        top = TITLE * self._scale
        for column, (left, width) in zip(self._pages.columns, self._places, strict=True):
            cell = QRectF(left, top, width, HEAD * self._scale)
            self._text(painter, "text", self._quiet, cell, _RIGHT if column.is_right else _LEFT, column.title)
        bottom = top + HEAD * self._scale
        self._rule(painter, bottom, self._strong)
        return bottom

    def _row(self, painter: QPainter, row: PageRow, top: float) -> None:
        kind = "sum" if row.is_sum else "text"
        height = ROW * self._scale
        if row.is_sum:
            self._rule(painter, top, self._strong)
        for place, (text, column) in enumerate(zip(row.cells, self._pages.columns, strict=True)):
            if not text:
                continue
            left, width = self._places[place]
            if row.spans and place < _KM and (place == 1 or row.is_sum):
                width = self._places[_KM][0] - left - GAP * self._scale
            ink = self._quiet if place == 0 and not row.is_sum else self._ink
            self._text(painter, kind, ink, QRectF(left, top, width, height), _RIGHT if column.is_right else _LEFT, text)
        if not row.is_sum:
            self._rule(painter, top + height, self._line)

    def _text(
        self, painter: QPainter, kind: str, ink: QColor, area: QRectF, flags: Qt.AlignmentFlag, text: str
    ) -> None:
        """One line; what is longer than its place keeps both ends. A figure is never shortened: it runs to the left."""
        painter.setFont(self._fonts[kind])
        painter.setPen(ink)
        metrics = self._metrics[kind]
        if metrics.horizontalAdvance(text) > area.width():
            if flags == _RIGHT:
                needed = metrics.horizontalAdvance(text)
                area = QRectF(area.right() - needed, area.top(), needed, area.height())
            else:
                text = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, area.width())
        painter.drawText(area, flags | Qt.TextFlag.TextSingleLine, text)

    def _rule(self, painter: QPainter, top: float, ink: QColor) -> None:
        painter.fillRect(QRectF(0, top, self._width, _RULE * self._scale), ink)


def _font(family: str, points: float, weight: int) -> QFont:
    made = QFont(family)
    made.setPointSizeF(points)
    made.setWeight(QFont.Weight(weight))
    return made
