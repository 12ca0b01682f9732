"""The other way round: a month's sum is named, and the value of one rule is found that brings the month there."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from billing.errors import KnownError
from billing.rules import parse_rules
from billing.rules.schema import Kind
from moveinsync_desktop import formats
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.models.rule_effect import Effect
from moveinsync_desktop.models.rule_form import RuleForm
from moveinsync_desktop.models.rule_values import figures
from moveinsync_desktop.models.rule_words import Path, key_at, path_words, unit_words, value_text
from moveinsync_desktop.views.dialogs.confirm import PlainDialog
from moveinsync_desktop.views.widgets.basics import label
from moveinsync_desktop.views.widgets.buttons import Button
from moveinsync_desktop.views.widgets.choices import Combo, Segmented
from moveinsync_desktop.views.widgets.fields import AmountField, NumberField
from moveinsync_desktop.views.widgets.forms import Form, FormRow

if TYPE_CHECKING:
    from billing.rating.solve import Solution
    from billing.services.whatif import TrialMonth

WIDE = 320


class SolveDialog(PlainDialog):
    """Attributes: path (the rule that is looked for), solution (None until found)."""

    def __init__(
        self, parent: QWidget | None, context: AppContext, form: RuleForm, month: TrialMonth, effect: Effect, base: int
    ) -> None:
        """base: the number of the version in force, against which a percentage is meant."""
        super().__init__(parent, f"Find a value for {formats.month(month.month)}", width=620)
        self.context, self._form, self._month, self._effect = context, form, month, effect
        self.solution: Solution | None = None
        words = f"The month is rated again and again until its bill before tax comes to your target. Version {base} "
        words += f"makes it {formats.money(effect.before)}, what is typed now {formats.money(effect.after)}."
        self.body.addWidget(label(words, c="ink2", wrap=True))
        self._make_fields()
        self.answer = label("", w="500", wrap=True)
        self.answer.setMinimumHeight(40)
        self.body.addWidget(self.answer)
        self.foot.addStretch(1)
        self.foot.addWidget(Button("Cancel", on_click=self.reject))
        self.find_button = Button("Find the value", on_click=self.look_for)
        self.use_button = Button("Use it", "primary", on_click=self.use)
        self.foot.addWidget(self.find_button)
        self.foot.addWidget(self.use_button)
        self.use_button.wait_for("Find a value first")

    @property
    def path(self) -> Path:
        """The rule whose value is looked for."""
        return tuple(self._rule.value or ())

    @property
    def target(self) -> int | None:
        """The sum asked for, in paise."""
        if self._how.value == "sum":
            found: int | None = self._sum.value
            return found
        percent: Decimal | None = self._percent.value
        return None if percent is None else round(self._effect.before * (1 + percent / 100))

    def look_for(self) -> None:
        """Look for the value on a worker."""
        target, path = self.target, self.path
        if target is None or not path or not self.form_rows.check():
            self.form_rows.show_errors({"target": "a target is needed"} if target is None else {})
            return
        given, model, rules = self._month.inputs.rating, self._form.model, self._form.rules()
        decimals = 4 if (key := key_at(path)) is not None and key.kind is Kind.FRACTION else 2
        self.answer.setText("Looking…")
        self.find_button.wait_for("It is being looked for")

        def work() -> Solution:
            from billing.rating.solve import solve_rule

            return solve_rule(given, parse_rules(model, rules), path, target, decimals=decimals)

        self.context.workers.run_query(work, self._on_found, self._on_error, owner=self, key="solve")

    def use(self) -> None:
        """Put the found value into the form, as one step that can be undone."""
        if self.solution is not None:
            self._form.seal()
            self._form.set_value(self.path, self.solution.value)
            self._form.seal()
            self.accept()

    def _on_found(self, found: Solution) -> None:
        self.solution = found
        self.find_button.wait_for("")
        self.use_button.wait_for("")
        self.use_button.setFocus()
        key = key_at(self.path)
        unit = unit_words(key) if key is not None else ""
        value = value_text(key, f"{found.value:f}")
        words = f"{path_words(self.path)}: {value} {'' if unit == '%' else unit}".rstrip()
        reached = f"{words} makes the month {formats.money(found.taxable)}"
        if not found.is_exact:
            reached += f", {formats.money(abs(found.taxable - found.target))} from the target: no nearer step"
        self.answer.setText(reached + ".")

    def _on_error(self, error: Exception) -> None:
        self.find_button.wait_for("")
        if isinstance(error, KnownError):
            self.answer.setText(f"{error.message} {error.hint}".strip())
        else:
            self.context.messages.error(error)
            self.answer.setText("")

    def _make_fields(self) -> None:
        rules = self._form.rules()
        choices: list[tuple[Any, str]] = []
        for path in figures(rules):
            now = value_text(key_at(path), self._form.get(path))
            choices.append((path, f"{path_words(path)}, now {now}"))
        self._rule = Combo(choices, name="Rule")
        self._rule.setFixedWidth(WIDE)
        changed = [change.path for change in self._form.changes()]
        wanted = (*reversed(changed), ("per_km_rate_after_limit",), ("per_km_rate",))
        usual = [path for path in wanted if path in dict(choices)]
        if usual:
            self._rule.set_value(usual[0])
        self._how = Segmented([("sum", "Sum before tax"), ("percent", "Change")], "Target as")
        self._sum = AmountField(name="Sum before tax", width=184)
        self._sum.set_value(self._effect.before)
        self._percent = NumberField(unit="% on the bill", least=-100, most=1000, decimals=3, name="Change", width=184)
        self._percent.hide()
        self._how.chosen.connect(lambda _way: self._show_way())
        self.form_rows = Form(
            FormRow("Find", self._rule, key="rule"),
            FormRow("Target as", self._how),
            FormRow("Target", [self._sum, self._percent], key="target"),
        )
        self.form_rows.saved.connect(self.look_for)
        self.form_rows.left.connect(self.reject)
        self.form_rows.changed.connect(lambda _row: self._stale())
        self.body.addWidget(self.form_rows)

    def _show_way(self) -> None:
        is_sum = self._how.value == "sum"
        self._sum.setVisible(is_sum)
        self._percent.setVisible(not is_sum)
        (self._sum if is_sum else self._percent).setFocus()

    def _stale(self) -> None:
        """Another question: the old answer is none."""
        self.solution = None
        self.answer.setText("")
        self.use_button.wait_for("Find a value first")
