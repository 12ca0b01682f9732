"""The rules of one contract version while they are edited: staged, with undo, marks against those in force, errors.

    form = RuleForm("HYBRID", draft_rules, base=rules_in_force)
    form.set_value(("free_km_included",), Decimal("26000"))       # None takes a value away
    form.was(("free_km_included",))                          # "25,000": what is in force, "" when nothing differs
    form.problems                                            # {path text: sentence}, everything at once
    form.doubts                                              # the same for what can be rated but looks wrong (lint)
    form.changes()                                           # what saving would change, field by field
    form.undo(); form.revert(("slabs",)); form.revert_all()

It holds plain values as they are stored (decimal strings, booleans, objects) and knows no widgets. What is valid is
decided by `billing.rules` alone.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from copy import deepcopy
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QObject, Signal

from billing.rules.canonical import tidied
from billing.rules.diff import diff_rules, same, value_at
from billing.rules.parse import read_model
from billing.rules.schema import KEY_BY_NAME, keys_of
from moveinsync_desktop.models.rule_findings import examine
from moveinsync_desktop.models.rule_history import RuleHistory, Step
from moveinsync_desktop.models.rule_layout import PRICINGS, Pricing, key_named
from moveinsync_desktop.models.rule_pricing import change_way, way_in_use, way_of
from moveinsync_desktop.models.rule_sections import RIVALS, Section, sections_of
from moveinsync_desktop.models.rule_values import Change, empty_value, in_words, put
from moveinsync_desktop.models.rule_words import Path, key_at, path_of, path_text, value_text


class RuleForm(QObject):
    """Signals: edited() after every change of values, rows or model."""

    edited = Signal()

    def __init__(
        self,
        model: str,
        rules: Mapping[str, Any],
        *,
        base: Mapping[str, Any] | None = None,
        base_model: str | None = None,
        parent: QObject | None = None,
    ) -> None:
        """base: the rules in force, None for a first version."""
        super().__init__(parent)
        self.model = read_model(model)
        self._rules = tidied(rules)
        self.base = tidied(base) if base is not None else None
        self.base_model = read_model(base_model) if base_model else self.model
        self._opened: frozenset[str] = frozenset()
        self._saved = (self.model, deepcopy(self._rules))
        self._history = RuleHistory()
        self._typing: dict[str, str] = {}
        self._vehicle_types: tuple[str, ...] = ()
        self.doubts: dict[str, str] = {}
        self._stash: dict[str, Any] = {}
        self._examine()

    # -- values

    def rules(self) -> dict[str, Any]:
        """The rules as they would be saved."""
        return deepcopy(self._rules)

    def get(self, path: Path) -> Any:
        """The value at a path, None where there is none."""
        return value_at(self._rules, path)

    def set_value(self, path: Path, value: Any) -> None:
        """Put a value (None takes it away). A figure equal to the one in force is written the way it is there."""
        if isinstance(value, Decimal):
            value = f"{value:f}"
        old = value_at(self.base, path) if self.base is not None else None
        if value is not None and old is not None and same(value, old):
            value = deepcopy(old)
        self._forget_typing(path)
        if self.get(path) == value:
            self._examine()
            self.edited.emit()
            return
        self._keep(path)
        put(self._rules, path, deepcopy(value))
        self._opened |= {str(path[0])}
        self._tell()

    def set_unreadable(self, path: Path, sentence: str) -> None:
        """Note that what stands in the field is no value; the rules keep the last one that was."""
        self._typing[path_text(path)] = sentence
        self._examine()
        self.edited.emit()

    def add(self, key: str) -> None:
        """Give a key its row, and an object or list its first content."""
        self._keep(())
        made = self._stash.pop(key, empty_value(key_named(self.model, key)))
        if made is not None and key not in self._rules:
            self._rules[key] = made
        rival = RIVALS.get(key, "")
        if rival in self._rules:
            self._stash[rival] = self._rules.pop(rival)
        self._opened = (self._opened | {key}) - {rival}
        self._tell()

    def remove(self, key: str) -> None:
        """Take a key away, row and all (a key in force stays visible as taken away)."""
        self._keep(())
        self._rules.pop(key, None)
        self._opened -= {key}
        self._forget_typing((key,))
        self._tell()

    def load(self, rules: Mapping[str, Any]) -> None:
        """Take other rules as one staged change."""
        self._keep(())
        self._rules = tidied(rules)
        self._typing.clear()
        self._tell()

    # -- ways of pricing, model

    @property
    def pricings(self) -> tuple[Pricing, ...]:
        """The ways this model can make a fare."""
        return PRICINGS[self.model]

    @property
    def pricing(self) -> Pricing | None:
        """The way in use, None where the model knows only one."""
        return way_in_use(self.model, self._rules, self._opened)

    @property
    def base_pricing(self) -> Pricing | None:
        """The way in force, None for a first version or another model."""
        return way_of(self.model, self.base) if self.base is not None and self.base_model is self.model else None

    def revert_pricing(self) -> None:
        """Price the way that is in force, with its figures."""
        self._keep(())
        for key in {key for way in self.pricings for key in way.keys}:
            put(self._rules, (key,), deepcopy((self.base or {}).get(key)))
            self._opened -= {key}
            self._forget_typing((key,))
        self._tell()

    def price_by(self, way_id: str) -> None:
        """Choose another way; the figures of the old one are kept aside in case it comes back."""
        way = next(way for way in self.pricings if way.id == way_id)
        if way == self.pricing:
            return
        self._keep(())
        change_way(self.model, way, self._rules, self._stash, self.base or {})
        others = {key for other in self.pricings for key in other.keys}
        self._opened = (self._opened - others) | set(way.keys)
        self._tell()

    def set_model(self, model: str) -> None:
        """Bill in another way from this version on; keys that the new model has no use for are taken away."""
        kind = read_model(model)
        if kind is self.model:
            return
        self._keep(())
        used = {key.key for key in keys_of(kind)}
        for name in [name for name in self._rules if name in KEY_BY_NAME and name not in used]:
            self._stash[name] = self._rules.pop(name)
        for name in [name for name in self._stash if name in used and name not in self._rules]:
            self._rules[name] = self._stash.pop(name)
        self.model = kind
        self._opened = frozenset(key for key in self._opened if key in used)
        self._typing.clear()
        self._tell()

    # -- undo

    @property
    def can_undo(self) -> bool:
        """Is there a step back?"""
        return self._history.can_undo

    @property
    def can_redo(self) -> bool:
        """Is there a step forward?"""
        return self._history.can_redo

    def undo(self) -> Path:
        """One step back; gives the place it changed."""
        return self._go_to(self._history.back(self._now(())))

    def redo(self) -> Path:
        """One step forward again."""
        return self._go_to(self._history.forward(self._now(())))

    def seal(self) -> None:
        """The field was left: the next key typed in it begins a new step."""
        self._history.seal()

    def revert(self, path: Path) -> None:
        """Put the value in force back."""
        self._keep(())
        put(self._rules, path, deepcopy(value_at(self.base or {}, path)))
        self._forget_typing(path)
        self._tell()

    def revert_all(self) -> None:
        """Put all values in force back (those of the first opening, for a first version)."""
        self._keep(())
        if self.base is not None:
            self.model, self._rules = self.base_model, deepcopy(self.base)
        else:
            self.model, self._rules = self._saved[0], deepcopy(self._saved[1])
        self._opened = frozenset()
        self._typing.clear()
        self._tell()

    # -- marks

    @property
    def is_dirty(self) -> bool:
        """Does it differ from what is stored?"""
        return bool(self._typing) or self._saved[0] is not self.model or not same(self._saved[1], self._rules)

    def mark_saved(self) -> None:
        """What stands here is stored now."""
        self._saved = (self.model, deepcopy(self._rules))
        self.edited.emit()

    def discard(self) -> None:
        """Back to what is stored."""
        self._keep(())
        self.model, self._rules = self._saved[0], deepcopy(self._saved[1])
        self._opened = frozenset()
        self._typing.clear()
        self._tell()

    def is_changed(self, path: Path) -> bool:
        """Does the value at a path differ from the version in force?"""
        return self.base is not None and not same(self.get(path), value_at(self.base, path))

    def was(self, path: Path) -> str:
        """The value in force as text where it differs, else ""; "not set" where there was none."""
        if self.base is None or not self.is_changed(path):
            return ""
        old = value_at(self.base, path)
        return "not set" if old is None else value_text(key_at(path), old)

    def changes(self) -> list[Change]:
        """Every field that differs from the version in force, in the order of the form."""
        if self.base is None:
            return []
        found = diff_rules(self.base, self._rules, models=(str(self.base_model), str(self.model)))
        return [in_words(change) for change in found]

    def sections(self) -> list[Section]:
        """The sections of the model with what is shown, addable, changed and wrong in each."""
        shown = {*self._rules, *self._opened, *(self.base or {})}
        changed = [change.path[0] for change in self.changes() if change.path]
        wrong = [path_of(text)[0] for text in self.problems if path_of(text)]
        return sections_of(self.model, self.pricing, shown, changed, wrong)

    def strangers(self) -> dict[str, Any]:
        """Keys that this model does not use or nobody understands, as they stand; they are kept until removed."""
        used = {key.key for key in keys_of(self.model)}
        return {name: deepcopy(value) for name, value in self._rules.items() if name not in used}

    def _examine(self) -> None:
        found, self.doubts = examine(self.model, self._rules, self._vehicle_types)
        self.problems = {**found, **self._typing}

    def set_vehicle_types(self, used: Collection[str]) -> None:
        """The types that the contract's trips really use, so that one without a rate is told."""
        if tuple(used) != self._vehicle_types:
            self._vehicle_types = tuple(used)
            self._examine()
            self.edited.emit()

    @property
    def is_valid(self) -> bool:
        """Could these rules rate a month?"""
        return not self.problems

    def json_text(self) -> str:
        """The rules as they are stored, to read."""
        return json.dumps(self._rules, indent=2, ensure_ascii=False, sort_keys=False)

    # -- inside

    def _now(self, path: Path) -> Step:
        return Step(self.model, deepcopy(self._rules), self._opened, path)

    def _keep(self, path: Path) -> None:
        """Remember the present state; typing on in the same field is one step."""
        self._history.keep(self._now(path))

    def _go_to(self, step: Step | None) -> Path:
        if step is None:
            return ()
        self.model, self._rules, self._opened = step.model, step.rules, step.opened
        self._typing.clear()
        self._tell()
        return step.path

    def _forget_typing(self, path: Path) -> None:
        start = path_text(path)
        for text in [text for text in self._typing if text == start or text.startswith((f"{start}.", f"{start}["))]:
            del self._typing[text]

    def _tell(self) -> None:
        self._examine()
        self.edited.emit()
