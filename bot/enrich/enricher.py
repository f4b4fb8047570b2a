"""Makes sure that the summaries of some papers are stored: what to ask for, once, and what to keep.

Nothing is asked that was asked before, and no two readers ask for the same. Each answer is
stored as soon as it came, so that a crash loses what was under way and no more.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.clock import Clock
from bot.config import Config
from bot.enrich import prompts
from bot.enrich.budget import affordable, day_of, estimate
from bot.enrich.checks import complaints
from bot.enrich.enrich import ENGLISH
from bot.enrich.glossary import Glossary, load_glossary
from bot.enrich.llm import LanguageModel
from bot.enrich.question import (
    Complaints,
    Question,
    failed_answers,
    fields_for,
    fingerprint,
    good_answers,
    judge,
    place_of,
    unanswered,
)
from bot.errors import ModelUnavailable
from storage.answers import Part, Source
from storage.models import Origin, Paper, Summary
from storage.store import Store

UNLIMITED = 2**62  # tokens that are left where the budget has no cap

_log = logging.getLogger(__name__)

_Key = tuple[str, str, str]


@dataclass(slots=True)
class _Asking:
    """A question under way: its task, what it may take, and how many wait for it."""

    task: asyncio.Task[None]
    tokens: int
    waiting: int = 0


class Enricher:
    """Asks the model about papers; one for the whole process. Without a model it does nothing.

    Raises ConfigError where the operator's glossary cannot be read.
    """

    def __init__(
        self, config: Config, store: Store, clock: Clock, model: LanguageModel | None
    ) -> None:
        self._config = config
        self._store = store
        self._clock = clock
        self._model = model
        self._glossary = load_glossary(config.data_dir) if model else Glossary()
        self._planning = asyncio.Lock()
        self._under_way: dict[_Key, _Asking] = {}

    @property
    def trouble(self) -> str | None:
        """Why the model answers nobody at the moment; None if all is well, or there is no model."""
        return self._model.trouble if self._model else None

    async def prepare(self, papers: Sequence[Paper], language: str) -> None:
        """Store good summaries of stored papers in a language, as far as model and budget allow.

        What cannot be had stays missing: whatever the model does, nothing is raised. Cancelling it
        gives up what nobody else waits for.
        """
        if self._model is None:
            return
        joined: dict[_Key, _Asking] = {}
        try:
            async with self._planning:
                each = {paper.id: paper for paper in papers}.values()
                new = [one for one in each if not self._join(_key(one, language), joined)]
                for question in await self._affordable(await self._unknown(new, language)):
                    self._begin(question, self._model)
                    self._join(_key(question.paper, language), joined)
            if joined:
                await asyncio.wait([one.task for one in joined.values()])
        finally:
            await self._leave(joined)
        for one in joined.values():
            one.task.result()

    def _join(self, key: _Key, joined: dict[_Key, _Asking]) -> bool:
        """Wait for a question that is under way; False where it is not."""
        asking = self._under_way.get(key)
        if asking is not None and key not in joined:
            asking.waiting += 1
            joined[key] = asking
        return asking is not None

    async def _leave(self, joined: Mapping[_Key, _Asking]) -> None:
        """Stop waiting; what nobody waits for any more is given up."""
        for asking in joined.values():
            asking.waiting -= 1
        lonely = {key: one for key, one in joined.items() if not one.waiting}
        for key, asking in lonely.items():
            self._forget(key, asking)
            asking.task.cancel()
        if lonely:
            await asyncio.wait([one.task for one in lonely.values()])

    def _begin(self, question: Question, model: LanguageModel) -> None:
        key = _key(question.paper, question.language)
        task = asyncio.create_task(self._answer(question, model), name="summary")
        self._under_way[key] = asking = _Asking(task, estimate(question))
        task.add_done_callback(lambda _: self._forget(key, asking))

    def _forget(self, key: _Key, asking: _Asking) -> None:
        """Let nobody join a question any more."""
        if self._under_way.get(key) is asking:
            del self._under_way[key]

    # What to ask

    async def _unknown(self, papers: Sequence[Paper], language: str) -> list[Question]:
        """What is not known about papers; what is known of another version is carried over."""
        answers = await self._store.answers.get(map(self._source, papers))
        versions = {paper.id: paper.version for paper in papers}
        stored = await self._store.summaries(versions, language)
        english = await self._store.summaries(versions, ENGLISH)
        questions = []
        for paper in papers:
            known = answers.get(self._source(paper), ())
            summaries = [one.get(paper.id) for one in (stored, english)]
            if _is_other_version(summaries[0], paper) and any(one.text for one in known):
                await self._store.answers.keep(self._source(paper), paper.version, ())
            question = self._question(paper, language)
            places = {(one.language, one.part) for one in known} | _imported(summaries, question)
            if (rest := unanswered(question, places)) is not None:
                questions.append(rest)
        return questions

    def _question(self, paper: Paper, language: str) -> Question:
        glossary = Glossary()
        if language != ENGLISH:
            glossary = self._glossary.about(f"{paper.title}\n{paper.abstract}", language)
        return Question(paper, language, fields_for(language, paper), glossary)

    async def _affordable(self, questions: Sequence[Question]) -> list[Question]:
        """As much of some questions as the budget allows."""
        left = await self._tokens_left() - sum(one.tokens for one in self._under_way.values())
        bought = [one for one in affordable(questions, left) if one.fields]
        if len(bought) < len(questions):
            _log.warning(
                "the daily_token_budget under [llm] leaves nothing for %d papers; they go out"
                " without the language model",
                len(questions) - len(bought),
            )
        return bought

    async def _tokens_left(self) -> int:
        budget = self._config.llm.daily_token_budget
        if not budget:
            return UNLIMITED
        day = day_of(self._clock.now(), self._config.timezone)
        return budget - (await self._store.answers.tokens(day)).total

    # Asking

    async def _answer(self, question: Question, model: LanguageModel) -> None:
        """Ask a question, have the bad fields mended once, and keep what is good."""
        try:
            bad = await self._ask(question, model)
            if bad:
                await self._ask(replace(question, fields=tuple(bad), complaints=bad), model)
        except ModelUnavailable as error:
            _log.info("%s stays without a summary: %s", question.paper.id, error)

    async def _ask(self, question: Question, model: LanguageModel) -> Complaints:
        """Ask once, keep what is good, and return what is wrong with the rest.

        After a repair, what is still bad is kept as such. A spent budget is like a model away.
        """
        if await self._tokens_left() < estimate(question):
            raise ModelUnavailable("the daily_token_budget under [llm] is spent")
        async with model.asked(prompts.prompt(question)) as written:
            day = day_of(self._clock.now(), self._config.timezone)
            await self._store.answers.count(day, model.name, written.tokens)
            judged = judge(question, written.text)
            answers = good_answers(judged, question.language)
            if question.complaints:
                answers += failed_answers(judged, question.language)
            if answers:
                paper = question.paper
                await self._store.answers.keep(self._source(paper), paper.version, answers)
            return judged.bad

    def _source(self, paper: Paper) -> Source:
        model = self._config.llm.model
        return Source(paper.id, fingerprint(paper), model, prompts.version())


def _key(paper: Paper, language: str) -> _Key:
    return paper.id, fingerprint(paper), language


def _is_other_version(summary: Summary | None, paper: Paper) -> bool:
    return summary is None or summary.version != paper.version


def _imported(summaries: Sequence[Summary | None], question: Question) -> set[tuple[str, Part]]:
    """What imported summaries of this very version have that passes the checks."""
    found = set()
    for summary in summaries:
        if summary is None or _is_other_version(summary, question.paper):
            continue
        if summary.origin is not Origin.IMPORTED:
            continue
        for one in question.fields:
            language, part = place_of(one, question.language)
            text = getattr(summary, part.value) if language == summary.language else None
            if text and not complaints(one, text, question.paper, language, question.glossary):
                found.add((language, part))
    return found
