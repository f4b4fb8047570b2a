"""arXiv's categories: every spelling of an id, what it is called, and what an archive holds."""

import difflib
import re
from collections import defaultdict
from functools import cache

from bot.sources.categories import ALIASES, ARCHIVES, CATEGORIES, SUBSUMED

MOST_SUGGESTIONS = 3
# The longest name has 47 characters; what is longer than 60 is no misspelling of any.
LONGEST_MISSPELLING = 60
# The usual cutoff of difflib.get_close_matches: 0.6 keeps `cs.CVV` near `cs.CV`.
LEAST_LIKENESS = 0.6

_SAME = ALIASES | SUBSUMED


def canonical(name: str) -> str | None:
    """The canonical id of a category in any spelling, or None where there is no such category.

    Case does not matter. Aliases and closed archives lead to the category that arXiv uses now:
    `math.MP` -> `math-ph`, `cmp-lg` -> `cs.CL`. An archive that is no category itself, such as
    `cs`, gives None: see `members`.
    """
    return _canonical_ids().get(name.strip().lower())


def spellings(category: str) -> frozenset[str]:
    """Every id that means the same category, so that both sides of an alias match.

    `cs.NA` and `math.NA` both give {`cs.NA`, `math.NA`}; an unknown category gives just itself.
    """
    known = canonical(category)
    return _spellings()[known] if known else frozenset({category})


def name(category: str) -> str:
    """The English name of a category or an archive; an unknown one is its own name."""
    return _names().get(category.strip().lower(), category)


def members(archive: str) -> tuple[str, ...]:
    """The canonical ids of an archive's active categories, in arXiv's order; () if unknown.

    An alias stands under its canonical id, which may belong to another archive: `cs` holds
    `math.NA`, because that is what `cs.NA` means. A closed archive gives what took it over.
    """
    return _members().get(archive.strip().lower(), ())


def is_archive(name: str) -> bool:
    """Whether this names an archive, open or closed, in any case of letters."""
    return bool(members(name))


def all_categories() -> tuple[str, ...]:
    """The ids of all active categories, aliases among them, in arXiv's order."""
    return tuple(category for category in CATEGORIES if _is_active(category))


def suggestions(name: str) -> tuple[str, ...]:
    """Up to three canonical categories that may have been meant by an unknown one, best first.

    Words of the category's name count most (`cs.vision` -> `cs.CV`), then its initials or its
    subject class alone (`cs.ML` -> `cs.LG`, `lg` -> `cs.LG`), then an id that is spelled alike
    (`hepth` -> `hep-th`).
    """
    wanted = name.strip().lower()
    if not wanted or len(wanted) > LONGEST_MISSPELLING:
        return ()
    scores = {category: _likeness(wanted, category) for category in _spellings()}
    likely = [category for category, score in scores.items() if score >= LEAST_LIKENESS]
    return tuple(sorted(likely, key=lambda one: -scores[one])[:MOST_SUGGESTIONS])


def _likeness(wanted: str, category: str) -> float:
    """How well a category fits what somebody typed: under 1 by its id, above by its name."""
    archive, _, rest = wanted.rpartition(".")
    words = re.findall(r"[a-z]+", rest)
    named = re.findall(r"[a-z]+", _names()[category.lower()].lower())
    alike = difflib.SequenceMatcher(None, wanted, category.lower()).ratio()
    if archive and category not in members(archive):
        alike -= 0.2
    if words and all(len(word) > 2 and _begins_one(word, named) for word in words):
        return alike + 2
    initials = "".join(word[0] for word in named if word not in {"and", "of", "in"})
    if rest == initials or wanted == category.lower().partition(".")[2]:
        return alike + 1
    return alike


def _begins_one(word: str, named: list[str]) -> bool:
    return any(other.startswith(word) for other in named)


def _archive(category: str) -> str:
    return category.partition(".")[0]


def _is_active(category: str) -> bool:
    """Closed are the subsumed archives, and those that were split into subject classes."""
    return category not in SUBSUMED and category not in _divided()


@cache
def _divided() -> frozenset[str]:
    return frozenset(_archive(category) for category in CATEGORIES if "." in category)


@cache
def _canonical_ids() -> dict[str, str]:
    return {category.lower(): _SAME.get(category, category) for category in CATEGORIES}


@cache
def _names() -> dict[str, str]:
    return {key.lower(): text for key, text in (ARCHIVES | CATEGORIES).items()}


@cache
def _spellings() -> dict[str, frozenset[str]]:
    groups: defaultdict[str, set[str]] = defaultdict(set)
    for category in CATEGORIES:
        groups[_SAME.get(category, category)].add(category)
    return {category: frozenset(same) for category, same in groups.items()}


@cache
def _members() -> dict[str, tuple[str, ...]]:
    groups: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for category in CATEGORIES:
        if category in SUBSUMED or _is_active(category):
            groups[_archive(category)][_SAME.get(category, category)] = None
    return {archive: tuple(categories) for archive, categories in groups.items()}
