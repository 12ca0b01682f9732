"""Rating: trips and contract versions in, charges and their explanations out. No database, no window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from billing.rating.period import RatingInput, rate_period
from billing.rating.result import RatedPeriod, RatedTrips

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["RatedPeriod", "RatedTrips", "RatingInput", "rate_bundle", "rate_period"]


def rate_bundle(bundle: Mapping[str, Any], *, explain: bool = False) -> dict[str, Any]:
    """Rate a bundle of plain JSON values; see `billing.rating.bundle.rate_bundle`."""
    from billing.rating.bundle import rate_bundle as rate

    return rate(bundle, explain=explain)
