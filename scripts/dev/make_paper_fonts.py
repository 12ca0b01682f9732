"""Make the faces of printed documents: Inter whose digits all have one width, for columns of amounts.

On screen the window asks Qt for tabular figures (`tnum`); in a PDF that feature swaps glyphs behind the text, so that
digits could neither be searched nor copied. Here the tabular glyphs are the digits. Needs fonttools, which the program
does not: `pip install fonttools`, then `python scripts/dev/make_paper_fonts.py`.
"""

from __future__ import annotations

from pathlib import Path

from fontTools.ttLib import TTFont

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "fonts"
FAMILY = "Inter Paper"
FACES = {"Inter-Regular.ttf": "Regular", "Inter-Medium.ttf": "Medium", "Inter-SemiBold.ttf": "SemiBold"}


_POSTSCRIPT = 6
_NAMES = (1, 3, 4, _POSTSCRIPT, 16, 21)
"""The names by which systems know a face; copyright and licence stay as they are."""


def main() -> None:
    """Write each face beside the one that it is made from."""
    for name, style in FACES.items():
        font = TTFont(FOLDER / name)
        swaps = _tabular(font)
        for table in font["cmap"].tables:
            table.cmap = {code: swaps.get(glyph, glyph) for code, glyph in table.cmap.items()}
        for record in font["name"].names:
            if record.nameID in _NAMES:
                family = FAMILY.replace(" ", "") if record.nameID == _POSTSCRIPT else FAMILY
                record.string = record.toUnicode().replace("Inter", family)
        del font["GSUB"]
        font.save(FOLDER / f"InterPaper-{style}.ttf")


def _tabular(font: TTFont) -> dict[str, str]:
    """What the feature `tnum` swaps."""
    table = font["GSUB"].table
    features = [one.Feature for one in table.FeatureList.FeatureRecord if one.FeatureTag == "tnum"]
    wanted = {index for feature in features for index in feature.LookupListIndex}
    swaps: dict[str, str] = {}
    for index in wanted:
        for sub in table.LookupList.Lookup[index].SubTable:
            swaps |= getattr(sub, "mapping", None) or getattr(sub.ExtSubTable, "mapping", {})
    return swaps


if __name__ == "__main__":
    main()
