"""What is asked about one paper in one language, and which of the answers are good."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from bot.enrich.check_field import Complaint, Field
from bot.enrich.checks import NO_TERMS, complaints, in_order
from bot.enrich.enrich import ENGLISH
from bot.enrich.glossary import Glossary
from bot.enrich.loose_json import read_texts
from storage.answers import Answer, Part
from storage.models import Paper

Complaints = Mapping[Field, tuple[Complaint, ...]]

FINGERPRINT_LETTERS = 24  # 96 bits: no two texts share one by chance


@dataclass(frozen=True, slots=True)
class Question:
    """The fields to write about a paper for readers of `language` (two letters).

    `glossary` has the terms that occur in the paper. `complaints` say what was wrong with these
    fields when they were asked for before.
    """

    paper: Paper
    language: str
    fields: tuple[Field, ...]
    glossary: Glossary = NO_TERMS
    complaints: Complaints = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Judged:
    """The fields of an answer that may be shown, and what is wrong with the others."""

    good: Mapping[Field, str]
    bad: Complaints


def fields_for(language: str, paper: Paper) -> tuple[Field, ...]:
    """The fields that readers of a language get; what the paper lacks cannot be rendered."""
    if not paper.abstract.strip():
        return () if language == ENGLISH else (Field.TITLE,)
    return (Field.TLDR,) if language == ENGLISH else tuple(Field)


def fingerprint(paper: Paper) -> str:
    """A name for the text of a paper: other words have another, other line breaks do not."""
    text = "\n".join(" ".join(one.split()) for one in (paper.title, paper.abstract))
    return hashlib.sha256(text.encode()).hexdigest()[:FINGERPRINT_LETTERS]


def judge(question: Question, written: str) -> Judged:
    """Take an answer apart, put its fields in order and check each of them."""
    texts = read_texts(written, [one.value for one in question.fields])
    paper, language = question.paper, question.language
    good, bad = {}, {}
    for one in question.fields:
        text = in_order(one, texts.get(one.value, ""), paper, language)
        found = complaints(one, text, paper, language, question.glossary)
        if found:
            bad[one] = found
        else:
            good[one] = text
    return Judged(good, bad)


def place_of(one: Field, language: str) -> tuple[str, Part]:
    """Under which language and name the answer to a field is kept.

    The English TL;DR is what English readers get, whoever it was written for.
    """
    if one is Field.ENGLISH_TLDR:
        return ENGLISH, Part.TLDR
    return language, Part(one.value)


def good_answers(judged: Judged, language: str) -> list[Answer]:
    """What to keep of the good fields."""
    return [Answer(*place_of(one, language), text) for one, text in judged.good.items()]


def failed_answers(judged: Judged, language: str) -> list[Answer]:
    """What to keep of the bad fields, so that they are not asked for again."""
    return [
        Answer(*place_of(one, language), None, "; ".join(said.check for said in found))
        for one, found in judged.bad.items()
    ]


def unanswered(question: Question, known: Collection[tuple[str, Part]]) -> Question | None:
    """The question without the fields that are known; None where nothing is worth asking.

    The English TL;DR alone is not: readers of another language have theirs.
    """
    places = {one: place_of(one, question.language) for one in question.fields}
    fields = tuple(one for one, place in places.items() if place not in known)
    if not fields or fields == (Field.ENGLISH_TLDR,):
        return None
    return replace(question, fields=fields)
