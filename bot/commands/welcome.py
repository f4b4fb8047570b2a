"""What this is and how to begin; every command, explained from the table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.commands.request import Context, Reply, carried, with_actions
from bot.digest.scope import DEFAULT_QUERY
from formatters.document import Action, Document, Heading, Note, Paragraph, Span, Spans
from formatters.labelled import labelled
from formatters.text import clean, clip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.commands.table import Command
    from formatters.words import Words

EXAMPLE = f"/subscribe {DEFAULT_QUERY} agent"
QUERIES = "queries"  # the one thing with a help that is no command
EXPLAINED = ("subscribe", "search", "settings")  # behind buttons of the list, for people who begin
IN_A_ROW = 3
LONGEST_LABEL = 40  # characters that fit a button on a phone

QUERY_FORMS = {
    "cs.CV cs.LG": "category",
    "cs.*": "archive",
    "diffusion model": "words",
    '"flow matching"': "phrase",
    'ti:graph abs:graph au:"Kaiming He"': "field",
    "-survey": "without",
    "cs.CL (agent OR tool)": "either",
}


async def start(context: Context, _arguments: str) -> Reply:
    """Answer `/start`, which also wakes a chat that had been given up, such as after a block."""
    if context.chat.paused is not None:
        await context.store.put_chat(replace(context.chat, paused=None))
    return Reply(_start_view(context.words))


async def help_(context: Context, arguments: str, commands: Sequence[Command]) -> Reply:
    """Answer `/help [COMMAND]`."""
    texts = context.words
    name = arguments.strip().lstrip("/").lower()
    shown = [command for command in commands if not command.hidden]
    if name == QUERIES:
        return Reply(_queries_view(texts), replaces=True)
    for command in shown:
        if name in (command.name, *command.aliases):
            return Reply(_command_view(command, texts), replaces=True)
    return Reply(_list_view(shown, texts, unknown=name), replaces=True)


async def unknown(context: Context, nearest: str | None) -> Reply:
    """Answer something that is no command; `nearest` is the name that may have been meant."""
    texts, request = context.words, context.request
    name = clip(clean(request.command), LONGEST_LABEL)
    said = texts("help.unknown", name=f"/{name}") if name else texts("help.plain")
    everything = Action(texts("help.all"), "help")
    if nearest is None:
        return Reply(with_actions(_paragraphs(texts, said), (everything,)))
    line = f"{nearest} {request.arguments}".strip()
    label = clip(clean(f"/{line}"), LONGEST_LABEL)
    meant = Action(label, await carried(context.services, line), strong=True)
    document = _paragraphs(texts, said, texts("help.nearest"))
    return Reply(with_actions(document, (meant,), (everything,)))


def _paragraphs(texts: Words, *paragraphs: str) -> Document:
    return Document(texts.language, tuple(Paragraph((Span(text),)) for text in paragraphs))


def _start_view(texts: Words) -> Document:
    document = Document(
        texts.language,
        (
            Heading(texts("start.title")),
            Paragraph((Span(texts("start.text")),)),
            Paragraph((Span(texts("start.begin")), Span(EXAMPLE, code=True))),
        ),
    )
    subscribe = texts("start.subscribe", query=DEFAULT_QUERY)
    return with_actions(
        document,
        (Action(subscribe, f"subscribe {DEFAULT_QUERY}", strong=True),),
        (Action(texts("start.digest", query=DEFAULT_QUERY), f"digest {DEFAULT_QUERY}"),),
        (Action(texts("start.settings"), "settings"), Action(texts("help.all"), "help")),
    )


def _list_view(commands: Sequence[Command], texts: Words, unknown: str) -> Document:
    rows = ((f"/{one.name}", (Span(texts(f"command.{one.name}")),)) for one in commands)
    name = clip(clean(unknown), LONGEST_LABEL)
    remark = Paragraph((Span(texts("help.unknown", name=f"/{name}")),))
    document = Document(
        texts.language,
        (
            *([remark] if unknown else []),
            labelled(texts("help.title"), rows),
            Note((Span(texts("help.more")), Span("/help subscribe", code=True))),
        ),
    )
    explained = tuple(Action(f"/{name}", f"help {name}") for name in EXPLAINED)
    return with_actions(document, explained, (_about_queries(texts),))


def _command_view(command: Command, texts: Words) -> Document:
    rows: list[tuple[str, Spans]] = [(texts("help.usage"), (Span(command.line, code=True),))]
    rows += [
        (texts("help.example"), (Span(f"/{command.name} {example}".rstrip(), code=True),))
        for example in command.examples
    ]
    if command.aliases:
        names = ", ".join(f"/{alias}" for alias in command.aliases)
        rows.append((texts("help.aliases"), (Span(names, code=True),)))
    rows.append((texts("help.about"), (Span(texts(f"manual.{command.name}")),)))
    title = f"/{command.name} – {texts(f'command.{command.name}')}"
    document = Document(texts.language, (labelled(title, rows),))
    return with_actions(document, (_about_queries(texts), Action(texts("help.all"), "help")))


def _queries_view(texts: Words) -> Document:
    rows = ((form, (Span(texts(f"query.{key}")),)) for form, key in QUERY_FORMS.items())
    card = labelled(texts("help.queries_title"), rows)
    document = Document(texts.language, (card, Paragraph((Span(texts("help.queries")),))))
    return with_actions(document, (Action(texts("help.all"), "help"),))


def _about_queries(texts: Words) -> Action:
    return Action(texts("help.query_button"), f"help {QUERIES}")
