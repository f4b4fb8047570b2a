"""Lists of values in statements are split where a database would refuse them."""

import pytest

from storage.rows import VALUES_AT_ONCE, in_portions, marks


@pytest.mark.parametrize(("values", "expected"), [((), ""), (("a",), "?"), (("a", "b"), "?, ?")])
def test_there_is_a_placeholder_for_each_value(values: tuple[str, ...], expected: str) -> None:
    assert marks(values) == expected


@pytest.mark.parametrize("count", [0, 1, VALUES_AT_ONCE, VALUES_AT_ONCE + 1, 3 * VALUES_AT_ONCE])
def test_portions_hold_every_value_once_in_order(count: int) -> None:
    values = [str(number) for number in range(count)]
    portions = list(in_portions(values))
    assert [value for portion in portions for value in portion] == values
    assert all(0 < len(portion) <= VALUES_AT_ONCE for portion in portions)
