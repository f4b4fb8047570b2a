"""Running text with its formulas told apart, for readers that can be shown mathematics."""

import re
from collections.abc import Iterator

from formatters.tex import to_unicode
from formatters.tex_pairs import pair

_WIDTHS = {"$": 1, "$$": 2, r"\(": 2, r"\[": 2}
_MATHEMATICS = re.compile(r"(?!\\(?:text|math|emph))(?:.*[\\^_]|[A-Za-z]$)", re.DOTALL)
"""A formula that gains by being shown as one: no number, and no words in another font."""


def with_formulas(text: str) -> Iterator[tuple[str, str]]:
    """Prose and formulas in turn: each in Unicode, and the TeX of a formula or else nothing."""
    pairs, at = pair(text), 0
    for start in sorted(pairs):
        width = _WIDTHS.get(text[start : start + 2]) or _WIDTHS.get(text[start])
        if start < at or width is None:
            continue
        stop = pairs[start]
        yield to_unicode(text[at:start]), ""
        at = stop + width
        formula = text[start + width : stop].strip()
        yield to_unicode(text[start:at]), formula if _MATHEMATICS.match(formula) else ""
    yield to_unicode(text[at:]), ""
