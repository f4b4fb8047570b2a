"""What a subscription comes to: its own choices, else its chat's, else the configuration's."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot.config import Config
from storage.models import Chat, Kind, Subscription


@dataclass(frozen=True, slots=True)
class Terms:
    """When a subscription's digests come, what is in them, and what they look like.

    `limit` 0 means everything; the other fields are those of `storage.models.Settings`.
    """

    at: str
    days: tuple[str, ...]
    zone: ZoneInfo
    quiet: tuple[str, str] | None
    limit: int
    language: str
    kinds: tuple[Kind, ...]
    form: str
    details: str


def terms_of(subscription: Subscription, chat: Chat, config: Config) -> Terms:
    """Fill in what a subscription leaves open."""
    settings = chat.settings
    timezone = subscription.timezone or settings.timezone or config.timezone
    return Terms(
        at=subscription.at or settings.at,
        days=subscription.days or settings.days,
        zone=ZoneInfo(timezone),
        quiet=settings.quiet,
        limit=settings.limit if subscription.limit is None else subscription.limit,
        language=subscription.language or settings.language or config.language,
        kinds=settings.kinds,
        form=subscription.form or settings.form,
        details=subscription.details or settings.details,
    )
