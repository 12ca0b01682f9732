"""The repositories of a unit of work, each made when it is first asked for.

To add one: write its class in a file of its own (`def __init__(self, connection: sa.Connection)`; COPY works on
that connection too, see billing.store.copy) and add a `cached_property` here. Repositories take and give schema
records, hold all the SQL of their subject, never commit, and leave database errors to the unit of work.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlalchemy as sa

    from billing.schemas import parties as records
    from billing.schemas.contracts import Contract
    from billing.schemas.taxes import GstRate, TdsRate
    from billing.schemas.usage import FuelPrice
    from billing.store.assignment import TripContracts
    from billing.store.audit import Audit
    from billing.store.client_settings import ClientSettings
    from billing.store.contracts import ContractVersions
    from billing.store.debit_notes import DebitNotes
    from billing.store.import_mappings import ImportMappings
    from billing.store.ims import ImsAnswers
    from billing.store.invoices import Invoices
    from billing.store.ledger import Ledger
    from billing.store.months import Months
    from billing.store.notes import Notes
    from billing.store.papers import Papers
    from billing.store.payments import Payments
    from billing.store.periods import Periods
    from billing.store.queries_quality import TripQuality
    from billing.store.records import Records
    from billing.store.run_parkings import RunParkings
    from billing.store.runs import Runs
    from billing.store.saved_views import SavedViews
    from billing.store.setup_steps import SetupSteps
    from billing.store.trip_decisions import TripDecisions
    from billing.store.trip_imports import TripImports
    from billing.store.trip_inserts import TripInserts
    from billing.store.trip_story import TripStories
    from billing.store.trips import Trips
    from billing.store.usage import MonthUsages
    from billing.store.users import Users
    from billing.store.vendor_bills import VendorBills
    from billing.store.vendor_links import VendorLinks
    from billing.store.vendor_settling import VendorSettling
    from billing.store.work_counts import WorkCounts


class Repositories(ABC):
    """What `uow.<name>` gives."""

    @property
    @abstractmethod
    def connection(self) -> sa.Connection:
        """The open transaction's connection."""

    def _forget(self) -> None:
        """Drop the repositories: their connection went back to the pool."""
        for name in [name for name in self.__dict__ if isinstance(getattr(type(self), name, None), cached_property)]:
            del self.__dict__[name]

    def _records(self, module: str, spec: str) -> Any:
        from importlib import import_module

        from billing.store.records import Records

        return Records(self.connection, getattr(import_module(f"billing.store.{module}"), spec))

    @cached_property
    def clients(self) -> Records[records.Client]:
        """Clients."""
        return self._records("parties", "CLIENTS")  # type: ignore[no-any-return]

    @cached_property
    def client_sites(self) -> Records[records.ClientSite]:
        """Sites of clients: where invoices go to."""
        return self._records("parties", "CLIENT_SITES")  # type: ignore[no-any-return]

    @cached_property
    def employees(self) -> Records[records.Employee]:
        """Employees of clients."""
        return self._records("parties", "EMPLOYEES")  # type: ignore[no-any-return]

    @cached_property
    def vendors(self) -> Records[records.Vendor]:
        """Vendors of the workspace, as far as the user is linked to them."""
        return self._records("parties", "VENDORS")  # type: ignore[no-any-return]

    @cached_property
    def vendor_branches(self) -> Records[records.VendorBranch]:
        """Branches of vendors: where invoices come from."""
        return self._records("parties", "VENDOR_BRANCHES")  # type: ignore[no-any-return]

    @cached_property
    def client_vendors(self) -> Records[records.ClientVendor]:
        """Which vendor works for which client, under which code."""
        return self._records("parties", "CLIENT_VENDORS")  # type: ignore[no-any-return]

    @cached_property
    def vehicles(self) -> Records[records.Vehicle]:
        """Vehicles of vendors at clients."""
        return self._records("parties", "VEHICLES")  # type: ignore[no-any-return]

    @cached_property
    def contracts(self) -> Records[Contract]:
        """Contracts."""
        return self._records("contracts", "CONTRACTS")  # type: ignore[no-any-return]

    @cached_property
    def contract_versions(self) -> ContractVersions:
        """Versions of contracts and their activation, end and discarding."""
        from billing.store.contracts import ContractVersions

        return ContractVersions(self.connection)

    @cached_property
    def vendor_links(self) -> VendorLinks:
        """How a client gets a vendor that it may not see yet."""
        from billing.store.vendor_links import VendorLinks

        return VendorLinks(self.connection)

    @cached_property
    def trip_contracts(self) -> TripContracts:
        """Which contract each trip belongs to."""
        from billing.store.assignment import TripContracts

        return TripContracts(self.connection)

    @cached_property
    def trip_inserts(self) -> TripInserts:
        """Many new trips at once."""
        from billing.store.trip_inserts import TripInserts

        return TripInserts(self)  # type: ignore[arg-type]

    @cached_property
    def trip_imports(self) -> TripImports:
        """Trip sheets and their batches."""
        from billing.store.trip_imports import TripImports

        return TripImports(self)  # type: ignore[arg-type]

    @cached_property
    def import_mappings(self) -> ImportMappings:
        """Column mappings saved per vendor."""
        from billing.store.import_mappings import ImportMappings

        return ImportMappings(self.connection)

    @cached_property
    def trip_quality(self) -> TripQuality:
        """Odd trips, and what was let pass."""
        from billing.store.queries_quality import TripQuality

        return TripQuality(self.connection)

    @cached_property
    def trip_decisions(self) -> TripDecisions:
        """Holding, releasing, accepting, rejecting and assigning trips."""
        from billing.store.trip_decisions import TripDecisions

        return TripDecisions(self.connection)

    @cached_property
    def month_usages(self) -> MonthUsages:
        """Month inputs, vehicle slots and the fuel price of a day."""
        from billing.store.usage import MonthUsages

        return MonthUsages(self.connection)

    @cached_property
    def fuel_prices(self) -> Records[FuelPrice]:
        """Fuel prices by day."""
        return self._records("usage", "FUEL_PRICES")  # type: ignore[no-any-return]

    @cached_property
    def vendor_bills(self) -> VendorBills:
        """Vendors' own bills and how they compare with ours."""
        from billing.store.vendor_bills import VendorBills

        return VendorBills(self.connection)

    @cached_property
    def vendor_settling(self) -> VendorSettling:
        """Disputes about vendors' bills, and payouts."""
        from billing.store.vendor_settling import VendorSettling

        return VendorSettling(self.connection)

    @cached_property
    def debit_notes(self) -> DebitNotes:
        """Debit notes to vendors."""
        from billing.store.debit_notes import DebitNotes

        return DebitNotes(self.connection)

    @cached_property
    def payments(self) -> Payments:
        """Payments on issued documents, and what is open of them."""
        from billing.store.payments import Payments

        return Payments(self.connection)

    @cached_property
    def client_settings(self) -> ClientSettings:
        """Settings of a client."""
        from billing.store.client_settings import ClientSettings

        return ClientSettings(self.connection)

    @cached_property
    def setup_steps(self) -> SetupSteps:
        """How far a client's set-up has come."""
        from billing.store.setup_steps import SetupSteps

        return SetupSteps(self.connection)

    @cached_property
    def trips(self) -> Trips:
        """Trips as they are read: for rating, one by one, by reference."""
        from billing.store.trips import Trips

        return Trips(self.connection)

    @cached_property
    def users(self) -> Users:
        """Users, and the functions that change them."""
        from billing.store.users import Users

        return Users(self.connection)

    @cached_property
    def months(self) -> Months:
        """What a month of billing starts from."""
        from billing.store.months import Months

        return Months(self.connection)

    @cached_property
    def runs(self) -> Runs:
        """Billing runs."""
        from billing.store.runs import Runs

        return Runs(self.connection)

    @cached_property
    def ledger(self) -> Ledger:
        """The charges of posted runs, row by row."""
        from billing.store.ledger import Ledger

        return Ledger(self.connection)

    @cached_property
    def invoices(self) -> Invoices:
        """Invoices."""
        from billing.store.invoices import Invoices

        return Invoices(self.connection)

    @cached_property
    def gst_rates(self) -> Records[GstRate]:
        """GST percents by SAC and date."""
        return self._records("tax_rates", "GST_RATES")  # type: ignore[no-any-return]

    @cached_property
    def tds_rates(self) -> Records[TdsRate]:
        """Percents of tax deducted at source by status and date."""
        return self._records("tax_rates", "TDS_RATES")  # type: ignore[no-any-return]

    @cached_property
    def papers(self) -> Papers:
        """What documents print beside their figures: letterheads, the portal's answers."""
        from billing.store.papers import Papers

        return Papers(self.connection)

    @cached_property
    def ims_answers(self) -> ImsAnswers:
        """What clients did with credit notes on the portal."""
        from billing.store.ims import ImsAnswers

        return ImsAnswers(self.connection)

    @cached_property
    def notes(self) -> Notes:
        """Credit and debit notes, and what is left of what they correct."""
        from billing.store.notes import Notes

        return Notes(self.connection)

    @cached_property
    def run_parkings(self) -> RunParkings:
        """Runs that wait for a confirmation."""
        from billing.store.run_parkings import RunParkings

        return RunParkings(self.connection)

    @cached_property
    def periods(self) -> Periods:
        """Closed months and opening values."""
        from billing.store.periods import Periods

        return Periods(self.connection)

    @cached_property
    def trip_stories(self) -> TripStories:
        """Riders and history of single trips."""
        from billing.store.trip_story import TripStories

        return TripStories(self.connection)

    @cached_property
    def work_counts(self) -> WorkCounts:
        """What waits for somebody."""
        from billing.store.work_counts import WorkCounts

        return WorkCounts(self.connection)

    @cached_property
    def saved_views(self) -> SavedViews:
        """Filters, columns and order under a name, the user's own and those of a client."""
        from billing.store.saved_views import SavedViews

        return SavedViews(self.connection)

    @cached_property
    def audit(self) -> Audit:
        """The audit log, through its functions."""
        from billing.store.audit import Audit

        return Audit(self.connection)
