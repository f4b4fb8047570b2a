r"""A digest as a Markdown file that people read and that an import reads back.

The file, line by line; `␣` stands for a space, and nothing else is ever written::

    # Summary                              level-1 heading, in the digest's language
                                           empty
    | Ref | Title | Summary |              these two lines are the same in every language
    | --- | --- | --- |
    | [^1] | [TITLE](URL) | TLDR |         one row a paper; no TL;DR: `| [^1] | [TITLE](URL) |  |`
                                           empty
    # Details                              level-1 heading, in the digest's language
                                           empty
    [^1]: TRANSLATED TITLE                 then 10 to 14 lines a paper, without a gap
                                           empty
    ␣␣␣␣TITLE
                                           empty
    ␣␣␣␣[URL](URL)
                                           empty
    ␣␣␣␣TLDR                               no TL;DR: four spaces
                                           empty
    ␣␣␣␣                                   always four spaces
                                           empty
    ␣␣␣␣TRANSLATED ABSTRACT
                                           empty
    ␣␣␣␣ABSTRACT                           no abstract: four spaces
    ␣␣␣␣                                   always four spaces
                                           empty, once, as the last line of the file

Papers are numbered from 1 in both parts. Without a translated title, TITLE stands in the first
line and its own two lines (`␣␣␣␣TITLE` and the empty one) are left out; without a translated
abstract, so are its two. So the only line of a paper that begins with `␣␣␣␣[` is its link;
before it stand one or two titles, and after the line that is always four spaces one or two
abstracts, of which the last is the original.

Every text is readable (TeX resolved) and on one line, white space collapsed. URL is what the
parentheses hold; characters that could end it are percent-encoded. A TLDR that was extracted
from the abstract ends in `␣*(extracted)*`, in the digest's language: the only `*` in the file
without a backslash. An ABSTRACT that its source cut ends in one `…` more than it holds; a whole
one that ends in `…` itself is written with `&hellip;`. `unescape` takes back all escapes. Digests
of other programs are not escaped: there, `escape(unescape(text))` differs from `text` somewhere.
"""

import re
from collections.abc import Iterator
from urllib.parse import quote

from formatters.entries import extracted, link, readable
from formatters.words import Words, words
from storage.models import Digest, Entry

INDENT = "    "

TABLE_HEAD = ("| Ref | Title | Summary |", "| --- | --- | --- |")

INLINE = re.compile(
    r"""
    [\\`*\[\]|]                                     # code, emphasis, links, cells
    | <(?=[A-Za-z/!?])                              # HTML, autolinks
    | &(?=\#?[0-9A-Za-z]{1,32};)                    # character references
    | (?<![^\W_])_ | _(?![^\W_])                    # emphasis, except inside a word
    | (?<=[^\W_])~ | (?<=[^\w\s])~(?![^\W_]) | (?<=_)~   # the end of strikethrough; not /~name
    """,
    re.VERBOSE,
)
"""Characters that could mean markup where they stand: https://github.github.com/gfm/#inlines."""

OPENING = re.compile(r"(?:\#{1,6}|[-+]|\d{1,9}[.)])(?=\s|$)|>|-(?=-)")
"""Beginnings of headings, lists, quotes and rules: https://github.github.com/gfm/#blocks."""

ESCAPED = re.compile(r"\\([\\`*\[\]|<&_~#>+.)-])|&hellip;")

URL_SAFE = "%/:?#@!$&'+,=.~-_"
"""What stays in an address, beside letters and digits: nothing that Markdown reads there."""


def markdown(digest: Digest) -> str:
    """The digest as a file in the layout described above, headings in the digest's language."""
    wording = words(digest.language)
    numbered = list(enumerate(digest.entries, 1))
    lines = [f"# {wording('digest.summary')}", "", *TABLE_HEAD]
    lines += (_row(number, entry, wording) for number, entry in numbered)
    lines += ["", f"# {wording('digest.details')}", ""]
    for number, entry in numbered:
        lines += _footnote(number, entry, wording)
    return "\n".join(lines) + "\n\n"


def escape(text: str) -> str:
    """One line of text as a Markdown paragraph or cell that shows exactly this text.

    Only what could mean markup is escaped, so that ordinary text stays as it is.
    """
    inline = INLINE.sub(r"\\\g<0>", text)
    if opening := OPENING.match(inline):
        last = opening.end() - 1
        return f"{inline[:last]}\\{inline[last:]}"
    return inline


def unescape(text: str) -> str:
    """The text that `escape` was given."""
    return ESCAPED.sub(lambda found: found[1] or "…", text)


def _row(number: int, entry: Entry, wording: Words) -> str:
    title = escape(readable(entry.paper.title))
    return f"| [^{number}] | [{title}]({_url(entry)}) | {_tldr(entry, wording)} |"


def _footnote(number: int, entry: Entry, wording: Words) -> Iterator[str]:
    """The lines of one paper: paragraphs with empty lines between, all but the first indented."""
    paper, summary, url = entry.paper, entry.summary, _url(entry)
    translated_title = readable(summary.title) if summary else ""
    translated_abstract = readable(summary.abstract) if summary else ""
    paragraphs = [
        *([escape(translated_title)] if translated_title else []),
        escape(readable(paper.title)),
        f"[{escape(url)}]({url})",
        _tldr(entry, wording),
        "",
        *([escape(translated_abstract)] if translated_abstract else []),
        _abstract(readable(paper.abstract), complete=paper.abstract_complete),
    ]
    yield f"[^{number}]: {paragraphs[0]}"
    for paragraph in paragraphs[1:]:
        yield ""
        yield INDENT + paragraph
    yield INDENT


def _tldr(entry: Entry, wording: Words) -> str:
    text = escape(readable(entry.summary.tldr)) if entry.summary else ""
    return f"{text} *({wording('tldr.extracted')})*" if text and extracted(entry) else text


def _abstract(text: str, *, complete: bool) -> str:
    if not complete:
        return escape(text) + "…" if text else ""
    return escape(text[:-1]) + "&hellip;" if text.endswith("…") else escape(text)


def _url(entry: Entry) -> str:
    return quote(link(entry) or entry.paper.abs_url, safe=URL_SAFE, errors="replace")
