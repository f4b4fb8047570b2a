"""Makes sure that the summaries of some papers are stored: what to ask for, once, and what to keep.

Nothing is asked that was asked before, and no two readers ask for the same. Each answer is stored
as soon as it came, whether anybody still waits or not, so that a crash loses what was under way
and no more.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

from bot.clock import Clock
from bot.config import Config
from bot.enrich import prompts
from bot.enrich.budget import affordable, day_of, estimate
from bot.enrich.glossary import Glossary, load_glossary
from bot.enrich.inquiry import Inquiry
from bot.enrich.llm import LanguageModel
from bot.enrich.question import (
    Complaints,
    Question,
    failed_answers,
    fingerprint,
    good_answers,
    judge,
)
from bot.enrich.turns import Turn
from bot.errors import ModelUnavailable
from storage.models import Paper
from storage.store import Store

PATIENCE = 300.0
"""Seconds that a digest waits for its summaries: 300 papers at 10 s each, 16 at once, take 190."""

UNLIMITED = 2**62  # tokens that are left where the budget has no cap

_log = logging.getLogger(__name__)

_Key = tuple[str, str, str]


class Waited(Enum):
    """What came of waiting for the model."""

    WRITTEN = "all that it can write about these papers is stored"
    LATE = "it is still writing"
    AWAY = "it answers nobody at the moment"


@dataclass(slots=True, eq=False)
class _Asking:
    """A question under way: its task, what it may take, and its turn.

    `overdue`: digests went out without it, since it took too long.
    """

    task: asyncio.Task[None]
    tokens: int
    turn: Turn
    overdue: bool = False


class Enricher:
    """Asks the model about papers; one for the whole process. Without a model it does nothing.

    `patience` is how many seconds a digest waits, None for as long as it takes. Raises ConfigError
    where the operator's glossary cannot be read.
    """

    def __init__(
        self,
        config: Config,
        store: Store,
        clock: Clock,
        model: LanguageModel | None,
        patience: float | None = PATIENCE,
    ) -> None:
        self._config = config
        self._store = store
        self._clock = clock
        self._model = model
        self._patience = patience
        glossary = load_glossary(config.data_dir) if model else Glossary()
        self._inquiry = Inquiry(store, config.llm.model, glossary)
        self._planning = asyncio.Lock()
        self._under_way: dict[_Key, _Asking] = {}

    @property
    def trouble(self) -> str | None:
        """Why the model answers nobody at the moment; None if all is well, or there is no model."""
        return self._model.trouble if self._model else None

    async def prepare(self, papers: Sequence[Paper], language: str) -> None:
        """Store good summaries of stored papers in a language, as far as model and budget allow.

        What cannot be had stays missing: whatever the model does, nothing is raised. What takes
        longer than patience lasts goes on and is stored when it comes; until then the model is
        behind, and no other digest waits for it at all.
        """
        asked = await self._asked(papers, language)
        behind = any(one.overdue for one in self._under_way.values())
        await self._wait(asked, 0.0 if behind else self._patience)
        for one in asked:
            one.overdue = not one.task.done()

    async def prepare_now(self, papers: Sequence[Paper], language: str, seconds: float) -> Waited:
        """Do the same for somebody who waits, at most so many seconds, and ahead of digests."""
        asked = await self._asked(papers, language)
        for one in asked:
            one.turn.hurried = True
        await self._wait(asked, seconds)
        if not all(one.task.done() for one in asked):
            return Waited.LATE
        return Waited.AWAY if asked and self.trouble else Waited.WRITTEN

    async def begin(self, papers: Sequence[Paper], language: str) -> bool:
        """Ask the same without waiting; returns whether anything is still to come."""
        return bool(await self._asked(papers, language))

    async def close(self) -> None:
        """Give up what is under way; it is asked again when somebody wants it."""
        tasks = [one.task for one in self._under_way.values()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _asked(self, papers: Sequence[Paper], language: str) -> tuple[_Asking, ...]:
        """Ask what nobody knows or has asked; returns all that is under way about the papers."""
        if self._model is None:
            return ()
        papers = tuple({paper.id: paper for paper in papers}.values())
        keys = [_key(one, language) for one in papers]
        async with self._planning:
            new = [one for one in papers if _key(one, language) not in self._under_way]
            for question in await self._affordable(await self._inquiry.unknown(new, language)):
                self._begin(question, self._model)
            return tuple(self._under_way[key] for key in keys if key in self._under_way)

    async def _wait(self, asked: Sequence[_Asking], seconds: float | None) -> None:
        """Wait until all is answered, or so many seconds have passed."""
        writing = [one.task for one in asked if not one.task.done()]
        if not writing or seconds == 0.0:
            return
        written = asyncio.create_task(_all_done(writing))
        late = asyncio.create_task(_passed(self._clock, seconds))
        try:
            await asyncio.wait((written, late), return_when=asyncio.FIRST_COMPLETED)
        finally:
            written.cancel()
            late.cancel()

    def _begin(self, question: Question, model: LanguageModel) -> None:
        key, turn = _key(question.paper, question.language), Turn()
        task = asyncio.create_task(self._answer(question, model, turn), name="summary")
        self._under_way[key] = _Asking(task, estimate(question), turn)
        task.add_done_callback(lambda _: self._under_way.pop(key))

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

    async def _answer(self, question: Question, model: LanguageModel, turn: Turn) -> None:
        """Ask a question, have the bad fields mended once, and keep what is good."""
        try:
            bad = await self._ask(question, model, turn)
            if bad:
                await self._ask(replace(question, fields=tuple(bad), complaints=bad), model, turn)
        except ModelUnavailable as error:
            _log.info("%s stays without a summary: %s", question.paper.id, error)
        except Exception:  # one paper must not hold up the digests that it is in
            _log.exception("%s stays without a summary", question.paper.id)

    async def _ask(self, question: Question, model: LanguageModel, turn: Turn) -> Complaints:
        """Ask once, keep what is good, and return what is wrong with the rest.

        After a repair, what is still bad is kept as such. A spent budget is like a model away.
        """
        if await self._tokens_left() < estimate(question):
            raise ModelUnavailable("the daily_token_budget under [llm] is spent")
        async with model.asked(prompts.prompt(question), turn) as written:
            day = day_of(self._clock.now(), self._config.timezone)
            await self._store.answers.count(day, model.name, written.tokens)
            judged = judge(question, written.text)
            answers = good_answers(judged, question.language)
            if question.complaints:
                answers += failed_answers(judged, question.language)
            if answers:
                paper = question.paper
                await self._store.answers.keep(self._inquiry.source(paper), paper.version, answers)
            return judged.bad


async def _all_done(tasks: Sequence[asyncio.Task[None]]) -> None:
    await asyncio.wait(tasks)


async def _passed(clock: Clock, seconds: float | None) -> None:
    """Wait so many seconds; None: for ever."""
    await (asyncio.Event().wait() if seconds is None else clock.sleep(seconds))


def _key(paper: Paper, language: str) -> _Key:
    return paper.id, fingerprint(paper), language
