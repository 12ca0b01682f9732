"""Where rates by date are stored."""

from __future__ import annotations

from billing.schemas.taxes import GstRate, TdsRate
from billing.store.records import Spec

_ID = frozenset({"id"})

GST_RATES = Spec(
    GstRate, "gst_rates", "tax rate", ("id",), _ID, ("sac_prefix", "fuel_included", "itc_option", "valid_from")
)
TDS_RATES = Spec(TdsRate, "tds_rates", "TDS rate", ("id",), _ID | {"status"}, ("status", "valid_from"))
