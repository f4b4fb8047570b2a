"""Text with entities as Discord's markdown, in which all that is not ours means only itself."""

import re
from collections.abc import Iterator

from formatters.telegram_text import Entity, Text, split

WORD_JOINER = "\u2060"
"""Shows nothing, and parts what Discord would otherwise read as one sign or one mention."""

CODE, LINK, ADDRESS, SPOILER = "code", "link", "address", "spoiler"
STRONG, SMALL = "strong", "small"
HEADING, TITLE, FOOTER = "heading", "title", "footer"
"""Types of entities. An address is shown as such; those of the last row are whole lines."""

MARKS = {
    STRONG: ("**", "**"),
    SMALL: ("*", "*"),
    CODE: ("`", "`"),
    SPOILER: ("||", "||"),
    LINK: ("[", "]"),
    ADDRESS: ("<", ">"),
    HEADING: ("## ", ""),
    TITLE: ("### ", ""),
    FOOTER: ("-# ", ""),
}
"""What stands around each: https://support.discord.com/hc/en-us/articles/210298617."""

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_SPECIAL = re.compile(
    r"""
    [\\*_~|`\[\]<]                          # styles, links, mentions, timestamps, emoji, commands
    | (?<=^[ ]) [#>+-] | ^[#>+-]            # at the start of a line: headings, quotes, lists
    | : (?= // | [\w+-]{1,64}: )            # addresses, which would be embedded; names of emoji
    | (?<=discord) \. | (?<=discordapp) \.  # invitations, which are embedded without a scheme, too
    """,
    re.VERBOSE | re.IGNORECASE | re.MULTILINE,
)
_NUMBERED = re.compile(r"^( ?\d{1,9})\.", re.MULTILINE)
_MENTION = re.compile(r"@(?=everyone|here|[!&]?\d)", re.IGNORECASE)
"""Discord's server looks for mentions before anybody thinks of a backslash."""

_BRACKETS = str.maketrans("[]", "［］")
_PAIRED = re.compile(r"(?:[^\[\]]|\[[^\[\]]*\])*")
"""Labels in which Discord finds the end of a link; in others even escaped brackets break it."""

_NEVER_CODE = re.compile(r"`|\|\||\*\*")
"""What would end code or a style around it, since nothing can be escaped within code."""


def cleaned(text: str) -> str:
    """The text on one line, without what no message can hold."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text
    return _CONTROL.sub("", re.sub(r"\s+", " ", text))


def escaped(text: str) -> str:
    """Markdown that shows just this text, mentions nobody and embeds nothing."""
    return _escaped(cleaned(text), starts=True)


def can_be_code(text: str) -> bool:
    """Whether the text can stand in code, also inside other styles, as it is."""
    return Text(text).visible and not _NEVER_CODE.search(text)


def units(text: str) -> int:
    """Its length in UTF-16. Discord does not say what it counts; nothing counts more than this."""
    return len(text.encode("utf-16-le")) // 2


def fitting(text: Text, most: int) -> list[str]:
    """Write a text as one, or as several that are each at most so long.

    Cuts between words where that can be; styles that are cut begin again.
    """
    whole = markdown(text)
    if units(whole) <= most:
        return [whole] if text.visible else []
    characters = most
    while True:
        written = [markdown(one) for one in split(text, characters, len(text.entities) + 1)]
        longest = max(map(units, written))
        if longest <= most or characters == 1:
            return written
        characters = max(1, min(characters * most // longest, characters * 15 // 16))


def markdown(text: Text) -> str:
    """Write one text, whatever its length."""
    return "".join(_written(text))


def _written(text: Text) -> Iterator[str]:
    """Marks and what is between them. Where one mark would run into the next they are parted."""
    begun: list[Entity] = []
    at = 0
    after_mark = False
    for entity in (*text.entities, Entity("", len(text.text), len(text.text))):
        while begun and begun[-1].end <= entity.start:
            between = text.text[at : begun[-1].end]
            yield _between(between, begun)
            yield WORD_JOINER if between.endswith("|") else ""
            at = begun[-1].end
            yield _closing(begun.pop())
            after_mark = True
        if between := text.text[at : entity.start]:
            yield _between(between, begun)
            after_mark = False
        if entity.type:
            yield (WORD_JOINER if after_mark else "") + MARKS[entity.type][0]
            begun.append(entity)
            after_mark = False
        at = entity.start


def _between(text: str, begun: list[Entity]) -> str:
    """Text within the entities that have begun, the innermost last."""
    if text and begun and begun[-1].type == ADDRESS:
        return _target(begun[-1])
    if begun and begun[-1].type == CODE:
        return _MENTION.sub(f"@{WORD_JOINER}", text)
    if any(one.type == LINK for one in begun) and not _PAIRED.fullmatch(text):
        text = text.translate(_BRACKETS)
    return _escaped(text, starts=not begun)


def _escaped(text: str, *, starts: bool) -> str:
    """Any number of lines that are clean already; `starts`: the first is the start of one."""
    text = _SPECIAL.sub(r"\\\g<0>", text)
    if starts:
        text = _NUMBERED.sub(r"\1\\.", text)
    return _MENTION.sub(f"@{WORD_JOINER}", text)


def _closing(entity: Entity) -> str:
    target = f"({_target(entity)})" if entity.type == LINK else ""
    return MARKS[entity.type][1] + target


def _target(entity: Entity) -> str:
    """The address, which is a safe one, without what would end a style or mention anybody."""
    return (entity.url or "").replace("*", "%2A").replace("@", "%40")
