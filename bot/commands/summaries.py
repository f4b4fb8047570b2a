"""Has the language model write about what somebody is going to see, while they can be let wait."""

from collections.abc import Sequence

from bot.commands.request import Services
from bot.enrich.enricher import Waited
from formatters.words import words
from storage.models import Paper

# Seconds. A card shows what there is so soon that nobody asks twice; a digest of twenty papers is
# two rounds of sixteen requests; and who looks at a terminal sees that something goes on.
FOR_A_CARD = 8.0
FOR_A_DIGEST = 45.0
AT_A_TERMINAL = 300.0


async def prepared(
    services: Services, papers: Sequence[Paper], language: str, seconds: float
) -> str:
    """Wait at most so many seconds for summaries; returns what readers should know, "" if nothing.

    What takes longer is stored when it comes, for the next time. With 0 seconds nobody is asked.
    """
    if services.enricher is None or not seconds:
        return ""
    waited = await services.enricher.prepare_now(papers, language, seconds)
    texts = words(language)
    said = {Waited.LATE: texts("model.late"), Waited.AWAY: texts("model.away")}
    return said.get(waited, "")
