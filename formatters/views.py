"""What is shown: a digest, a paper, search results, why papers were chosen or not, an error.

Pure functions from the project's words to a document; `words` is the reader's language.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from formatters.discord_markdown import escaped
from formatters.document import Block, Document, Heading, Item, Items, Note, Paragraph, Span
from formatters.entries import card, extracted, item, readable
from formatters.text import clean, clip
from formatters.words import Words
from storage.models import Coverage, Decision, Digest, Entry, Kind, Paper, State, Summary

QUERY_SHOWN = 60
"""Characters of a wrong query shown on either side of the mistake: two lines of a phone."""

NOTIFICATION = 200
"""Characters that Android and iOS show of a notification, more or less."""

TITLES_NOTIFIED = 5
"""More never fit."""


def digest_view(
    digest: Digest, words: Words, *, details: bool = True, reason: str = ""
) -> Document:
    """The summary table, then one card a paper if `details`.

    `reason` says why a digest is empty (a weekend, a late feed) where the caller knows better
    than the coverage does.
    """
    blocks: list[Block] = [Heading(_heading(digest, words))]
    if digest.entries:
        blocks += [Note((Span(_chosen(digest, words)),)), *_table(digest.entries, words)]
    else:
        blocks.append(Paragraph((Span(reason or _why_empty(digest.coverage, words)),)))
    if digest.entries and details:
        blocks.append(Heading(words("digest.details"), level=2))
        blocks += (card(number, one, words) for number, one in enumerate(digest.entries, 1))
    return Document(words.language, tuple(blocks))


def notification(digest: Digest, words: Words) -> str:
    """One line for a notification: how many papers on what, and the first titles.

    At most `NOTIFICATION` characters of Discord's markdown, which mentions nobody.
    """
    query = clip(clean(digest.query) or words("digest.untitled"), QUERY_SHOWN)
    titles = ", ".join(readable(entry.paper.title) for entry in digest.entries[:TITLES_NOTIFIED])
    count = len(digest.entries)
    text = (
        words.count("discord_message.line", count, query=query, titles=titles)
        if count
        else words("discord_message.nothing", query=query)
    )
    characters = NOTIFICATION
    while len(line := escaped(clip(text, characters))) > NOTIFICATION:
        characters -= 1
    return line


def paper_view(paper: Paper, summary: Summary | None, words: Words) -> Document:
    """One paper with everything known about it."""
    return Document(words.language, (card(None, _found(paper, summary), words),))


def search_view(
    query: str,
    results: Sequence[tuple[Paper, Summary | None]],
    total: int,
    words: Words,
    *,
    first: int = 1,
) -> Document:
    """One page of results; `first` is the number of its first paper among `total`."""
    heading = Heading(words("search.title", query=clean(query)))
    if not results:
        return Document(words.language, (heading, Paragraph((Span(words("search.nothing")),))))
    last = first + len(results) - 1
    found = Note((Span(words.count("search.found", total, first=first, last=last)),))
    entries = [_found(paper, summary) for paper, summary in results]
    return Document(words.language, (heading, found, *_table(entries, words, first)))


def list_view(
    title: str,
    papers: Sequence[tuple[Paper, Summary | None]],
    words: Words,
    *,
    nothing: str,
    first: int = 1,
) -> Document:
    """A titled list of papers, numbered from `first`; `nothing` says that it is empty."""
    heading = Heading(title)
    if not papers:
        return Document(words.language, (heading, Paragraph((Span(nothing),))))
    entries = [_found(paper, summary) for paper, summary in papers]
    return Document(words.language, (heading, *_table(entries, words, first)))


def explain_view(digest: Digest, words: Words) -> Document:
    """What became of every announced row: the totals of each state, then row by row."""
    coverage = digest.coverage
    heading = Heading(words("explain.title", query=_heading(digest, words)))
    totals = words.count("explain.announced", coverage.announced)
    if counts := _counts(coverage, words):
        totals = f"{totals}: {counts}"
    rows = tuple(
        _decision(number, decision, words) for number, decision in enumerate(coverage.decisions, 1)
    )
    table = Items(words("column.paper"), words("column.reason"), rows)
    return Document(words.language, (heading, Note((Span(totals),)), *([table] if rows else [])))


def error_view(
    problem: str, words: Words, *, query: str | None = None, position: int | None = None
) -> Document:
    """What went wrong and, for a query, the place: the index of the first wrong character."""
    blocks: list[Block] = [Heading(words("error.title")), Paragraph((Span(clean(problem)),))]
    if query is not None and position is not None:
        blocks.append(Paragraph((Span(_pointed(query, position), code=True),)))
    return Document(words.language, tuple(blocks))


def _heading(digest: Digest, words: Words) -> str:
    """The query and the days, such as `cs.CV · Tue, Apr 21, 2026`."""
    query = clean(digest.query) or words("digest.untitled")
    days = words.days(day for _, day in digest.batches)
    return " · ".join(filter(None, (query, days)))


def _chosen(digest: Digest, words: Words) -> str:
    """How many of how many; only how many where nothing was announced, as in an old digest."""
    chosen, coverage = len(digest.entries), digest.coverage
    if not coverage.announced:
        return words.count("digest.papers", chosen)
    texts = [words.count("digest.chosen", coverage.announced, chosen=chosen)]
    if over := coverage.count(State.OVER_LIMIT):
        texts.append(words.count("digest.over_limit", over))
    return " · ".join(texts)


def _why_empty(coverage: Coverage, words: Words) -> str:
    counts = _counts(coverage, words)
    return words("digest.unmatched", counts=counts) if counts else words("digest.silent")


def _counts(coverage: Coverage, words: Words) -> str:
    """Every state that occurs with its number of rows."""
    return ", ".join(
        words("explain.state", count=count, state=words(f"state.{state}"))
        for state, count in coverage.counts().items()
        if count
    )


def _table(entries: Sequence[Entry], words: Words, first: int = 1) -> Iterator[Block]:
    """The summary table and, where a TL;DR is extracted, what that mark means."""
    items = tuple(item(number, entry, words) for number, entry in enumerate(entries, first))
    yield Items(words("column.paper"), words("column.tldr"), items)
    if any(extracted(entry) for entry in entries):
        yield Note((Span(words("tldr.explained")),))


def _decision(number: int, decision: Decision, words: Words) -> Item:
    """A row of the account: what was announced, and why it is where it is."""
    announcement = decision.announcement
    paper = Paper(announcement.paper_id, announcement.version, decision.title, "")
    row = item(number, Entry(paper, announcement.kind, announcement.version), words)
    added = (Span(announcement.category, code=True), Span(words(f"state.{decision.state}")))
    return replace(row, facts=(*row.facts, *added), text=(Span(clean(decision.reason)),))


def _pointed(query: str, position: int) -> str:
    """The surroundings of a place in a query, with a mark before the place."""
    start, end = max(0, position - QUERY_SHOWN), position + QUERY_SHOWN
    before = ("…" if start else "") + query[start:position]
    after = query[position:end] + ("…" if query[end:] else "")
    return clean(f"{before}▸{after}")


def _found(paper: Paper, summary: Summary | None) -> Entry:
    """A paper outside any digest: nothing was announced, so its kind goes without saying."""
    return Entry(paper, Kind.NEW, paper.version, summary=summary)
