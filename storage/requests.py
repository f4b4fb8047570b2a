"""Work that one process hands to the one that runs the bot: `paperboy publish` beside a bot."""

from datetime import datetime

from storage.database import Database

OPEN, ANSWERED = "open", "answered"


class Requests:
    """What the running bot is asked to do, and its answers, both as texts that it understands."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, text: str, now: datetime) -> int:
        """Ask for something; returns the number under which the answer will be."""
        async with self._database.write() as connection:
            rows = await connection.execute_fetchall(
                "INSERT INTO requests (content, state, created) VALUES (?, ?, ?) RETURNING number",
                (text, OPEN, _moment(now)),
            )
            return int(next(iter(rows))[0])

    async def open(self) -> tuple[tuple[int, str], ...]:
        """Read what nobody has answered yet, oldest first."""
        async with self._database.read() as connection:
            rows = await connection.execute_fetchall(
                "SELECT number, content FROM requests WHERE state = ? ORDER BY number", (OPEN,)
            )
            return tuple((int(row[0]), str(row[1])) for row in rows)

    async def answer(self, number: int, text: str) -> None:
        """Answer a request; nothing happens where it was withdrawn."""
        async with self._database.write() as connection:
            await connection.execute(
                "UPDATE requests SET state = ?, answer = ? WHERE number = ?",
                (ANSWERED, text, number),
            )

    async def answered(self, number: int) -> str | None:
        """Read the answer to a request; None while there is none."""
        async with self._database.read() as connection:
            rows = await connection.execute_fetchall(
                "SELECT answer FROM requests WHERE number = ? AND state = ?", (number, ANSWERED)
            )
            return next((str(row[0]) for row in rows), None)

    async def withdraw(self, number: int) -> None:
        """Forget a request, but none that another process waits for."""
        async with self._database.write() as connection:
            await connection.execute("DELETE FROM requests WHERE number = ?", (number,))

    async def forget(self, before: datetime) -> None:
        """Forget what was asked for before: whoever asked was killed while waiting."""
        async with self._database.write() as connection:
            await connection.execute("DELETE FROM requests WHERE created < ?", (_moment(before),))


def _moment(moment: datetime) -> str:
    """A moment in UTC, in a form that sorts as text."""
    return moment.isoformat(timespec="microseconds")
