"""Which terms translations leave in English, and which they translate in one way."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from bot.errors import ConfigError

FILE_NAME = "glossary.toml"  # in the data folder, the operator's own; in this package, ours

_EXPECTED = 'keep = ["a term"], and "a term" = "its translation" under [translate.LANGUAGE]'


@dataclass(frozen=True, slots=True)
class Glossary:
    """Terms to leave in English, and by language those with a translation of their own."""

    keep: tuple[str, ...] = ()
    translate: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def joined(self, other: "Glossary") -> "Glossary":
        """Both together; where they differ about a term, `other` counts."""
        languages = self.translate.keys() | other.translate.keys()
        translate = {
            language: {**self._kept(language, other), **other.translate.get(language, {})}
            for language in languages
        }
        keep = dict.fromkeys((*self.keep, *other.keep))
        return Glossary(tuple(keep), translate)

    def _kept(self, language: str, other: "Glossary") -> dict[str, str]:
        terms = self.translate.get(language, {})
        return {term: text for term, text in terms.items() if term not in other.keep}

    def about(self, text: str, language: str) -> "Glossary":
        """Only the terms that occur in `text` as whole words, whatever their case."""
        lowered = text.lower()
        terms = {
            term: translation
            for term, translation in self.translate.get(language, {}).items()
            if _occurs(term.lower(), lowered)
        }
        kept = (term for term in self.keep if term not in terms)
        keep = tuple(term for term in kept if _occurs(term.lower(), lowered))
        return Glossary(keep, {language: terms})


def _occurs(term: str, text: str) -> bool:
    """Whether `term` occurs in `text` without a letter or digit at either side."""
    begin = text.find(term)
    while begin >= 0:
        end = begin + len(term)
        if not (text[begin - 1 : begin].isalnum() or text[end : end + 1].isalnum()):
            return True
        begin = text.find(term, end)
    return False


def load_glossary(data_dir: Path) -> Glossary:
    """The glossary of this package, and the operator's on top of it where there is one.

    Raises ConfigError where the operator's cannot be read.
    """
    ours = _parsed(files("bot.enrich").joinpath(FILE_NAME).read_text(encoding="utf-8"))
    path = data_dir / FILE_NAME
    if not path.exists():
        return ours
    try:
        return ours.joined(_parsed(path.read_text(encoding="utf-8-sig")))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise ConfigError(f"{path}: {error}") from None


def _parsed(text: str) -> Glossary:
    """The glossary in a TOML text; raises ValueError, saying what is wrong."""
    content = tomllib.loads(text)
    keep, translate = content.pop("keep", []), content.pop("translate", {})
    if content or not _is_texts(keep) or not isinstance(translate, dict):
        raise ValueError(f"expected {_EXPECTED}")
    for terms in translate.values():
        if not isinstance(terms, dict) or not _is_texts([*terms, *terms.values()]):
            raise ValueError(f"expected {_EXPECTED}")
    return Glossary(tuple(keep), translate)


def _is_texts(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(one, str) and one for one in values)
