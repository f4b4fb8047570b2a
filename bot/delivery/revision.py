"""What has to be edited so that a digest that was posted says what it would say now; pure."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from bot.delivery.settlement import FALLBACK
from storage.deliveries import Delivery, DeliveryState
from storage.models import Call, Digest, Json, Platform, Summary

NOT_EDITED = frozenset({FALLBACK, "disable_notification"})
"""What is in a message's body but has no meaning in an edit."""


def poorer(digest: Digest) -> Iterator[Digest]:
    """The digest, then without translated abstracts, then with better TL;DRs alone.

    Translations make messages longer, and what was one message has to stay one.
    """
    yield digest
    yield _with(digest, lambda summary: replace(summary, abstract=None))
    yield _with(digest, lambda summary: replace(summary, abstract=None, title=None))


def _with(digest: Digest, change: Callable[[Summary], Summary]) -> Digest:
    return replace(
        digest,
        entries=tuple(
            replace(one, summary=change(one.summary)) if one.summary else one
            for one in digest.entries
        ),
    )


def fits(rows: Sequence[Delivery], calls: Sequence[Call]) -> bool:
    """Whether the calls that a digest would be now are as many, of the same kinds, as were made."""
    return [row.method for row in rows] == [call.method for call in calls]


def edits(rows: Sequence[Delivery], calls: Sequence[Call]) -> tuple[Call, ...]:
    """The calls that turn what was posted into what would be posted now, which has to fit.

    `rows` are the digest's deliveries in order. What never arrived is not edited.
    """
    found = []
    for place, (row, call) in enumerate(zip(rows, calls, strict=True)):
        body: Json = json.loads(json.dumps(call.body))  # as rows come out of the database
        if row.state is not DeliveryState.SENT or _bare(row.body) == _bare(body):
            continue
        edited_later = any(one.method == "edit" and one.about == place for one in calls)
        if not edited_later and (edit := _edit(rows, row, replace(call, body=body))):
            found.append(edit)
    return tuple(found)


def _edit(rows: Sequence[Delivery], row: Delivery, call: Call) -> Call | None:
    """One edit; None for what cannot be edited, such as the name of a thread."""
    match row.chat.platform, call.method:
        case Platform.TELEGRAM, "sendMessage" | "sendRichMessage":
            return Call("editMessageText", {**_bare(call.body), "message_id": int(row.result)})
        case Platform.DISCORD, "message":
            place = {} if call.about is None else {"channel_id": rows[call.about].result}
            return Call("edit", {**call.body, "message_id": row.result, **place})
        case Platform.DISCORD, "edit" if call.about is not None:
            return Call("edit", {**call.body, "message_id": rows[call.about].result})
        case Platform.DISCORD, "post":
            message = call.body["message"]
            if isinstance(message, dict) and message != row.body["message"]:
                # The first message of a post has the number of the post.
                ids = {"message_id": row.result, "channel_id": row.result}
                return Call("edit", {**message, **ids})
        case Platform.FILE, "file":
            return Call("file", call.body)
    return None


def _bare(body: Json) -> Json:
    return {name: value for name, value in body.items() if name not in NOT_EDITED}
