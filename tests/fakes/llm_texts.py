"""What a good model writes, made up: sentences of the right language and length for any paper."""

import re
from collections.abc import Callable

_CHINESE = (
    "本文研究了这一领域中长期存在的难题。",
    "现有做法往往依赖大量人工标注，成本很高。",
    "我们给出一种简单而有效的新思路，并说明它为何可行。",
    "该思路先把复杂任务拆开，再逐一求解。",
    "为了检验效果，作者设计了多组对照实验。",
    "结果表明，新做法在各种条件下都更为稳健。",
    "进一步分析揭示了其中起作用的关键因素。",
    "此外，我们讨论了它在真实场景里的局限。",
    "相关代码与数据将向公众开放。",
    "这些发现为今后的工作指明了方向。",
    "与早期工作相比，它所需资源明显减少。",
    "最后还给出了理论上的解释与证明。",
)
_GERMAN = (
    "Die Arbeit untersucht eine seit langem offene Frage dieses Gebiets.",
    "Bisherige Verfahren brauchen viele von Hand beschriftete Beispiele.",
    "Wir schlagen einen einfachen Weg vor und zeigen, warum er gangbar ist.",
    "Er zerlegt die Aufgabe in kleine Teile und löst einen nach dem anderen.",
    "Zur Prüfung dienen mehrere sorgfältig geplante Versuche.",
    "Die Ergebnisse sind unter allen Bedingungen besser als zuvor.",
    "Eine genauere Betrachtung legt die entscheidenden Ursachen offen.",
    "Außerdem werden die Grenzen im wirklichen Einsatz besprochen.",
    "Programme und Daten stehen allen frei zur Verfügung.",
    "Gegenüber früheren Ansätzen sinkt der Aufwand deutlich.",
)
_ENGLISH = (
    "The authors split a hard task into small steps and find that doing so makes it more robust.",
)
# Of no language at all: for those that no sentences were written for.
_INVENTED = tuple(
    f"Lumara {word} sokano veti, ubaro {word} telika moru na {word}sa." for word in
    ("pendi", "kora", "watule", "zimaro", "hekani", "jubola", "fasiri", "ngeto", "roshu", "tabe")
)  # fmt: skip
_WRITTEN = {"Chinese": _CHINESE, "German": _GERMAN, "English": _ENGLISH * 3}
_FORMULA = re.compile(r"\$[^$]+\$")
# Characters of a translation for each of the English original.
_SHARES = {"Chinese": 0.29}


def good_text(key: str, language: str, title: str, abstract: str) -> str:
    """One field of a good answer; `language` is an English name."""
    return _WRITERS[key](language, title, abstract)


def _title(language: str, title: str, _abstract: str) -> str:
    text = _filled(language, title)
    return f"{text[: round(len(title) * _share(language))].rstrip('，。. ')}"


def _tldr(language: str, _title: str, _abstract: str) -> str:
    return _sentences(language)[2]


def _abstract(language: str, _title: str, abstract: str) -> str:
    return " ".join((*_FORMULA.findall(abstract), _filled(language, abstract)))


_WRITERS: dict[str, Callable[[str, str, str], str]] = {
    "title": _title,
    "tldr": _tldr,
    "english_tldr": lambda *_: _ENGLISH[0],
    "abstract": _abstract,
}


def _sentences(language: str) -> tuple[str, ...]:
    return _WRITTEN.get(language, _INVENTED)


def _share(language: str) -> float:
    return _SHARES.get(language, 1.0)


def _filled(language: str, original: str) -> str:
    """Whole sentences, together at least about as long as a translation, if there are enough."""
    text, joint = "", "" if language == "Chinese" else " "
    for sentence in _sentences(language):
        if len(text) >= len(original) * _share(language):
            break
        text = f"{text}{joint}{sentence}".lstrip()
    return text
