"""Where a TL;DR comes from: the reader's language, else English, else the abstract itself."""

from dataclasses import replace

from bot.enrich.extract import extract_tldr
from storage.models import Origin, Summary

ENGLISH = "en"


def completed(
    summary: Summary | None,
    english: Summary | None,
    paper_id: str,
    version: int,
    language: str,
    plain_title: str,
    plain_abstract: str,
) -> Summary:
    """Fill a missing TL;DR, never with the abstract passed off as one.

    `summary` is what is stored in the reader's language, `english` what is stored in English;
    the texts are plain (TeX resolved). `origin` of the result says who wrote its TL;DR.
    """
    known = summary or Summary(paper_id, version, language)
    if known.tldr:
        return known
    if english and english.tldr:
        return replace(known, tldr=english.tldr, origin=english.origin, model=english.model)
    extracted = extract_tldr(plain_title, plain_abstract)
    return replace(known, tldr=extracted or None, origin=Origin.EXTRACTED, model=None)
