"""The forms of percents by date (SUPER_ADMIN). A rate is ended and a new one added; issued documents keep theirs."""

from __future__ import annotations

from billing.schemas.parties import TDS_STATUSES
from billing.schemas.taxes import GstRate, TdsRate
from moveinsync_desktop.models.rate_rows import CREDIT, STATUS
from moveinsync_desktop.views.dialogs.party_dialog import FIELD, PartyDialog, Save, text
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets.choices import Combo, Segmented
from moveinsync_desktop.views.widgets.fields import AmountField, DateField, PercentField
from moveinsync_desktop.views.widgets.forms import FormRow


def _dates() -> list[FormRow]:
    return [
        FormRow("From", DateField(name="From"), key="valid_from", hint="+ and − step a day"),
        FormRow("Until before", DateField(name="Until before"), key="valid_until", hint="empty: open"),
    ]


class GstRateDialog(PartyDialog):
    """A percent of a service."""

    def __init__(self, screen: Screen, rate: GstRate, save: Save) -> None:
        is_new = rate.rev == 0
        title = "New tax rate" if is_new else f"Tax rate of {rate.sac_prefix}"
        super().__init__(screen, title, "Add rate" if is_new else "Save rate", rate, save)

    def rows(self) -> list[FormRow]:
        """For which service, how much, when."""
        fuel = Segmented([(True, "In the price"), (False, "Extra")], "Fuel")
        hint = "the beginning of a SAC; the longest that fits counts"
        return [
            FormRow("SAC", text("SAC", width=110), key="sac_prefix", hint=hint),
            FormRow("Fuel", fuel, key="fuel_included"),
            FormRow("Vendor's credit", Segmented(tuple(CREDIT.items()), "Vendor's credit"), key="itc_option"),
            FormRow("GST", PercentField(name="GST", width=110), key="percent"),
            *_dates(),
            FormRow("Source", text("Source"), key="source", hint="the notification"),
        ]


class TdsRateDialog(PartyDialog):
    """A percent of tax deducted at source."""

    def __init__(self, screen: Screen, rate: TdsRate, save: Save) -> None:
        is_new = rate.rev == 0
        title = "New TDS rate" if is_new else f"TDS rate of {rate.section}"
        super().__init__(screen, title, "Add rate" if is_new else "Save rate", rate, save)

    def rows(self) -> list[FormRow]:
        """For whom, how much, above what, when."""
        status = Combo([(code, STATUS[code]) for code in TDS_STATUSES], name="Vendor")
        status.setFixedWidth(FIELD)
        own = [] if self.record.rev else [FormRow("Vendor", status, key="status")]
        return [
            *own,
            FormRow("Section", text("Section"), key="section"),
            FormRow("Code", text("Code", width=110), key="code", hint="of the return"),
            FormRow("TDS", PercentField(name="TDS", width=110), key="percent"),
            FormRow("One payment above", AmountField(name="One payment above", width=150), key="single_limit"),
            FormRow("Year above", AmountField(name="Year above", width=150), key="year_limit"),
            *_dates(),
            FormRow("Source", text("Source"), key="source"),
        ]
