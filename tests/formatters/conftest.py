"""What the formatters' tests ask for."""

import pytest

from tests.fakes.telegram_spec import Spec, load_spec


@pytest.fixture(scope="session")
def telegram_spec() -> Spec:
    """The Bot API's specification; tests that need it skip, saying so, where it is absent."""
    return load_spec()
