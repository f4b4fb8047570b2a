import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bot.config import (
    SECRETS,
    Arxiv,
    Channel,
    Config,
    Discord,
    Health,
    Llm,
    Section,
    Telegram,
    language_code,
    load,
    located,
    secrets_of,
)
from bot.config_values import Target
from bot.errors import ConfigError, UsageError

EXAMPLE = Path(__file__).resolve().parents[2] / "config.example.toml"
SECTIONS: dict[str, type[Section]] = {
    "arxiv": Arxiv, "llm": Llm, "telegram": Telegram, "discord": Discord, "health": Health,
}  # fmt: skip
HIDDEN = "12345:hidden"


def written(folder: Path, content: str) -> Path:
    path = folder / "config.toml"
    path.write_text(content, encoding="utf-8")
    return path


def problems(folder: Path, content: str, environment: dict[str, str] | None = None) -> list[str]:
    """The lines of the error that a file gives, without its name."""
    path = written(folder, content)
    with pytest.raises(ConfigError) as caught:
        load(path, environment or {})
    return [line.removeprefix(f"{path}: ") for line in str(caught.value).splitlines()]


def channel(line: str) -> str:
    return f'[[channels]]\nname = "x"\nquery = "cs.CV"\n{line}\n'


def test_no_file_gives_the_defaults() -> None:
    config = load(None, {})
    assert config == Config()
    assert config.data_dir == Path.cwd() / "data"
    assert (config.language, config.timezone, config.log_level) == ("en", "UTC", "INFO")
    assert config.arxiv.min_interval == 3.0
    assert config.llm.concurrency == 16
    assert config.channels == ()


def test_an_empty_file_is_valid_and_its_folder_counts(tmp_path: Path) -> None:
    assert load(written(tmp_path, ""), {}).data_dir == tmp_path.resolve() / "data"


def test_the_example_is_loadable_and_holds_the_defaults() -> None:
    example, default = load(EXAMPLE, {}), Config()
    changed = {"data_dir": example.data_dir, "channels": example.channels}
    assert example == default.model_copy(update=changed)
    (only,) = example.channels
    assert (only.name, only.language, only.timezone) == ("cv-zh", "zh", "Asia/Shanghai")
    assert only.targets == (Target("file", "archive"),)


def test_the_example_has_every_key_and_no_other() -> None:
    with EXAMPLE.open("rb") as file:
        content = tomllib.load(file)
    assert list(content) == list(Config.model_fields)
    for name, section in SECTIONS.items():
        assert list(content[name]) == list(section.model_fields)
    assert list(content["channels"][0]) == list(Channel.model_fields)


def test_the_example_names_every_variable_for_a_secret() -> None:
    named = set(re.findall(r"PAPERBOY_\w+", EXAMPLE.read_text(encoding="utf-8")))
    assert named == {name + end for name in SECRETS for end in ("", "_FILE")}


def test_a_channel_takes_over_the_general_language_and_zone(tmp_path: Path) -> None:
    general = 'language = "zh"\ntimezone = "Asia/Tokyo"\n'
    own = channel('language = "de"').replace('"x"', '"y"')
    first, second = load(written(tmp_path, general + channel("") + own), {}).channels
    assert (first.language, first.timezone) == ("zh", "Asia/Tokyo")
    assert (second.language, second.timezone) == ("de", "Asia/Tokyo")


def test_a_channel_needs_only_a_name_and_a_query(tmp_path: Path) -> None:
    (only,) = load(written(tmp_path, channel("")), {}).channels
    assert only == Channel(name="x", query="cs.CV", language="en", timezone="UTC")
    assert (only.at, only.limit, len(only.days), only.targets) == ("announcement", 20, 7, ())


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "[::1]:8080", "127.8.8.8"])
def test_a_mirror_on_this_machine_may_be_asked_faster(tmp_path: Path, host: str) -> None:
    both = f'[arxiv]\nmin_interval = 0\nfeed_url = "http://{host}"\n'
    config = load(written(tmp_path, f'{both}api_url = "http://{host}/api"'), {})
    assert config.arxiv.min_interval == 0
    (line,) = problems(tmp_path, both)
    assert line.startswith("arxiv.min_interval: expected seconds, 3 or more, found 0")


@pytest.mark.parametrize(("line", "shards"), [("", 1), ("shards = 0", 0), ("shards = 16", 16)])
def test_discord_gets_one_connection_or_what_is_asked_for(
    tmp_path: Path, line: str, shards: int
) -> None:
    assert load(written(tmp_path, f"[discord]\n{line}"), {}).discord.shards == shards


def test_no_number_of_connections_is_below_none(tmp_path: Path) -> None:
    (line,) = problems(tmp_path, "[discord]\nshards = -1")
    assert line.startswith("discord.shards: expected a number of connections, 0 for what Discord")


@pytest.mark.parametrize("place", ["", "127.0.0.1:8080", "[::1]:8080", "0.0.0.0:9100"])
def test_health_is_told_at_a_place_or_nowhere(tmp_path: Path, place: str) -> None:
    config = load(written(tmp_path, f'[health]\nlisten = "{place}"'), {})
    assert config.health.listen == place


@pytest.mark.parametrize("place", ["8080", "localhost", ":8080", "localhost:http", "x:70000"])
def test_a_place_for_health_has_a_host_and_a_port(tmp_path: Path, place: str) -> None:
    (line,) = problems(tmp_path, f'[health]\nlisten = "{place}"')
    assert line.startswith("health.listen: expected a host and a port such as")


def test_all_secrets_are_known_to_who_keeps_them_out_of_logs() -> None:
    assert secrets_of(load(None, dict.fromkeys(SECRETS, HIDDEN))) == (HIDDEN,) * len(SECRETS)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    content = 'languag = "en"\n[llm]\ntimeout = 0\n' + channel("limit = -1") + channel('at = "x"')
    environment = {"PAPERBOY_LLM_API_KEY": "two words"}
    found = problems(tmp_path, content, environment)
    assert sorted(line.partition(": ")[0] for line in found) == [
        "PAPERBOY_LLM_API_KEY", "channels[x].at", "channels[x].limit", "channels[x].name",
        "languag", "llm.timeout",
    ]  # fmt: skip


def test_two_channels_cannot_have_one_name(tmp_path: Path) -> None:
    assert problems(tmp_path, channel("") + channel("")) == [
        "channels[x].name: expected a name of its own, found it 2 times"
    ]


@pytest.mark.parametrize(
    ("content", "start"),
    [
        ("a = 1\nb 2\n", "Expected '=' after a key in a key/value pair (at line 2, column 3)"),
        ('a = 1\na = "x"', "Cannot overwrite a value (at "),
        ("a = " + "[" * 10_000, ""),
    ],
)
def test_a_file_that_is_not_toml_says_where(tmp_path: Path, content: str, start: str) -> None:
    (line,) = problems(tmp_path, content)
    assert line.startswith(f"is not valid TOML: {start}")


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: cannot be read: No such file"):
        load(tmp_path / "none.toml", {})
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load(tmp_path, {})
    latin = tmp_path / "latin.toml"
    latin.write_bytes('language = "é"'.encode("latin-1"))
    with pytest.raises(ConfigError, match=r"latin\.toml: is not UTF-8 text"):
        load(latin, {})


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    assert load(written(tmp_path, '\ufefflanguage = "de"'), {}).language == "de"


@pytest.mark.parametrize("variable", SECRETS)
def test_a_secret_in_the_environment_wins_over_the_file(tmp_path: Path, variable: str) -> None:
    section, key = SECRETS[variable]
    path = written(tmp_path, f'[{section}]\n{key} = "of-the-file"')
    secret = tmp_path / "secret"
    secret.write_text(f" {HIDDEN}\n", encoding="utf-8")

    def value(environment: dict[str, str]) -> Any:
        return getattr(getattr(load(path, environment), section), key).get_secret_value()

    assert value({}) == "of-the-file"
    assert value({variable: "", f"{variable}_FILE": ""}) == "of-the-file"
    assert value({variable: f" {HIDDEN}\n"}) == HIDDEN
    assert value({f"{variable}_FILE": str(secret)}) == HIDDEN


def test_secrets_of_the_environment_need_no_file() -> None:
    config = load(None, dict.fromkeys(SECRETS, HIDDEN))
    assert config.telegram.token.get_secret_value() == HIDDEN
    assert config.discord.token.get_secret_value() == HIDDEN
    assert config.llm.api_key.get_secret_value() == HIDDEN


def test_secrets_are_never_shown() -> None:
    config = load(None, dict.fromkeys(SECRETS, HIDDEN))
    for shown in (repr(config), str(config), repr(config.model_dump()), config.model_dump_json()):
        assert HIDDEN not in shown
        assert "***" in shown


@pytest.mark.parametrize(
    ("content", "environment", "line"),
    [
        (f'[telegram]\ntoken = "{HIDDEN} {HIDDEN}"', {},
         "telegram.token: expected the token that @BotFather gave, in quotes, found text"),
        (f'[telegram]\ntoken = ["{HIDDEN}"]', {},
         "telegram.token: expected the token that @BotFather gave, in quotes, found a list"),
        (f'telegram = "{HIDDEN}"', {},
         "telegram: expected a table that begins with [telegram], found text"),
        (f'token = "{HIDDEN}"', {},
         "token: no such key; it belongs in [telegram] or in [discord]"),
        ("", {"PAPERBOY_TELEGRAM_TOKEN": f"{HIDDEN} {HIDDEN}"},
         "PAPERBOY_TELEGRAM_TOKEN: expected one word, found spaces or special characters"),
        ("", {"PAPERBOY_TELEGRAM_TOKEN": f"{HIDDEN}é"},
         "PAPERBOY_TELEGRAM_TOKEN: expected one word, found spaces or special characters"),
        ("", {"PAPERBOY_DISCORD_TOKEN_FILE": HIDDEN},
         "PAPERBOY_DISCORD_TOKEN_FILE: cannot read that file: No such file or directory"),
        ("", {"PAPERBOY_DISCORD_TOKEN_FILE": "/dev/null"},
         "PAPERBOY_DISCORD_TOKEN_FILE: expected a file with the secret in it, found none"),
        ("", {"PAPERBOY_LLM_API_KEY": HIDDEN, "PAPERBOY_LLM_API_KEY_FILE": HIDDEN},
         "PAPERBOY_LLM_API_KEY: expected this or PAPERBOY_LLM_API_KEY_FILE, found both"),
    ],
)  # fmt: skip
def test_no_error_tells_a_secret(
    tmp_path: Path, content: str, environment: dict[str, str], line: str
) -> None:
    assert problems(tmp_path, content, environment) == [line]


def test_the_configuration_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Config().language = "de"


def test_the_file_is_the_named_one_then_the_variables_then_the_one_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    named, variable = Path("named.toml"), {"PAPERBOY_CONFIG": "other.toml"}
    assert located(None, {}) is None
    assert located(None, {"PAPERBOY_CONFIG": ""}) is None
    written(tmp_path, "")
    assert located(None, {}) == Path("config.toml")
    assert located(None, variable) == Path("other.toml")
    assert located(named, variable) == named


def test_a_language_that_was_asked_for_is_brought_into_form_or_refused() -> None:
    assert language_code("zh-CN") == "zh"
    with pytest.raises(UsageError, match=r'^"german" is no language; expected a two-letter'):
        language_code("german")
    with pytest.raises(UsageError, match='did you mean "zh"'):
        language_code("cn")
