import pytest
from hypothesis import given

from formatters.telegram_rich_text import RichText, characters, rich_text
from formatters.telegram_text import Text, join
from tests.formatters.documents import texts


def formula(expression: str) -> RichText:
    return {"type": "mathematical_expression", "expression": expression}


def test_plain_text_is_a_string() -> None:
    assert rich_text(Text("kites")) == "kites"


def test_entities_are_nodes_inside_each_other() -> None:
    link = Text("Kites").styled("text_link", "https://a.b/").styled("bold")
    text = join((Text("see "), link, Text(" "), Text("cs.CL").styled("code")))
    assert rich_text(text) == [
        "see ",
        {"type": "bold", "text": {"type": "url", "text": "Kites", "url": "https://a.b/"}},
        " ",
        {"type": "code", "text": "cs.CL"},
    ]


@pytest.mark.parametrize(
    ("text", "nodes"),
    [
        (r"cost $\kite{n}$ each", ["cost ", formula(r"\kite{n}"), " each"]),
        ("top-$p$ sampling", ["top-", formula("p"), " sampling"]),
        (r"$$\kite$$", formula(r"\kite")),
        (r"so \(\kite^2\).", ["so ", formula(r"\kite^2"), "."]),
        (r"\[\kite\]", formula(r"\kite")),
        ("$5 or $6", "$5 or $6"),
        ("(KV$ after) and KV$ caching", "(KV$ after) and KV$ caching"),
        (r"a \kite without dollars", r"a \kite without dollars"),
    ],
)
def test_what_stayed_tex_is_a_formula(text: str, nodes: RichText) -> None:
    assert rich_text(Text(text)) == nodes


def test_code_holds_no_formula() -> None:
    assert rich_text(Text("$p$").styled("code")) == {"type": "code", "text": "$p$"}


def test_characters_are_those_that_people_see() -> None:
    block = {
        "type": "details",
        "summary": {"type": "bold", "text": "1234"},
        "blocks": [
            {"type": "paragraph", "text": ["5", formula("67"), {"type": "url", "text": "8"}]}
        ],
    }
    assert characters(block) == 8
    assert characters([[{"text": "中👍", "align": "left"}, {"align": "left"}]]) == 2


@given(texts)
def test_nothing_is_lost_but_the_signs_around_formulas(text: str) -> None:
    around = str.maketrans("", "", r"$\()[]")
    styled = join((Text(text).styled("bold"), Text(text)))
    assert "".join(strings(rich_text(styled))).translate(around) == (text * 2).translate(around)


def strings(node: object) -> list[str]:
    """Every text of a node, in order."""
    if isinstance(node, list):
        return [text for one in node for text in strings(one)]
    if isinstance(node, dict):
        return strings(node.get("text", node.get("expression")))
    return [str(node)]
