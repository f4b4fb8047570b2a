import pytest
from hypothesis import given, settings

from formatters.telegram_links import cleaned, guarded, linked, telegram_url
from formatters.telegram_text import Entity, Text, join
from tests.fakes import tdlib
from tests.formatters.documents import texts, urls


def shown(text: str, *, keep_commands: bool = False) -> str:
    """A guarded text with its word joiners made visible."""
    return guarded(linked(text), keep_commands=keep_commands).text.replace("\u2060", "|")


class TestGuarded:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("cs.CL and cs.LG", "cs.|CL and cs.|LG"),
            ("Read README.md, load model.pt", "Read README.|md, load model.|pt"),
            ("我们用model.pt训练", "我们用model.|pt训练"),
            ("at 127.0.0.1", "at 127.|0.0.1"),
            ("@everyone (@here)", "@|everyone (@|here)"),
            ("#tag and C#/F#", "#|tag and C#|/|F#"),
            ("$TSLA costs $5", "$|TSLA costs $5"),
            ("/start ⟨x⟩/2", "/|start ⟨x⟩/|2"),
            ("tg://resolve?domain=kites", "tg:|//|resolve?domain=kites"),
            ("http://kites", "http:|//|kites"),
        ],
    )
    def test_breaks_what_telegram_would_make_a_link_of(self, text: str, expected: str) -> None:
        assert shown(text) == expected

    @pytest.mark.parametrize(
        "text",
        [
            "0.95 of 2401.00001, e.g. i.e. et al.",
            "and/or, 1/2, he/she",
            "The end.Next",
            "C# costs $5",
            "write to a.b+c@kites.example.org.",
            "see https://github.com/a/b.md",
            "at 10:30",
        ],
    )
    def test_leaves_alone_what_is_none(self, text: str) -> None:
        assert shown(text) == text.replace("end.N", "end.|N")

    def test_commands_of_our_own_can_stay(self) -> None:
        assert shown("/help @all", keep_commands=True) == "/help @|all"

    def test_code_and_links_stay_as_they_are(self) -> None:
        code = Text("cs.CL").styled("code")
        link = Text("README.md").styled("text_link", "https://a.b/")
        assert guarded(join((code, link), " ")) == join((code, link), " ")

    def test_entities_move_along(self) -> None:
        text = join((Text("@a"), Text("b.cd").styled("bold"), Text("e").styled("italic")), " ")
        assert guarded(text) == Text(
            "@\u2060a b.\u2060cd e", (Entity("bold", 4, 9), Entity("italic", 10, 11))
        )

    @settings(max_examples=300)
    @given(texts)
    def test_tdlib_recognises_nothing_but_e_mail_addresses(self, text: str) -> None:
        safe = guarded(linked(cleaned(text)))
        links = [safe.text[one.start : one.end] for one in safe.entities]
        for found in tdlib.recognised(safe.text):
            part = tdlib.part(safe.text, found)
            assert found["type"] == "email" or any(part in link or link in part for link in links)


class TestLinked:
    @pytest.mark.parametrize(
        ("text", "address", "url"),
        [
            ("Code: https://github.com/a/b.", "https://github.com/a/b", None),
            ("(https://a.org/x?y=1#z)", "https://a.org/x?y=1#z", None),
            ("https://a.org/x_(y), too", "https://a.org/x_(y)", "https://a.org/x_%28y%29"),
            ("代码见https://a.org/x。", "https://a.org/x", None),
            ("at www.a.org/x", "www.a.org/x", "https://www.a.org/x"),
            ("at github.com/a/b.", "github.com/a/b", "https://github.com/a/b"),
        ],
    )
    def test_addresses_become_links(self, text: str, address: str, url: str | None) -> None:
        (link,) = linked(text).entities
        assert text[link.start : link.end] == address
        assert link.url == url or address

    @pytest.mark.parametrize(
        "text", ["README.md", "and/or", "Node.js", "http://kites", "x@a.org/b", "TCP/IP", "1.5/2"]
    )
    def test_other_text_does_not(self, text: str) -> None:
        assert linked(text).entities == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("a\tb\x00c", "a b c"),
        ("a\r\nb", "a\nb"),
        ("e\u0301", "é"),
        ("A\u030a x\u030a", "Å x"),
        ("a\u202eb\u2028c\ud800d", "abcd"),
    ],
)
def test_text_is_cleaned_as_telegram_would_clean_it(text: str, expected: str) -> None:
    assert cleaned(text) == expected


@given(texts)
def test_tdlib_changes_nothing_in_clean_text(text: str) -> None:
    clean = f"“{cleaned(text)}”"
    assert tdlib.received(clean, [])[0] == clean


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://arxiv.org/abs/2604.01234", "https://arxiv.org/abs/2604.01234"),
        (" http://a.b ", "http://a.b"),
        ("http://a", None),
        ("http://a.b:0/", None),
        ("javascript:alert(1)", None),
        ("http://user@a.b", None),
        ("", None),
        (None, None),
    ],
)
def test_addresses_are_those_that_telegram_takes(url: str | None, expected: str | None) -> None:
    assert telegram_url(url) == expected


@given(urls)
def test_tdlib_refuses_no_address_of_ours(url: str | None) -> None:
    if safe := telegram_url(url):
        tdlib.received("x", [{"type": "text_link", "offset": 0, "length": 1, "url": safe}])
