"""Where queries look, with and without categories of their own."""

import pytest

from bot.config import Channel, Config
from bot.digest.parser import parse
from bot.digest.scope import configured_queries, looked_in
from bot.errors import ConfigError

CHANNELS = (Channel(name="a", query="cs.CV kite"), Channel(name="b", query="cs.LG"))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("cs.LG cs.CL", ("cs.CL", "cs.LG")),
        ("(cs.RO kite) OR hep-th", ("cs.RO", "hep-th")),
        ("cs.RO -cs.CL", ("cs.RO",)),
        ("kite", ("cs.CV", "cs.LG")),
        ("-cs.CL", ("cs.CV", "cs.LG")),
    ],
)
def test_a_query_looks_in_its_categories_or_in_those_of_the_channels(
    query: str, expected: tuple[str, ...]
) -> None:
    assert looked_in(Config(channels=CHANNELS), parse(query)) == expected


@pytest.mark.parametrize("channels", [(), (Channel(name="a", query="kite"),)])
def test_where_no_channel_names_a_category_it_looks_in_one_that_people_know(
    channels: tuple[Channel, ...],
) -> None:
    assert looked_in(Config(channels=channels), parse("kite")) == ("cs.AI",)


def test_an_archive_stands_for_its_categories() -> None:
    assert looked_in(Config(), parse("stat.*")) == (
        *("math.ST", "stat.AP", "stat.CO", "stat.ME", "stat.ML", "stat.OT"),
    )


def test_configured_queries_are_read_in_their_order() -> None:
    assert list(map(str, configured_queries(Config(channels=CHANNELS)))) == ["cs.CV kite", "cs.LG"]


def test_a_configured_query_that_cannot_be_read_is_named() -> None:
    with pytest.raises(ConfigError, match="channel a"):
        configured_queries(Config(channels=(Channel(name="a", query="(("),)))
