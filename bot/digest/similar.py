"""Which stored papers are most like one: what to ask the full-text index, and how to rank answers.

The index counts how many papers have each of the words that tell most of the paper. Candidates
share several of those words; they are ranked by the cosine of their TF-IDF vectors.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations

from bot.digest.plurals import singular
from formatters.text import plain
from storage.models import Paper
from storage.search import NEWEST_MATCHES, Condition, Every, Phrase, Some

MOST_COUNTED = 16
"""Words that the index counts papers for; each takes half a millisecond (measured)."""

WORDS_ASKED = 7
"""Words of which candidates share some."""

MOST_SHARED = 3
"""How many they should share; with four, asking takes twice as long for little (measured)."""

ENOUGH = 20
"""Candidates; where there are fewer, one shared word less is asked for."""

MOST_CANDIDATES = 150
"""Ranking one takes 0.1 ms (measured)."""

UNCOUNTED = 4.0
"""Weight of a word whose papers were not counted, between a rare and a common one (measured)."""

# What more than 10 % of 20,000 titles and abstracts have (measured), without plural endings.
_COMMON_WORDS = """
    accuracy achieve across address agent ai alignment all also an analysis and application
    approach architecture are art as at attention available aware based baseline be benchmark
    between both but by can capability capture challenge challenging code com compared complex
    computational context cost critical cross current data dataset decision deep demonstrate
    design designed detection different diverse domain driven due during dynamic each effective
    effectively effectiveness efficiency efficient enable enabling enhance environment evaluate
    evaluation existing experiment extensive feature finding fine first for framework from
    further gap generate generation github has have high how however http human image improve
    improvement in including inference information input integrate interaction into introduce
    is it key knowledge language large learning level leverage limitation limited llm low
    making mechanism method metric model modeling more most multi multiple network neural new
    not novel of offer often on one only open optimization or our outperform over paper
    parameter performance pipeline potential practical prediction present prior problem process
    propose proposed provide quality real reasoning recent rely remain representation require
    research result reveal robust scale scenario semantic setting show significant
    significantly single solution source space specific state step strategy strong structure
    study such support system task text than that the their then these they thi three through
    time to toward trained training tuning two under understanding use used user using via
    vision visual we when where which while with within without work world yet
"""
_COMMON = frozenset(_COMMON_WORDS.split())
_WORD = re.compile(r"[^\W\d_]\w+")


def telling_words(paper: Paper) -> tuple[str, ...]:
    """The words to count: those of the title, then those that the abstract repeats most."""
    title, abstract = _words(plain(paper.title)), _words(plain(paper.abstract))
    by_place = sorted(abstract, key=lambda word: (-abstract[word], -len(word)))
    return tuple(dict.fromkeys([*title, *by_place]))[:MOST_COUNTED]


def holding(word: str) -> Condition:
    """Papers that have a word."""
    return Phrase(word, ("abstract",))


def words_to_share(paper: Paper, counts: Mapping[str, int]) -> tuple[str, ...]:
    """The words that tell most, given how many papers have each: often here, seldom elsewhere.

    What this paper alone has tells nothing about others.
    """
    title, abstract = _words(plain(paper.title)), _words(plain(paper.abstract))
    here = title + Counter(list(title)) + abstract
    shared = [word for word, count in counts.items() if count > 1]
    return tuple(sorted(shared, key=lambda word: -here[word] * _rarity(counts[word])))[:WORDS_ASKED]


def sharing(words: Sequence[str], number: int) -> Condition:
    """Papers that have at least so many of the words."""
    return Some(tuple(Every(tuple(map(holding, some))) for some in combinations(words, number)))


def most_similar(
    paper: Paper, candidates: Sequence[Paper], counts: Mapping[str, int], limit: int
) -> tuple[Paper, ...]:
    """The candidates that are most like the paper, itself excepted, most similar first.

    Those that have no word in common with it are left out.
    """
    wanted = _vector(paper, counts)
    scored = [(_product(wanted, _vector(one, counts)), one) for one in candidates]
    scored.sort(key=lambda pair: (-pair[0], pair[1].id))
    return tuple(one for score, one in scored if score and one.id != paper.id)[:limit]


def _words(text: str) -> Counter[str]:
    """How often each word is in a text, without plural endings and common words."""
    found = map(singular, _WORD.findall(text.lower()))
    return Counter(word for word in found if word not in _COMMON)


def _vector(paper: Paper, counts: Mapping[str, int]) -> dict[str, float]:
    """TF-IDF weights whose squares add up to one.

    TeX stays as it is: to resolve it takes as long as all the rest and changes no order (measured).
    """
    words = _words(f"{paper.title} {paper.abstract}")
    weights = {
        word: (1 + math.log(number)) * (_rarity(counts[word]) if word in counts else UNCOUNTED)
        for word, number in words.items()
    }
    length = math.hypot(*weights.values())
    return {word: weight / length for word, weight in weights.items()}


def _product(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    return sum(weight * other.get(word, 0.0) for word, weight in one.items())


def _rarity(count: int) -> float:
    """The inverse document frequency, from 1 for what the index stops counting at."""
    return 1 + math.log(NEWEST_MATCHES / max(1, count))
