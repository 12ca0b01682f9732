"""Pictures in a workbook without an imaging library: the bytes as they are, the size as it is wanted."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet


def put_picture(sheet: Worksheet, place: str, data: bytes, kind: str, width: int, height: int) -> None:
    """A PNG or JPEG with its upper left corner in a cell, so many pixels (1/96 inch) large."""
    from openpyxl.drawing.image import Image

    class Picture(Image):
        """openpyxl's picture asks Pillow for format and size; both are known here."""

        def __init__(self) -> None:
            self.ref: Any = io.BytesIO(data)
            self.width, self.height, self.format = width, height, kind
            self.anchor = place

        def _data(self) -> bytes:
            return data

    sheet.add_image(Picture())
