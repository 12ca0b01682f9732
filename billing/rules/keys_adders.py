"""Rule keys of what is added to or taken from a trip's fare (TARIFF.md section 3)."""

from __future__ import annotations

from billing.rules.key import Kind, RuleKey

FLAT_OR_PERCENT = (
    RuleKey("flat", Kind.MONEY, "Amount", "₹"),
    RuleKey("percent_of_fare", Kind.PERCENT, "Percent of the fare", "%"),
)

ADDER_KEYS = (
    RuleKey("night_shift_surcharge", Kind.MONEY, "Night surcharge", "₹/trip", "Added to a night trip.", group="Night"),
    RuleKey(
        "night_surcharge_percent",
        Kind.PERCENT,
        "Night surcharge",
        "% of the fare",
        "Added to a night trip, as a percentage of its fare.",
        group="Night",
    ),
    RuleKey(
        "night_window",
        Kind.OBJECT,
        "Night",
        help="From start until end; the end itself is day.",
        group="Night",
        default="20:00 to 06:00, by the start",
        fields=(
            RuleKey("start", Kind.CLOCK, "From", default="20:00"),
            RuleKey("end", Kind.CLOCK, "Until", default="06:00"),
            RuleKey(
                "basis",
                Kind.CHOICE,
                "Judged by",
                help="start or end of the trip, any overlap, or the share of its minutes inside the night.",
                choices=("start", "end", "overlap", "prorata_minutes"),
                default="start",
            ),
        ),
    ),
    RuleKey(
        "carpool_discount",
        Kind.FRACTION,
        "Carpool discount",
        "0 to 1",
        "Part of the fare that a carpool trip does not pay, before surcharges.",
        group="Carpool",
        maximum=1,
        limit_code="DISCOUNT_NOT_A_FRACTION",
    ),
    RuleKey(
        "incentive_rules",
        Kind.OBJECT,
        "Carpool incentive",
        help="Paid to employees for carpool trips; never taxed, never the vendor's.",
        group="Carpool",
        fields=(
            RuleKey("carpool_bonus", Kind.MONEY, "Bonus", "₹", required=True),
            RuleKey("per", Kind.CHOICE, "Paid per", choices=("trip", "passenger"), default="trip"),
            RuleKey("monthly_cap_per_employee", Kind.MONEY, "At most a month", "₹/employee"),
        ),
    ),
    RuleKey(
        "garage",
        Kind.OBJECT,
        "Garage km",
        help="Km to and from the garage, added to the billable km.",
        group="Km",
        fields=(
            RuleKey("mode", Kind.CHOICE, "Mode", choices=("measured", "fixed"), required=True),
            RuleKey("cap_km", Kind.KM, "At most", "km/trip"),
            RuleKey("km", Kind.KM, "Fixed", "km/trip"),
        ),
    ),
    RuleKey("escort_charge_per_trip", Kind.MONEY, "Escort", "₹/trip", "Added to an escorted trip.", group="Extras"),
    RuleKey(
        "waiting",
        Kind.OBJECT,
        "Waiting",
        help="Every started block beyond the free minutes is charged.",
        group="Extras",
        fields=(
            RuleKey("free_minutes", Kind.MINUTES, "Free", "min", default="0"),
            RuleKey("block_minutes", Kind.MINUTES, "Block", "min", required=True, above_zero=True),
            RuleKey("rate_per_block", Kind.MONEY, "Rate", "₹/block", required=True),
        ),
    ),
    RuleKey("toll_taxable", Kind.BOOL, "Tax the toll", help="No: passed on untaxed.", default="yes", group="Extras"),
    RuleKey(
        "parking_taxable", Kind.BOOL, "Tax the parking", help="No: passed on untaxed.", default="yes", group="Extras"
    ),
    RuleKey(
        "no_show",
        Kind.OBJECT,
        "No-show",
        help="The only charge of a trip whose rider did not show up.",
        group="No-show and cancellation",
        fields=FLAT_OR_PERCENT,
    ),
    RuleKey(
        "cancellation",
        Kind.OBJECT,
        "Cancellation",
        help="The only charge of a cancelled trip.",
        group="No-show and cancellation",
        fields=(
            RuleKey("free_before_minutes", Kind.MINUTES, "Free until", "min before", "Empty: always charged."),
            *FLAT_OR_PERCENT,
        ),
    ),
    RuleKey(
        "fuel",
        Kind.OBJECT,
        "Fuel clause",
        help="Moves the rates per km with the fuel price; the new rate is rounded to 4 decimals.",
        group="Fuel",
        fields=(
            RuleKey("base_price", Kind.MONEY, "Base price", "₹/l", required=True, above_zero=True),
            RuleKey("current_price", Kind.MONEY, "Current price", "₹/l", required=True),
            RuleKey("km_per_litre", Kind.NUMBER, "Mileage", "km/l", required=True, above_zero=True),
            RuleKey("threshold_percent", Kind.PERCENT, "Threshold", "%", default="0"),
            RuleKey("share", Kind.NUMBER, "Share", "0 to 1", default="1"),
        ),
    ),
    RuleKey(
        "gps_tolerance_percent",
        Kind.PERCENT,
        "GPS tolerance",
        "%",
        "Claimed km beyond the GPS km by more than this are billed at the GPS km.",
        group="Km",
    ),
)
