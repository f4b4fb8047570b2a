"""What the tests of arXiv's sources share: a fake arXiv on loopback, and patience to ask it."""

from collections.abc import Iterator

import pytest

from bot.sources.retry import Patience
from tests.fakes.arxiv import FakeArxiv
from tests.fakes.clock import FakeClock

THREE_TRIES = Patience(tries=3, seconds=60.0, offline=True)


@pytest.fixture
def arxiv(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeArxiv]:
    """Nothing there yet; no proxy of this machine stands between it and the tests."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with FakeArxiv(clock) as server:
        yield server
