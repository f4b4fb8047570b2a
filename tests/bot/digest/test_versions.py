"""Which version of a paper a chat gets: the paper once, and replacements where it wants them."""

from collections.abc import Collection, Sequence
from datetime import date

import pytest

from bot.digest.build import EVERY_KIND, select
from bot.digest.parser import parse
from storage.models import Announced, Announcement, Kind, State
from tests.fakes.arxiv import paper

MONDAY, TUESDAY = date(2026, 4, 20), date(2026, 4, 21)


def versions(*rows: tuple[date, int, Kind], key: str = "2604.00001") -> list[Announced]:
    """One paper, announced on some days as some versions."""
    announcements = (
        Announcement(key, version, "cs.CV", day, kind, 0) for day, version, kind in rows
    )
    return [Announced(paper(key, title="Kite"), tuple(announcements))]


NEW = versions((MONDAY, 1, Kind.NEW))
CROSS = versions((TUESDAY, 2, Kind.CROSS))
SECOND = versions((TUESDAY, 2, Kind.REPLACE))
FIRST_AND_SECOND = versions((MONDAY, 1, Kind.NEW), (TUESDAY, 2, Kind.REPLACE))
ONLY_NEW = {Kind.NEW, Kind.CROSS}
ONLY_REPLACED = {Kind.REPLACE}


@pytest.mark.parametrize(
    ("batch", "got", "kinds", "expected"),
    [
        # (what is announced, the version that the chat got, the kinds it wants, the version chosen)
        (NEW, None, EVERY_KIND, 1),
        (NEW, 1, EVERY_KIND, State.SEEN),
        (CROSS, 1, EVERY_KIND, State.SEEN),
        (SECOND, None, EVERY_KIND, 2),
        (SECOND, 1, EVERY_KIND, 2),
        (SECOND, 2, EVERY_KIND, State.SEEN),
        (SECOND, 3, EVERY_KIND, State.SEEN),
        (SECOND, 1, ONLY_NEW, State.FILTERED),
        (FIRST_AND_SECOND, None, EVERY_KIND, 1),
        (FIRST_AND_SECOND, 1, EVERY_KIND, 2),
        (FIRST_AND_SECOND, 2, EVERY_KIND, State.SEEN),
        (FIRST_AND_SECOND, 1, ONLY_NEW, State.SEEN),
        (FIRST_AND_SECOND, None, ONLY_REPLACED, 2),
        (FIRST_AND_SECOND, 1, ONLY_REPLACED, 2),
        (FIRST_AND_SECOND, 2, ONLY_REPLACED, State.FILTERED),
    ],
)
def test_a_chat_gets_a_paper_once_and_later_versions_where_it_wants_replacements(
    batch: Sequence[Announced],
    got: int | None,
    kinds: Collection[Kind],
    expected: int | State,
) -> None:
    seen = {"2604.00001": got} if got else {}
    selection = select(parse("kite"), batch, seen, kinds=kinds)
    chosen = [one.leading.version for one in selection.chosen]
    posted = {one.announcement.version: one.state for one in selection.coverage.decisions}
    if isinstance(expected, State):
        assert not chosen
        assert set(posted.values()) <= {expected, State.REPEATED}
    else:
        assert chosen == [expected]
        assert posted[expected] is State.POSTED


def test_a_later_version_stands_among_the_replacements() -> None:
    batch = [*FIRST_AND_SECOND, *versions((TUESDAY, 1, Kind.CROSS), key="2604.00002")]
    chosen = select(parse("kite"), batch, {"2604.00001": 1}).chosen
    assert [one.leading.paper_id for one in chosen] == ["2604.00002", "2604.00001"]
