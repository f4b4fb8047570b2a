"""One real request about one paper, which shows whether the configured model does its work."""

from dataclasses import dataclass

from bot.clock import Clock
from bot.config import Config
from bot.enrich.enrich import ENGLISH
from bot.enrich.glossary import Glossary, load_glossary
from bot.enrich.llm_request import Form, LlmRequest
from bot.enrich.llm_setbacks import TryFailed
from bot.enrich.prompts import prompt
from bot.enrich.question import Judged, Question, fields_for, judge
from bot.errors import ModelUnavailable
from storage.answers import Tokens
from storage.models import Paper


@dataclass(frozen=True, slots=True)
class Trial:
    """What came back: after how many seconds, in which form, for how many tokens, how good."""

    seconds: float
    form: Form
    tokens: Tokens
    judged: Judged


async def tried(config: Config, clock: Clock, paper: Paper, language: str) -> Trial:
    """Ask the configured model once about a paper, for readers of a language.

    Raises ModelUnavailable where nothing usable comes back, and ConfigError for a bad glossary.
    """
    glossary = load_glossary(config.data_dir).about(f"{paper.title}\n{paper.abstract}", language)
    fields = fields_for(language, paper)
    question = Question(paper, language, fields, Glossary() if language == ENGLISH else glossary)
    request = LlmRequest(config.llm, clock)
    await request.client()
    began = clock.monotonic()
    try:
        written = await request.send(prompt(question))
    except TryFailed as failed:
        raise ModelUnavailable(f"{config.llm.model}: the server {failed}") from None
    finally:
        await request.close()
    seconds = clock.monotonic() - began
    return Trial(seconds, request.manners.form, written.tokens, judge(question, written.text))
