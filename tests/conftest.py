"""What every test may ask for: the sample data beside the checkout, a fake clock."""

from pathlib import Path

import pytest

from tests.fakes.clock import FakeClock

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real sample data; tests that need it skip, saying so, where it is absent."""
    folder = SHARED / "data"
    if not folder.is_dir():
        pytest.skip(f"no sample data at {folder}")
    return folder


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()
