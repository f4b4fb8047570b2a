"""What a subscription comes to: its own choices, else its chat's, else the configuration's."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from bot.config import Config
from bot.digest.terms import Terms, terms_of
from storage.models import ANNOUNCEMENT, DAYS, Address, Chat, Kind, Platform, Settings, Subscription

ADA = Address(Platform.TELEGRAM, "7")
PLAIN = Subscription(1, ADA, "cs.CV")
CONFIG = Config(language="de", timezone="Europe/Berlin")
CHOSEN = Settings(
    language="zh",
    timezone="Asia/Shanghai",
    at="18:30",
    days=("mon",),
    limit=7,
    form="rich",
    details="each",
    kinds=(Kind.NEW,),
    quiet=("22:00", "07:00"),
)


def test_what_nobody_chose_is_as_the_configuration_has_it() -> None:
    assert terms_of(PLAIN, Chat(ADA), CONFIG) == Terms(
        at="09:00",
        days=DAYS,
        zone=ZoneInfo("Europe/Berlin"),
        quiet=None,
        limit=20,
        language="de",
        kinds=(Kind.NEW, Kind.CROSS),
        form="classic",
        details="collapsed",
    )


def test_a_chats_settings_hold_for_all_its_subscriptions() -> None:
    assert terms_of(PLAIN, Chat(ADA, settings=CHOSEN), CONFIG) == Terms(
        at="18:30",
        days=("mon",),
        zone=ZoneInfo("Asia/Shanghai"),
        quiet=("22:00", "07:00"),
        limit=7,
        language="zh",
        kinds=(Kind.NEW,),
        form="rich",
        details="each",
    )


def test_a_subscriptions_own_choices_come_first() -> None:
    own = replace(
        PLAIN,
        at=ANNOUNCEMENT,
        days=("fri", "sat"),
        limit=3,
        language="en",
        timezone="America/Lima",
        form="classic",
        details="none",
    )
    found = terms_of(own, Chat(ADA, settings=CHOSEN), CONFIG)
    assert (found.at, found.days, found.limit) == (ANNOUNCEMENT, ("fri", "sat"), 3)
    assert (found.language, found.zone.key) == ("en", "America/Lima")
    assert (found.form, found.details) == ("classic", "none")
    assert (found.kinds, found.quiet) == ((Kind.NEW,), ("22:00", "07:00"))


def test_a_limit_of_nothing_means_everything_and_is_a_choice() -> None:
    found = terms_of(replace(PLAIN, limit=0), Chat(ADA, settings=CHOSEN), CONFIG)
    assert found.limit == 0
