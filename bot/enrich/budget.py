"""The daily budget of tokens: what it buys for some papers, and what is given up first.

The translated abstract goes first, then the translated title; a TL;DR is given up last. Pure
arithmetic over estimates: what a request took is known only afterwards.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.enrich.check_field import Field
from bot.enrich.question import Question
from storage.answers import Tokens

FIELDS_IN_ORDER = ((Field.TLDR, Field.ENGLISH_TLDR), (Field.TITLE,), (Field.ABSTRACT,))
"""What is bought first, for all papers, before the next is for any."""

# Tokens, on the high side: what models count differs by a factor of two and is not known before.
# 1,000 characters of English are 200 to 250 tokens, of Chinese 600 to 1,000.
CHARACTERS_A_TOKEN = 4.0
TRANSLATED_CHARACTERS_A_TOKEN = 2.0  # of the English original
INSTRUCTIONS = 500  # the texts of prompts.toml, and the terms of a glossary
TLDR = 150
MILLION = 1_000_000


def day_of(now: datetime, timezone: str) -> date:
    """The day that tokens are counted for: the operator's."""
    return now.astimezone(ZoneInfo(timezone)).date()


def cost(tokens: Tokens, price_in: float, price_out: float) -> float:
    """What tokens cost, with prices per million of them, in whatever money the prices are."""
    return (tokens.input * price_in + tokens.output * price_out) / MILLION


def estimate(question: Question) -> int:
    """How many tokens a question is going to take, answer included; 0 where it asks nothing."""
    if not question.fields:
        return 0
    paper = question.paper
    read = (len(paper.title) + len(paper.abstract)) / CHARACTERS_A_TOKEN
    return round(INSTRUCTIONS + read + sum(_written(one, question) for one in question.fields))


def _written(one: Field, question: Question) -> float:
    if one.is_tldr:
        return TLDR
    text = question.paper.title if one is Field.TITLE else question.paper.abstract
    return len(text) / TRANSLATED_CHARACTERS_A_TOKEN


def affordable(questions: Sequence[Question], left: int) -> tuple[Question, ...]:
    """As much of some questions as `left` tokens buy; of some nothing but the paper is left.

    Earlier questions go before later ones. Nothing is bought after what was too expensive: a title
    is no substitute for a TL;DR.
    """
    bought = [replace(one, fields=()) for one in questions]
    for fields in FIELDS_IN_ORDER:
        for place, question in enumerate(questions):
            wanted = tuple(
                one for one in question.fields if one in fields or one in bought[place].fields
            )
            more = replace(question, fields=wanted)
            price = estimate(more) - estimate(bought[place])
            if price > left:
                return tuple(bought)
            bought[place], left = more, left - price
    return tuple(bought)
