"""A list saved as CSV: numbers stay numbers, no text becomes a formula, a failure leaves the old file alone."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from moveinsync_desktop.models.columns import Column
from moveinsync_desktop.views.dialogs.save_list import write_csv

COLUMNS = [Column("name", "Name"), Column("amount", "Amount", "money")]


def written(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("Asha", "Asha"),
        ("=1+1", "'=1+1"),
        ("-5+cmd|'/C calc'!A0", "'-5+cmd|'/C calc'!A0"),
        ("+91 98450 12345", "'+91 98450 12345"),
        ("＝1+1", "'＝1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-12", "-12"),
        ("-0.5", "-0.5"),
    ],
)
def test_text_is_never_a_formula(tmp_path: Path, text: str, cell: str) -> None:
    target = tmp_path / "list.csv"
    write_csv(target, COLUMNS, [{"name": text, "amount": -12_050}])
    assert written(target) == [["Name", "Amount"], [cell, "-120.50"]]


def test_a_failure_leaves_the_old_file_and_no_part_of_the_new_one(tmp_path: Path) -> None:
    target = tmp_path / "list.csv"
    target.write_text("old")

    class Broken(dict[str, Any]):
        def get(self, *_: Any) -> Any:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_csv(target, COLUMNS, [{"name": "Asha", "amount": 1}, Broken()])
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]
