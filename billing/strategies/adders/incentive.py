"""Carpool bonuses of employees: outside tax, capped per employee over the whole period."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from billing.money import INT64_MAX, to_paise
from billing.schemas.trip_columns import MISSING, IntArray
from billing.strategies.block import TripBlock
from billing.strategies.exact import Ints, as_paise, check_amount
from billing.strategies.terms import Terms


@dataclass(frozen=True, slots=True)
class Bonuses:
    """Bonuses of one version: the trip's place in its block, the employee's code (-1: not named), paise."""

    rows: IntArray
    employees: IntArray
    amounts: Ints
    one_a_trip: bool

    def by_trip(self, count: int) -> IntArray:
        """The sum for every trip."""
        result = np.zeros(count, self.amounts.dtype)
        if self.one_a_trip:
            result[self.rows] = self.amounts
        else:
            np.add.at(result, self.rows, self.amounts)
        return as_paise(result)


class BonusPurse:
    """What employees were paid so far in the period; versions are taken in their order."""

    def __init__(self, employees: int) -> None:
        self._paid: Ints = np.zeros(employees, np.int64)
        self._bound = 0

    def pay(self, block: TripBlock, terms: Terms) -> Bonuses | None:
        """The bonuses of a version's trips, in rating order; None where the rules have none."""
        rules = terms.get("incentive_rules")
        rows = block.completed_where(block.carpool)
        if rules is None or not len(rows):
            return None
        bonus = check_amount(to_paise(rules["carpool_bonus"]), "incentive_rules.carpool_bonus")
        cap = rules.get("monthly_cap_per_employee")
        per_passenger = rules.get("per", "trip") == "passenger"
        trips, employees = self._entries(block, rows, per_passenger=per_passenger, named=cap is not None)
        self._make_room(bonus * (len(trips) + 1))
        amounts = np.full(len(trips), bonus, self._paid.dtype)
        if cap is not None:
            amounts = self._capped(employees, bonus, to_paise(cap))
        if block.employees is not None:
            is_named = employees != MISSING
            np.add.at(self._paid, employees[is_named], amounts[is_named])
        return Bonuses(trips, employees, amounts, one_a_trip=not per_passenger)

    def _make_room(self, more: int) -> None:
        """Go on with Python ints where sums could leave int64."""
        self._bound += more
        if self._bound > INT64_MAX:
            self._paid = self._paid.astype(object)

    def _entries(
        self, block: TripBlock, rows: IntArray, *, per_passenger: bool, named: bool
    ) -> tuple[IntArray, IntArray]:
        listed = block.employees
        trips = block.input_rows()[rows]
        first = np.zeros(len(rows), np.int64) if listed is None else listed.offsets[trips]
        count = np.zeros(len(rows), np.int64) if listed is None else listed.offsets[trips + 1] - first
        if (named or per_passenger) and len(unlisted := rows[count == 0]):
            block.refuse(unlisted, "BAD_INPUT", "employees", "its bonus needs the employees who travelled")
        if listed is None:
            return rows, np.full(len(rows), MISSING, np.int64)
        codes = listed.codes.astype(np.int64)
        if not per_passenger:
            someone = np.where(count > 0, first, 0)
            return rows, np.where(count > 0, codes[someone], MISSING)
        places = np.repeat(first - (np.cumsum(count) - count), count) + np.arange(int(count.sum()))
        return np.repeat(rows, count), codes[places]

    def _capped(self, employees: IntArray, bonus: int, cap: int) -> Ints:
        """min(cap, paid after) - min(cap, paid before), entry by entry in order."""
        order = np.argsort(employees, kind="stable")
        sorted_codes = employees[order]
        starts = np.flatnonzero(np.r_[True, sorted_codes[1:] != sorted_codes[:-1]])
        rank = (np.arange(len(order)) - np.repeat(starts, np.diff(np.r_[starts, len(order)]))).astype(self._paid.dtype)
        known = np.where(sorted_codes >= 0, sorted_codes, 0)
        paid = np.where(sorted_codes >= 0, self._paid[known], 0) if len(self._paid) else rank * 0
        before = paid + rank * bonus
        amounts = np.empty(len(order), self._paid.dtype)
        amounts[order] = np.minimum(before + bonus, cap) - np.minimum(before, cap)
        return amounts
