"""What is checked and what comes of it: a field of a summary, a draft of it, a complaint."""

from dataclasses import dataclass
from enum import StrEnum

from bot.enrich.check_languages import Language
from storage.models import Paper


class Field(StrEnum):
    """The texts that a language model writes about one paper; the values name them in requests."""

    TITLE = "title"
    TLDR = "tldr"
    ENGLISH_TLDR = "english_tldr"
    ABSTRACT = "abstract"

    @property
    def is_tldr(self) -> bool:
        """Whether this is a TL;DR, in whichever language."""
        return self in (Field.TLDR, Field.ENGLISH_TLDR)


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong with a field: the short name of the check, and a sentence in English.

    The sentence can stand in the request that asks the model to mend the field.
    """

    check: str
    text: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A text that a model wrote for one field of one paper, and what it is held against.

    `language` is the one the text should be in. `terms` are the words and names, in lower case,
    that may stay in English.
    """

    field: Field
    text: str
    paper: Paper
    language: Language
    terms: frozenset[str] = frozenset()

    @property
    def original(self) -> str:
        """The one text of the paper that the field renders: its title or its abstract."""
        return self.paper.title if self.field is Field.TITLE else self.paper.abstract

    @property
    def source(self) -> str:
        """Everything of the paper that the model was given to read."""
        return f"{self.paper.title}\n{self.paper.abstract}"
