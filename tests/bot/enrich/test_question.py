"""What is asked about a paper, and which answers are good."""

import json

import pytest

from bot.enrich.check_field import Field
from bot.enrich.question import (
    Question,
    failed_answers,
    fields_for,
    fingerprint,
    good_answers,
    judge,
    unanswered,
)
from storage.answers import Answer, Part
from tests.bot.enrich.examples import kite
from tests.fakes.llm_texts import good_text

ALL = tuple(Field)
CHINESE = Question(kite(), "zh", ALL)
TLDR = "文中提出一种无需风力的风筝，实验显示它能在空中停留 3.5 小时。"


def written(**changes: object) -> str:
    paper = kite()
    texts = {one.value: good_text(one.value, "Chinese", paper.title, paper.abstract) for one in ALL}
    return json.dumps({**texts, **changes})


@pytest.mark.parametrize(
    ("language", "abstract", "fields"),
    [
        ("zh", "Kites fly.", ALL),
        ("en", "Kites fly.", (Field.TLDR,)),
        ("zh", " \n", (Field.TITLE,)),
        ("en", "", ()),
    ],
)
def test_readers_get_what_the_paper_has(
    language: str, abstract: str, fields: tuple[Field, ...]
) -> None:
    assert fields_for(language, kite(abstract=abstract)) == fields


def test_a_fingerprint_tells_texts_apart_but_not_line_breaks() -> None:
    one = fingerprint(kite(abstract="Kites fly high."))
    assert fingerprint(kite(abstract="Kites\nfly  high.", version=2)) == one
    assert fingerprint(kite(abstract="Kites fly higher.")) != one
    assert fingerprint(kite(abstract="Kites fly high.", title="No Kites")) != one
    assert fingerprint(kite(title="a", abstract="b c")) != fingerprint(
        kite(title="a b", abstract="c")
    )


def test_a_good_answer_is_good_in_all_its_fields() -> None:
    judged = judge(CHINESE, written(tldr=TLDR))
    assert judged.bad == {}
    assert judged.good[Field.TLDR] == TLDR
    answers = good_answers(judged, "zh")
    assert Answer("zh", Part.TLDR, TLDR) in answers
    assert {(one.language, one.part) for one in answers} == {
        ("zh", Part.TITLE),
        ("zh", Part.TLDR),
        ("en", Part.TLDR),
        ("zh", Part.ABSTRACT),
    }


def test_one_bad_field_leaves_the_others_good() -> None:
    judged = judge(CHINESE, written(title=None))
    assert set(judged.good) == set(ALL) - {Field.TITLE}
    assert [said.check for said in judged.bad[Field.TITLE]] == ["presence"]
    assert failed_answers(judged, "zh") == [Answer("zh", Part.TITLE, None, "presence")]


def test_labels_are_taken_away_before_it_is_judged() -> None:
    title = "山上没有风也能飞的风筝"
    remarked = f"{title} (arXiv:2604.00001v1 [cs.LG])"
    judged = judge(CHINESE, written(tldr=f"摘要：{TLDR}", title=remarked))
    assert judged.bad == {}
    assert (judged.good[Field.TLDR], judged.good[Field.TITLE]) == (TLDR, title)


@pytest.mark.parametrize("text", ["", "no", "{", "I'm sorry, I can't do that."])
def test_an_answer_without_an_object_lacks_every_field(text: str) -> None:
    judged = judge(CHINESE, text)
    assert judged.good == {}
    assert {said.check for found in judged.bad.values() for said in found} == {"presence"}


def test_fields_that_were_not_asked_for_do_not_count() -> None:
    judged = judge(Question(kite(), "zh", (Field.TITLE,)), written())
    assert set(judged.good) == {Field.TITLE}


@pytest.mark.parametrize(
    ("known", "fields"),
    [
        (set(), ALL),
        ({("zh", Part.TLDR)}, (Field.TITLE, Field.ENGLISH_TLDR, Field.ABSTRACT)),
        ({("en", Part.TLDR)}, (Field.TITLE, Field.TLDR, Field.ABSTRACT)),
        ({("de", Part.TLDR), ("en", Part.TITLE)}, ALL),
    ],
)
def test_what_is_known_is_not_asked(
    known: set[tuple[str, Part]], fields: tuple[Field, ...]
) -> None:
    rest = unanswered(CHINESE, known)
    assert rest
    assert rest.fields == fields


def test_the_english_tldr_alone_is_not_worth_a_request() -> None:
    assert unanswered(CHINESE, {("zh", part) for part in Part}) is None
    assert unanswered(Question(kite(), "en", (Field.TLDR,)), {("en", Part.TLDR)}) is None
