"""Which papers are alike: by the words that tell most, whatever those of all papers say."""

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digest.similar import (
    MOST_COUNTED,
    WORDS_ASKED,
    holding,
    most_similar,
    sharing,
    telling_words,
    words_to_share,
)
from storage.models import Paper
from storage.search import Every, Phrase, Some
from tests.fakes.arxiv import paper

LANTERN = paper(
    "2401.00001",
    title="Glowing lanterns",
    abstract="We present lanterns. Lanterns glow, and kites glow less than lanterns at night.",
)
COUNTS = {"glowing": 40, "lantern": 12, "glow": 30, "kite": 9, "less": 900, "night": 70}

texts = st.text(max_size=60) | st.lists(
    st.sampled_from(["lantern", "kites", "the", "glow", "Schrödinger", "的", "3D", "$x^2$"]),
    max_size=30,
).map(" ".join)


def about(paper_id: str, text: str) -> Paper:
    return paper(paper_id, title="Untitled", abstract=text)


class TestWords:
    def test_the_titles_words_come_first_then_the_most_repeated(self) -> None:
        assert telling_words(LANTERN) == (
            "glowing",
            "lantern",
            "glow",
            "night",
            "kite",
            "less",
        )

    def test_common_words_and_plural_endings_tell_nothing(self) -> None:
        plain = paper("2401.00001", title="Our models", abstract="The method uses these datasets.")
        assert telling_words(plain) == ()

    def test_formulas_and_accents_are_read_as_the_index_reads_them(self) -> None:
        written = paper("2401.00001", title=r"Schr\"odinger bridges", abstract=r"$\alpha$-decay.")
        assert set(telling_words(written)) == {"schrödinger", "bridge", "decay"}

    def test_as_many_words_are_counted_as_the_index_can_be_asked_for(self) -> None:
        long = paper("2401.00001", abstract=" ".join(f"word{'x' * n}" for n in range(500)))
        assert len(telling_words(long)) == MOST_COUNTED

    def test_words_that_are_often_here_and_seldom_elsewhere_are_shared(self) -> None:
        assert words_to_share(LANTERN, COUNTS)[:2] == ("lantern", "glow")

    def test_a_word_of_this_paper_alone_is_not_asked_for(self) -> None:
        assert "lantern" not in words_to_share(LANTERN, COUNTS | {"lantern": 1, "kite": 0})

    def test_few_words_are_asked_for(self) -> None:
        counts = {f"word{number}": 5 for number in range(20)}
        assert len(words_to_share(LANTERN, counts)) == WORDS_ASKED


class TestQuestions:
    def test_a_word_is_looked_for_in_abstracts(self) -> None:
        assert holding("lantern") == Phrase("lantern", ("abstract",))

    def test_papers_share_any_so_many_of_the_words(self) -> None:
        a, b, c = (Phrase(word, ("abstract",)) for word in "abc")
        assert sharing("abc", 2) == Some((Every((a, b)), Every((a, c)), Every((b, c))))
        assert sharing("abc", 1) == Some((Every((a,)), Every((b,)), Every((c,))))

    def test_words_that_are_too_few_are_shared_by_none(self) -> None:
        assert sharing("a", 2) == Some(())


class TestRanking:
    def test_rare_words_in_common_count_more_than_frequent_ones(self) -> None:
        rare = about("2402.00001", "Lanterns and rain.")
        frequent = about("2402.00002", "Night and rain.")
        nothing = about("2402.00003", "Algebra.")
        assert most_similar(LANTERN, [nothing, frequent, rare], COUNTS, 9) == (rare, frequent)

    def test_a_paper_is_not_like_itself(self) -> None:
        twin = replace(LANTERN, id="2402.00001")
        assert most_similar(LANTERN, [LANTERN, twin], COUNTS, 9) == (twin,)

    def test_equals_stand_in_the_order_of_their_ids(self) -> None:
        twins = [about(f"2402.0000{number}", "Lanterns.") for number in (3, 1, 2)]
        found = most_similar(LANTERN, twins, COUNTS, 2)
        assert [one.id for one in found] == ["2402.00001", "2402.00002"]

    @pytest.mark.parametrize("empty", [paper("2401.00001", title="", abstract="")])
    def test_without_words_nothing_is_alike(self, empty: Paper) -> None:
        assert telling_words(empty) == ()
        assert most_similar(empty, [LANTERN], {}, 9) == ()
        assert most_similar(LANTERN, [replace(empty, id="2402.00001")], COUNTS, 9) == ()

    @given(st.lists(texts, min_size=1, max_size=6), st.integers(0, 4))
    def test_any_text_can_be_compared(self, abstracts: list[str], limit: int) -> None:
        papers = [about(f"2402.{number:05}", text) for number, text in enumerate(abstracts)]
        counts = dict.fromkeys(telling_words(papers[0]), 3)
        found = most_similar(papers[0], papers, counts, limit)
        assert len(found) <= limit
        assert papers[0] not in found

    @pytest.mark.parametrize("piece", ["lantern ", "a", "the ", "$", "\\", "{", "扩散", "x1y2 "])
    def test_comparing_takes_linear_time(self, piece: str) -> None:
        hostile = about("2402.00001", piece * (100_000 // len(piece)))
        start = time.process_time()
        counts = dict.fromkeys(telling_words(hostile), 3)
        most_similar(hostile, [hostile, LANTERN], counts, 9)
        assert time.process_time() - start < 2
