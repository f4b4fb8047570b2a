"""What the crash tests share: the source of the processes that die."""

from collections.abc import Iterator

import pytest

from tests.bot.crashes.forks import Forks, forking


@pytest.fixture(scope="session")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    with forking(tmp_path_factory.mktemp("forks")) as source:
        yield source
