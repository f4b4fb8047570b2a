"""Takes away what models put around a text out of habit, which saves asking them once more."""

import re
from dataclasses import replace

from bot.enrich.check_field import Draft
from bot.enrich.check_leaks import label_characters

_MARKS = "*#>_ "
_ANNOUNCED = re.compile(
    r"arXiv[:：]\s?(?:\d{4}\.\d{4,5}|[a-z-]{1,16}(?:\.[A-Z]{2})?/\d{7})(?:v\d{1,3})?"
    r"(?:\s?\[[a-z-]{1,16}(?:\.[A-Za-z-]{2,17})?\])?\s?[^\W\d_]{0,10}\s?[)）]",
    re.IGNORECASE,
)
"""What feeds put behind a title: `(arXiv:2401.00001v1 [cs.LG] UPDATED)`."""

LONGEST_ANNOUNCED = 80  # characters


def tidied(draft: Draft) -> str:
    """The text without a label before it ("摘要：") and a feed's remark behind it.

    What the paper itself has stays. Empty texts are left to the checks.
    """
    unlabelled = _without_label(draft)
    return _without_announcement(replace(draft, text=unlabelled)) or draft.text


def _without_label(draft: Draft) -> str:
    text = draft.text.lstrip(_MARKS)
    label = label_characters(replace(draft, text=text))
    return text[label:].lstrip(_MARKS) if label else draft.text


def _without_announcement(draft: Draft) -> str:
    text = draft.text.rstrip()
    begin = max(text.rfind("(", -LONGEST_ANNOUNCED), text.rfind("（", -LONGEST_ANNOUNCED))
    remark = text[begin + 1 :].strip() if begin >= 0 else ""
    if not _ANNOUNCED.fullmatch(remark) or remark.lower() in draft.source.lower():
        return draft.text
    return text[:begin].rstrip()
