"""What is still to be asked about some papers: all that no answer and no import brought so far."""

from collections.abc import Sequence

from bot.enrich import prompts
from bot.enrich.checks import complaints
from bot.enrich.enrich import ENGLISH
from bot.enrich.glossary import Glossary
from bot.enrich.question import Question, fields_for, fingerprint, place_of, unanswered
from storage.answers import Part, Source
from storage.models import Origin, Paper, Summary
from storage.store import Store


class Inquiry:
    """Compares what readers get with what is stored, for one model and one glossary."""

    def __init__(self, store: Store, model: str, glossary: Glossary) -> None:
        self._store = store
        self._model = model
        self._glossary = glossary

    def source(self, paper: Paper) -> Source:
        """What answers about a paper are made of."""
        return Source(paper.id, fingerprint(paper), self._model, prompts.version())

    async def unknown(self, papers: Sequence[Paper], language: str) -> list[Question]:
        """Questions about papers, without what is known; some papers need none.

        What is known of another version with the same text is carried over to this one.
        """
        answers = await self._store.answers.get(map(self.source, papers))
        versions = {paper.id: paper.version for paper in papers}
        stored = await self._store.summaries(versions, language)
        english = await self._store.summaries(versions, ENGLISH)
        questions = []
        for paper in papers:
            known = answers.get(self.source(paper), ())
            summaries = [one.get(paper.id) for one in (stored, english)]
            if _is_other_version(summaries[0], paper) and any(one.text for one in known):
                await self._store.answers.keep(self.source(paper), paper.version, ())
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
