"""Rule keys of the whole bill: currency, tax, rounding, memo items (TARIFF.md section 3)."""

from __future__ import annotations

from billing.rules.key import Kind, RuleKey

BILL_KEYS = (
    RuleKey("currency", Kind.TEXT, "Currency", help="ISO code; one bill has one currency.", default="INR", group="Tax"),
    RuleKey(
        "tax_percentage",
        Kind.PERCENT,
        "Tax",
        "%",
        "Tax on the taxable value, as a percentage (18 is 18 %).",
        default="18",
        group="Tax",
    ),
    RuleKey(
        "tax_rate",
        Kind.FRACTION,
        "Tax as a fraction",
        "0 to 1",
        "The same as a fraction (0.18 is 18 %); kept as tax_percentage.",
        group="Tax",
        below=1,
        limit_code="TAX_RATE_NOT_A_FRACTION",
    ),
    RuleKey(
        "tax_rates_by_date",
        Kind.LIST,
        "Tax by date",
        help="The rate from a date on; a trip takes the rate of its start date.",
        group="Tax",
        fields=(
            RuleKey("from", Kind.DATE, "From", required=True),
            RuleKey("percent", Kind.PERCENT, "Tax", "%", required=True),
        ),
    ),
    RuleKey(
        "tax_split",
        Kind.CHOICE,
        "Tax shown as",
        help="CGST and SGST inside a state, IGST between states.",
        choices=("CGST_SGST", "IGST"),
        group="Tax",
    ),
    RuleKey(
        "tax_level",
        Kind.CHOICE,
        "Tax computed on",
        help="invoice: once on the taxable sum; line: on every line.",
        choices=("invoice", "line"),
        default="invoice",
        group="Tax",
    ),
    RuleKey(
        "reverse_charge",
        Kind.BOOL,
        "Reverse charge",
        help="The client pays the tax to the government; it is not charged.",
        default="no",
        group="Tax",
    ),
    RuleKey(
        "round_off",
        Kind.CHOICE,
        "Round the total",
        choices=("none", "rupee"),
        default="none",
        help="rupee: to the whole rupee by a line outside tax.",
        group="Tax",
    ),
    RuleKey(
        "tds_percent", Kind.PERCENT, "TDS", "%", "Memo: tax the client withholds on the taxable value.", group="Tax"
    ),
)
