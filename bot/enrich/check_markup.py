"""Whether a text holds markup, a mention, a link of its own, or characters that play tricks."""

import re

from bot.enrich.check_field import Draft
from formatters.tex_pairs import pair

_ELEMENTS = (
    "a|abbr|article|b|blockquote|body|br|button|caption|center|cite|code|dd|details|div|dl|dt|em"
    "|font|form|h[1-6]|head|hr|html|i|iframe|img|input|ins|kbd|li|link|mark|meta|object|ol|p|pre|q"
    "|script|section|small|span|strike|strong|style|sub|summary|sup|svg|table|tbody|td|tg-spoiler"
    "|th|thead|title|tr|tt|u|ul|video"
)
_MARKUP = re.compile(
    rf"</?(?:{_ELEMENTS})(?:\s+[a-z][a-z:-]{{0,20}}\s?=[^<>]{{0,300}})?\s?/?>"
    r"|<!--|<!\[CDATA|<!DOCTYPE"
    r"|&(?:[a-z]{2,8}|\#\d{1,6}|\#x[0-9a-f]{1,5});"
    r"|^[ \t]{0,3}\#{1,6}[ \t]"
    r"|```|~~~"
    r"|(?<![A-Za-z0-9)])\*\*(?=[^\s*])|(?<![A-Za-z0-9_])__(?=[^\s_])"
    r"|\]\((?:https?:|mailto:|tg:|/)"
    r"|^[ \t]*[-*•][ \t]+(?=\S)|^[ \t]{0,3}>[ \t]"
    r"|^\|.{0,500}\|[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_MENTION = re.compile(
    r"@(?:everyone|here)\b|<(?:@[!&]?|\#|a?:\w{1,32}:|/\w{1,32}:)\d{1,20}>"
    r"|(?<![A-Za-z0-9.@/_+-])@[A-Za-z_][A-Za-z0-9_]{2,31}",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"(?:https?://|www\.|\btg://|\bjavascript:)[^\s<>\"'，。；：、！？（）()\[\]{}\u3000-\u9fff]{1,300}",
    re.IGNORECASE,
)
_TRICKS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\t\u202a-\u202e\u2066-\u2069\ufffc\ufffd\ud800-\udfff"
    "\ufdd0-\ufdef\ufff0-\ufffb\U000e0000-\U000e007f]"
)
_BROKEN_ESCAPE = re.compile(r"\n(?:abla|eq|ot|i|u|eg|exists|mid|ewline)(?![A-Za-z])")
r"""What becomes of `\nabla` and its like where JSON's escapes were not doubled."""

_DOLLAR = re.compile(r"(?<!\\)\$")
_MONEY = re.compile(r"\$(?=\d[\d.,]*+\s*+(?:[^\s\d$\\^_=+*/<>{}()-]|$))")


def markup_problem(draft: Draft) -> str | None:
    """Whether there is HTML or Markdown that the original has not."""
    return _foreign(draft, _MARKUP, "the markup {}; write plain text")


def mention_problem(draft: Draft) -> str | None:
    """Whether somebody would be called by it on Discord or Telegram."""
    return _foreign(draft, _MENTION, "the mention {}; leave it out")


def link_problem(draft: Draft) -> str | None:
    """Whether there is a link that the original has not, apart from escapes and line breaks."""
    links = [match.group().rstrip(".,;:!?/_*`~|") for match in _LINK.finditer(draft.text)]
    if not links:
        return None
    source = _address(draft.source)
    strange = next((link for link in links if _address(link) not in source), None)
    return f"It contains a link that the original has not: {strange[:60]!r}." if strange else None


def character_problem(draft: Draft) -> str | None:
    """Whether there are controls, bidirectional overrides or marks of broken decoding."""
    for match in _TRICKS.finditer(draft.text):
        if match.group() not in draft.source:
            return f"It contains the control character U+{ord(match.group()):04X}."
    return None


def formula_problem(draft: Draft) -> str | None:
    """Whether a formula lost an end, a brace or a backslash that the original has."""
    text = draft.text
    if _BROKEN_ESCAPE.search(text):
        return "A formula lost a backslash; escape every backslash."
    if not ("$" in text or "\\" in text or "{" in text):
        return None
    if _has_lone_dollar(text, draft.source) and not _has_lone_dollar(draft.source):
        return "A formula is not closed: a dollar sign has no counterpart."
    if _brace_balance(text) and not _brace_balance(draft.source):
        return "The braces of a formula do not match."
    if _left_right(text) and not _left_right(draft.source):
        return r"A \left or \begin has no counterpart."
    return None


def _foreign(draft: Draft, pattern: re.Pattern[str], what: str) -> str | None:
    source = None
    for match in pattern.finditer(draft.text):
        source = source or draft.source.lower()
        found = match.group().strip()
        if found.lower() not in source:
            return f"It contains {what.format(repr(found[:40]))}."
    return None


def _address(text: str) -> str:
    """A text in which links can be looked up, however they were escaped or wrapped."""
    return "".join(text.split()).replace("\\", "").replace("{", "").replace("}", "").lower()


def _has_lone_dollar(text: str, source: str = "") -> bool:
    """Whether a dollar sign belongs to no formula and is no amount of money either.

    Where the source has formulas, but no money, neither has the text.
    """
    if "$" not in source or r"\$" in source:
        text = _MONEY.sub("", text)
    pairs = pair(text)
    taken = {*pairs, *pairs.values()}
    taken |= {at + 1 for at in taken if text.startswith("$$", at)}
    return any(match.start() not in taken for match in _DOLLAR.finditer(text))


def _brace_balance(text: str) -> int:
    bare = text.replace("\\\\", "").replace("\\{", "").replace("\\}", "")
    return bare.count("{") - bare.count("}")


def _left_right(text: str) -> int:
    left = len(re.findall(r"\\left(?![A-Za-z])|\\begin(?![A-Za-z])", text))
    return left - len(re.findall(r"\\right(?![A-Za-z])|\\end(?![A-Za-z])", text))
