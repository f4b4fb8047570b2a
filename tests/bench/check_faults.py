"""Faults that language models commit, to be put into good texts."""

import random
import re
from collections.abc import Callable

from bot.enrich.checks import Field
from tests.bench.check_samples import Sample

Fault = Callable[[Sample, random.Random], str | None]
"""Spoils a text of a sample; None where the sample has nothing to be spoilt in this way."""


def around(before: str, after: str = "", *, one: Field = Field.TLDR) -> Fault:
    return lambda sample, _random: f"{before}{sample.texts[one]}{after}"


def inside(inserted: str) -> Fault:
    def spoil(sample: Sample, chance: random.Random) -> str:
        text = sample.texts[Field.TLDR] or ""
        at = chance.randrange(1, len(text))
        return f"{text[:at]} {inserted} {text[at:]}"

    return spoil


_COUNT = re.compile(r"(?<![A-Za-z0-9.,_$\\{^ -])\d+(?:\.\d+)?(?=[%％倍个万亿种条])")


def with_wrong_number(sample: Sample, chance: random.Random) -> str | None:
    """One number that is no part of a name, with one digit changed."""
    text = sample.texts[Field.TLDR] or ""
    found = [
        match
        for match in re.finditer(
            r"(?<![A-Za-z0-9.,_$\\{^ -])\d+(?:\.\d+)?(?=[%％倍个万亿种条])", text
        )
        if float(match.group()) > 12
    ]
    if not found:
        return None
    match = chance.choice(found)
    at = chance.choice([at for at in range(*match.span()) if text[at].isdigit()])
    return f"{text[:at]}{(int(text[at]) + 4) % 9 + 1}{text[at + 1 :]}"


def with_open_formula(sample: Sample, _chance: random.Random) -> str | None:
    text = sample.texts[Field.ABSTRACT] or ""
    head, dollar, tail = text.rpartition("$")
    return head + tail if dollar and text.count("$") % 2 == 0 else None


def with_lost_backslash(sample: Sample, _chance: random.Random) -> str | None:
    text = sample.texts[Field.ABSTRACT] or ""
    spoilt = re.sub(r"\\([bf])(?=[a-z])", lambda m: {"b": "\b", "f": "\f"}[m[1]], text)
    return spoilt if spoilt != text else None


def cut_abstract(sample: Sample, chance: random.Random) -> str | None:
    text = sample.texts[Field.ABSTRACT] or ""
    ends = sample.paper.abstract.rstrip().endswith(".") and text.endswith("。")
    if not (sample.paper.abstract_complete and ends):
        return None
    cut = text[: chance.randrange(len(text) // 3, len(text) - 3)]
    return cut.rstrip("。！？.!?")


def looping(sample: Sample, _chance: random.Random) -> str:
    clause = re.split("[，。]", sample.texts[Field.TLDR] or "")[0]
    return f"{sample.texts[Field.TLDR]}{(clause + '，') * 6}"


FAULTS: dict[str, tuple[Field, Fault, tuple[str, ...]]] = {
    "nothing": (Field.TLDR, lambda _sample, _random: " \n", ("presence",)),
    "null": (Field.TITLE, lambda _sample, _random: "null", ("presence",)),
    "title left in English": (Field.TITLE, lambda s, _: s.paper.title, ("language",)),
    "abstract left in English": (Field.ABSTRACT, lambda s, _: s.paper.abstract, ("language",)),
    "TL;DR in English": (Field.TLDR, lambda s, _: s.texts[Field.ENGLISH_TLDR], ("language",)),
    "English TL;DR in Chinese": (
        Field.ENGLISH_TLDR,
        lambda s, _: s.texts[Field.TLDR],
        ("language",),
    ),
    "English added": (
        Field.TLDR,
        lambda s, _: f"{s.texts[Field.TLDR]}({s.texts[Field.ENGLISH_TLDR]})",
        ("language",),
    ),
    "abstract as TL;DR": (Field.ENGLISH_TLDR, lambda s, _: s.paper.abstract, ("copy",)),
    "title as TL;DR": (Field.ENGLISH_TLDR, lambda s, _: s.paper.title, ("copy",)),
    "ten times too long": (
        Field.TLDR,
        lambda s, _: f"{s.texts[Field.TLDR]}" * 10,
        ("length",),
    ),
    "abstract ten times too long": (
        Field.ABSTRACT,
        lambda s, _: f"{s.texts[Field.ABSTRACT]}" * 10,
        ("length",),
    ),
    "TL;DR instead of abstract": (
        Field.ABSTRACT,
        lambda s, _: (s.texts[Field.TLDR] or "")[:60],
        ("length",),
    ),
    "label": (Field.TLDR, around("TL;DR："), ("label",)),
    "label in Chinese": (Field.TITLE, around("标题：", one=Field.TITLE), ("label",)),
    "announced": (
        Field.ENGLISH_TLDR,
        around("Here is the summary: ", one=Field.ENGLISH_TLDR),
        ("label",),
    ),
    "echo": (
        Field.ENGLISH_TLDR,
        around("Say only what the title and the abstract say. ", one=Field.ENGLISH_TLDR),
        ("echo",),
    ),
    "JSON": (Field.TLDR, around('{"tldr": "', '"}'), ("schema",)),
    "role": (Field.TLDR, around("<|im_start|>assistant\n"), ("schema",)),
    "refusal": (Field.TLDR, around("很抱歉，我无法总结这篇论文。"), ("refusal",)),
    "refusal in English": (
        Field.ENGLISH_TLDR,
        lambda _s, _r: (
            "I'm sorry, but as an AI I cannot summarize this paper without more context."
        ),
        ("refusal",),
    ),
    "thoughts": (Field.TLDR, around("<think>先看摘要。</think>"), ("thinking",)),
    "thoughts without a tag": (
        Field.ENGLISH_TLDR,
        around("Okay, let me see what it says. ", one=Field.ENGLISH_TLDR),
        ("thinking",),
    ),
    "wrong number": (Field.TLDR, with_wrong_number, ("numbers",)),
    "open formula": (Field.ABSTRACT, with_open_formula, ("formulas",)),
    "lost backslash": (Field.ABSTRACT, with_lost_backslash, ("characters", "formulas")),
    "HTML": (Field.TLDR, inside('<a href="https://example.org">'), ("markup",)),
    "Markdown": (Field.TLDR, around("## "), ("markup",)),
    "bold": (Field.TLDR, inside("**新**"), ("markup",)),
    "@everyone": (Field.TLDR, inside("@everyone"), ("mention",)),
    "mention by number": (Field.TLDR, inside("<@!80351110224678912>"), ("mention",)),
    "link": (Field.TLDR, inside("https://evil.example/x"), ("link",)),
    "bidirectional override": (Field.TLDR, inside("\u202e"), ("characters",)),
    "loop": (Field.TLDR, looping, ("repetition",)),
    "abstract cut off": (Field.ABSTRACT, cut_abstract, ("ending", "length")),
}
"""What is put into good samples: the field, the fault, and the checks that are meant for it."""
