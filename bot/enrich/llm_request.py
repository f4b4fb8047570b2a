"""One request to a server that speaks OpenAI's protocol, and what it does not understand of it.

Servers differ in how they can be told to answer with JSON, and in what they call the limit of an
answer. What works is found by trying, from the best to the plainest, and remembered.
"""

import asyncio
import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bot.clock import Clock
from bot.config import Llm
from bot.enrich.llm_setbacks import Setback, Trouble, TryFailed, status_setback
from bot.enrich.prompts import Prompt
from storage.answers import Tokens

if TYPE_CHECKING:
    from openai import APIStatusError, AsyncOpenAI
    from openai.types.chat import ChatCompletion

MOST_TOKENS = 8000
"""The longest answer, thoughts included; four fields have 1,200. What is longer went astray."""
NO_KEY = "none"  # servers on one's own machine want none, but an empty one makes no valid header
UNSUPPORTED_STATUSES = frozenset({400, 422})
CHARACTERS_A_TOKEN = 3.0  # where the server does not count: English has 4 to 5, Chinese 1 to 2


class Form(StrEnum):
    """How the server is told to answer with JSON."""

    SCHEMA = "json_schema"
    OBJECT = "json_object"
    TEXT = "text"


_PLAINER = {Form.SCHEMA: Form.OBJECT, Form.OBJECT: Form.TEXT}
_OTHER_LIMIT = {"max_tokens": "max_completion_tokens", "max_completion_tokens": ""}


@dataclass(frozen=True, slots=True)
class Manners:
    """What a server understands: a form of JSON, and the name of the limit, "" for none."""

    form: Form = Form.SCHEMA
    limit: str = "max_tokens"

    def plainer(self, problem: str) -> "Manners | None":
        """What to try after the server complained of `problem`; None after the plainest."""
        about_limit = re.search(r"max_(?:completion_)?tokens", problem)
        if (about_limit or self.form is Form.TEXT) and self.limit:
            return replace(self, limit=_OTHER_LIMIT[self.limit])
        if self.form is Form.TEXT:
            return None
        return replace(self, form=_PLAINER[self.form])


@dataclass(frozen=True, slots=True)
class Written:
    """What the model wrote, and what it took."""

    text: str
    tokens: Tokens


class LlmRequest:
    """Sends prompts to the configured server, one try each."""

    def __init__(self, config: Llm, clock: Clock) -> None:
        self.manners = Manners()
        self._config = config
        self._clock = clock
        self._client: AsyncOpenAI | None = None
        self._making = asyncio.Lock()
        self._negotiating = asyncio.Lock()

    async def send(self, prompt: Prompt) -> Written:
        """Ask once; raises TryFailed where nothing usable comes back."""
        tried = self.manners
        try:
            return await self._send(prompt, tried)
        except _NotUnderstood as refusal:
            problem, last = refusal.problem, refusal.failed
        async with self._negotiating:  # the others who were not understood wait for what works
            manners = self.manners if self.manners != tried else tried.plainer(problem)
            while manners is not None:
                try:
                    written = await self._send(prompt, manners)
                except _NotUnderstood as refusal:
                    manners, last = manners.plainer(refusal.problem), refusal.failed
                else:
                    self.manners = manners
                    return written
        raise last

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()

    async def _send(self, prompt: Prompt, manners: Manners) -> Written:
        client = await self.client()
        import openai

        try:
            async with asyncio.timeout(self._config.timeout):
                completion = await client.chat.completions.create(
                    model=self._config.model,
                    messages=[
                        {"role": "system", "content": prompt.system},
                        {"role": "user", "content": prompt.user},
                    ],
                    extra_body=_body(prompt, manners),
                )
        except TimeoutError:
            raise TryFailed(_timed_out(self._config.timeout)) from None
        except openai.APIStatusError as error:
            raise self._refusal(error) from None
        except openai.APIConnectionError:
            raise TryFailed(self._unreachable()) from None
        except (openai.OpenAIError, ValueError):
            raise TryFailed(_MEANINGLESS) from None
        return _written(completion, prompt)

    async def client(self) -> "AsyncOpenAI":
        """The library's client, made but not connected when it is first asked for.

        Importing the library takes 1.8 s (measured), for which nobody else has to wait.
        """
        async with self._making:
            if self._client is None:
                self._client = await asyncio.to_thread(_client, self._config)
            return self._client

    def _refusal(self, error: "APIStatusError") -> Exception:
        """What an HTTP error means. Its text is the server's, and may hold the key: never shown."""
        header = error.response.headers.get("retry-after")
        code = error.code or error.type
        failed = TryFailed(status_setback(error.status_code, header, code, self._clock.now()))
        if error.status_code in UNSUPPORTED_STATUSES:
            return _NotUnderstood(str(error.body or error.message), failed)
        return failed

    def _unreachable(self) -> Setback:
        host = urlsplit(self._config.base_url).hostname
        return Setback(Trouble.PASSING, f"could not be reached at {host}, or broke off its answer")


class _NotUnderstood(Exception):
    """The server refused a request, perhaps for how it was put; `failed` is for if not."""

    def __init__(self, problem: str, failed: TryFailed) -> None:
        super().__init__()
        self.problem = problem
        self.failed = failed


_MEANINGLESS = Setback(
    Trouble.PASSING, "answered something that is no completion; check base_url under [llm]"
)


def _timed_out(seconds: float) -> Setback:
    return Setback(
        Trouble.PASSING, f"said nothing for {seconds:g} s; a larger timeout under [llm] may help"
    )


def _client(config: Llm) -> "AsyncOpenAI":
    from openai import AsyncOpenAI

    client = AsyncOpenAI(
        api_key=config.api_key.get_secret_value() or NO_KEY,
        base_url=config.base_url,
        timeout=None,
        max_retries=0,
    )
    _ = client.chat.completions  # the library imports most of itself only here
    return client


def _body(prompt: Prompt, manners: Manners) -> dict[str, Any]:
    """What goes into a request besides model and messages."""
    limit = {manners.limit: MOST_TOKENS} if manners.limit else {}
    return {**limit, **_response_format(prompt.keys, manners.form)}


def _response_format(keys: tuple[str, ...], form: Form) -> dict[str, Any]:
    if form is Form.TEXT:
        return {}
    if form is Form.OBJECT:
        return {"response_format": {"type": form.value}}
    schema = {
        "type": "object",
        "properties": {key: {"type": "string"} for key in keys},
        "required": list(keys),
        "additionalProperties": False,
    }
    named = {"name": "summary", "strict": True, "schema": schema}
    return {"response_format": {"type": form.value, form.value: named}}


def _written(completion: "ChatCompletion", prompt: Prompt) -> Written:
    """The text of a completion; TryFailed where it is none, whatever the server's types say."""
    try:
        message = completion.choices[0].message
        text: object = message.content or message.refusal or ""
        usage: object = completion.usage
    except (AttributeError, IndexError, TypeError):
        raise TryFailed(_MEANINGLESS) from None
    if not isinstance(text, str):
        raise TryFailed(_MEANINGLESS)
    counts = [getattr(usage, name, None) for name in ("prompt_tokens", "completion_tokens")]
    whole = [count for count in counts if isinstance(count, int)]
    return Written(text, Tokens(*whole) if len(whole) == 2 else _counted(prompt, text))


def _counted(prompt: Prompt, text: str) -> Tokens:
    """How many tokens it may have been, where the server does not say."""
    asked = len(prompt.system) + len(prompt.user)
    return Tokens(round(asked / CHARACTERS_A_TOKEN), round(len(text) / CHARACTERS_A_TOKEN))
