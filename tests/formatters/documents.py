"""Documents of every shape, for the properties of what formatters make of them."""

from hypothesis import strategies as st

from formatters.document import (
    ACTION_BYTES,
    Action,
    Actions,
    Block,
    Card,
    Document,
    Heading,
    Item,
    Items,
    Note,
    Paragraph,
    Section,
    Span,
    Spans,
)

LINKS = (
    *("cs.CL", "README.md", "model.pt", "127.0.0.1", "a@b.org", "tg://resolve", "http://a"),
    *("https://github.com/a/b_(c).", "www.example.org/~x", "example.org/a"),
)
SIGNS = ("@everyone", "#1", "#tag", "$TSLA", "/start", "$5", "$p$", r"$\frac{1}{2}$", r"\(\foo\)")
MARKUP = ("<b>&amp;</b>", "_*[x](http://y.z)*_", "||||", "``", "|", "\\")
SCRIPTS = (
    *(
        "中文，标题。",
        "「引用」",
        "עברית",
        "العربية",
        "नमस्ते",
        "𝔘𝔫𝔦",
        "﷽",
        "Å",
        "e\u0301",
        "x\u030a",
    ),
    *("👩\u200d👩\u200d👧\u200d👦", "🇩🇪", "👍🏽"),
)
UNSEEN = ("\u200b", "\u2060", "\u202e", "\u2028", "\x00", "\t", "\r\n", "\n", "\ud800", "\u3000")

texts = st.lists(
    st.one_of(
        st.sampled_from([*LINKS, *SIGNS, *MARKUP, *SCRIPTS, *UNSEEN]),
        st.sampled_from([" ", "word ", ".", "1"]),
        st.text(max_size=8),
    ),
    max_size=12,
).map("".join)
"""Text made of everything that means something to Telegram, and of anything else."""

long_texts = st.builds(
    lambda text, count: f"{text} " * count, texts.filter(bool), st.integers(1, 400)
)

urls = st.one_of(
    st.none(),
    st.sampled_from(
        ["https://arxiv.org/abs/2604.01234", "http://a", "http://a.b:0/", "javascript:x", "", "  "]
    ),
    texts,
)

styled_spans: st.SearchStrategy[Span] = st.builds(
    Span, texts, urls, strong=st.booleans(), code=st.booleans(), small=st.booleans()
)
spans: st.SearchStrategy[Spans] = st.one_of(
    st.lists(styled_spans, max_size=4).map(tuple), long_texts.map(lambda text: (Span(text),))
)

actions = st.one_of(
    st.builds(
        Action,
        texts | st.integers(1, 60).map(str),
        st.text("abc 中", min_size=1, max_size=ACTION_BYTES // 3),
        strong=st.booleans(),
        danger=st.booleans(),
    ),
    st.builds(lambda label, url: Action(label, url=url), texts, urls),
    st.builds(lambda label, copy: Action(label, copy=copy), texts, long_texts),
)
rows = st.lists(st.lists(actions, max_size=12).map(tuple), max_size=15).map(tuple)

items = st.builds(Item, st.integers(1, 60), styled_spans, spans, spans)
sections = st.builds(Section, texts, spans, st.booleans())

blocks: st.SearchStrategy[Block] = st.one_of(
    st.builds(Heading, texts | long_texts, st.integers(1, 3)),
    st.builds(Paragraph, spans),
    st.builds(Note, spans),
    st.builds(Items, texts, texts, st.lists(items, max_size=8).map(tuple)),
    st.builds(
        Card,
        st.none() | st.integers(1, 60),
        styled_spans,
        st.none() | texts,
        spans,
        texts | long_texts,
        st.lists(sections, max_size=4).map(tuple),
    ),
    st.builds(Actions, rows),
)

documents: st.SearchStrategy[Document] = st.builds(
    Document, st.sampled_from(["en", "zh"]), st.lists(blocks, max_size=6).map(tuple)
)
