"""How figures, dates and names are written on screen (LOOK.md 11). Exact: no float touches money or distance.

All functions give text; `None` becomes an en dash. Money is int paise, distance int metres, times aware datetimes.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from billing.counting import plural as plural
from billing.money import format_inr, group_indian

NONE = "–"
MINUS = "−"
THIN = "\u2009"
INDIA = ZoneInfo("Asia/Kolkata")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def group(digits: str) -> str:
    """Indian grouping of a string of digits: 1234567 -> 12,34,567."""
    return group_indian(int(digits or "0"))


def count(number: int | None) -> str:
    """A whole number: 11,839."""
    if number is None:
        return NONE
    return (MINUS if number < 0 else "") + group(str(abs(number)))


def money(paise: int | None) -> str:
    """12,34,567.50, with a real minus sign; zero is 0.00."""
    if paise is None:
        return NONE
    return (MINUS if paise < 0 else "") + format_inr(abs(int(paise)))


def rupees(paise: int | None) -> str:
    """Without paise, for overviews: half up to the rupee."""
    if paise is None:
        return NONE
    whole = (abs(int(paise)) + 50) // 100
    return (MINUS if paise < 0 and whole else "") + group(str(whole))


def signed(text: str) -> str:
    """A change: the text with a plus sign unless it is negative or zero."""
    return text if text.startswith(MINUS) or not any(c in "123456789" for c in text) else f"+{text}"


def km(metres: int | None, decimals: int = 1) -> str:
    """92,429.0 from metres, half up at the last decimal shown."""
    if metres is None:
        return NONE
    step = 10 ** (3 - decimals)
    units = (abs(int(metres)) + step // 2) // step
    whole, rest = divmod(units, 10**decimals)
    text = group(str(whole)) + (f".{rest:0{decimals}d}" if decimals else "")
    return (MINUS if metres < 0 and units else "") + text


def percent(part: int, whole: int, decimals: int = 1) -> str:
    """75.8 %, half up, with a thin space; a dash where there is nothing to compare with."""
    if not whole:
        return NONE
    scale = 10**decimals
    units = (abs(part) * 200 * scale + abs(whole)) // (2 * abs(whole))
    lead, rest = divmod(units, scale)
    sign = MINUS if (part < 0) != (whole < 0) and units else ""
    return f"{sign}{group(str(lead))}" + (f".{rest:0{decimals}d}" if decimals else "") + f"{THIN}%"


def change(now: int | None, before: int | None) -> str:
    """The change as a signed percentage: +4.0 %, −1.2 %; a dash where there is nothing to compare with."""
    if now is None or not before:
        return NONE
    return signed(percent(now - before, abs(before)))


def lakhs(paise: int) -> str:
    """For axes: ₹3 L, ₹1.5 Cr, ₹20,000."""
    value = abs(paise) // 100
    sign = MINUS if paise < 0 else ""
    for size, word in ((10_000_000, "Cr"), (100_000, "L")):
        if value >= size:
            tenths = (value * 10 + size // 2) // size
            whole, rest = divmod(tenths, 10)
            return f"{sign}₹{group(str(whole))}{f'.{rest}' if rest else ''} {word}"
    return f"{sign}₹{group(str(value))}"


def local(moment: datetime, zone: tzinfo = INDIA) -> datetime:
    """The moment on the clock of this zone; a naive one is taken as being there already."""
    return moment.astimezone(zone) if moment.tzinfo else moment


def day(value: date | datetime | None, zone: tzinfo = INDIA) -> str:
    """27-10-2026."""
    if value is None:
        return NONE
    if isinstance(value, datetime):
        value = local(value, zone)
    return f"{value.day:02d}-{value.month:02d}-{value.year:04d}"


def clock(value: datetime | None, zone: tzinfo = INDIA) -> str:
    """22:54."""
    if value is None:
        return NONE
    there = local(value, zone)
    return f"{there.hour:02d}:{there.minute:02d}"


def stamp(value: datetime | None, zone: tzinfo = INDIA) -> str:
    """27-10-2026 22:54."""
    return NONE if value is None else f"{day(value, zone)} {clock(value, zone)}"


def long_stamp(value: datetime | None, zone: tzinfo = INDIA) -> str:
    """Tue 27-10-2026, 22:54: for a single record."""
    if value is None:
        return NONE
    there = local(value, zone)
    return f"{WEEKDAYS[there.weekday()]} {day(there)}, {clock(there)}"


def month(value: date | None) -> str:
    """October 2026."""
    return NONE if value is None else f"{MONTHS[value.month - 1]} {value.year}"


def minutes(span: timedelta | int | None) -> str:
    """52 min, 1 h 05 min; an int is whole minutes."""
    if span is None:
        return NONE
    total = int(span.total_seconds() // 60) if isinstance(span, timedelta) else span
    return f"{total} min" if total < 90 else f"{total // 60} h {total % 60:02d} min"


def initials(name: str) -> str:
    """Two letters for an avatar: "Meera Krishnan" -> MK, "Super" -> SU."""
    words = [word for word in name.replace(".", " ").replace("@", " ").split() if word]
    if not words:
        return "?"
    return (words[0][0] + words[1][0] if len(words) > 1 else words[0][:2]).upper()
