"""A query as a condition on the full-text index, for searching what is stored.

The index finds more than there would be in a batch: plain words are also looked for in authors and
translations, names in the names of several authors, and word endings are taken off more freely
(Porter's stemmer). It does not know plurals such as `matrices` or `biases` for the same word, nor
possessives within phrases, TeX in names, authors by initials alone, or a category that announced a
paper without being one of the paper's own.
"""

from bot.digest.query import And, Archive, Category, Field, Not, Or, Query, Words
from bot.sources import taxonomy
from storage.search import Condition, Every, Phrase, Some, Without

_COLUMNS = {
    Field.TEXT: ("title", "abstract", "authors", "translated_title", "translated_text"),
    Field.TITLE: ("title", "translated_title"),
    Field.ABSTRACT: ("abstract", "translated_text"),
    Field.AUTHOR: ("authors",),
}


def condition(query: Query) -> Condition:
    """Translate a query: what it matches in a batch, it also finds in the index.

    Exceptions are above. Where the index finds more, a NOT leaves out more.
    """
    match query:
        case And(parts):
            return Every(tuple(map(condition, parts)))
        case Or(parts):
            return Some(tuple(map(condition, parts)))
        case Not(part):
            return Without(condition(part))
        case Category(name):
            return _any_category((name,))
        case Archive(name):
            return _any_category(taxonomy.members(name))
        case Words():
            return _words(query)


def _any_category(names: tuple[str, ...]) -> Condition:
    spellings = dict.fromkeys(one for name in names for one in sorted(taxonomy.spellings(name)))
    return Some(tuple(Phrase(spelling, ("categories",)) for spelling in spellings))


def _words(words: Words) -> Condition:
    columns = _COLUMNS[words.field]
    if words.field is not Field.AUTHOR:
        return Phrase(words.text, columns)
    # Initials are left out: the index knows whole words only.
    names = [name for name in words.tokens if len(name) > 1] or list(words.tokens)
    return Every(tuple(Phrase(name, columns) for name in names))
