"""The form for a contract's rules: sections at the left, a card for each, what is staged at the foot (pictures 08-10).

view = RuleFormView(); view.show_form(RuleForm("HYBRID", rules, base=in_force), note="draft kept 14:31")
view.save_wanted, view.discard_wanted (signals); view.focus_on("slabs.bands[1].rate")
"""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from itertools import pairwise

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QPlainTextEdit, QScrollArea, QVBoxLayout, QWidget

from moveinsync_desktop import theme
from moveinsync_desktop.models.rule_form import RuleForm
from moveinsync_desktop.models.rule_words import path_of, path_text
from moveinsync_desktop.views.widgets.basics import Card, column, frame, label, plain, restyle, row, scrolling, stretch
from moveinsync_desktop.views.widgets.buttons import Button, LinkButton
from moveinsync_desktop.views.widgets.placeholder import Glyph
from moveinsync_desktop.views.widgets.rule_nav import SectionList
from moveinsync_desktop.views.widgets.rule_section import RuleSection

AT_ONCE = 1
"""Sections that are there at once; the next follow within the same blink."""


class RuleFormView(QWidget):
    """Attributes: form, sections (by id), saves_drafts (offers to keep a draft; a correction is none).

    Signals: edited(), save_wanted(), discard_wanted().
    """

    edited = Signal()
    save_wanted = Signal()
    discard_wanted = Signal()

    def __init__(self, *, has_foot: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.form: RuleForm | None = None
        self.sections: dict[str, RuleSection] = {}
        self._order: list[str] = []
        self._note, self._is_allowed = "", True
        self.saves_drafts = True
        self._to_build: list[str] = []
        self._builder = QTimer(self)
        self._builder.setInterval(0)
        self._builder.timeout.connect(self._build_next)
        self.nav = SectionList()
        self.nav.chosen.connect(self.show_section)
        self.json_button = LinkButton("Show as JSON", on_click=self.show_json, tip="Read the rules as they are stored")
        side = column(self.nav, stretch(), self.json_button, margins=(10, 14, 0, 14))
        self.area = self._make_area()
        body = row(side, self.area, gap=8)
        body.setStretch(1, 1)
        self._make_foot()
        self.foot.setVisible(has_foot)
        self.setLayout(column(body, self.foot))
        layout = self.layout()
        if isinstance(layout, QVBoxLayout):
            layout.setStretch(0, 1)
        self._make_keys()

    # -- what is shown

    def show_form(self, form: RuleForm, *, note: str = "", can_edit: bool = True) -> None:
        """Edit these rules; `note` stands beside the count of changes."""
        if self.form is not None:
            self.form.edited.disconnect(self._on_edited)
        for section in self.sections.values():
            section.hide()
            section.deleteLater()
        self.sections, self._order = {}, []
        self.form, self._note, self._is_allowed = form, note, can_edit
        form.edited.connect(self._on_edited)
        self._on_edited()
        self.area.verticalScrollBar().setValue(0)
        QTimer.singleShot(0, self, self._mark_visible)

    def set_note(self, note: str) -> None:
        """Change the words beside the count of changes."""
        self._note = note
        self._show_foot()

    def show_section(self, section_id: str) -> None:
        """Scroll to a section and put the focus on its first field."""
        self.ensure_built()
        section = self.sections[section_id]
        top = section.mapTo(self._page, QPoint(0, 0)).y()
        self.area.verticalScrollBar().setValue(max(0, top - 14))
        self.nav.mark(section_id)
        rows = section.rows()
        if rows and not self.nav.isAncestorOf(self.focusWidget()):
            rows[0].field.setFocus(Qt.FocusReason.OtherFocusReason)

    def focus_on(self, place: str) -> None:
        """Go to the field at a path, as validation names it."""
        self.ensure_built()
        for section in self.sections.values():
            if section.focus_on(place):
                self.area.ensureWidgetVisible(self.focusWidget() or section, 0, 60)
                return

    def focus_first_error(self) -> bool:
        """Go to the first wrong field, in the order of the form; False when there is none."""
        if self.form is None or not self.form.problems:
            return False
        for section in self.form.sections():
            keys = [key.key for key in section.keys]
            wrong = [place for place in self.form.problems if path_of(place)[:1] and path_of(place)[0] in keys]
            if wrong:
                self.focus_on(wrong[0])
                return True
        return True

    def set_usage(self, texts: list[str], shares: list[Decimal], title: str) -> None:
        """Real km per slab beside the rates."""
        for section in self.sections.values():
            for table in section.tables():
                if table.property("rule") == "slabs":
                    table.table.set_usage(texts, shares)
                    table.table.set_usage_title(title)

    def show_json(self) -> None:
        """The stored form of the rules, to read and copy."""
        if self.form is not None:
            JsonDialog(self.form.json_text(), self).open()

    # -- inside

    def _make_area(self) -> QScrollArea:
        self._cards = QVBoxLayout()
        self._cards.setContentsMargins(0, 14, 14, 14)
        self._cards.setSpacing(12)
        self._stranger_card = Card("Not understood", "kept as it is, never priced")
        self._stranger_card.hide()
        self._whole = label("", c="overdue", wrap=True)
        self._whole.hide()
        self._cards.addWidget(self._whole)
        self._cards.addWidget(self._stranger_card)
        self._cards.addStretch(1)
        self._page = plain(self._cards)
        area = scrolling(self._page)
        area.verticalScrollBar().valueChanged.connect(lambda _value: self._mark_visible())
        return area

    def _make_foot(self) -> None:
        self._pencil = Glyph("pencil", "changed", 16)
        self._count = label("No changes", w="600")
        self._kept = label("", t="sm", c="ink3")
        self._undo_all = LinkButton("Undo all", on_click=self._revert_all)
        self.discard_button = Button("Discard draft", "quiet", on_click=self.discard_wanted.emit)
        self.save_button = Button("Save draft", on_click=self.save, tip="Keep it as a draft  Ctrl Enter")
        inner = row(
            self._pencil, self._count, self._kept, self._undo_all, stretch(), self.discard_button, self.save_button,
            margins=(20, 0, 14, 0),
        )  # fmt: skip
        self.foot = frame("pagefoot", inner)
        self.foot.setFixedHeight(46)

    def _make_keys(self) -> None:
        scope = Qt.ShortcutContext.WidgetWithChildrenShortcut
        for keys, handler in (
            (QKeySequence(QKeySequence.StandardKey.Undo), self._undo),
            (QKeySequence(QKeySequence.StandardKey.Redo), self._redo),
            (QKeySequence("Ctrl+Return"), self.save),
        ):
            QShortcut(keys, self, handler, context=scope)

    def save(self) -> None:
        """Ask for saving, unless a field is wrong: then go there."""
        if self.form is not None and not self.focus_first_error():
            self.save_wanted.emit()

    def _undo(self) -> None:
        self._travel(is_back=True)

    def _redo(self) -> None:
        self._travel(is_back=False)

    def _travel(self, *, is_back: bool) -> None:
        if self.form is None:
            return
        path = self.form.undo() if is_back else self.form.redo()
        if path:
            self.focus_on(path_text(path))

    def _revert_all(self) -> None:
        if self.form is not None:
            self.form.revert_all()

    def _on_edited(self) -> None:
        if self.form is None:
            return
        sections = self.form.sections()
        order = [f"{section.place.id}/{self.form.model}" for section in sections]
        if order != self._order:
            self._make_sections(sections)
            self._order = order
        for section in sections:
            if section.place.id in self.sections:
                self.sections[section.place.id].show_section(section)
        self.nav.show_sections(sections)
        self._mark_visible()
        self._show_strangers()
        self._whole.setText(self.form.problems.get("", "").capitalize())
        self._whole.setVisible("" in self.form.problems and self.form.is_dirty)
        self._show_foot()
        self.edited.emit()

    def _make_sections(self, sections: list) -> None:
        for card in self.sections.values():
            card.hide()
            card.deleteLater()
        self.sections = {}
        self._to_build = [section.place.id for section in sections]
        for _ in range(AT_ONCE):
            self._build_next()
        self._builder.start()

    def _build_next(self) -> None:
        """Make the next section; the rest of a long form follows while the first is read, so that nothing stalls."""
        if self.form is None or not self._to_build:
            self._builder.stop()
            self._order_tabs()
            return
        wanted = self._to_build.pop(0)
        section = next(section for section in self.form.sections() if section.place.id == wanted)
        card = RuleSection(self.form, section)
        card.set_read_only(not self._is_allowed)
        card.rows_changed.connect(self._order_tabs)
        self._cards.insertWidget(len(self.sections) + 1, card)
        self.sections[wanted] = card

    def _order_tabs(self) -> None:
        """Tab goes down the page: sections at the left, rows from top to bottom, then the foot."""
        if self._to_build:
            return
        stops: list[QWidget] = list(self.nav.buttons.values())
        for card in self.sections.values():
            stops += card.tab_stops()
        stops += [self.json_button, self._undo_all, self.discard_button, self.save_button]
        for before, after in pairwise([stop.focusProxy() or stop for stop in stops]):
            QWidget.setTabOrder(before, after)

    def ensure_built(self) -> None:
        """Make all sections that are still to come, before one of them is gone to."""
        while self._to_build:
            self._build_next()

    def _mark_visible(self) -> None:
        scrolled = self.area.verticalScrollBar().value()
        current = next(iter(self.sections), "")
        for name, card in self.sections.items():
            if scrolled and card.y() <= scrolled + 60:
                current = name
        self.nav.mark(current)

    def _show_strangers(self) -> None:
        strangers = self.form.strangers() if self.form is not None else {}
        while (item := self._stranger_card.body.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        for name, value in strangers.items():
            words = label(f"{name}: {value}", c="ink2")
            words.setMinimumHeight(30)
            remove = LinkButton("Take away", on_click=partial(self._take_away, name))
            self._stranger_card.add(plain(row(words, stretch(), remove)))
        self._stranger_card.setVisible(bool(strangers))

    def _take_away(self, name: str) -> None:
        if self.form is not None:
            self.form.remove(name)

    def _show_foot(self) -> None:
        if self.form is None:
            return
        count, wrong = len(self.form.changes()), len(self.form.problems)
        words = "No changes" if not count else "1 change" if count == 1 else f"{count} changes"
        if self.form.base is None:
            words, wrong = "First version", wrong if self.form.is_dirty else 0
        self._count.setText(f"{words}, {wrong} to put right" if wrong else words)
        colour = "overdue" if wrong else "ink"
        if self._count.property("c") != colour:
            restyle(self._count, c=colour)
        self._kept.setText(self._note)
        self._undo_all.setVisible(bool(count))
        leaves = self.form.base is None or not self.saves_drafts
        self.discard_button.set_text("Leave without saving" if leaves else "Discard draft")
        self.save_button.setVisible(self.saves_drafts)
        can_leave = self.form.is_dirty or bool(count) or leaves
        self.discard_button.setEnabled(self._is_allowed and can_leave)
        self.save_button.setEnabled(self._is_allowed and self.form.is_dirty)


class JsonDialog(QDialog):
    """The rules as they are stored; nothing can be typed here."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Rules as JSON")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(520, 560)
        self.text = QPlainTextEdit(text)
        self.text.setReadOnly(True)
        self.text.setFont(theme.font(13))
        self.text.setAccessibleName("Rules as JSON, read only")
        note = label("As stored. Change figures in the form.", t="sm", c="ink3")
        close = Button("Close", on_click=self.accept)
        self.setLayout(column(self.text, 10, row(note, stretch(), close), margins=(16, 16, 16, 16)))
