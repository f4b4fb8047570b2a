import pytest
from hypothesis import given

from formatters.tex_formulas import with_formulas
from tests.formatters.examples import hostile_text


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        (r"at $\alpha^2$ and", [("at ", ""), ("α²", r"\alpha^2"), (" and", "")]),
        (r"\(x_1\), \[y\]", [("", ""), ("x₁", "x_1"), (", ", ""), ("y", "y"), ("", "")]),
        ("the $k$ best", [("the ", ""), ("k", "k"), (" best", "")]),
        ("costs $5 or $6", [("costs $5 or $6", "")]),
        ("in $20$ days", [("in ", ""), ("20", ""), (" days", "")]),
        (r"$\textbf{We} fly$", [("", ""), ("We fly", ""), ("", "")]),
        ("no formula", [("no formula", "")]),
    ],
)
def test_formulas_are_told_apart_from_prose(text: str, pieces: list[tuple[str, str]]) -> None:
    assert list(with_formulas(text)) == pieces


@given(hostile_text)
def test_no_text_is_too_hostile(text: str) -> None:
    for _, formula in with_formulas(text):
        assert formula in text
