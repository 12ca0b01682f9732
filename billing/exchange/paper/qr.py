"""The QR code of a registered invoice: the portal's signed text as it came, large enough to be scanned (GST.md 9)."""

from __future__ import annotations

import io


def qr_png(text: str, *, scale: int = 6) -> bytes:
    """A PNG image of the code with its quiet zone; error correction L, as about 1 kB of text wants."""
    import segno

    buffer = io.BytesIO()
    segno.make(text, error="l", micro=False, boost_error=False).save(buffer, kind="png", scale=scale, border=4)
    return buffer.getvalue()
