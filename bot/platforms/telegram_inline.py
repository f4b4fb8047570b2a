"""Inline mode: `@bot words` in any chat offers cards of papers to share there."""

from collections.abc import Sequence
from typing import Any

from bot.commands.papers import Found
from formatters.telegram import telegram
from formatters.text import clip, plain
from formatters.views import paper_view
from formatters.words import Words

MOST = 20  # cards; Telegram takes 50: https://core.telegram.org/bots/api#answerinlinequery
CACHED = 60  # seconds for which Telegram gives the same answer to everybody
LONGEST_TITLE = 120
LONGEST_DESCRIPTION = 200  # characters that fit below a title

Json = dict[str, Any]


def answer(query_id: str, found: Sequence[Found], texts: Words) -> Json:
    """The parameters of answerInlineQuery for some papers; without any, a button to the bot."""
    parameters: Json = {
        "inline_query_id": query_id,
        "results": [card(one, texts) for one in found[:MOST]],
        "cache_time": CACHED,
        "is_personal": False,
    }
    if not found:
        label = texts("telegram.inline_hint")
        parameters["button"] = {"text": label, "start_parameter": "help"}
    return parameters


def card(found: Found, texts: Words) -> Json:
    """One paper to share: the first message of its card.

    Only buttons that lead somewhere stay: in other people's chats there is nobody to answer.
    """
    paper, summary = found
    body = telegram(paper_view(paper, summary, texts))[0].body
    content = {"message_text": body["text"]}
    content |= {name: body[name] for name in ("entities", "link_preview_options") if name in body}
    description = summary.tldr or paper.abstract
    result: Json = {
        "type": "article",
        "id": paper.id,
        "title": clip(plain(summary.title or paper.title), LONGEST_TITLE),
        "description": clip(plain(description), LONGEST_DESCRIPTION),
        "url": paper.abs_url,
        "input_message_content": content,
    }
    markup = body.get("reply_markup")
    if isinstance(markup, dict) and (rows := _links(markup)):
        result["reply_markup"] = {"inline_keyboard": rows}
    return result


def _links(markup: Json) -> list[list[Json]]:
    rows = markup.get("inline_keyboard", [])
    kept = [[button for button in row if "callback_data" not in button] for row in rows]
    return [row for row in kept if row]
