"""A digest as one JSON object for other programs, with all texts as arXiv serves them."""

import json

from storage.models import Coverage, Decision, Digest, Entry

Value = dict[str, object]


def digest_json(digest: Digest, *, explain: bool = False) -> str:
    """The digest as indented JSON, the same for the same digest; `explain` adds every decision.

    Titles, abstracts and translations are written byte for byte: TeX and white space are left to
    the reading program. A missing text is null. A lone surrogate becomes its JSON escape, so that
    the result always encodes to UTF-8.
    """
    coverage = digest.coverage
    value: Value = {
        "query": digest.query,
        "language": digest.language,
        "batches": [
            {"category": category, "day": day.isoformat()} for category, day in digest.batches
        ],
        "coverage": {"announced": coverage.announced, **_counts(coverage)},
        "entries": [_entry(entry) for entry in digest.entries],
    }
    if explain:
        value["decisions"] = [_decision(decision) for decision in coverage.decisions]
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _counts(coverage: Coverage) -> dict[str, int]:
    return {state.value: count for state, count in coverage.counts().items()}


def _entry(entry: Entry) -> Value:
    paper, summary = entry.paper, entry.summary
    return {
        "id": paper.id,
        "version": entry.version,
        "kind": entry.kind,
        "title": paper.title,
        "title_translated": summary.title if summary else None,
        "authors": paper.authors,
        "categories": paper.categories,
        "primary": paper.primary,
        "tldr": summary.tldr if summary else None,
        "tldr_origin": summary.origin if summary and summary.tldr else None,
        "abstract": paper.abstract,
        "abstract_translated": summary.abstract if summary else None,
        "links": {"abs": entry.url, "pdf": paper.pdf_url},
        "score": entry.score,
        "reason": entry.reason,
    }


def _decision(decision: Decision) -> Value:
    announcement = decision.announcement
    return {
        "id": announcement.paper_id,
        "version": announcement.version,
        "kind": announcement.kind,
        "category": announcement.category,
        "day": announcement.day.isoformat(),
        "title": decision.title,
        "state": decision.state,
        "reason": decision.reason,
    }
