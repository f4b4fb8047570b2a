"""What single values of the configuration must look like; ValueError carries a hint, or nothing."""

import difflib
import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, PlainValidator, SecretStr, StringConstraints, ValidationInfo

LONGEST_NAME = 64
LAST_PORT = 65535
# Between a slip of the finger (Asia/Shanghia: 0.92) and another city (Beijing, Berlin: 0.62).
LEAST_LIKENESS = 0.85

# Codes of countries that are often taken for those of their languages, and are no language's.
_COUNTRIES = {"cn": "zh", "cz": "cs", "dk": "da", "jp": "ja"}
# Names of Telegram chats: https://core.telegram.org/method/account.checkUsername
_TELEGRAM = re.compile(r"(@[A-Za-z][A-Za-z0-9_]{3,31}|-?[1-9][0-9]{0,18})(?:/([1-9][0-9]{0,9}))?")
_DISCORD = re.compile(r"[1-9][0-9]{0,19}")


@dataclass(frozen=True, slots=True)
class Target:
    """One place where a channel's digest goes.

    `address` is a Telegram chat (`@name` or a number), a Discord channel or thread (a number), or
    a folder for files (relative to the data folder). `thread` is a topic of a Telegram group.
    """

    platform: Literal["telegram", "discord", "file"]
    address: str
    thread: int | None = None

    def __str__(self) -> str:
        return f"{self.platform}:{self.address}" + (f"/{self.thread}" if self.thread else "")


def _target(value: object) -> Target:
    if isinstance(value, Target):
        return value
    platform, _, address = str(value).partition(":")
    telegram = _TELEGRAM.fullmatch(address)
    if platform == "telegram" and telegram:
        return Target("telegram", telegram[1], int(telegram[2]) if telegram[2] else None)
    if platform == "discord" and _DISCORD.fullmatch(address):
        return Target("discord", address)
    if platform == "file" and address.strip():
        folder = Path(address.strip())
        if folder.is_absolute() or ".." in folder.parts:
            raise ValueError("a folder of files lies below data_dir")
        return Target("file", address.strip())
    raise ValueError


def two_letters(text: str) -> str:
    """The two letters that count of a language tag, `zh-CN` -> `zh`; ValueError if it is none."""
    code = re.split("[-_]", text.strip(), maxsplit=1)[0].lower()
    if code in _COUNTRIES:
        raise ValueError(f'did you mean "{_COUNTRIES[code]}"?')
    if not re.fullmatch("[a-z]{2}", code):
        raise ValueError
    return code


def _timezone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (KeyError, ValueError, OSError):
        near = _nearest_timezone(name)
        raise ValueError(f'did you mean "{near}"?' if near else "") from None


def _nearest_timezone(name: str) -> str | None:
    # Etc/GMT+8 is west of Greenwich, against what whoever types GMT+8 means.
    names = sorted(zone for zone in available_timezones() if not zone.startswith("Etc/"))
    zones = {zone.lower(): zone for zone in names}
    cities = {zone.rpartition("/")[2]: name for zone, name in zones.items()}
    wanted = name[:LONGEST_NAME].strip().lower().replace(" ", "_")
    close = difflib.get_close_matches(wanted, cities | zones, n=1, cutoff=LEAST_LIKENESS)
    return (cities | zones)[close[0]] if close else None


def _address(text: str, *schemes: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in schemes or not parts.hostname or re.search(r"\s", text):
        raise ValueError
    return text


def _web_address(text: str) -> str:
    return _address(text, "http", "https").rstrip("/")


def _socket_address(text: str) -> str:
    return _address(text, "ws", "wss")


def _public_address(text: str) -> str:
    return _address(text, "https") if text else ""


def _listening_place(text: str) -> str:
    host, _, port = text.rpartition(":")
    if not host.strip("[]") or not port.isascii() or not port.isdigit() or int(port) > LAST_PORT:
        raise ValueError
    return text


def is_loopback(address: str) -> bool:
    """Whether an address leads to this machine itself."""
    host = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _folder(value: object, info: ValidationInfo) -> Path:
    """An absolute path; a relative one starts at the folder in the validation's context."""
    if not isinstance(value, str | Path) or not str(value).strip():
        raise ValueError
    start: Path = (info.context or {}).get("folder", Path())
    try:
        return (start / Path(value).expanduser()).resolve()
    except RuntimeError:
        raise ValueError("there is no such home folder") from None


def is_token(text: str) -> bool:
    """Whether a secret can stand in the header of a request: one word of ASCII, or nothing."""
    return text.isascii() and text.isprintable() and " " not in text


def _token(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value().strip()
    if not is_token(text):
        raise ValueError
    return SecretStr(text)


Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Name = Annotated[Words, StringConstraints(max_length=LONGEST_NAME)]
Language = Annotated[str, AfterValidator(two_letters)]
Timezone = Annotated[str, AfterValidator(_timezone)]
Time = Annotated[str, StringConstraints(pattern="^(announcement|([01][0-9]|2[0-3]):[0-5][0-9])$")]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]
WebAddress = Annotated[str, AfterValidator(_web_address)]
SocketAddress = Annotated[str, AfterValidator(_socket_address)]
PublicAddress = Annotated[str, AfterValidator(_public_address)]
OptionalPlace = Annotated[str, AfterValidator(lambda text: text and _listening_place(text))]
ListeningPlace = Annotated[str, AfterValidator(_listening_place)]
Folder = Annotated[Path, PlainValidator(_folder)]
Token = Annotated[SecretStr, AfterValidator(_token)]
Destination = Annotated[Target, PlainValidator(_target)]
