from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from bot.config_values import (
    Destination,
    Folder,
    Language,
    ListeningPlace,
    Name,
    PublicAddress,
    SocketAddress,
    Target,
    Time,
    Timezone,
    Token,
    WebAddress,
    Words,
    is_loopback,
)

KINDS = (
    Destination, Folder, Language, ListeningPlace, Name, PublicAddress, SocketAddress, Time,
    Timezone, Token, WebAddress, Words,
)  # fmt: skip


def read(kind: Any, value: object) -> Any:
    return TypeAdapter(kind).validate_python(value, context={"folder": Path("/start")})


def hint(kind: Any, value: object) -> str:
    """What the refusal of a value adds to the rule that it breaks."""
    with pytest.raises(ValidationError) as caught:
        read(kind, value)
    return str(caught.value.errors()[0].get("ctx", {}).get("error", ""))


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("telegram:@my_channel", Target("telegram", "@my_channel")),
        ("telegram:@my_forum/7", Target("telegram", "@my_forum", 7)),
        ("telegram:-100123/45", Target("telegram", "-100123", 45)),
        ("telegram:123456789", Target("telegram", "123456789")),
        ("discord:1234567890", Target("discord", "1234567890")),
        ("file:archive", Target("file", "archive")),
        ("file:C:/my papers", Target("file", "C:/my papers")),
    ],
)
def test_a_target_is_taken_apart_and_prints_as_it_was(text: str, target: Target) -> None:
    assert read(Destination, text) == target
    assert read(Destination, target) == target
    assert str(target) == text


@pytest.mark.parametrize(
    "target",
    ["", ":", "my_channel", "telegram:", "telegram:my_channel", "telegram:@a b", "telegram:@1abc",
     "telegram:-100123/", "telegram:-100123/0", "telegram:0", "discord:#general", "discord:-1",
     "discord:1/2", "file:", "file: ", "slack:x", "Telegram:@my_channel", 5, None],
)  # fmt: skip
def test_what_is_no_target_is_refused(target: object) -> None:
    assert hint(Destination, target) == ""


@pytest.mark.parametrize("target", ["file:../elsewhere", "file:a/../../b", "file:/srv/archive"])
def test_files_stay_below_the_data_folder(target: str) -> None:
    assert hint(Destination, target) == "a folder of files lies below data_dir"


@pytest.mark.parametrize(
    ("given", "code"), [("zh", "zh"), ("zh-CN", "zh"), ("EN_us", "en"), (" de ", "de")]
)
def test_of_a_language_the_first_two_letters_count(given: str, code: str) -> None:
    assert read(Language, given) == code


@pytest.mark.parametrize("given", ["", "e", "english", "yue", "中文", "e1", "-en"])
def test_other_words_are_no_language(given: str) -> None:
    assert hint(Language, given) == ""


def test_a_country_in_place_of_its_language_is_recognised() -> None:
    assert hint(Language, "cn") == 'did you mean "zh"?'
    assert hint(Language, "JP") == 'did you mean "ja"?'


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/Argentina/Buenos_Aires"])
def test_time_zones_are_those_of_the_system(zone: str) -> None:
    assert read(Timezone, zone) == zone


@pytest.mark.parametrize(
    ("given", "near"),
    [
        ("Asia/Shanghia", "Asia/Shanghai"),
        ("asia/shanghai", "Asia/Shanghai"),
        ("berlin", "Europe/Berlin"),
        ("New York", "America/New_York"),
        ("Beijing", ""),
        ("GMT+8", ""),
        ("../etc/passwd", ""),
        ("", ""),
        ("x" * 100_000, ""),
    ],
)
def test_a_time_zone_that_does_not_exist_brings_up_the_nearest(given: str, near: str) -> None:
    assert hint(Timezone, given) == (f'did you mean "{near}"?' if near else "")


def test_the_name_of_a_folder_of_zones_is_no_zone() -> None:
    with pytest.raises(ValidationError):
        read(Timezone, "Asia")


@pytest.mark.parametrize("text", ["00:00", "09:30", "23:59", "announcement"])
def test_times_have_four_digits(text: str) -> None:
    assert read(Time, text) == text


@pytest.mark.parametrize("text", ["24:00", "09:60", "9:00", "09.00", "09:00\n", "Announcement", ""])
def test_other_times_are_refused(text: str) -> None:
    assert hint(Time, text) == ""


def test_a_slash_at_the_end_of_a_web_address_does_not_count() -> None:
    assert read(WebAddress, "http://localhost:8080/feeds/") == "http://localhost:8080/feeds"
    assert read(SocketAddress, "wss://gateway.discord.gg/") == "wss://gateway.discord.gg/"


@pytest.mark.parametrize(
    "text",
    ["", "arxiv.org", "ftp://arxiv.org", "https://", "https:///x", "http://a b", "wss://a.b"],
)
def test_what_is_no_web_address_is_refused(text: str) -> None:
    assert hint(WebAddress, text) == ""


@pytest.mark.parametrize("text", ["", "gateway.discord.gg", "https://gateway.discord.gg", "ws://"])
def test_what_is_no_socket_address_is_refused(text: str) -> None:
    assert hint(SocketAddress, text) == ""


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("http://127.0.0.1:8080/x", True),
        ("http://127.8.8.8", True),
        ("https://localhost", True),
        ("http://[::1]:80", True),
        ("https://export.arxiv.org/api/query", False),
        ("http://192.168.1.1", False),
        ("http://localhost.evil.example", False),
        ("http://localhost@evil.example", False),
    ],
)
def test_loopback_addresses_are_told_from_others(address: str, expected: bool) -> None:
    assert is_loopback(address) is expected


@pytest.mark.parametrize(
    ("given", "folder"),
    [("data", "/start/data"), ("./a/../b", "/start/b"), ("../x", "/x"), ("/kept", "/kept")],
)
def test_a_relative_folder_starts_at_the_given_one(given: str, folder: str) -> None:
    assert read(Folder, given) == Path(folder)


def test_a_folder_may_begin_with_a_home() -> None:
    assert read(Folder, "~/x") == Path("~/x").expanduser().resolve()
    assert hint(Folder, "~nobody-of-that-name/x") == "there is no such home folder"


@pytest.mark.parametrize("given", ["", " ", 5, ["data"]])
def test_what_is_no_folder_is_refused(given: object) -> None:
    assert hint(Folder, given) == ""


def test_a_token_is_one_word_of_ascii() -> None:
    assert read(Token, " 123:abc\n").get_secret_value() == "123:abc"
    assert read(Token, "").get_secret_value() == ""
    for wrong in ("two words", "a\nb", "é", "a\u200bb"):
        assert hint(Token, wrong) == ""


def test_names_and_queries_are_never_empty() -> None:
    assert read(Name, " 中文 ") == "中文"
    assert read(Words, ' au:"He" ') == 'au:"He"'
    for kind, wrong in [(Words, ""), (Words, " "), (Name, "\n"), (Name, "x" * 65)]:
        assert hint(kind, wrong) == ""


@given(st.sampled_from(KINDS), st.text(max_size=40) | st.integers() | st.lists(st.text()))
def test_any_value_is_taken_or_refused(kind: Any, value: object) -> None:
    try:
        read(kind, value)
    except ValidationError as error:
        refused = error.errors()
    else:
        refused = []
    assert len(refused) < 2


@pytest.mark.parametrize("place", ["127.0.0.1:8443", "localhost:80", "0.0.0.0:1", "[::1]:65535"])
def test_a_place_to_listen_at_is_a_host_and_a_port(place: str) -> None:
    assert read(ListeningPlace, place) == place


@pytest.mark.parametrize(
    "place", ["", ":", "8443", ":8443", "localhost", "localhost:", "localhost:-1", "a:65536", "a:²"]
)
def test_other_places_to_listen_at_are_refused(place: str) -> None:
    assert hint(ListeningPlace, place) == ""


@pytest.mark.parametrize("address", ["", "https://bot.example.org/hook"])
def test_a_public_address_may_be_left_out(address: str) -> None:
    assert read(PublicAddress, address) == address


@pytest.mark.parametrize("address", ["http://bot.example.org", "bot.example.org", "https://", "-"])
def test_a_public_address_is_one_with_https(address: str) -> None:
    assert hint(PublicAddress, address) == ""
