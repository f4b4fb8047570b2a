"""What a language model is told: the texts of `prompts.toml`, filled in for one question.

The paper stands between tags that are named after a fingerprint of its text, so that no abstract
can close them.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from babel import Locale

from bot.enrich.question import Question, fingerprint

LONGEST_ABSTRACT = 20_000
"""Characters; arXiv takes 1,920 (https://info.arxiv.org/help/prep.html), old papers have up to
6,000. What is longer is no abstract."""

LONGEST_COMPLAINT = 300  # characters


@dataclass(frozen=True, slots=True)
class Prompt:
    """What to ask: the two messages, and the keys that the answer's JSON object is to have."""

    system: str
    user: str
    keys: tuple[str, ...]


def version() -> str:
    """The version of the texts."""
    return str(_texts()["version"])


def prompt(question: Question) -> Prompt:
    """Fill in the texts for a question."""
    texts, paper = _texts(), question.paper
    title, abstract = _one_line(paper.title), _one_line(paper.abstract)[:LONGEST_ABSTRACT]
    keys = tuple(one.value for one in question.fields)
    name = english_name(question.language)
    fields = [f"- {key}: {texts['fields'][key].format(language=name)}" for key in keys]
    system = texts["system"].format(fields="\n".join(fields))
    user = texts["user"].format(
        glossary=_terms(question),
        tag=f"paper-{fingerprint(paper)}",
        title=title,
        abstract=abstract,
        complaints=_complaints(question),
        keys=", ".join(keys),
    )
    return Prompt(system.strip(), user.strip(), keys)


def english_name(language: str) -> str:
    """What a language is called in English, by its two letters; these where nobody knows."""
    return str(Locale("en").languages.get(language, language))


@cache
def _texts() -> dict[str, Any]:
    return tomllib.loads(files("bot.enrich").joinpath("prompts.toml").read_text(encoding="utf-8"))


def _terms(question: Question) -> str:
    """What the glossary says about the paper."""
    texts, glossary = _texts(), question.glossary
    translated = glossary.translate.get(question.language, {})
    pairs = [f"{term} = {text}" for term, text in translated.items()]
    said = texts["keep"].format(terms=", ".join(glossary.keep)).lstrip() if glossary.keep else ""
    if pairs:
        said += texts["translate"].format(terms="; ".join(pairs)).lstrip()
    return f"{said}\n" if said else ""


def _complaints(question: Question) -> str:
    lines = [
        f"- {one.value}: {said.text[:LONGEST_COMPLAINT]}"
        for one, found in question.complaints.items()
        for said in found
    ]
    return _texts()["complaint"].format(complaints="\n".join(lines)).lstrip() if lines else ""


def _one_line(text: str) -> str:
    return " ".join(text.split())
