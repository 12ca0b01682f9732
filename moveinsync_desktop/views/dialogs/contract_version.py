"""A version of a contract to read: its rules in the same form, nothing to change."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from PySide6.QtWidgets import QWidget

from billing.schemas.contracts import ContractVersion
from moveinsync_desktop.models.contract_rows import span_words
from moveinsync_desktop.models.rule_form import RuleForm
from moveinsync_desktop.views.contract_rules import RuleFormView
from moveinsync_desktop.views.dialogs.confirm import PlainDialog
from moveinsync_desktop.views.widgets.basics import label
from moveinsync_desktop.views.widgets.buttons import Button

if TYPE_CHECKING:
    from billing.services.contracts import ContractView


class VersionDialog(PlainDialog):
    """Attributes: rules (the form view, read only)."""

    def __init__(self, parent: QWidget, version: ContractVersion, view: ContractView) -> None:
        super().__init__(parent, f"{view.contract.name}, version {version.number}", width=860)
        zone = ZoneInfo(view.client.time_zone)
        self.body.addWidget(label(span_words(version, zone).capitalize(), c="ink2"))
        self.rules = RuleFormView(has_foot=False)
        self.rules.setMinimumHeight(480)
        form = RuleForm(version.billing_model, version.rules, parent=self)
        self.rules.show_form(form, can_edit=False)
        self.body.addWidget(self.rules, 1)
        self.foot.addStretch(1)
        self.foot.addWidget(Button("Close", on_click=self.reject))
