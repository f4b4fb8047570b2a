"""One guarded HTTP request to arXiv's API: timeouts, a size limit, and a look at what came.

The `arxiv` package has no timeout, hides the headers, and takes a web page, an empty body or half
a feed at HTTP 200 for an answer without results (measured with 4.0.2). Its requests go through an
adapter of `requests`, so an adapter is where all that is put right.
"""

import io
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import requests
import urllib3
from lxml import etree
from requests.adapters import HTTPAdapter

from bot.clock import Clock
from bot.errors import FeedRefused, FeedTooLarge
from bot.sources.gate import USER_AGENT
from bot.sources.retry import Setback, Trouble, TryFailed, status_setback

# Seconds to connect, and seconds of silence; the API takes up to 20 s over deep pages.
TIMEOUTS = (5.0, 30.0)
# Seconds for a whole answer, so that one that trickles in ends too.
TOTAL_SECONDS = 120.0
# Uncompressed. 100 papers are 0.3 MB; one has up to 3,435 authors (measured), so 0.2 MB.
MAX_ANSWER_BYTES = 16 * 1024 * 1024
CHUNK_BYTES = 64 * 1024
# From http to https, perhaps to another host of arXiv's; more is a circle.
MAX_REDIRECTS = 3

_ATOM = "{http://www.w3.org/2005/Atom}"
_TOTAL = "{http://a9.com/-/spec/opensearch/1.1/}totalResults"
_ERROR_ID = "/api/errors"
_REASON_LENGTH = 300

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of an answer, fit for the package.

    `body` holds `readable` entries. arXiv sent `served` of them on this page, and has `total` for
    the whole question.
    """

    body: bytes
    readable: int
    served: int
    total: int


class GuardedTransport(HTTPAdapter):
    """Carries the request for one page, which begins at row `start`, and leaves it in `page`.

    `timeouts` are seconds to connect and seconds of silence.
    Raises TryFailed, FeedRefused and FeedTooLarge through the package, beside what `requests`
    raises (see `request_setback`).
    """

    def __init__(self, clock: Clock, start: int, timeouts: tuple[float, float]) -> None:
        super().__init__()
        self._clock = clock
        self._start = start
        self._timeouts = timeouts
        self._sent = 0
        self.page = Page(b"", 0, 0, 0)

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: ARG002 - part of the interface
        timeout: object = None,  # noqa: ARG002 - the package gives none
        verify: bool | str = True,
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Send, read and check; a redirect is handed back to be followed."""
        self._sent += 1
        if self._sent > 1 + MAX_REDIRECTS:
            raise TryFailed(Setback(Trouble.REFUSED, "sends from one address to the next"))
        request.headers["User-Agent"] = USER_AGENT
        request.headers["Connection"] = "close"
        response = super().send(request, True, self._timeouts, verify, cert, proxies)
        if response.is_redirect:
            return response
        with response:
            self.page = self._check(response)
        checked = requests.Response()
        checked.status_code = response.status_code
        checked.raw = io.BytesIO(self.page.body)
        return checked

    def _check(self, response: requests.Response) -> Page:
        status = response.status_code
        body = self._read(response) if status in {200, 400} else b""
        if status == 200:
            return read_page(body, self._start)
        reason = refusal_reason(parse_atom(body))
        if reason is not None:
            raise FeedRefused(f"arXiv refused the request: {reason}")
        raise TryFailed(
            status_setback(status, response.headers.get("Retry-After"), self._clock.now())
        )

    def _read(self, response: requests.Response) -> bytes:
        """The body, decompressed piece by piece, within the limits of size and time."""
        deadline = self._clock.monotonic() + TOTAL_SECONDS
        body = bytearray()
        try:
            while piece := response.raw.read1(CHUNK_BYTES, decode_content=True):
                body += piece
                if len(body) > MAX_ANSWER_BYTES:
                    raise FeedTooLarge(
                        f"arXiv's answer is larger than {MAX_ANSWER_BYTES:,} bytes; it was not "
                        "read to the end; check api_url under [arxiv] in the configuration"
                    )
                if self._clock.monotonic() > deadline:
                    raise TryFailed(Setback(Trouble.PASSING, "gave no answer in time"))
        except urllib3.exceptions.ReadTimeoutError as error:
            raise TryFailed(Setback(Trouble.PASSING, "gave no answer in time")) from error
        except urllib3.exceptions.HTTPError as error:
            raise TryFailed(Setback(Trouble.PASSING, "broke off its answer")) from error
        return bytes(body)


def read_page(body: bytes, start: int) -> Page:
    """Check an answer that came with HTTP 200, where `start` rows come before this page.

    Raises FeedRefused for an error in the form of an entry, and TryFailed for what is no whole
    Atom feed with a count, and for an empty page although there should be more. Only the count
    can tell that from a list of unknown ids, which rightly gets an empty page.
    """
    root = parse_atom(body)
    total = -1 if root is None else _count(root.findtext(_TOTAL))
    if root is None or total < 0:
        raise TryFailed(Setback(Trouble.PASSING, "sent something else than a whole Atom feed"))
    reason = refusal_reason(root)
    if reason is not None:
        raise FeedRefused(f"arXiv refused the request: {reason}")
    entries = root.findall(_ATOM + "entry")
    unreadable = [entry for entry in entries if not is_readable(entry)]
    readable = len(entries) - len(unreadable)
    if not readable and total > start:
        raise TryFailed(Setback(Trouble.PASSING, f"sent none of {total:,} results"))
    for entry in unreadable:
        _log.warning("left out an entry without id or dates: %r", entry.findtext(_ATOM + "id"))
        root.remove(entry)
    return Page(etree.tostring(root) if unreadable else body, readable, len(entries), total)


def parse_atom(body: bytes) -> etree._Element | None:
    """The root of a whole, well-formed Atom feed without a DTD, or None for anything else."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError:
        return None
    has_dtd = root.getroottree().docinfo.internalDTD is not None
    return root if root.tag == _ATOM + "feed" and not has_dtd else None


def refusal_reason(root: etree._Element | None) -> str | None:
    """Why arXiv refused, where the feed holds the one entry that says so; in one line."""
    entry = None if root is None else root.find(_ATOM + "entry")
    if entry is None or _ERROR_ID not in (entry.findtext(_ATOM + "id") or ""):
        return None
    words = (entry.findtext(_ATOM + "summary") or "it gave no reason").split()
    return "".join(filter(str.isprintable, " ".join(words)))[:_REASON_LENGTH]


def is_readable(entry: etree._Element) -> bool:
    """Whether the package makes a result of this entry.

    It skips entries without id or dates, and one date in another form than ISO 8601 costs the
    whole page (a ValueError), so such entries are taken out.
    """
    try:
        for name in ("updated", "published"):
            text = (entry.findtext(_ATOM + name) or "").strip()
            datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return False
    return bool(entry.findtext(_ATOM + "id"))


def request_setback(error: requests.RequestException, host: str) -> Setback:
    """What a failure below HTTP means for the next try; `host` is who was asked."""
    cause = error.args[0] if error.args else None
    match error:
        case requests.ReadTimeout():
            return Setback(Trouble.PASSING, "gave no answer in time")
        case requests.ConnectionError() if isinstance(cause, urllib3.exceptions.ProtocolError):
            return Setback(Trouble.PASSING, "dropped the connection")
        case requests.ConnectionError():
            return Setback(Trouble.UNREACHABLE, f"could not be reached at {host}")
        case _:
            return Setback(Trouble.REFUSED, f"cannot be asked at {host}")


def _count(text: str | None) -> int:
    """A number of results, or -1 where there is none."""
    stripped = (text or "").strip()
    return int(stripped) if stripped.isascii() and stripped.isdigit() and len(stripped) < 10 else -1
