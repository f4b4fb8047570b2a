"""The end of a subscribe line: when, how many and in which language, as people write it.

`cs.CV "at noon" at 9:00 weekdays top 5 in zh` is the query `cs.CV "at noon"` and a schedule. The
words may stand in any order, but only at the end; in quotes or parentheses they are searched for.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace

from bot.commands.setting_values import (
    DAILY,
    WEEKDAYS,
    read_clock,
    read_language,
    read_limit,
    write_days,
    write_limit,
)
from bot.errors import UsageError
from formatters.words import languages
from storage.models import ANNOUNCEMENT, DAYS

LONGEST_CLAUSE = 100  # characters: `weekly` with the names of all days has 65

# What Chinese keyboards and telephones type, one character for one, so that places stay the same.
_TYPED = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | str.maketrans(
    "\u3000“”„‟、", ' """",'
)
_GAPS = frozenset(" \t\r\n,;")


@dataclass(frozen=True, slots=True)
class Schedule:
    """What was asked for besides the query; None where nothing was said of it.

    `at`, `days`, `limit` and `language` are those of a subscription. `sure`: not to be asked again.
    `str` writes it in English words, which `split` reads back.
    """

    at: str | None = None
    days: tuple[str, ...] | None = None
    limit: int | None = None
    language: str | None = None
    sure: bool = False

    def __str__(self) -> str:
        words = []
        if self.at is not None:
            words.append(self.at if self.at == ANNOUNCEMENT else f"at {self.at}")
        if self.days is not None:
            days = write_days(self.days)
            words.append(days if days in (DAILY, WEEKDAYS) else f"weekly {days}")
        if self.limit is not None:
            words.append(f"top {write_limit(self.limit)}")
        if self.language is not None:
            words.append(f"in {self.language}")
        return " ".join([*words, *(["yes"] if self.sure else [])])


def split(line: str) -> tuple[str, Schedule]:
    """Take the schedule words off the end of a line: the query as it was typed, and what they say.

    Raises UsageError for a time, a number or a day that cannot be, and where words contradict each
    other. Takes time linear in the length of the line.
    """
    typed = line.translate(_TYPED)
    start, end, schedule = _outside(typed), len(typed), Schedule()
    while True:
        while end > start and typed[end - 1] in _GAPS:
            end -= 1
        found = _last_clause(typed, max(start, end - LONGEST_CLAUSE), end)
        if found is None:
            return line[:end].strip(), schedule
        end, said, clause = found
        schedule = _merged(schedule, said, clause)


def written(query: str, schedule: Schedule) -> str:
    """The line that `split` takes apart into this query, in canonical form, and this schedule.

    A query that ends in a schedule word comes in parentheses.
    """
    return f"{query if _is_untouched(query) else f'({query})'} {schedule}".rstrip()


def _is_untouched(query: str) -> bool:
    try:
        return split(query) == (query, Schedule())
    except UsageError:
        return False


def _outside(typed: str) -> int:
    """Where the last quoted or parenthesised part ends; the end of the line where one is open."""
    depth, quoted, end = 0, False, 0
    for place, character in enumerate(typed, start=1):
        if character == '"':
            quoted = not quoted
        elif character in "()" and not quoted:
            depth += 1 if character == "(" else -1
        else:
            continue
        end = place
    return len(typed) if quoted or depth > 0 else end


def _last_clause(typed: str, start: int, end: int) -> tuple[int, Schedule, str] | None:
    """The clause that ends at `end`: where it begins, what it says, and how it is written."""
    for pattern, read in _CLAUSES:
        match = pattern.search(typed, start, end)
        if match is None:
            continue
        try:
            return match.start(), read(match), match[0]
        except ValueError:
            problem = f'"{match[0]}" cannot be; write for example: at 09:00 weekly mon top 20'
            raise UsageError(f"{problem} (in quotes it is searched for)") from None
    return None


def _merged(later: Schedule, earlier: Schedule, clause: str) -> Schedule:
    """Both schedules; raises UsageError where they contradict each other."""
    said = {}
    for one in fields(Schedule):
        value, known = getattr(earlier, one.name), getattr(later, one.name)
        if value != one.default:
            said[one.name] = value
            if known not in (one.default, value):
                raise UsageError(f'"{clause}" contradicts what comes after it; keep one of them')
    return replace(later, **said)


# The clauses, each with what it says; ValueError where that cannot be

Reader = Callable[[re.Match[str]], Schedule]

_LANGUAGES = "|".join((*languages(), "english", "chinese", "英文", "英语", "中文"))
_DAY = "(?:mon|tue(?:s)?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?"
_CHINESE_DAYS = dict(zip("一二三四五六日天", (*DAYS, "sun"), strict=True))
_HALVES = {"am": 0, "凌晨": 0, "早上": 0, "上午": 0, "中午": 12, "pm": 12, "下午": 12, "晚上": 12}
_BEFORE = "凌晨|早上|上午|中午|下午|晚上"
# Words begin after a space; Chinese is written without.
_BEGIN = r"(?<![^\s,;()\"\u4e00-\u9fff])"


def _saying(schedule: Schedule) -> Reader:
    return lambda _match: schedule


def _time(match: re.Match[str]) -> Schedule:
    said = match.groupdict()
    hour, minute = int(said["hour"]), said.get("minute") or "00"
    half = (said.get("before") or said["after"] or "").lower()
    if half and hour <= 12:
        hour = hour % 12 + _HALVES[half]
    return Schedule(at=read_clock(f"{hour}:{minute.replace('半', '30')}"))


def _weekly(match: re.Match[str]) -> Schedule:
    return _on(day[:3].lower() for day in re.split(r"[\s,]+", match["days"]))


def _chinese_weekly(match: re.Match[str]) -> Schedule:
    return _on(_CHINESE_DAYS.get(day, "") for day in match["days"])


def _on(named: Iterable[str]) -> Schedule:
    chosen = set(named)
    return Schedule(days=tuple(day for day in DAYS if day in chosen))


def _without_days(_match: re.Match[str]) -> Schedule:
    raise ValueError


def _limit(match: re.Match[str]) -> Schedule:
    return Schedule(limit=read_limit(match["limit"].lower()))


def _language(match: re.Match[str]) -> Schedule:
    return Schedule(language=read_language(match["language"].lower().replace("英文", "英语")))


def _clause(pattern: str, read: Reader) -> tuple[re.Pattern[str], Reader]:
    return re.compile(rf"(?:{pattern})\Z", re.IGNORECASE), read


_CLAUSES = (
    _clause(
        rf"{_BEGIN}(?:at\s+)?(?P<before>{_BEFORE})?\s*"
        r"(?P<hour>[0-9]{1,2})(?::(?=[0-9])|点)(?P<minute>半|[0-9]{2})?分?\s*(?P<after>[ap]m)?",
        _time,
    ),
    _clause(rf"{_BEGIN}at\s+(?P<hour>[0-9]{{1,2}})\s*(?P<after>[ap]m)?", _time),
    _clause(
        rf"{_BEGIN}(?:at\s+)?announcement|(?:公告|公布|发布)时", _saying(Schedule(at=ANNOUNCEMENT))
    ),
    _clause(rf"{_BEGIN}daily|每天|每日", _saying(Schedule(days=DAYS))),
    _clause(rf"{_BEGIN}weekdays|工作日", _saying(Schedule(days=DAYS[:5]))),
    _clause(rf"{_BEGIN}weekly(?:\s+on)?(?P<days>(?:[\s,]+{_DAY})+)", _weekly),
    _clause(r"每(?:周|星期)(?P<days>[一二三四五六日天,和]+)", _chinese_weekly),
    _clause(rf"{_BEGIN}weekly|每(?:周|星期)", _without_days),
    _clause(rf"(?:{_BEGIN}top\s+|前\s*|最多\s*)(?P<limit>[0-9]+|all)\s*篇?", _limit),
    _clause(rf"(?:{_BEGIN}in\s+|用)(?P<language>(?:{_LANGUAGES})(?:-[a-z]+)?)", _language),
    _clause(rf"{_BEGIN}yes", _saying(Schedule(sure=True))),
)
