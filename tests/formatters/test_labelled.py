from formatters.document import Document, Span
from formatters.labelled import labelled
from formatters.terminal import terminal


def test_values_stand_beside_their_labels() -> None:
    card = labelled("Settings", [("Language", (Span("English"),)), ("时区", (Span("上海"),))])
    assert terminal(Document("en", (card,)), 80, colour=False) == (
        "Settings\n\nLanguage  English\n时区      上海\n"
    )
