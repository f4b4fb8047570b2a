"""Looks at what a language model wrote, field by field, before anybody gets to see it.

What is checked and how well it works, measured over real texts, stands in `docs/checks.md`.
"""

from collections.abc import Callable
from functools import cache

from bot.enrich.check_echo import echo_problem
from bot.enrich.check_field import Complaint, Draft, Field
from bot.enrich.check_language import language_problem
from bot.enrich.check_languages import ENGLISH, Language
from bot.enrich.check_languages import language as known_language
from bot.enrich.check_leaks import (
    announcement_problem,
    label_problem,
    refusal_problem,
    schema_problem,
    thinking_problem,
)
from bot.enrich.check_markup import (
    character_problem,
    formula_problem,
    link_problem,
    markup_problem,
    mention_problem,
)
from bot.enrich.check_numbers import numbers_problem
from bot.enrich.check_shape import (
    copy_problem,
    ending_problem,
    length_problem,
    presence_problem,
    repetition_problem,
    sentences_problem,
)
from bot.enrich.glossary import Glossary
from bot.enrich.tidy import tidied
from formatters.text import clean
from storage.models import Paper

__all__ = ["Complaint", "Field", "complaints", "in_order"]

NO_TERMS = Glossary()

_CHECKS: dict[str, Callable[[Draft], str | None]] = {
    "refusal": refusal_problem,
    "thinking": thinking_problem,
    "schema": schema_problem,
    "echo": echo_problem,
    "label": label_problem,
    "announcement": announcement_problem,
    "language": language_problem,
    "copy": copy_problem,
    "length": length_problem,
    "sentences": sentences_problem,
    "repetition": repetition_problem,
    "ending": ending_problem,
    "numbers": numbers_problem,
    "formulas": formula_problem,
    "markup": markup_problem,
    "mention": mention_problem,
    "link": link_problem,
    "characters": character_problem,
}


def complaints(
    field: Field,
    text: str | None,
    paper: Paper,
    language: str,
    glossary: Glossary = NO_TERMS,
) -> tuple[Complaint, ...]:
    """Everything that is wrong with what a model wrote for one field; empty if it may be shown.

    `language` is the reader's; an English TL;DR is held against English. Terms that the glossary
    keeps in English are no sign of a wrong language. Takes linear time.
    """
    missing = presence_problem(text)
    if missing or not text:
        return (Complaint("presence", missing or "It is missing."),)
    draft = Draft(field, text, paper, _wanted(field, language), _words(glossary.keep))
    found = ((name, check(draft)) for name, check in _CHECKS.items())
    return tuple(Complaint(name, clean(problem)) for name, problem in found if problem)


def in_order(field: Field, text: str, paper: Paper, language: str) -> str:
    """What a model wrote for one field without a label before it or a feed's remark behind it."""
    return tidied(Draft(field, text, paper, _wanted(field, language)))


def _wanted(field: Field, language: str) -> Language:
    return known_language(ENGLISH if field is Field.ENGLISH_TLDR else language)


@cache
def _words(terms: tuple[str, ...]) -> frozenset[str]:
    """The single words of the terms in lower case."""
    return frozenset(word for term in terms for word in term.lower().split())
