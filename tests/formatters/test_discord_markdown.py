import time

import pytest
from hypothesis import HealthCheck, given, settings

from formatters.discord_markdown import (
    CODE,
    SMALL,
    SPOILER,
    STRONG,
    cleaned,
    escaped,
    fitting,
    markdown,
    units,
)
from formatters.discord_text import text_of
from formatters.document import Span
from formatters.telegram_text import Text, join
from tests.formatters.discord_reader import NEVER, Run, read, visible
from tests.formatters.discord_spec import PINGS
from tests.formatters.documents import spans, texts
from tests.formatters.examples import hostile_text

HOSTILE = {
    "@everyone and @here": "@\u2060everyone and @\u2060here",
    "<@123> <@!123> <@&123>": "\\<@\u2060123> \\<@\u2060!123> \\<@\u2060&123>",
    "<#123> <t:1700000000:R>": "\\<#123> \\<t\\:1700000000:R>",
    "</paper:123:> <:kite:123> :smile:": "\\</paper\\:123:> \\<\\:kite:123> \\:smile:",
    "**Kites** __wind__ ~~no~~ ||yes||": (r"\*\*Kites\*\* \_\_wind\_\_ \~\~no\~\~ \|\|yes\|\|"),
    "`code` ```block```": r"\`code\` \`\`\`block\`\`\`",
    "[kites](http://a.b)": r"\[kites\](http\://a.b)",
    "https://a.b/c?d=e_f": r"https\://a.b/c?d=e\_f",
    "discord.gg/kites": r"discord\.gg/kites",
    "# Kites": r"\# Kites",
    "-# kites": r"\-# kites",
    "> kites": r"\> kites",
    "- kites": r"\- kites",
    "1. kites": r"1\. kites",
    "\\frac": r"\\frac",
    "a_b, 2 > 1, 1.5 - 1 = #1, a@b.org": r"a\_b, 2 > 1, 1.5 - 1 = #1, a@b.org",
    "two\nlines": "two lines",
}


@pytest.mark.parametrize(("text", "markdown"), HOSTILE.items())
def test_what_means_something_to_discord_is_escaped(text: str, markdown: str) -> None:
    assert escaped(text) == markdown


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(texts | hostile_text)
def test_escaped_text_shows_itself_and_nothing_else(text: str) -> None:
    runs = read(escaped(text))
    assert all(not run.styles for run in runs)
    assert "".join(run.text for run in runs).replace("\u2060", "") == cleaned(text).replace(
        "\u2060", ""
    )


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(spans)
def test_styled_text_is_read_as_it_was_meant(several: tuple[Span, ...]) -> None:
    written = markdown(text_of(several))
    assert not PINGS.search(written)
    for run in read(written):
        assert not NEVER & set(run.styles)


@pytest.mark.parametrize("style", [STRONG, SMALL, SPOILER])
@pytest.mark.parametrize("text", ["a||b", "||", "a\\", "*a*", "**", "a*", "`", "x|", "_a_ __b__"])
def test_no_text_ends_the_style_around_it(style: str, text: str) -> None:
    written = markdown(join((Text(text).styled(style), Text(" after"))))
    runs = read(written)
    inside = "".join(run.text for run in runs if run.styles).replace("\u2060", "")
    assert (inside, visible(written).replace("\u2060", "")) == (text, f"{text} after")


@pytest.mark.parametrize(("one", "other"), [(STRONG, STRONG), (STRONG, SMALL), (CODE, CODE)])
def test_styles_side_by_side_stay_apart(one: str, other: str) -> None:
    runs = read(markdown(join((Text("a").styled(one), Text("b").styled(other)))))
    letters = [run for run in runs if run.text != "\u2060"]
    assert letters == [Run("a", (one,)), Run("b", (other,))]


@pytest.mark.parametrize(
    "label", ["Kites", "[Re] kites", "on [0,1) and (0,1]", "][", "a](http://b.c) [d", "\\", "[["]
)
def test_no_label_ends_its_link(label: str) -> None:
    url = "https://en.wikipedia.org/wiki/Kite_(toy)*@everyone"
    runs = read(markdown(text_of((Span(label, url=url, strong=True),))))
    safe = "https://en.wikipedia.org/wiki/Kite_%28toy%29%2A%40everyone"
    assert {run.url for run in runs} == {safe}
    shown = "".join(run.text for run in runs)
    assert shown.replace("［", "[").replace("］", "]") == label


def test_an_address_in_running_text_is_a_link() -> None:
    runs = read(markdown(text_of((Span("Code at https://github.com/a/b_c."),))))
    address = "https://github.com/a/b_c"
    assert [run for run in runs if run.url] == [Run(address, ("address",), address)]
    assert runs[-1] == Run(".")


def test_text_is_measured_as_utf_16() -> None:
    assert (units("kite"), units("风筝"), units("𝔸")) == (4, 2, 2)


class TestFitting:
    def test_what_fits_stays_whole(self) -> None:
        assert fitting(Text("a" * 10), 10) == ["a" * 10]

    def test_nothing_is_no_text(self) -> None:
        assert fitting(Text(" \u200b"), 10) == []

    def test_a_spoiler_begins_again(self) -> None:
        parts = fitting(Text("We fly kites. " * 20).styled(SPOILER), 100)
        assert len(parts) == 4
        assert all(part.startswith("||We fly") and part.endswith("kites.||") for part in parts)

    def test_no_grapheme_is_cut(self) -> None:
        family = "👩\u200d👩\u200d👧\u200d👦"
        parts = fitting(Text(family * 20), 50)
        assert all(set(part.split(family)) == {""} for part in parts)
        assert sum(part.count(family) for part in parts) == 20

    def test_escapes_count(self) -> None:
        parts = fitting(Text("*" * 1000), 300)
        assert all(len(part) <= 300 for part in parts)
        assert "".join(visible(part) for part in parts) == "*" * 1000


@pytest.mark.parametrize("sign", ["[", "](", "||", "`", "@", ":a", "<@", "\\", "1.", "https://"])
def test_it_takes_linear_time(sign: str) -> None:
    text = sign * (100_000 // len(sign))
    start = time.process_time()
    markdown(text_of((Span(text, url="https://a.b"), Span(text))))
    assert time.process_time() - start < 1
