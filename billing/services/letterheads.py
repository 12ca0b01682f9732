"""What vendor branches print at the head and foot of their documents: read, checked, set by a SUPER_ADMIN."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from billing.errors import BadInputError
from billing.schemas.changes import Changes
from billing.schemas.invoices import Letterhead
from billing.schemas.parties import VendorBranch

if TYPE_CHECKING:
    from billing.store.session import Session

MOST_BYTES = 512 * 1024
MOST_PIXELS = 4000
_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""JPEG markers that carry the size of the picture."""


def read_letterhead(session: Session, *, branch: VendorBranch) -> Letterhead | None:
    """What a branch prints now; None for the plain head."""
    with session.unit_of_work(name="letterheads.read") as uow:
        return uow.papers.current_letterhead(branch.vendor_id, branch.id)


def set_letterhead(
    session: Session, *, branch: VendorBranch, logo: Path | None, headline: str, footer: str, keep_logo: bool = False
) -> Changes:
    """Set what a branch prints from now on; issued documents keep what they were issued with.

    `keep_logo` leaves the stored picture; else `logo` takes its place, None being no picture.

    Raises:
        BadInputError: BAD_LOGO for no PNG or JPEG, more than 512 kB or 4000 pixels; TOO_LONG for the words.
        NotAllowedError: Anybody but a SUPER_ADMIN.
    """
    headline, footer = headline.strip(), footer.strip()
    for field, text, most in (("headline", headline, 200), ("footer", footer, 400)):
        if len(text) > most:
            raise BadInputError("TOO_LONG", f"The {field} has at most {most} characters.", where=field)
    with session.unit_of_work(name="letterheads.set") as uow:
        old = uow.papers.current_letterhead(branch.vendor_id, branch.id) if keep_logo else None
        head = old or (read_logo(logo) if logo else Letterhead())
        uow.papers.set_letterhead(
            branch.vendor_id, branch.id, Letterhead(head.image, head.kind, head.width, head.height, headline, footer)
        )
        uow.commit()
    return Changes(frozenset({"letterheads", "vendor_branches"}), frozenset({branch.id}))


def read_logo(path: Path) -> Letterhead:
    """A picture file with its kind and size. Raises BadInputError BAD_LOGO."""
    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= MOST_BYTES else b""
    except OSError as error:
        raise BadInputError("BAD_LOGO", f"{path.name} cannot be read: {error.strerror}.", where=str(path)) from None
    if size > MOST_BYTES:
        raise BadInputError("BAD_LOGO", f"{path.name} has {size // 1024} kB; a logo has at most 512.", where=str(path))
    kind, found = ("png", _png_size(data)) if data.startswith(_PNG) else ("jpeg", _jpeg_size(data))
    if found is None:
        raise BadInputError("BAD_LOGO", f"{path.name} is no PNG or JPEG picture.", where=str(path))
    if not all(1 <= pixels <= MOST_PIXELS for pixels in found):
        words = f"{path.name} has {found[0]} x {found[1]} pixels; a logo has at most {MOST_PIXELS} either way."
        raise BadInputError("BAD_LOGO", words, where=str(path))
    return Letterhead(data, kind, *found)


def _png_size(data: bytes) -> tuple[int, int] | None:
    if len(data) < 24 or data[12:16] != b"IHDR":
        return None
    return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Width and height from the frame header, found marker by marker."""
    if not data.startswith(_JPEG):
        return None
    place = 2
    while place + 9 < len(data) and data[place] == 0xFF:
        marker, length = data[place + 1], int.from_bytes(data[place + 2 : place + 4], "big")
        if marker in _FRAMES:
            return int.from_bytes(data[place + 7 : place + 9], "big"), int.from_bytes(
                data[place + 5 : place + 7], "big"
            )
        place += 2 + length
    return None
