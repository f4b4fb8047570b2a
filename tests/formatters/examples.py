"""Own-made papers and digests that the formatters' tests and benchmarks share."""

from datetime import UTC, date, datetime

from hypothesis import strategies as st

from storage.models import (
    Announcement,
    Coverage,
    Decision,
    Digest,
    Entry,
    Kind,
    Origin,
    Paper,
    State,
    Summary,
)

DAY = date(2026, 4, 21)

LANTERNS = Paper(
    id="2604.01234",
    version=1,
    title="Lanterns | A Study",
    abstract="We light lanterns. They shine.",
    authors=("Ada Lund", "Bo Qi"),
    categories=("cs.CV", "cs.LG", "I.2.7; H.3.3"),
    comment="8 pages",
    doi="10.1000/lanterns",
    journal_ref="J. Light 1 (2026) 1-8",
    licence="http://creativecommons.org/licenses/by/4.0/",
    published=datetime(2026, 4, 20, 17, 30, tzinfo=UTC),
    updated=datetime(2026, 4, 20, 17, 30, tzinfo=UTC),
)

KITES = Paper(
    id="math/0611800",
    version=2,
    title="Kites",
    abstract="Kites fly where the wind is",
    authors=("Cy Roe",),
    categories=("math.CA",),
    abstract_complete=False,
)

LANTERNS_ENTRY = Entry(
    paper=LANTERNS,
    kind=Kind.NEW,
    version=1,
    score=1.5,
    reason="light in the title",
    summary=Summary(LANTERNS.id, 1, "en", tldr="We light.", origin=Origin.EXTRACTED),
)

KITES_ENTRY = Entry(
    paper=KITES,
    kind=Kind.REPLACE,
    version=2,
    summary=Summary(
        KITES.id, 2, "zh", title="风筝", tldr="风筝乘风而飞。", abstract="风筝在有风的地方飞"
    ),
)


def decision(position: int, entry: Entry, state: State, reason: str) -> Decision:
    """An account of the row at `position` in the batch of cs.CV."""
    paper = entry.paper
    row = Announcement(paper.id, entry.version, "cs.CV", DAY, entry.kind, position)
    return Decision(row, paper.title, state, reason)


DIGEST = Digest(
    query="cs.CV",
    language="en",
    batches=(("cs.CV", DAY),),
    entries=(LANTERNS_ENTRY, KITES_ENTRY),
    coverage=Coverage(
        (
            decision(0, LANTERNS_ENTRY, State.POSTED, "light in the title"),
            decision(1, KITES_ENTRY, State.POSTED, "next in order"),
            decision(2, KITES_ENTRY, State.FILTERED, "no cs.CV"),
        )
    ),
)

hostile_text = st.text(
    st.one_of(
        st.sampled_from("|\\`*_[]()<>#~&;!-+=.1x …，。中“”\x1b\n\t\x00\u202e\u200b$"),
        st.characters(),
    ),
    max_size=60,
)
"""Text made mostly of what means something to some format."""


def entry_of(text: str) -> Entry:
    """An entry whose every text is `text`."""
    paper = Paper(
        id="2604.01234",
        version=1,
        title=text,
        abstract=text,
        authors=(text,),
        categories=(text,),
        comment=text,
        doi=text,
        journal_ref=text,
        licence=text,
    )
    summary = Summary(paper.id, 1, "en", title=text, tldr=text, abstract=text)
    return Entry(paper, Kind.NEW, 1, reason=text, summary=summary, link=text)


def digest_of(*texts: str) -> Digest:
    """A digest with one entry for each text, which is also its query."""
    query = " ".join(texts)
    return Digest(query, "en", (("cs.CV", DAY),), tuple(entry_of(text) for text in texts))
