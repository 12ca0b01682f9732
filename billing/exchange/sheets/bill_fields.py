"""The fields of a vendor's bill and the headers they are known by: those of a trip that are needed, and amounts."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from billing.exchange.sheets.fields import BY_NAME, FieldSet, FieldSpec

_OF_A_TRIP = ("trip_id", "client", "start", "date", "start_date", "start_time", "distance", "vehicle_no")
_MONEY = (
    FieldSpec("amount", "amount before tax", "money", """
        amount before tax; taxable amount; taxable value; taxable; base amount; basic amount; basic; base cost; trip
        amount; trip cost; trip charges; trip fare; ride fare; fare amount; fare; cost; charges; charge; amount; amt;
        amount rs; amount inr; amount in rs; billed amount; bill amount; billable amount; total fare; total charges;
        total cost; total trip cost; total amount; total amt; value; total"""),
    FieldSpec("tax", "tax", "money", """
        tax; tax amount; gst; gst amount; total tax; total gst; tax amt; gst amt; service tax; igst cgst sgst"""),
    FieldSpec("cgst", "CGST", "money", "cgst; cgst amount; cgst amt; central tax"),
    FieldSpec("sgst", "SGST", "money", "sgst; sgst amount; sgst amt; utgst; state tax; sgst utgst"),
    FieldSpec("igst", "IGST", "money", "igst; igst amount; igst amt; integrated tax"),
    FieldSpec("total", "amount with tax", "money", """
        amount with tax; total with tax; total incl tax; total incl gst; total including gst; total including tax;
        amount incl gst; amount including gst; amount incl tax; grand total; gross amount; gross total; net amount; net
        payable; payable amount; amount payable; invoice amount; invoice value; total invoice value; total payable;
        final amount; line total; total bill amount"""),
    FieldSpec("description", "description", "text", """
        description; particulars; details; item; narration; remarks; charge description; service; route;
        package""", 300),
)  # fmt: skip

BILL_FIELDS: Final = FieldSet([replace(BY_NAME[name]) for name in _OF_A_TRIP] + list(_MONEY), enough=2, core=["money"])
TAXES: Final = ("tax", "cgst", "sgst", "igst")
NUMBER_WORDS: Final = ("billno", "billnumber", "invoiceno", "invoicenumber", "invno", "taxinvoiceno", "invoice")
PERIOD_WORDS: Final = ("period", "billingperiod", "billperiod", "invoiceperiod", "serviceperiod", "fortheperiod")
DATE_WORDS: Final = ("billdate", "invoicedate", "dateofinvoice", "dateofbill", "invdate", "date")
