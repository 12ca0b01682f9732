"""`python -m billing CLIENT_ID`: what the client's last complete month comes to, contract by contract; a preview."""

from __future__ import annotations

import argparse
import sys

from billing.engine import BillingEngine, ContractResult
from billing.errors import KnownError, RefusedError
from billing.money import format_inr, to_paise


def main(arguments: list[str] | None = None) -> int:
    """Print the table; gives the exit status."""
    parser = argparse.ArgumentParser(prog="python -m billing", description=__doc__)
    parser.add_argument("client_id", metavar="CLIENT_ID")
    parser.add_argument("--month", metavar="YYYY-MM", help="default: the last complete month")
    args = parser.parse_args(arguments)
    try:
        try:
            engine = BillingEngine(tenant_id=args.client_id)
        except ValueError:
            raise RefusedError("UNKNOWN_CLIENT", f"{args.client_id} is not a client's id.", where="CLIENT_ID") from None
        results = engine.calculate_billing(month=args.month)
    except KnownError as error:
        print(error.message, file=sys.stderr)  # noqa: T201
        return error.exit_code
    for result in results:
        assert isinstance(result, ContractResult)
        total = format_inr(to_paise(result.total))
        line = f"{result.vendor:<10} {result.contract_name:<36} {result.billing_model.value:<14} {total:>18}"
        sys.stdout.write(line + "\n")
    if not results:
        print("Nothing to bill in this month.", file=sys.stderr)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
