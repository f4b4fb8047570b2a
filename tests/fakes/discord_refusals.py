"""How the fake Discord says no: its codes with their texts, and the answer that carries them."""

from typing import Any

MESSAGES = {
    0: (401, "401: Unauthorized"),
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10008: (404, "Unknown Message"),
    10013: (404, "Unknown User"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    10087: (404, "Unknown tag"),
    40033: (400, "This message has already been crossposted"),
    40060: (400, "Interaction has already been acknowledged."),
    40067: (400, "A tag is required to create a forum post in this channel"),
    50001: (403, "Missing Access"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50007: (403, "Cannot send messages to this user"),
    50013: (403, "Missing Permissions"),
    50024: (400, "Cannot execute action on this channel type"),
    50027: (401, "Invalid Webhook Token"),
    50035: (400, "Invalid Form Body"),
    50083: (400, "Thread is archived"),
    50278: (400, "Cannot send messages to this user due to having no mutual guilds"),
    160004: (400, "A thread has already been created for this message"),
    160006: (400, "Maximum number of active threads reached"),
    200000: (400, "Message was blocked by automatic moderation"),
}
"""Status and text of each code:
https://docs.discord.com/developers/topics/opcodes-and-status-codes#json."""


class Refusal(Exception):
    """An answer that is no success: a code from MESSAGES, or a bare status."""

    def __init__(self, code: int, status: int | None = None, **fields: Any) -> None:
        known, message = MESSAGES.get(code, (500, f"{status or 500}: refused"))
        super().__init__(message)
        self.code = code
        self.status = known if status is None else status
        self.body: dict[str, Any] = {"message": message, "code": code} | fields
        self.headers: dict[str, str] = {}


class TooMany(Refusal):
    """429: `retry_after` is in seconds; `scope` is user, shared or global."""

    def __init__(self, retry_after: float, scope: str = "user", code: int = 0) -> None:
        super().__init__(code, 429)
        self.body = {
            "message": "You are being rate limited.",
            "retry_after": retry_after,
            "global": scope == "global",
            "code": code,
        }
        self.headers = {
            "Retry-After": str(max(1, round(retry_after))),
            "X-RateLimit-Scope": scope,
        }
        if scope == "global":
            self.headers["X-RateLimit-Global"] = "true"


class Trouble(Refusal):
    """A server's error with a page instead of JSON, as it comes from in front of Discord."""

    def __init__(self, status: int) -> None:
        super().__init__(0, status)


def malformed(place: str, problem: str) -> Refusal:
    """50035, in the form in which Discord names the field."""
    errors: dict[str, Any] = {"_errors": [{"code": "BASE_TYPE_BAD", "message": problem}]}
    for name in reversed(place.split(".")):
        errors = {name: errors}
    return Refusal(50035, errors=errors)
