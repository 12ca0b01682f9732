"""Where the demo's people live and work: zones by road distance from each office, in corridors that share a cab."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Zone:
    """A part of the city; `metres` is the usual road distance from the office."""

    name: str
    metres: int


@dataclass(frozen=True, slots=True)
class Office:
    """A client's site with its corridors: zones along one road, so riders of a corridor can share a cab.

    `toll_paise` is paid on trips to or from zones beyond the toll gate (`toll_zones`).
    """

    code: str
    corridors: tuple[tuple[Zone, ...], ...]
    toll_paise: int = 0
    toll_zones: frozenset[str] = frozenset()


def _corridor(text: str) -> tuple[Zone, ...]:
    """'Marathahalli 7800, Indiranagar 14200' as zones."""
    parts = (part.strip().rsplit(" ", 1) for part in text.split(","))
    return tuple(Zone(name, int(metres)) for name, metres in parts)


WHITEFIELD = Office(
    "BLR-WF",
    (
        _corridor("Marathahalli 7800, Indiranagar 14200, Koramangala 17500, Jayanagar 24100"),
        _corridor("KR Puram 6500, Banaswadi 13900, Hebbal 23400, Yelahanka 31000"),
        _corridor("Sarjapur Road 12600, HSR Layout 18900, BTM Layout 21500, Banashankari 28000"),
    ),
)
ELECTRONIC_CITY = Office(
    "BLR-EC",
    (
        _corridor("Bommanahalli 8600, HSR Layout 11500, Koramangala 14000, Indiranagar 19700"),
        _corridor("Begur 7900, BTM Layout 12400, JP Nagar 14600, Jayanagar 15800, Banashankari 17200"),
        _corridor("Chandapura 6400, Sarjapur Road 18300, Marathahalli 21900, Whitefield 27500"),
    ),
    toll_paise=6500,
    toll_zones=frozenset({"HSR Layout", "Koramangala", "Indiranagar", "BTM Layout"}),
)
MANYATA = Office(
    "BLR-MT",
    (
        _corridor("RT Nagar 6000, Hebbal 4500, Malleshwaram 12200, Jalahalli 14600"),
        _corridor("Banaswadi 8900, Indiranagar 13400, KR Puram 16800"),
        _corridor("Thanisandra 4200, Kogilu 9600, Yelahanka 13000"),
    ),
)
HINJAWADI = Office(
    "PUN-HJ",
    (
        _corridor("Wakad 6200, Baner 9800, Aundh 12300, Shivajinagar 18400"),
        _corridor("Pimple Saudagar 9500, Chinchwad 13000, Nigdi 16700"),
        _corridor("Bavdhan 12900, Kothrud 17600, Hadapsar 30500"),
    ),
)
KHARADI = Office(
    "PUN-KH",
    (
        _corridor("Viman Nagar 5100, Kalyani Nagar 7400, Shivajinagar 13800, Pimple Saudagar 21400"),
        _corridor("Magarpatta 8000, Hadapsar 9200, Kondhwa 15600"),
        _corridor("Wagholi 8300, Koregaon Park 9900, Kothrud 19800"),
    ),
)

OFFICES = {office.code: office for office in (WHITEFIELD, ELECTRONIC_CITY, MANYATA, HINJAWADI, KHARADI)}
