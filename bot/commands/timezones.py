"""Time zones as people name them: by zone, by city in any language of ours, by their offset."""

import difflib
import re
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale

from formatters.words import languages

MOST_SUGGESTIONS = 4
LONGEST_NAME = 64  # no zone and no city has more characters
LEAST_LIKENESS = 0.7  # of difflib's ratio: keeps a slip of the finger, not every short city

# Cities that people live by and that name no zone.
CITIES = {
    "beijing": "Asia/Shanghai",
    "北京": "Asia/Shanghai",
    "san francisco": "America/Los_Angeles",
}

# Whole hours from UTC. In the names of these zones the sign is turned round:
# https://data.iana.org/time-zones/tzdb/etcetera
_OFFSET = re.compile(r"(?:utc|gmt)?([+-])0?([0-9]|1[0-4])(?::?00)?", re.ASCII)
_TURNED = {"+": "-", "-": "+"}
_FIXED = "Etc/GMT"


def find_timezone(text: str) -> str | None:
    """The zone that a text names: `asia/shanghai`, `Shanghai`, `上海`, `UTC+8`; None if unknown."""
    wanted = _folded(text)
    return _zones().get(wanted) or _at_offset(wanted)


def near_timezones(text: str) -> tuple[str, ...]:
    """Some zones that may have been meant by an unknown name, best first."""
    close = difflib.get_close_matches(
        _folded(text), _zones(), n=2 * MOST_SUGGESTIONS, cutoff=LEAST_LIKENESS
    )
    return tuple(dict.fromkeys(_zones()[name] for name in close))[:MOST_SUGGESTIONS]


def timezone_label(zone: str, language: str) -> str:
    """The city that a zone is named for, in the reader's language; `UTC+8` for a fixed offset."""
    if zone.startswith(_FIXED):
        sign, hours = zone[len(_FIXED)], zone[len(_FIXED) + 1 :]
        return f"UTC{_TURNED[sign]}{hours}"
    names = Locale.parse(language).time_zones.get(zone, {})
    return str(names.get("city") or _city(zone))


def local_time(zone: str, now: datetime) -> str:
    """What clocks show there, as `HH:MM`."""
    return f"{now.astimezone(ZoneInfo(zone)):%H:%M}"


def _at_offset(text: str) -> str | None:
    offset = _OFFSET.fullmatch(text)
    zone = f"{_FIXED}{_TURNED[offset[1]]}{offset[2]}" if offset else ""
    if offset and not int(offset[2]):
        return "UTC"
    return zone if zone in _known() else None


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones())


@cache
def _zones() -> dict[str, str]:
    """Every name, folded, with its zone. Full names come last, since they win over cities."""
    known = sorted(zone for zone in _known() if not zone.startswith("Etc/"))
    regional = [zone for zone in known if "/" in zone]
    named = {_folded(_city(zone)): zone for zone in regional}
    for language in languages():
        for zone, names in Locale.parse(language).time_zones.items():
            if zone in regional and "city" in names:
                named[_folded(names["city"])] = zone
    return named | CITIES | {_folded(zone): zone for zone in known}


def _city(zone: str) -> str:
    return zone.rpartition("/")[2].replace("_", " ")


def _folded(text: str) -> str:
    return " ".join(text[:LONGEST_NAME].replace("_", " ").lower().split())
