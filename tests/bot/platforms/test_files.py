"""Digests as files: whole or not at all, and only where they belong."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.outcome import Later, Outcome, Refused, Sent
from bot.platforms.files import FileCarrier, is_plain_name
from storage.deliveries import Delivery
from storage.models import Address, Platform


async def carry(
    folder: Path, name: object, content: object = "# Papers\n", chat: str = "archive"
) -> Outcome:
    body = {"name": name, "content": content}
    delivery = Delivery(7, 1, Address(Platform.FILE, chat), "file", body)
    return await FileCarrier(folder).carry(delivery, None)


async def test_a_file_is_written_below_the_data_folder_and_nothing_beside_it(
    tmp_path: Path,
) -> None:
    assert await carry(tmp_path, "cv-zh.md", "# 摘要\n\ud800") == Sent("cv-zh.md")
    assert [one.name for one in (tmp_path / "archive").iterdir()] == ["cv-zh.md"]
    assert (tmp_path / "archive" / "cv-zh.md").read_bytes() == "# 摘要\n?".encode()


async def test_writing_it_again_takes_the_place_of_the_first(tmp_path: Path) -> None:
    for content in ("a long first version", "short"):
        await carry(tmp_path, "papers.md", content)
    assert (tmp_path / "archive" / "papers.md").read_text(encoding="utf-8") == "short"


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../up.md", "a/b.md", "/etc/passwd", "..\\up.md", ".hidden", "a\0b", "a\nb",
     "论" * 81, None, 7],
)  # fmt: skip
async def test_a_name_that_leaves_the_folder_is_refused(tmp_path: Path, name: object) -> None:
    assert isinstance(await carry(tmp_path, name), Refused)
    assert list(tmp_path.rglob("*")) == []


@given(st.text())
def test_a_plain_name_is_one_step_from_its_folder(name: str) -> None:
    if is_plain_name(name):
        assert (Path("/folder") / name).resolve().parent == Path("/folder")


async def test_a_folder_elsewhere_is_refused(tmp_path: Path) -> None:
    for chat in ("../elsewhere", str(tmp_path.parent / "elsewhere")):
        assert isinstance(await carry(tmp_path / "data", "a.md", chat=chat), Refused)
    assert not (tmp_path.parent / "elsewhere").exists()


async def test_what_the_system_refuses_is_tried_later_and_the_old_file_stays(
    tmp_path: Path,
) -> None:
    await carry(tmp_path, "a.md", "old")
    (tmp_path / "archive" / ".7.partial").mkdir()
    outcome = await carry(tmp_path, "a.md", "new")
    assert isinstance(outcome, Later)
    assert "a.md" in outcome.reason
    assert (tmp_path / "archive" / "a.md").read_text(encoding="utf-8") == "old"


async def test_many_at_once_are_all_whole(tmp_path: Path) -> None:
    names = [f"{number}.md" for number in range(50)]
    await asyncio.gather(*(carry(tmp_path, name, name * 1000, name) for name in names))
    for name in names:
        assert (tmp_path / name / name).read_text(encoding="utf-8") == name * 1000
