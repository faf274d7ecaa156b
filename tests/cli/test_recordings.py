"""A show that goes on from its recording when the real thing breaks, and as a moving picture."""

import io
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from gitops_lab.cli import recorded
from gitops_lab.cli.animation import animated
from gitops_lab.cli.cast import Cast, ShowTerminal
from gitops_lab.cli.screen import Screen, Style, runs
from gitops_lab.course import Beat
from gitops_lab.course.stage import Show
from gitops_lab.errors import UsageError
from gitops_lab.lab import load

LAB = load(Path(__file__).resolve().parents[2] / "labs" / "02-first-sync")
BEATS = (
    Beat("red", "one", "Red", "Something is missing.", "gitops-lab check one"),
    Beat("act", "one", "A commit", "We add it.", "git commit -a && git push"),
    Beat("green", "two", "Green", "There it is.", "gitops-lab check two"),
)


def film(file: Path, upto: int = len(BEATS), hostile: str = "") -> recorded.Recording:
    """A recording of the beats, each answering with its number."""
    show = Show(BEATS, {"one": "First", "two": "Second"})
    head = recorded.header(LAB, show, "abc")
    cast = Cast(io.StringIO(), file, f"A show{hostile}", (40, 10), head)
    terminal = ShowTerminal(cast, typing_ms=10)
    for number, beat in enumerate(BEATS[:upto]):
        terminal.mark(beat.title)
        terminal.narrate(beat.say)
        terminal.key()
        terminal.typed(beat.command)
        terminal.say(f"  answer {number}{hostile}", "green")
    cast.close()
    return recorded.read(file)


def test_a_recording_is_read_beat_by_beat(tmp_path: Path) -> None:
    recording = film(tmp_path / "a.cast")
    assert recording.beats == BEATS
    assert [chapter.title for chapter in recording.show().chapters] == ["First", "Second"]
    said = "".join(piece.data for piece in recording.segment(1).said)
    done = "".join(piece.data for piece in recording.segment(1).done)
    assert "We add it." in said
    assert "git" not in said
    assert "answer 1" in done
    assert "answer 2" not in done
    assert recording.segment(9).done == ()


def test_typing_and_reading_take_time_in_the_recording_alone(tmp_path: Path) -> None:
    recording = film(tmp_path / "a.cast")
    letters = len(BEATS[1].command) * 0.01
    assert letters <= sum(p.pause for p in recording.segment(1).done) < letters + 2
    assert recording.output[-1][0] > 3


def test_a_file_that_is_no_whole_recording_is_refused(tmp_path: Path) -> None:
    short = tmp_path / "short.cast"
    with pytest.raises(UsageError, match="2 of 3"):
        film(short, upto=2)
    other = tmp_path / "other.cast"
    other.write_text('{"version": 2, "width": 80, "height": 24}\n')
    with pytest.raises(UsageError, match="no recording of a show"):
        recorded.read(other)


def test_a_recording_of_another_version_of_the_lab_is_not_used(tmp_path: Path) -> None:
    film(tmp_path / "a.cast")
    assert recorded.found(tmp_path / "a.cast", "abc")[0] is not None
    assert "another version" in recorded.found(tmp_path / "a.cast", "new")[1]
    assert "--rehearse" in recorded.found(tmp_path / "none.cast", "abc")[1]


def test_the_header_is_one_that_players_read(tmp_path: Path) -> None:
    film(tmp_path / "a.cast")
    head, *events = [json.loads(line) for line in (tmp_path / "a.cast").read_text().splitlines()]
    assert (head["version"], head["width"], head["height"]) == (2, 40, 10)
    assert {code for _, code, _ in events} == {"o", "m", "i"}
    times = [at for at, _, _ in events]
    assert times == sorted(times)


def test_long_lines_break_between_words_and_stay_under_their_text(tmp_path: Path) -> None:
    cast = Cast(io.StringIO(), tmp_path / "a.cast", "A show", (40, 10))
    ShowTerminal(cast).say("      next      Change it in the clone, then commit and push it there.")
    cast.close()
    [_, at] = (tmp_path / "a.cast").read_text().splitlines()
    lines = json.loads(at)[2].split("\r\n")
    assert all(len(line) <= 40 for line in lines)
    assert lines[1].startswith(" " * 16)


def test_a_screen_keeps_what_its_rows_were_in_the_end() -> None:
    screen = Screen(10)
    screen.write(0.0, "\x1b[1;32mgood\x1b[0m")
    screen.write(1.0, "\r\x1b[31mbad!\x1b[39m\r\n\x1b[?25l0123456789ab")
    assert list(runs(screen.rows[0])) == [("bad!", Style(1))]
    assert ["".join(letter for letter, _ in row) for row in screen.rows[1:]] == ["0123456789", "ab"]
    assert (screen.moments[-1].row, screen.moments[-1].column) == (2, 2)


def test_the_moving_picture_is_plain_xml_that_asks_nobody_for_anything(tmp_path: Path) -> None:
    hostile = "</text><script>alert(1)</script>&\x07"
    picture = animated(film(tmp_path / "a.cast", hostile=hostile))
    root = ElementTree.fromstring(picture)
    names = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert names <= {"svg", "title", "style", "rect", "g", "circle", "text", "tspan", "path"}
    texts = "".join(root.itertext())
    assert "<script>alert(1)" in texts
    assert "url(" not in picture
    assert "href" not in picture
    assert picture.count("http") == 1, "its name space, and no other address"
    assert "prefers-reduced-motion" in picture


def test_the_picture_ends_with_everything_written(tmp_path: Path) -> None:
    picture = animated(film(tmp_path / "a.cast"))
    last = picture.split("@keyframes curtain {")[1].split("@media")[0].strip().splitlines()[-2]
    rows = picture.count("<text y=")
    place = float(last.split(",")[1].rstrip("px)}"))
    assert place >= rows * 19 - 19
