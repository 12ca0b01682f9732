"""The look of the window: colour tokens, type, palette and style sheet, switched live (LOOK.md 1, 3, 12).

Colours exist only in resources/themes/tokens.json. Widgets that paint ask `theme.active()`:

    from moveinsync_desktop import theme
    painter.fillRect(rect, theme.active().color("surface"))
    painter.setFont(theme.font(12, 500))

Widgets that do not paint set dynamic properties and let the style sheet work:
`label.setProperty("c", "ink3")`, `button.setProperty("kind", "primary")`.
After a switch every widget gets a `StyleChange`; `theme.signals().changed` tells the rest (charts, caches).
"""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from string import Template
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontInfo, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

Mode = Literal["system", "light", "dark"]
Density = Literal["comfortable", "compact"]

FONT_FILES = (
    "Inter-Regular.ttf", "Inter-Medium.ttf", "Inter-SemiBold.ttf", "InterDisplay-SemiBold.ttf", "Lohit-Devanagari.ttf",
)  # fmt: skip
TEXT_FAMILY = "Inter"
DISPLAY_FAMILY = "Inter Display"

_PALETTE = {
    QPalette.ColorRole.Window: "bg",
    QPalette.ColorRole.Base: "surface",
    QPalette.ColorRole.AlternateBase: "subtle",
    QPalette.ColorRole.Button: "surface",
    QPalette.ColorRole.WindowText: "ink",
    QPalette.ColorRole.Text: "ink",
    QPalette.ColorRole.ButtonText: "ink",
    QPalette.ColorRole.Mid: "line2",
    QPalette.ColorRole.Highlight: "accent",
    QPalette.ColorRole.HighlightedText: "on_accent",
    QPalette.ColorRole.PlaceholderText: "ink3",
    QPalette.ColorRole.Link: "accent_text",
    QPalette.ColorRole.Accent: "accent",
    QPalette.ColorRole.ToolTipBase: "tip",
    QPalette.ColorRole.ToolTipText: "tip_ink",
}


class Tokens:
    """The colours of one theme by name. `color` gives a cached QColor: never change it, copy it."""

    def __init__(self, name: str, values: dict[str, str], *, high_contrast: bool = False) -> None:
        self.name = name
        self.is_dark = name == "dark"
        self.values = dict(values)
        if high_contrast:
            self.values["control"] = values["control_hc"]
        self._colors = {key: QColor(value) for key, value in self.values.items()}

    def color(self, token: str) -> QColor:
        """The colour of a token; an unknown name is a bug and raises KeyError."""
        return self._colors[token]

    def hex(self, token: str) -> str:
        """The colour as text, for HTML and SVG."""
        return self.values[token]

    def alpha(self, token: str, share: float) -> QColor:
        """A copy of the colour with this opacity (0 to 1)."""
        color = QColor(self._colors[token])
        color.setAlphaF(share)
        return color


class ThemeSignals(QObject):
    """Signals: changed() after colours, contrast or density have been switched."""

    changed = Signal()


class _State:
    """What the whole application shares: one look at a time, like QApplication's own palette."""

    tokens: Tokens | None = None
    mode: Mode = "system"
    density: Density = "comfortable"
    high_contrast = False
    motion = True
    signals: ThemeSignals | None = None
    follows_system = False


def read_tokens() -> dict[str, dict[str, str]]:
    """Both colour tables of tokens.json."""
    text = (files("resources") / "themes" / "tokens.json").read_text(encoding="utf-8")
    tables: dict[str, dict[str, str]] = json.loads(text)
    return tables


def active() -> Tokens:
    """The tokens in use (light before `install`)."""
    if _State.tokens is None:
        _State.tokens = Tokens("light", read_tokens()["light"])
    return _State.tokens


def signals() -> ThemeSignals:
    """The one object that tells of a switch."""
    if _State.signals is None:
        _State.signals = ThemeSignals()
    return _State.signals


def density() -> Density:
    """How tall table rows are."""
    return _State.density


def row_height() -> int:
    """Height of a table row in pixels (LOOK.md 6)."""
    return 30 if _State.density == "comfortable" else 26


def motion() -> bool:
    """False when the user switched all motion off."""
    return _State.motion


@lru_cache(maxsize=64)
def font(pixels: int = 13, weight: int = 400, *, display: bool = False, strike: bool = False) -> QFont:
    """A cached font with tabular figures. Never change it: copy it."""
    made = QFont(DISPLAY_FAMILY if display else TEXT_FAMILY)
    made.setPixelSize(pixels)
    made.setWeight(QFont.Weight(weight))
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    made.setFeature(QFont.Tag("tnum"), 1)
    made.setStrikeOut(strike)
    return made


def load_fonts() -> None:
    """Register the bundled faces; once a process."""
    if QFontInfo(QFont(TEXT_FAMILY)).family() == TEXT_FAMILY and TEXT_FAMILY in QFontDatabase.families():
        return
    for name in FONT_FILES:
        QFontDatabase.addApplicationFontFromData((files("resources") / "fonts" / name).read_bytes())


def style_sheet(tokens: Tokens) -> str:
    """The application's style sheet with the tokens filled in."""
    template = (files("resources") / "themes" / "style.qss").read_text(encoding="utf-8")
    labels = "\n".join(f'QLabel[c="{name}"] {{ color: {value}; }}' for name, value in tokens.values.items())
    return Template(template).substitute(tokens.values, label_colours=labels)


def palette(tokens: Tokens) -> QPalette:
    """Qt's palette from the tokens, so that what no rule styles fits as well."""
    made = QPalette()
    for role, token in _PALETTE.items():
        made.setColor(role, tokens.color(token))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.WindowText, QPalette.ColorRole.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, tokens.color("disabled"))
    return made


def system_is_dark() -> bool:
    """What the desktop asks for."""
    return QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark


def install(
    app: QApplication,
    mode: Mode = "system",
    *,
    density: Density = "comfortable",
    high_contrast: bool = False,
    motion: bool = True,
) -> None:
    """Dress the application. Call it before the first window is shown, and again to switch."""
    first = app.style().objectName().lower() != "fusion"
    _State.mode, _State.density, _State.high_contrast, _State.motion = mode, density, high_contrast, motion
    name = ("dark" if system_is_dark() else "light") if mode == "system" else mode
    _State.tokens = Tokens(name, read_tokens()[name], high_contrast=high_contrast)
    if first:
        app.setStyle("Fusion")
    load_fonts()
    app.setFont(font(13))
    app.setPalette(palette(_State.tokens))
    app.setStyleSheet(style_sheet(_State.tokens))
    if not _State.follows_system:
        _State.follows_system = True
        QGuiApplication.styleHints().colorSchemeChanged.connect(_on_system_changed)
    signals().changed.emit()


def _on_system_changed() -> None:
    app = QApplication.instance()
    if isinstance(app, QApplication) and _State.mode == "system":
        install(
            app,
            "system",
            density=_State.density,
            high_contrast=_State.high_contrast,
            motion=_State.motion,
        )


def contrast(first: str, second: str) -> float:
    """WCAG contrast ratio of two colours written `#rrggbb`."""
    high, low = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(value: str) -> float:
    channels = (int(value[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
