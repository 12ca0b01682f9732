"""A document as HTML for Qt's text engine: the main part, which flows, and annexure pages of as many rows as fit.

No Qt here: `Paper` is text and images; `moveinsync_desktop.printing` lays it out, prints it, writes PDF.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from billing.exchange.paper.content import ORIGINAL, Figure, Printed, PrintedLine, PrintedParty, TaxRow, content_of
from billing.exchange.paper.markup import Markup, fill, lines, paragraph, picture
from billing.money import format_inr
from billing.schemas.invoices import InvoiceDocument, Letterhead

if TYPE_CHECKING:
    from billing.exchange.paper.annexure_pages import AnnexurePages
    from billing.schemas.annexure import Annexure

_NEW_PAGE = Markup(' style="page-break-before: always;"')
LOGO_WIDTH, LOGO_HEIGHT = 220, 62
"""Pixels (96 to the inch) that a logo may take at most: 5.8 x 1.6 cm."""

QR_SIZE = 146
"""Pixels: 3.9 cm. The portal asks for 2 x 2 inches or less; 1 kB of text stays readable from 3 cm on."""


@dataclass(frozen=True, slots=True)
class Paper:
    """One copy of a document, ready to be laid out: HTML, its pictures by name, the rows behind it."""

    title: str
    footer: str
    body: str
    images: Mapping[str, bytes] = field(hash=False)
    annexure: AnnexurePages | None = None
    watermark: str = ""
    """A word across each page of what may not be taken for an issued document."""
    imprint: str = ""
    """Words of the letterhead at the foot of each page."""
    body_with_last_lines: str = ""
    """The main part once more, its last lines kept with the totals: for a break between the two; empty if short."""


_LAST_LINES, _FEW_LINES = 3, 8
_LONG_FACT = 56


def paper_of(document: InvoiceDocument, annexure: Annexure, *, copy: str = ORIGINAL, with_trips: bool = True) -> Paper:
    """A document with its annexure as paper; without trips there is none, the lines say it all."""
    from billing.exchange.paper.annexure_pages import AnnexurePages

    content = content_of(document, len(annexure), copy=copy)
    name = f"{document.title} {document.number or 'draft'}"
    head = document.letterhead
    return Paper(
        name,
        "   ".join(part for part in (name, content.copy) if part),
        body_html(content, head),
        _images(content, head),
        AnnexurePages(document, annexure) if with_trips and len(annexure) else None,
        watermark=content.watermark,
        imprint=content.footer,
        body_with_last_lines=body_html(content, head, last=_LAST_LINES) if len(content.lines) > _FEW_LINES else "",
    )


def body_html(content: Printed, letterhead: Letterhead | None = None, *, last: int = 0) -> str:
    """The main part; `last` lines stand in a table of their own on the page of the totals."""
    rows = [_line(line) for line in content.lines] or [fill("nothing")]
    first, tail = rows[: len(rows) - last], rows[len(rows) - last :]
    body = fill(
        "document",
        letterhead=_letterhead(content, letterhead),
        supplier_name=content.supplier.name,
        supplier_lines=party_lines(content.supplier),
        title=content.title,
        subtitle=under_title(content.subtitle, "quiet"),
        copy=under_title(content.copy, "quiet"),
        state=under_title(content.state, "warning"),
        recipient_heading=content.recipient.heading,
        recipient_name=content.recipient.name,
        recipient_lines=party_lines(content.recipient),
        facts=fact_rows(content.facts),
        warnings=joined(paragraph(text, "warning") for text in content.warnings),
        lines=fill("lines", rows=joined(iter(first)), **{"break": Markup("")}),
        last_lines=fill("lines", rows=joined(iter(tail)), **{"break": _NEW_PAGE}) if tail else Markup(""),
        taxes=_taxes(content),
        words=content.words,
        figures=joined(figure_row("figure", figure) for figure in content.figures),
        total_label=content.total.label,
        total=format_inr(content.total.amount),
        memo=joined(figure_row("memo", figure) for figure in content.memo),
        bank=fill("bank", bank=content.bank) if content.bank else Markup(""),
        declarations=joined(paragraph(text, "small quiet") for text in content.declarations),
        signature=_signature(content.signature),
        registration=_registration(content),
        anchor=paragraph(content.anchor, "tiny"),
    )
    return fill("page", body=body)


def joined(parts: Iterator[Markup]) -> Markup:
    """Parts one after the other."""
    return Markup("".join(parts))


def party_lines(party: PrintedParty) -> Markup:
    """Address and registration under a party's name."""
    registration = tuple(text.replace("   ", "\u00a0\u00a0 ") for text in party.registration)
    return lines((*party.address, *registration))


def under_title(text: str, css: str) -> Markup:
    """A line under the title, where there is one."""
    return Markup(f"<br>{lines((text,), css)}") if text else Markup("")


def fact_rows(facts: tuple[tuple[str, str], ...]) -> Markup:
    """Label and value, two facts a row; the first row, what the paper is called by, is strong. Long words get a row."""
    rows: list[Markup] = []
    left: tuple[str, str] | None = None
    for label, value in facts:
        if len(value) > _LONG_FACT:
            rows += [_fact_row(left, ("", ""), is_first=not rows)] if left else []
            rows.append(fill("long_fact", label=label, value=value))
            left = None
        elif left is None:
            left = label, value
        else:
            rows.append(_fact_row(left, (label, value), is_first=not rows))
            left = None
    if left is not None:
        rows.append(_fact_row(left, ("", ""), is_first=not rows))
    return joined(iter(rows))


def _fact_row(one: tuple[str, str], other: tuple[str, str], *, is_first: bool) -> Markup:
    weight = "strong" if is_first else ""
    return fill("fact", label_1=one[0], value_1=one[1], label_2=other[0], value_2=other[1], weight=weight)


def _signature(texts: tuple[str, ...]) -> Markup:
    by, *rest = texts
    return Markup(lines((by,), "strong") + ("<br>" + lines(tuple(rest), "small quiet") if rest else ""))


def _line(line: PrintedLine) -> Markup:
    quantity = "" if line.quantity is None else f"{grouped(line.quantity)} {line.unit}"
    return fill(
        "line", position=str(line.position), description=line.description, sac=line.sac, quantity=quantity,
        percent=line.percent or "–", amount=amount_text(line.amount), sign=_sign(line.amount),
    )  # fmt: skip


def _taxes(content: Printed) -> Markup:
    """The tax by SAC and rate; none on a document without tax."""
    if not content.tax_names:
        return Markup("")
    ends = _ends(len(content.tax_names))
    names = zip(content.tax_names, ends, strict=True)
    head = fill("tax_head", taxes=joined(fill("tax_head_cell", name=name, end=end) for name, end in names))
    return fill("taxes", head=head, rows=joined(_tax_row(row) for row in content.tax_rows))


def _ends(count: int) -> list[str]:
    """The class of each of so many columns: the last one is flush with the right edge."""
    return [""] * (count - 1) + ["end"]


def _tax_row(row: TaxRow) -> Markup:
    cells = joined(
        fill("tax_cell", percent=percent, amount=amount_text(amount), end=end)
        for (_, percent, amount), end in zip(row.taxes, _ends(len(row.taxes)), strict=True)
    )
    return fill("tax_row", sac=row.sac, taxable=amount_text(row.taxable), taxes=cells)


def figure_row(section: str, figure: Figure) -> Markup:
    """An amount under the lines."""
    words = {"sign": _sign(figure.amount)} if section == "figure" else {}
    return fill(section, label=figure.label, amount=amount_text(figure.amount), **words)


def amount_text(paise: int) -> str:
    """An amount with Indian grouping and a real minus sign."""
    return format_inr(paise).replace("-", "\u2212")


def grouped(number: int) -> str:
    """A count with Indian grouping."""
    return format_inr(number * 100)[:-3]


def _sign(paise: int) -> str:
    return "minus" if paise < 0 else ""


def _letterhead(content: Printed, letterhead: Letterhead | None) -> Markup:
    if letterhead is None or not (letterhead.image or letterhead.headline):
        return Markup("")
    logo = picture("logo", *logo_size(letterhead)) if letterhead.image else Markup("")
    return fill("letterhead", logo=logo, headline=content.headline)


def logo_size(letterhead: Letterhead) -> tuple[int, int]:
    """Pixels that the logo takes: within its box, as it is shaped."""
    width, height = max(letterhead.width, 1), max(letterhead.height, 1)
    if width * LOGO_HEIGHT <= height * LOGO_WIDTH:
        return max(1, width * LOGO_HEIGHT // height), LOGO_HEIGHT
    return LOGO_WIDTH, max(1, height * LOGO_WIDTH // width)


def _registration(content: Printed) -> Markup:
    if not content.registration:
        return Markup("")
    qr = picture("qr", QR_SIZE, QR_SIZE) if content.qr else Markup("")
    facts = joined(fill("registration_fact", label=label, value=value) for label, value in content.registration)
    return fill("registration", qr=qr, facts=facts)


def _images(content: Printed, letterhead: Letterhead | None) -> dict[str, bytes]:
    from billing.exchange.paper.qr import qr_png

    images = {"logo": letterhead.image} if letterhead is not None and letterhead.image else {}
    if content.qr:
        images["qr"] = qr_png(content.qr)
    return images
