"""What a server says about when to come back: the header Retry-After, as servers really send it."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# Characters; an HTTP date has 29 (RFC 9110, section 5.6.7).
LONGEST_HEADER = 64
# Seconds. What is asked here changes once a day: nothing is worth a longer wait.
LONGEST_RETRY_AFTER = 86_400.0


def read_retry_after(header: str | None, now: datetime) -> float | None:
    """Seconds from `now` that a Retry-After header asks to wait, from 0 to a day.

    Takes both forms of RFC 9110, section 10.2.3, and seconds with a fraction, as some servers send
    them; None where the header says nothing sensible.
    """
    if header is None or len(header) > LONGEST_HEADER:
        return None
    text = header.strip()
    if text.isascii() and text.replace(".", "", 1).isdigit():
        return min(float(text), LONGEST_RETRY_AFTER)
    try:
        moment = parsedate_to_datetime(text)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return min(max((aware - now).total_seconds(), 0.0), LONGEST_RETRY_AFTER)
    except (ValueError, OverflowError, IndexError, TypeError):
        return None
