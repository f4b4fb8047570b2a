import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from formatters.json import digest_json
from storage.models import Digest, State
from tests.formatters.examples import DIGEST, digest_of

SURROGATES = st.text(st.characters(categories=["Cs", "L", "Cc"]), max_size=20)

EXPECTED = """\
{
  "query": "cs.CV",
  "language": "en",
  "batches": [
    {
      "category": "cs.CV",
      "day": "2026-04-21"
    }
  ],
  "coverage": {
    "announced": 3,
    "posted": 2,
    "filtered": 1,
    "seen": 0,
    "over_limit": 0,
    "waiting": 0,
    "repeated": 0
  },
  "entries": [
    {
      "id": "2604.01234",
      "version": 1,
      "kind": "new",
      "title": "Lanterns | A Study",
      "title_translated": null,
      "authors": [
        "Ada Lund",
        "Bo Qi"
      ],
      "categories": [
        "cs.CV",
        "cs.LG",
        "I.2.7; H.3.3"
      ],
      "primary": "cs.CV",
      "tldr": "We light.",
      "tldr_origin": "extracted",
      "abstract": "We light lanterns. They shine.",
      "abstract_translated": null,
      "links": {
        "abs": "https://arxiv.org/abs/2604.01234",
        "pdf": "https://arxiv.org/pdf/2604.01234"
      },
      "score": 1.5,
      "reason": "light in the title"
    },
    {
      "id": "math/0611800",
      "version": 2,
      "kind": "replace",
      "title": "Kites",
      "title_translated": "风筝",
      "authors": [
        "Cy Roe"
      ],
      "categories": [
        "math.CA"
      ],
      "primary": "math.CA",
      "tldr": "风筝乘风而飞。",
      "tldr_origin": "model",
      "abstract": "Kites fly where the wind is",
      "abstract_translated": "风筝在有风的地方飞",
      "links": {
        "abs": "https://arxiv.org/abs/math/0611800",
        "pdf": "https://arxiv.org/pdf/math/0611800"
      },
      "score": 0.0,
      "reason": ""
    }
  ]
}"""


def test_a_digest_is_one_object_with_the_keys_of_the_contract() -> None:
    assert digest_json(DIGEST) == EXPECTED


def test_explain_adds_what_became_of_every_row() -> None:
    decisions = json.loads(digest_json(DIGEST, explain=True))["decisions"]
    assert len(decisions) == 3
    assert decisions[2] == {
        "id": "math/0611800",
        "version": 2,
        "kind": "replace",
        "category": "cs.CV",
        "day": "2026-04-21",
        "title": "Kites",
        "state": "filtered",
        "reason": "no cs.CV",
    }


def test_without_decisions_every_state_still_has_its_number() -> None:
    coverage = json.loads(digest_json(Digest("cs.CV", "en")))["coverage"]
    assert coverage == {"announced": 0, **{state.value: 0 for state in State}}


def test_a_paper_without_summary_has_null_texts() -> None:
    bare = replace(DIGEST.entries[0], summary=None)
    entry = json.loads(digest_json(replace(DIGEST, entries=(bare,))))["entries"][0]
    assert [entry[key] for key in ("title_translated", "tldr", "tldr_origin")] == [None] * 3
    assert entry["abstract_translated"] is None


def test_an_imported_digests_own_link_is_kept() -> None:
    imported = replace(DIGEST.entries[0], link="http://arxiv.org/abs/2604.01234")
    entry = json.loads(digest_json(replace(DIGEST, entries=(imported,))))["entries"][0]
    assert entry["links"]["abs"] == "http://arxiv.org/abs/2604.01234"


@given(SURROGATES)
def test_texts_survive_byte_for_byte_and_always_encode(text: str) -> None:
    entry = json.loads(digest_json(digest_of(text)).encode("utf-8"))["entries"][0]
    keys = ("title", "abstract", "tldr", "title_translated", "abstract_translated")
    # Two surrogate escapes in a row mean one character in JSON, hence the comparison as UTF-16.
    expected = text.encode("utf-16", "surrogatepass")
    assert [entry[key].encode("utf-16", "surrogatepass") for key in keys] == [expected] * 5
