"""Settings of this computer: how the window looks and behaves. What is changed holds at once."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QWidget

from moveinsync_desktop.settings import Option, Options
from moveinsync_desktop.views.audit_card import AuditCard, VendorAmountsCard
from moveinsync_desktop.views.backup_card import BackupCard
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets import (
    Card,
    Check,
    FactList,
    Form,
    FormRow,
    Segmented,
    column,
    frame,
    plain,
    scrolling,
)
from moveinsync_desktop.views.widgets.basics import stretch

THEMES = (("system", "As the system"), ("light", "Light"), ("dark", "Dark"))
DENSITIES = (("comfortable", "Comfortable"), ("compact", "Compact"))


class SettingsScreen(Screen):
    """Look, lists, forms, and where the data is."""

    id = "settings"
    title = "Settings"
    needs_client = False

    def build(self) -> None:
        """Three cards."""
        self._controls: dict[str, QWidget] = {}
        look, lists, place = Card("Look", flush=True), Card("Lists and forms", flush=True), Card("This workspace")
        look.add(
            Form(
                FormRow("Theme", self._choice(Options.THEME, THEMES), hint="Charts follow"),
                FormRow("Rows in tables", self._choice(Options.DENSITY, DENSITIES), hint="Compact shows more of them"),
                FormRow("Contrast", self._tick(Options.CONTRAST, "Stronger borders around fields")),
                FormRow("Motion", self._tick(Options.MOTION, "Panels and notices slide in")),
                FormRow("Side bar", self._tick(Options.RAIL_NARROW, "Icons only")),
            )
        )
        lists.add(
            Form(
                FormRow("Columns", self._tick(Options.REMEMBER_LAYOUT, "Remember columns, widths and sorting")),
                FormRow("Enter key", self._tick(Options.ENTER_MOVES_ON, "Goes to the next field of a form")),
            )
        )
        facts = FactList(name_width=138)
        facts.set_facts(self._facts())
        place.add(facts)
        if self.context.signed_in.profile.embedded and not self.context.is_demo:
            place_and_care = column(place, BackupCard(self), gap=12)
        else:
            place_and_care = column(place, gap=12)
        if self.context.may("audit.read"):
            place_and_care.addWidget(AuditCard(self))
        if self.context.may("settings.workspace"):
            place_and_care.addWidget(VendorAmountsCard(self))
        cards = column(look, lists, place_and_care, stretch(), gap=12, margins=(16, 16, 16, 16))
        self.body.addWidget(frame("canvas", column(scrolling(plain(cards)))), 1)
        self.context.settings.changed.connect(self._on_changed)

    def _choice(self, option: Option[str], choices: tuple[tuple[str, str], ...]) -> Segmented:
        made = Segmented(choices, name=option.title)
        made.set_value(self.context.settings.get(option))
        made.chosen.connect(lambda value: self.context.settings.set(option, value))
        self._controls[option.key] = made
        return made

    def _tick(self, option: Option[bool], words: str) -> Check:
        made = Check(words, checked=self.context.settings.get(option))
        made.toggled.connect(lambda on: self.context.settings.set(option, on))
        self._controls[option.key] = made
        return made

    def _facts(self) -> list[tuple[str, Any]]:
        session = self.context.signed_in
        profile = session.profile
        where = str(profile.home) if profile.embedded else f"{profile.host}:{profile.port}"
        return [
            ("Workspace", profile.name),
            ("Database", "private, on this computer" if profile.embedded else "shared server"),
            ("Where", where),
            ("Signed in as", session.email),
        ]

    def _on_changed(self, key: str) -> None:
        """Changed elsewhere (a key, the menu): show it."""
        control, option = self._controls.get(key), vars(Options)
        declared = next((value for value in option.values() if isinstance(value, Option) and value.key == key), None)
        if declared is None:
            return
        value = self.context.settings.get(declared)
        if isinstance(control, Segmented):
            control.set_value(value)
        elif isinstance(control, Check) and control.isChecked() != value:
            control.setChecked(bool(value))
