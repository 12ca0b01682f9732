"""The demo's clients, vendors and links: invented names, GSTINs with a right check digit, states that fit."""

from __future__ import annotations

from uuid import UUID

from billing.schemas.parties import Client, ClientSite, ClientVendor, Vendor, VendorBranch


def fixed_id(kind: int, number: int) -> UUID:
    """The demo's own ids: d0000000-0000-0000-<kind>-<number>; the first client is all zeros and a one."""
    return UUID(f"d0000000-0000-0000-{kind:04x}-{number:012d}")


MOONBRIDGE = fixed_id(0, 1)
PAPER_LANTERN = fixed_id(0, 2)
BLUE_HERON = fixed_id(1, 1)
GULMOHAR = fixed_id(1, 2)
DECCAN_COMET = fixed_id(1, 3)

CLIENTS = (
    Client(MOONBRIDGE, "CL001", "Moonbridge Software Pvt Ltd", aliases=("Moonbridge",), pan="ZZZCM4021K"),
    Client(PAPER_LANTERN, "CL002", "Paper Lantern Finance Ltd", aliases=("Paper Lantern",), pan="ZZZCP7302H"),
)

SITES = (
    ClientSite(
        fixed_id(2, 1),
        MOONBRIDGE,
        "BLR-WF",
        "Whitefield campus",
        legal_name="Moonbridge Software Private Limited",
        address_1="Tower 3, Lakeview Tech Park, Whitefield Main Road",
        city="Bengaluru",
        pin="560066",
        state_code="29",
        gstin="29ZZZCM4021K1ZR",
        is_default=True,
    ),
    ClientSite(
        fixed_id(2, 2),
        MOONBRIDGE,
        "BLR-EC",
        "Electronic City office",
        legal_name="Moonbridge Software Private Limited",
        address_1="Block B, Silver Oak Park, Phase 1, Electronic City",
        city="Bengaluru",
        pin="560100",
        state_code="29",
        gstin="29ZZZCM4021K1ZR",
    ),
    ClientSite(
        fixed_id(2, 3),
        MOONBRIDGE,
        "PUN-HJ",
        "Hinjawadi office",
        legal_name="Moonbridge Software Private Limited",
        address_1="Plot 14, Rajiv Gandhi Infotech Park, Phase 2",
        city="Pune",
        pin="411057",
        state_code="27",
        gstin="27ZZZCM4021K1ZV",
    ),
    ClientSite(
        fixed_id(2, 4),
        PAPER_LANTERN,
        "PUN-KH",
        "Kharadi operations centre",
        legal_name="Paper Lantern Finance Limited",
        address_1="Wing C, Riverbend Business Bay, Kharadi",
        city="Pune",
        pin="411014",
        state_code="27",
        gstin="27ZZZCP7302H1ZT",
        is_default=True,
    ),
    ClientSite(
        fixed_id(2, 5),
        PAPER_LANTERN,
        "BLR-MT",
        "Nagavara office",
        legal_name="Paper Lantern Finance Limited",
        address_1="Building 7, Garden Gate Park, Outer Ring Road, Nagavara",
        city="Bengaluru",
        pin="560045",
        state_code="29",
        gstin="29ZZZCP7302H1ZP",
    ),
)

VENDORS = (
    Vendor(BLUE_HERON, "Blue Heron Cabs Pvt Ltd", pan="ZZZCB1180F", is_body_corporate=True),
    Vendor(GULMOHAR, "Gulmohar Wheels Travels", pan="ZZZPG5526R", tds_status="INDIVIDUAL"),
    Vendor(DECCAN_COMET, "Deccan Comet Fleet Pvt Ltd", pan="ZZZCD9047L", is_body_corporate=True),
)

BRANCHES = (
    VendorBranch(
        fixed_id(3, 1),
        BLUE_HERON,
        "BLR",
        "Bengaluru",
        legal_name="Blue Heron Cabs Private Limited",
        address_1="22 Depot Road, Mahadevapura",
        city="Bengaluru",
        pin="560048",
        state_code="29",
        gstin="29ZZZCB1180F1Z7",
        is_default=True,
    ),
    VendorBranch(
        fixed_id(3, 2),
        BLUE_HERON,
        "HYD",
        "Hyderabad",
        legal_name="Blue Heron Cabs Private Limited",
        address_1="5 Canal Street, Gachibowli",
        city="Hyderabad",
        pin="500032",
        state_code="36",
        gstin="36ZZZCB1180F1ZC",
    ),
    VendorBranch(
        fixed_id(3, 3),
        GULMOHAR,
        "BLR",
        "Bengaluru",
        legal_name="Gulmohar Wheels Travels",
        address_1="118 Hosur Road, Bommanahalli",
        city="Bengaluru",
        pin="560068",
        state_code="29",
        gstin="29ZZZPG5526R1ZG",
        is_default=True,
    ),
    VendorBranch(
        fixed_id(3, 4),
        DECCAN_COMET,
        "PUN",
        "Pune",
        legal_name="Deccan Comet Fleet Private Limited",
        address_1="9 Mill Lane, Hadapsar",
        city="Pune",
        pin="411028",
        state_code="27",
        gstin="27ZZZCD9047L1ZI",
        is_default=True,
    ),
    VendorBranch(
        fixed_id(3, 5),
        DECCAN_COMET,
        "GOA",
        "Goa",
        legal_name="Deccan Comet Fleet Private Limited",
        address_1="3 Harbour View, Verna",
        city="Verna",
        pin="403722",
        state_code="30",
        gstin="30ZZZCD9047L1ZV",
    ),
)

LINKS = (
    ClientVendor(MOONBRIDGE, BLUE_HERON, "VN001", aliases=("Blue Heron", "BHC")),
    ClientVendor(MOONBRIDGE, GULMOHAR, "VN002", aliases=("Gulmohar Travels",)),
    ClientVendor(PAPER_LANTERN, BLUE_HERON, "VN001", aliases=("Blue Heron",)),
    ClientVendor(PAPER_LANTERN, DECCAN_COMET, "VN003", aliases=("Deccan Comet", "DCF")),
)
