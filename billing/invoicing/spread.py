"""Spread a document's tax over its rows so that the rows add up to it exactly (TARIFF.md 1.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SAFE = 1 << 62


def spread_largest_remainder(total: int, weights: NDArray[np.int64]) -> NDArray[np.int64]:
    """Shares of `total` by `weights`, each rounded down and the rest given to the largest remainders.

    Ties go to the row that stands first. Weights may be negative (a penalty takes its part of the tax with
    it); when they sum to zero the whole goes to the first row. The shares always add up to `total`.
    """
    import numpy as np

    count = len(weights)
    if count == 0:
        if total:
            raise ValueError("an amount cannot be spread over no rows")
        return np.zeros(0, dtype=np.int64)
    sum_of_weights = int(weights.sum())
    if sum_of_weights == 0:
        shares = np.zeros(count, dtype=np.int64)
        shares[0] = total
        return shares
    if sum_of_weights < 0:
        weights, sum_of_weights = -weights, -sum_of_weights
    shares, remainders = _divide(total, weights, sum_of_weights)
    missing = total - int(shares.sum())
    if missing:
        winners = np.argsort(-remainders, kind="stable")[:missing]
        shares[winners] += 1
    return shares


def _divide(total: int, weights: NDArray[np.int64], divisor: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Floor and remainder of total x weight / divisor; in Python integers where int64 would overflow."""
    import numpy as np

    largest = int(np.abs(weights).max())
    if abs(total) * largest < _SAFE:
        products = weights * np.int64(total)
        return products // divisor, products % divisor
    wide = [divmod(total * int(weight), divisor) for weight in weights]
    shares = np.fromiter((pair[0] for pair in wide), dtype=np.int64, count=len(wide))
    return shares, np.fromiter((pair[1] for pair in wide), dtype=np.int64, count=len(wide))


def spread_by_group(
    tax_of_group: dict[int, int], percents: NDArray[np.int64], weights: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Each rate group's tax over the rows of that rate, by their taxable amounts; rows of other rates get 0."""
    import numpy as np

    shares = np.zeros(len(weights), dtype=np.int64)
    for percent, tax in tax_of_group.items():
        rows = np.flatnonzero(percents == percent)
        if len(rows) or tax:
            shares[rows] = spread_largest_remainder(tax, weights[rows])
    return shares
