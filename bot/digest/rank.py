"""The order of a digest: arXiv's own sections first, within them a score that explains itself."""

from dataclasses import dataclass

from bot.digest.match import Hit, Match, Miss, Section, Why
from bot.digest.query import negated
from storage.models import Announcement, Kind

WEIGHTS = {Section.TITLE: 3.0, Section.AUTHORS: 2.0, Section.ABSTRACT: 1.0, Section.CATEGORIES: 0.0}
"""What a term is worth where it is found: a title is about its words, an abstract mentions them."""

_RANKS = {kind: kind.rank for kind in Kind}  # every candidate of every digest asks


@dataclass(frozen=True, slots=True)
class Rating:
    """A score, 0 for papers that match by category only, and where it comes from."""

    score: float
    reason: str


def rate(match: Match) -> Rating:
    """Score a match: every term counts once for each section that has it."""
    hits = dict.fromkeys(match.hits)
    return Rating(sum(WEIGHTS[hit.section] for hit in hits), "; ".join(map(_reason, hits)))


def _reason(hit: Hit) -> str:
    if hit.section is Section.CATEGORIES:
        return f"in {hit.term}"
    return f"{hit.term} in {hit.section.value} (+{WEIGHTS[hit.section]:g})"


def reason_against(miss: Miss) -> str:
    """Say what kept a paper out, in the query's own words."""
    match miss.why:
        case Why.MISSING:
            return f"no {miss.part}"
        case Why.UNWANTED:
            return f"excluded by {negated(miss.part)}"
        case Why.ELSEWHERE:
            return f"not in {miss.part}"


def place_in_digest(announcement: Announcement, rating: Rating) -> tuple[object, ...]:
    """A sort key: new, cross, replace, replace-cross; better scores first; then as announced."""
    return (
        _RANKS[announcement.kind],
        -rating.score,
        announcement.day,
        announcement.position,
        announcement.category,
    )
