"""What a sentence is in an abstract, and what only looks like its end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.enrich.sentences import is_finished, sentences

HARD_CASES = [
    # abbreviations that always go on
    ("As Eq. 3 shows, it holds. We prove it.", ["As Eq. 3 shows, it holds.", "We prove it."]),
    ("See Eqs. (3) and (4). Then add.", ["See Eqs. (3) and (4).", "Then add."]),
    ("Shown in Fig. 2. We agree.", ["Shown in Fig. 2.", "We agree."]),
    ("Many tasks (e.g. ImageNet) do.", ["Many tasks (e.g. ImageNet) do."]),
    ("Two maps, i.e. The Hague and Rome.", ["Two maps, i.e. The Hague and Rome."]),
    ("Adam vs. SGD. Adam wins.", ["Adam vs. SGD.", "Adam wins."]),
    ("By Dr. Who and Prof. X, cf. Smith.", ["By Dr. Who and Prof. X, cf. Smith."]),
    # abbreviations only before a number
    ("On p. 5 and pp. 7-9 of vol. 2.", ["On p. 5 and pp. 7-9 of vol. 2."]),
    ("It holds for every p. We use it.", ["It holds for every p.", "We use it."]),
    ("Rule no. 1 is good.", ["Rule no. 1 is good."]),
    ("The answer is no. We ask why.", ["The answer is no.", "We ask why."]),
    ("As in Sec. IV and Ref. [3].", ["As in Sec. IV and Ref. [3]."]),
    ("It runs in 5 sec. We are glad.", ["It runs in 5 sec.", "We are glad."]),
    # abbreviations that may end a sentence
    ("We follow He et al. We differ.", ["We follow He et al.", "We differ."]),
    ("He et al. (2016) and Wu et al. 2020.", ["He et al. (2016) and Wu et al. 2020."]),
    ("Cats, dogs, etc. The rest is new.", ["Cats, dogs, etc.", "The rest is new."]),
    ("Cats, dogs, etc. from ImageNet.", ["Cats, dogs, etc. from ImageNet."]),
    # initials and acronyms
    ("Found by J. A. Smith and J.-P. Serre.", ["Found by J. A. Smith and J.-P. Serre."]),
    ("Its dimension is N. We bound it.", ["Its dimension is N.", "We bound it."]),
    ("Cities of the U.S. Census are few.", ["Cities of the U.S. Census are few."]),
    ("It was made in the U.S. We tell how.", ["It was made in the U.S.", "We tell how."]),
    ("A Ph.D. Thesis is long.", ["A Ph.D. Thesis is long."]),
    ("Published in Phys. Rev. Lett. 92.", ["Published in Phys. Rev. Lett. 92."]),
    # numbers and formulas
    ("It gains 3.5 dB. 12 runs agree.", ["It gains 3.5 dB.", "12 runs agree."]),
    ("It rose from 0.5. The rest fell.", ["It rose from 0.5.", "The rest fell."]),
    ("Findings: small is good. 2. Big is bad.", ["Findings: small is good.", "2. Big is bad."]),
    ("This holds for all $x$. We show it.", ["This holds for all $x$.", "We show it."]),
    ("It is open. $P = NP$ would do.", ["It is open.", "$P = NP$ would do."]),
    ("It works. \\emph{Really} so.", ["It works.", "\\emph{Really} so."]),
    # other ends
    ("Does it work?! We think so.", ["Does it work?!", "We think so."]),
    ("It works! Or does it?", ["It works!", "Or does it?"]),
    ("We tried... Then we stopped.", ["We tried...", "Then we stopped."]),
    ("It goes on… We stop.", ["It goes on…", "We stop."]),
    ("It goes on ... and on.", ["It goes on ... and on."]),
    # quotes, parentheses, links
    ('They say "stop." We go on.', ['They say "stop."', "We go on."]),
    ("They ask “why?” “Because” is no answer.", ["They ask “why?”", "“Because” is no answer."]),
    ('They ask "why?" and leave.', ['They ask "why?" and leave.']),
    (
        "It works (see Fig. 2). (We checked.) Good.",
        ["It works (see Fig. 2).", "(We checked.)", "Good."],
    ),
    ("Code: https://x.org/A.Bc/d. We thank all.", ["Code: https://x.org/A.Bc/d.", "We thank all."]),
    ("See arXiv.org. We use Node.js here.", ["See arXiv.org.", "We use Node.js here."]),
    # spacing and other scripts
    ("  One\n sentence.\n\n  Another\tone. ", ["One sentence.", "Another one."]),
    ("It has many weights.This is new.", ["It has many weights.", "This is new."]),
    (
        "Nous le montrons. Écrire est dur. À la fin.",
        ["Nous le montrons.", "Écrire est dur.", "À la fin."],
    ),
    ("¿Por qué? ¡Así es! Fin.", ["¿Por qué?", "¡Así es!", "Fin."]),
    ("我们提出X。它很好！真的吗？", ["我们提出X。", "它很好！", "真的吗？"]),
    ("他说：“好。”我们同意。", ["他说：“好。”我们同意。"]),
    ("一。 Two of them. 三。", ["一。", "Two of them.", "三。"]),
    # nothing to split
    ("", []),
    (" \n ", []),
    ("no end in sight", ["no end in sight"]),
    ("it stops. but goes on in small letters", ["it stops. but goes on in small letters"]),
]


@pytest.mark.parametrize(("text", "expected"), HARD_CASES)
def test_a_sentence_ends_where_a_reader_would_end_it(text: str, expected: list[str]) -> None:
    assert list(sentences(text)) == expected


@pytest.mark.parametrize(
    ("sentence", "finished"),
    [
        ("We show it.", True),
        ("Does it work?", True),
        ('They say "stop."', True),
        ("(We checked.)", True),
        ("它很好。", True),
        ("It goes on…", True),
        ("We illustrate personalized reco", False),
        ("Code: https://example.org/code", False),
        ("", False),
    ],
)
def test_a_sentence_that_was_cut_off_is_not_finished(sentence: str, finished: bool) -> None:
    assert is_finished(sentence) is finished


AWKWARD = st.text(
    st.one_of(st.sampled_from(list(" .!?…。！？()[]\"'“”$\\\n/aAéÉ我1-")), st.characters())
)


@given(AWKWARD)
def test_nothing_but_white_space_is_added_or_lost(text: str) -> None:
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())


@given(AWKWARD)
def test_no_sentence_is_empty_or_has_white_space_around_it(text: str) -> None:
    assert all(one and one == " ".join(one.split()) for one in sentences(text))


@pytest.mark.parametrize(
    "pattern",
    [
        ".",
        ". ",
        "Eq. A ",
        "a.",
        "A. ",
        "A.",
        '("',
        ".)",
        "J.-",
        "。",
        "ab.Cd",
        "No. ",
        "\u0301",
        "$ ",
    ],
)
def test_hostile_text_of_a_million_characters_is_split_at_once(pattern: str) -> None:
    text = pattern * (1_000_000 // len(pattern))
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())
