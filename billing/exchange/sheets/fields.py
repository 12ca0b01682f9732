"""The fields of a trip and the headers they are known by, in English and Indian habits (DESIGN.md section 6).

A header matches when its letters and digits do, whatever its case, blanks and punctuation; never by similarity.
Earlier names are stronger: where two columns answer to one field, the stronger name wins.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from billing.exchange.sheets.texts import header_key, shown

Kind = Literal["id", "party", "time", "distance", "count", "minutes", "money", "flag", "text", "status", "riders"]


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field: its name in mappings, what people call it, how its cells are read, the longest text it takes."""

    name: str
    label: str
    kind: Kind
    names: str
    longest: int = 100


FIELDS: Final[tuple[FieldSpec, ...]] = (
    FieldSpec("trip_id", "trip id", "id", """
        trip id; trip uuid; ride uuid; uuid; trip no; trip number; trip ref; trip reference; duty slip no;
        duty slip number; duty slip; duty slip id; ds no; ds number; dutyslip; slip no; slip number; duty
        id; duty no; trip sheet no; tripsheet no; trip sheet number; trip sheet id; booking id; booking
        no; booking number; booking ref; booking reference; ride id; ride no; journey id; journey no; trip
        code; order id; order no; external ref; external id; reference no; ref no; reference; request id;
        request no; log sheet no; logsheet no; challan no; voucher no; docket no; lr no; run id; id; ds; d
        s; trip sheet; tripsheet; trip sheet ref; duty ref; trip reference no; job no; job id; job number;
        ticket no; memo no; waybill no"""),
    FieldSpec("client", "client", "party", """
        client; client id; client code; client name; customer; customer id; customer code; customer name;
        company; company code; company id; company name; corporate; corporate id; corporate code;
        corporate name; account; account code; account id; account name; client ref; billed to; bill to;
        billing customer; party code; name of client; name of company; company client; business unit
        client; organisation; organization; tenant; tenant id""", 200),
    FieldSpec("vendor", "vendor", "party", """
        vendor; vendor id; vendor code; vendor name; supplier; supplier id; supplier code; supplier name;
        transporter; transporter id; transporter code; transporter name; travels; travels name; fleet
        operator; operator; operator id; operator code; operator name; cab vendor; agency; agency name;
        travel agency; service provider; vendor ref; party name; contractor; contractor name; name of
        vendor; cab agency; travel partner; fleet partner; fleet vendor; transport vendor; travels agency""", 200),
    FieldSpec("start", "start", "time", """
        start; trip start; od start time; begintrip time; begin trip time; trip begin time; start
        datetime; start date time; start date and time; start timestamp; actual start; actual start time;
        actual start date time; trip start datetime; trip start date time; trip start date and time; trip
        start timestamp; started at; pickup; pick up; pickup datetime; pickup date time; pickup date and
        time; tpep pickup datetime; lpep pickup datetime; pickup timestamp; actual pickup; actual pickup
        time; garage out datetime; out datetime; out date time; from datetime; departure datetime;
        departure date time; actual departure; reporting datetime; reporting date time; duty start; duty
        start datetime; duty start date time; journey start; ride start; start at; begin; begin time; trip
        begin; login datetime; started on; start on; begun at; opening date and time; vehicle reporting
        time; reported at; departed at; reporting at; boarded at"""),
    FieldSpec("end", "end", "time", """
        end; trip end; od end time; endtrip time; dropoff time stamp; end datetime; end date time; end
        date and time; end timestamp; actual end; actual end time; actual end date time; trip end
        datetime; trip end date time; trip end date and time; trip end timestamp; ended at; finish; finish
        time; finished at; dropoff; drop off; drop; dropoff datetime; drop datetime; dropoff date time;
        drop date time; drop date and time; tpep dropoff datetime; lpep dropoff datetime; dropoff
        timestamp; actual drop; actual drop time; actual dropoff; garage in datetime; in datetime; in date
        time; to datetime; arrival datetime; arrival date time; actual arrival; releasing datetime;
        release datetime; release date time; duty end; duty end datetime; duty end date time; duty close;
        closing datetime; journey end; ride end; end at; trip finish; logout datetime; stop; stop time;
        trip close; completed at; completed on; ended on; end on; closed at; closing date and time; drop
        reported at; vehicle release time; reached at; arrived at; release date and time; releasing date
        and time"""),
    FieldSpec("date", "trip date", "time", """
        date; trip date; duty date; travel date; date of travel; date of journey; journey date; date of
        trip; service date; shift date; ds date; duty slip date; run date; ride date; dated; date of duty;
        trip dt; duty dt; dt; date of service; roster date; log date; usage date"""),
    FieldSpec("start_date", "start date", "time", """
        start date; trip start date; pickup date; pick up date; from date; departure date; reporting date;
        duty start date; out date; date from; begin date"""),
    FieldSpec("end_date", "end date", "time", """
        end date; trip end date; drop date; dropoff date; drop off date; to date; arrival date; release
        date; releasing date; duty end date; in date; closing date; close date; date to; finish date"""),
    FieldSpec("start_time", "start time", "time", """
        start time; trip start time; pickup time; pick up time; pick time; from time; time from; out time;
        time out; departure time; reporting time; duty start time; garage out time; opening time; login
        time; begin time of trip; garage start time; garage out; reporting; rep time; pick up at;
        starttime hrs; st time"""),
    FieldSpec("end_time", "end time", "time", """
        end time; trip end time; drop time; dropoff time; drop off time; to time; time to; in time; time
        in; arrival time; release time; releasing time; duty end time; garage in time; closing time; close
        time; logout time; drop reach time; reach time; garage end time; garage in; releasing; rel time;
        drop at; end hrs; closing hrs; reached time"""),
    FieldSpec("distance", "distance", "distance", """
        distance; ride distance; journey distance; actual distance to destination; distance km; distance
        kms; distance in km; distance in kms; distance travelled; distance traveled; distance covered;
        distance driven; total distance; total distance km; total distance kms; trip distance; trip
        distance km; trip distance kms; actual distance; actual distance km; total km; total kms; total
        kms run; total km run; kms run; km run; kms; km; trip km; trip kms; run km; run kms; running km;
        running kms; actual km; actual kms; billable km; billable kms; billing km; billing kms; chargeable
        km; chargeable kms; km travelled; kms travelled; kms covered; kilometers; kilometres; kilometer;
        kilometre; total kilometers; total kilometres; distance kilometers; distance kilometres; distance
        in kilometers; distance miles; distance mi; trip miles; trip distance miles; miles; mileage; total
        miles; distance m; distance meters; distance metres; distance in meters; distance in metres;
        metres; meters; transportation distance; transportation distance in km; net km; net kms; duty km;
        duty kms; total run; gross km; route km; approved km; approved kms; final km; final kms; tot km;
        tot kms; dist; trip dist; dist km; dist kms; total dist; km total; kms total; distance travelled
        km; total distance travelled; travelled km; travelled kms; run in km; distance run; km used; kms
        used; usage km"""),
    FieldSpec("open_km", "opening km", "distance", """
        opening km; opening kms; start km; start kms; km out; kms out; out km; out kms; odometer start;
        start odometer; opening reading; start reading; starting km; starting kms; odo start; opening
        meter; meter start; open km; from km; opening odometer; kms start; km start"""),
    FieldSpec("close_km", "closing km", "distance", """
        closing km; closing kms; end km; end kms; km in; kms in; in km; in kms; odometer end; end
        odometer; closing reading; end reading; ending km; ending kms; odo end; closing meter; meter end;
        close km; to km; closing odometer; kms end; km end; kms close; km close"""),
    FieldSpec("status", "status", "status", """
        status; trip status; duty status; ride status; booking status""", 40),
    FieldSpec("vehicle_no", "vehicle no", "text", """
        vehicle no; vehicle number; vehicle; vehicle reg no; vehicle registration no; vehicle registration
        number; registration no; registration number; reg no; regn no; cab no; cab number; cab; cab reg
        no; cab registration no; car no; car number; taxi no; veh no; vehicle id; cab id; veh number; taxi
        number; vehicle regn no; vehicle regn number; veh regn no; cab regn no; vehicle plate; licence
        plate; license plate; bus no; car reg no; plate; plate no""", 20),
    FieldSpec("vehicle_type", "vehicle type", "text", """
        vehicle type; vehicletype; cab type; car type; type of vehicle; type of cab; type of car; veh
        type; vehicle category; cab category; car category; vehicle class; vehicle model; cab model; car
        model""", 60),
    FieldSpec("vehicle_slot", "vehicle slot", "text", """
        vehicle slot; slot; slot no; cab slot; package vehicle; contract vehicle""", 40),
    FieldSpec("site", "site", "text", """
        site; site code; office; office code; office location; facility; campus; site name; office name""", 60),
    FieldSpec("zone", "zone", "text", "zone; zone code; zone name; fare zone; rate zone", 60),
    FieldSpec("employees", "employees", "riders", """
        employee id; employee ids; employee code; employee codes; emp id; emp ids; emp code; emp codes;
        employee; employees; employee no; emp no; staff id; staff no; passenger id; passenger ids; rider
        id; rider ids; rider code; rider codes; associate code; emp nos; guest id; employee number;
        associate id""", 2000),
    FieldSpec("seats_boarded", "seats boarded", "count", """
        seats boarded; pax; no of pax; pax count; total pax; passengers; passenger count; no of
        passengers; number of passengers; total passengers; headcount; head count; no of employees; number
        of employees; employee count; employees boarded; boarded; occupancy; actual occupancy; no of emp;
        riders count; seats"""),
    FieldSpec("is_carpool", "carpool", "flag", """
        carpool; is carpool; car pool; shared; shared trip; ride share; pooled trip"""),
    FieldSpec("escort", "escort", "flag", """
        escort; escorted; is escort; escort present; escort yn; with escort; guard; security guard;
        marshal; escort required; escort provided; escort available"""),
    FieldSpec("garage_km", "garage km", "distance", """
        garage km; garage kms; garage distance; dead km; dead kms; dead run; dead mileage; garage to
        garage km"""),
    FieldSpec("claimed_km", "claimed km", "distance", """
        claimed km; claimed kms; vendor km; vendor kms; claimed distance; driver km"""),
    FieldSpec("gps_km", "GPS km", "distance", """
        gps km; gps kms; gps distance; gps distance km; system km; system kms; app km; app kms"""),
    FieldSpec("waiting_minutes", "waiting minutes", "minutes", """
        waiting minutes; waiting min; waiting mins; waiting time minutes; waiting time mins; waiting time
        min; waiting in minutes; wait minutes"""),
    FieldSpec("late_minutes", "late minutes", "minutes", """
        late minutes; late by minutes; delay minutes; delay in minutes; late mins; delay mins; late min"""),
    FieldSpec("cancelled_minutes_before", "cancelled minutes before", "minutes", """
        cancelled minutes before; cancelled before minutes; cancellation minutes before; cancelled before
        mins"""),
    FieldSpec("toll", "toll", "money", """
        toll; tolls; toll charges; toll charge; toll amount; tolls amount; toll tax; toll fee; toll rs;
        toll inr; toll in rs"""),
    FieldSpec("parking", "parking", "money", """
        parking; parking charges; parking charge; parking amount; parking fee; parking rs; parking inr;
        parking in rs"""),
    FieldSpec("calendar_days", "calendar days", "count", """
        calendar days; no of days; number of days; outstation days"""),
)  # fmt: skip


class FieldSet:
    """The fields that the header of one kind of sheet may name: trips, or a vendor's bill.

    Attributes: by_name, synonyms (header key -> field and rank), enough (a header names at least so many fields) and
    core (of these kinds at least one).
    """

    def __init__(self, specs: Sequence[FieldSpec], *, enough: int, core: Collection[Kind]) -> None:
        self.by_name = {spec.name: spec for spec in specs}
        self.enough, self.core = enough, frozenset(core)
        self.synonyms: dict[str, tuple[str, int]] = {}
        for spec in specs:
            for rank, name in enumerate(spec.names.split(";")):
                self.synonyms.setdefault(header_key(name), (spec.name, rank))

    def find(self, header: object) -> tuple[str, int] | None:
        """The field a header names and how strongly (0 is strongest); None where it names none."""
        text = shown(header) or ""
        if len(text) > 80:
            return None
        found = self._known(header_key(text))
        if found is None and _BRACKETS.search(text):
            found = self._known(header_key(_BRACKETS.sub(" ", text)))
            found = (found[0], found[1] + 1) if found else None
        return found

    def has_core(self, names: Iterable[str]) -> bool:
        """Is one of these fields of the kinds that no such sheet lacks?"""
        return any(self.by_name[name].kind in self.core for name in names)

    def _known(self, key: str) -> tuple[str, int] | None:
        """What happened is stronger than any name that may have been the plan: "Actual Start" wins over "Start"."""
        found = self.synonyms.get(key)
        if key.startswith(_ACTUAL):
            found = found or self.synonyms.get(key.removeprefix(_ACTUAL))
            return (found[0], found[1] - len(self.synonyms)) if found else None
        return found


_ACTUAL: Final = "actual"
_BRACKETS: Final = re.compile(r"[(\[{][^)\]}]*[)\]}]?")
TRIP_FIELDS: Final = FieldSet(FIELDS, enough=3, core=("time", "distance"))
BY_NAME: Final = TRIP_FIELDS.by_name
SYNONYMS: Final = TRIP_FIELDS.synonyms
REQUIRED: Final = ("trip_id", "client", "vendor", "start", "end", "distance")

_UNITS: Final = {
    "km": "km", "kms": "km", "kilometer": "km", "kilometers": "km", "kilometre": "km", "kilometres": "km",
    "mile": "mile", "miles": "mile", "mi": "mile", "m": "m", "mtr": "m", "mtrs": "m", "meter": "m", "meters": "m",
    "metre": "m", "metres": "m",
}  # fmt: skip


def field_of(header: object) -> tuple[str, int] | None:
    """The field of a trip that a header names and how strongly (0 is strongest); None where it names none."""
    return TRIP_FIELDS.find(header)


def unit_in(header: object) -> str | None:
    """The unit of distance that a header names: km, mile or m; None where it names none."""
    text = re.sub(r"([a-z])([A-Z])", r"\1 \2", shown(header) or "")
    words = re.split(r"[^a-z]+", text.casefold().replace("k.m", "km"))
    units = {_UNITS[word] for word in words if word in _UNITS}
    return units.pop() if len(units) == 1 else None
