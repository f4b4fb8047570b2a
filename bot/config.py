"""The configuration: one TOML file, and secrets that may come from the environment."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from bot.config_problems import problems_of, quoted, repeated_names
from bot.config_values import (
    LONGEST_NAME,
    Day,
    Destination,
    Folder,
    Language,
    ListeningPlace,
    LogLevel,
    Name,
    OptionalPlace,
    PublicAddress,
    SocketAddress,
    Time,
    Timezone,
    Token,
    WebAddress,
    Words,
    is_loopback,
    is_token,
    two_letters,
)
from bot.errors import ConfigError, UsageError

# "Make no more than one request every three seconds": https://info.arxiv.org/help/api/tou.html
ARXIV_INTERVAL = 3.0

FILE = Path("config.toml")
VARIABLE = "PAPERBOY_CONFIG"

SECRETS = {
    "PAPERBOY_TELEGRAM_TOKEN": ("telegram", "token"),
    "PAPERBOY_DISCORD_TOKEN": ("discord", "token"),
    "PAPERBOY_LLM_API_KEY": ("llm", "api_key"),
}
"""Which variable holds which key; the same name with `_FILE` behind it names a file that does."""

GENERAL: tuple[str, ...] = ("language", "timezone")
"""The keys that channels take over from the top of the file."""

LANGUAGE = 'a two-letter language code such as "en" or "zh"'
TIMEZONE = 'a time zone such as "Europe/Berlin" or "Asia/Shanghai"'
WEB_ADDRESS = "an address that begins with http:// or https://"
PRICE = "the price of a million tokens, 0 or more"
USERS = "a list of users' numbers such as [123456789]"


class Section(BaseModel):
    """A table of the file: nothing unknown in it, nothing converted, nothing changed later.

    The descriptions of the fields are what the error messages say was expected.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


class Arxiv(Section):
    """Where arXiv is asked, and how many seconds lie between two requests at least."""

    feed_url: WebAddress = Field(default="https://rss.arxiv.org", description=WEB_ADDRESS)
    api_url: WebAddress = Field(
        default="https://export.arxiv.org/api/query", description=WEB_ADDRESS
    )
    min_interval: float = Field(
        default=ARXIV_INTERVAL, ge=0, allow_inf_nan=False, description="seconds, 3 or more"
    )

    @field_validator("min_interval")
    @classmethod
    def _keep_the_terms(cls, seconds: float, info: ValidationInfo) -> float:
        addresses = [info.data[key] for key in ("feed_url", "api_url") if key in info.data]
        if seconds < ARXIV_INTERVAL and not all(map(is_loopback, addresses)):
            raise ValueError("arXiv's terms of use allow one request in 3 seconds")
        return seconds


class Llm(Section):
    """The language model that writes summaries; where `model` is empty there is none.

    The prices are those of a million tokens that the model reads and writes. `edit_posted` is for
    digests that went out while the model was away.
    """

    base_url: WebAddress = Field(default="https://api.openai.com/v1", description=WEB_ADDRESS)
    api_key: Token = Field(default=SecretStr(""), description="a key of one word, in quotes")
    model: str = Field(default="", description="the name of a model, in quotes")
    concurrency: int = Field(default=16, ge=1, description="a number of requests, 1 or more")
    timeout: float = Field(
        default=60.0, gt=0, allow_inf_nan=False, description="seconds, more than 0"
    )
    daily_token_budget: int = Field(default=0, ge=0, description="a number of tokens, 0 for no cap")
    price_in: float = Field(default=0.0, ge=0, allow_inf_nan=False, description=PRICE)
    price_out: float = Field(default=0.0, ge=0, allow_inf_nan=False, description=PRICE)
    edit_posted: bool = Field(default=False, description="true or false")


class Telegram(Section):
    """The Telegram bot; without a token there is none.

    Without a `webhook_url` the bot asks for updates; with one, Telegram posts them there, and the
    bot takes them in at `webhook_listen`.
    """

    token: Token = Field(
        default=SecretStr(""), description="the token that @BotFather gave, in quotes"
    )
    api_url: WebAddress = Field(default="https://api.telegram.org", description=WEB_ADDRESS)
    webhook_url: PublicAddress = Field(
        default="", description='an address that begins with https://, or "" for none'
    )
    webhook_listen: ListeningPlace = Field(
        default="127.0.0.1:8443", description='a host and a port such as "127.0.0.1:8443"'
    )
    admins: tuple[Annotated[int, Field(gt=0)], ...] = Field(default=(), description=USERS)


class Discord(Section):
    """The Discord bot; without a token there is none.

    `shards` is into how many connections the servers are divided, 0 for as many as Discord
    recommends.
    """

    token: Token = Field(default=SecretStr(""), description="the bot's token, in quotes")
    api_url: WebAddress = Field(default="https://discord.com/api/v10", description=WEB_ADDRESS)
    gateway_url: SocketAddress = Field(
        default="wss://gateway.discord.gg/",
        description="an address that begins with ws:// or wss://",
    )
    shards: int = Field(
        default=1, ge=0, description="a number of connections, 0 for what Discord recommends"
    )
    admins: tuple[Annotated[int, Field(gt=0)], ...] = Field(default=(), description=USERS)


class Health(Section):
    """Where health is told over HTTP; nowhere without a place to listen."""

    listen: OptionalPlace = Field(
        default="", description='a host and a port such as "127.0.0.1:8080", or "" for none'
    )


class Channel(Section):
    """A digest that the operator set up: what is in it, when it goes out, and where to.

    `language` and `timezone` are the general ones where the file gives none. A `limit` of 0 means
    everything. Whether `query` can be read is not checked here.
    """

    name: Name = Field(description=f"a name of up to {LONGEST_NAME} characters")
    query: Words = Field(description='a query such as "cs.CV"')
    language: Language = Field(default="", description=LANGUAGE)
    at: Time = Field(
        default="announcement", description='a time such as "09:00", or "announcement"'
    )
    timezone: Timezone = Field(default="", description=TIMEZONE)
    days: tuple[Day, ...] = Field(
        default=("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
        min_length=1,
        description='a list of "mon", "tue", "wed", "thu", "fri", "sat", "sun"',
    )
    limit: int = Field(default=20, ge=0, description="a number of papers, 0 for all")
    format: Literal["classic", "rich"] = Field(default="classic", description='"classic" or "rich"')
    details: Literal["collapsed", "each", "on_demand", "none"] = Field(
        default="collapsed", description='"collapsed", "each", "on_demand" or "none"'
    )
    targets: tuple[Destination, ...] = Field(
        default=(),
        description='a list of "telegram:@name", "telegram:-100123/45", "discord:123", "file:name"',
    )


class Config(Section):
    """Everything that can be set; an empty file gives the defaults.

    `data_dir` is absolute; in the file it may be relative to the file's own folder.
    """

    data_dir: Folder = Field(
        default=Path("data"), validate_default=True, description="a folder, in quotes"
    )
    language: Language = Field(default="en", description=LANGUAGE)
    timezone: Timezone = Field(default="UTC", description=TIMEZONE)
    log_level: LogLevel = Field(
        default="INFO", description='"DEBUG", "INFO", "WARNING", "ERROR" or "CRITICAL"'
    )
    arxiv: Arxiv = Field(default=Arxiv(), description="a table that begins with [arxiv]")
    llm: Llm = Field(default=Llm(), description="a table that begins with [llm]")
    telegram: Telegram = Field(
        default=Telegram(), description="a table that begins with [telegram]"
    )
    discord: Discord = Field(default=Discord(), description="a table that begins with [discord]")
    health: Health = Field(default=Health(), description="a table that begins with [health]")
    channels: tuple[Channel, ...] = Field(
        default=(), description="tables that begin with [[channels]]"
    )

    @field_validator("channels")
    @classmethod
    def _fill_in(cls, channels: tuple[Channel, ...], info: ValidationInfo) -> tuple[Channel, ...]:
        general = {key: info.data[key] for key in GENERAL if key in info.data}
        return tuple(_with_defaults(channel, general) for channel in channels)


def _with_defaults(channel: Channel, general: dict[str, str]) -> Channel:
    missing = {key: value for key, value in general.items() if not getattr(channel, key)}
    return channel.model_copy(update=missing)


def secrets_of(config: Config) -> tuple[str, ...]:
    """Everything in the configuration that must stand in no log."""
    keys = (getattr(getattr(config, section), key) for section, key in SECRETS.values())
    return tuple(key.get_secret_value() for key in keys)


def language_code(asked: str) -> str:
    """A language that somebody asked for, as its two letters; UsageError where it is none."""
    try:
        return two_letters(asked)
    except ValueError as error:
        hint = f"; {error}" if str(error) else ""
        raise UsageError(f"{quoted(asked)} is no language; expected {LANGUAGE}{hint}") from None


def located(named: Path | None, environment: Mapping[str, str]) -> Path | None:
    """Which file holds the configuration: the named one, $PAPERBOY_CONFIG's, ./config.toml, none.

    Only the last is looked for; the others have to be there, and `load` says so if they are not.
    """
    if named:
        return named
    if environment.get(VARIABLE):
        return Path(environment[VARIABLE])
    return FILE if FILE.exists() else None


def load(path: Path | None, environment: Mapping[str, str]) -> Config:
    """The configuration from a file (None for the defaults) and the secrets in the environment.

    A secret in the environment wins over the file's. Raises ConfigError, its text one line for
    each mistake: which key, what was expected, what was found; the values of secrets stay out.
    """
    content = _read(path) if path else {}
    problems = _add_secrets(content, environment)
    problems += [f"{path}: {problem}" for problem in repeated_names(content)]
    folder = (path.parent if path else Path()).resolve()
    try:
        config = Config.model_validate(_frozen(content), context={"folder": folder})
    except ValidationError as error:
        problems += [f"{path}: {problem}" for problem in problems_of(error, Config, content)]
    if problems:
        raise ConfigError("\n".join(problems))
    return config


def _read(path: Path) -> dict[str, Any]:
    """The content of a file; a byte order mark, as Windows writes it, does no harm."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is not UTF-8 text; save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: is not valid TOML: {error}") from None
    except RecursionError:
        raise ConfigError(f"{path}: is not valid TOML: nested too deeply") from None


def _frozen(value: Any) -> Any:
    """The same content with tuples for lists, as the models want it."""
    if isinstance(value, list):
        return tuple(map(_frozen, value))
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}
    return value


def _add_secrets(content: dict[str, Any], environment: Mapping[str, str]) -> list[str]:
    """Put the environment's secrets where the file would have them; returns what is wrong."""
    problems = []
    for variable, (section, key) in SECRETS.items():
        try:
            secret = _secret(variable, environment)
        except ConfigError as error:
            problems.append(str(error))
            continue
        if secret and isinstance(content.setdefault(section, {}), dict):
            content[section][key] = secret
    return problems


def _secret(variable: str, environment: Mapping[str, str]) -> str:
    """A secret from the environment, or from the file that the environment names, or nothing.

    No text of an error repeats what was given: it may be the secret itself in the wrong place.
    """
    text, file = environment.get(variable, "").strip(), environment.get(f"{variable}_FILE", "")
    if text and file:
        raise ConfigError(f"{variable}: expected this or {variable}_FILE, found both")
    if file:
        variable += "_FILE"
        text = _secret_file(variable, Path(file))
    if not is_token(text):
        raise ConfigError(f"{variable}: expected one word, found spaces or special characters")
    return text


def _secret_file(variable: str, path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8-sig").strip()
    except OSError as error:
        raise ConfigError(f"{variable}: cannot read that file: {error.strerror}") from None
    except ValueError:
        text = ""
    if not text:
        raise ConfigError(f"{variable}: expected a file with the secret in it, found none")
    return text
