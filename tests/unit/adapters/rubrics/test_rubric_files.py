"""Rubrics in a folder: by assignment, and nothing wrong passes unseen."""

import errno
from pathlib import Path

import pytest

from app.adapters.doctor.probes import probe_rubrics
from app.adapters.rubrics.rubric_files import load_rubrics
from schemas.errors import StartRefused
from tests.builders.graded import OWN


def test_each_assignment_has_its_own_rubric(tmp_path: Path) -> None:
    """One with a file of its name is judged by that, all others by the default one."""
    (tmp_path / "hw1.yaml").write_text(OWN, "utf-8")
    (tmp_path / "README.md").write_text("Not a rubric.", "utf-8")
    (tmp_path / ".hw2.yaml").write_text("not: [a rubric", "utf-8")
    rubrics = load_rubrics(tmp_path)
    assert rubrics.of("hw1").version.startswith("hw1/")
    assert rubrics.of("hw2") == load_rubrics(None).default
    assert rubrics.of("hw2").version.startswith("default/")


def test_default_rubric_can_be_replaced(tmp_path: Path) -> None:
    """A file of that name judges whatever has no file of its own."""
    (tmp_path / "default.yaml").write_text("\ufeff" + OWN, "utf-8")  # as Windows' editor writes it
    rubrics = load_rubrics(tmp_path)
    assert rubrics.of("any").version.startswith("default/")
    assert rubrics.of("any") != load_rubrics(None).default


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("hw1.yml", OWN.encode(), "hw1.yml: its name must end in .yaml"),
        ("hw1.YAML", OWN.encode(), "hw1.YAML: its name must end in .yaml"),
        ("дз 1.yaml", OWN.encode(), "дз 1.yaml: its name is no assignment's id"),
        ("hw1.yaml", "# а\nitems: ё".encode("cp1251"), "hw1.yaml: line 1: not UTF-8"),
        ("hw1.yaml", b"items: []\n", "hw1.yaml: rubric, line 1: items: there are 0"),
        ("hw1.yaml", b"# " + b"x" * 300_000, "hw1.yaml: larger than 256 KiB"),
        ("hw1.yaml", b"a: &a [x]\nb: [*a, *a]\n", "hw1.yaml: rubric, line 1: anchors (&) and aliases (*)"),
    ],
)
def test_wrong_file_ends_the_start(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    """With its name, what is wrong, and where to read more; none is skipped in silence."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(StartRefused) as caught:
        load_rubrics(tmp_path)
    assert words in caught.value.cause
    assert "docs/rubrics.md" in caught.value.cure


def test_every_wrong_file_is_named_at_once(tmp_path: Path) -> None:
    """Whoever mends them need not start as often as there are files; of very many the first ones are named."""
    for number in range(12):
        (tmp_path / f"hw{number:02}.yaml").write_text("items: []", "utf-8")
    with pytest.raises(StartRefused, match=r"hw00.yaml: .*hw09.yaml: .*; and 2 more"):
        load_rubrics(tmp_path)


def test_what_is_no_plain_file_of_the_folder_is_refused(tmp_path: Path) -> None:
    """A folder, a link that leads out, and one that leads nowhere."""
    outside, folder = tmp_path / "outside.yaml", tmp_path / "rubrics"
    outside.write_text(OWN, "utf-8")
    (folder / "hw1.yaml").mkdir(parents=True)
    (folder / "hw2.yaml").symlink_to(outside)
    (folder / "hw3.yaml").symlink_to(folder / "nowhere.yaml")
    with pytest.raises(StartRefused) as caught:
        load_rubrics(folder)
    assert "hw1.yaml: it is no file" in caught.value.cause
    assert "hw2.yaml: it is a link that leads out of the folder" in caught.value.cause
    assert "hw3.yaml: it is no file" in caught.value.cause


def test_links_within_the_folder_are_followed(tmp_path: Path) -> None:
    """Kubernetes mounts the files of a ConfigMap as links to a folder beside them."""
    data = tmp_path / "..data"
    data.mkdir()
    (data / "hw1.yaml").write_text(OWN, "utf-8")
    (tmp_path / "hw1.yaml").symlink_to(Path("..data") / "hw1.yaml")
    assert "hw1" in load_rubrics(tmp_path).by_assignment


def test_missing_folder_ends_the_start(tmp_path: Path) -> None:
    """A misspelt path must not leave all assignments to the default rubric."""
    with pytest.raises(StartRefused, match="No such file or directory") as caught:
        load_rubrics(tmp_path / "nowhere")
    assert "RUBRICS_PATH" in caught.value.cure


def test_unreadable_file_ends_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that this user may not read is named with the system's own words."""
    (tmp_path / "hw1.yaml").write_text(OWN, "utf-8")

    def is_file(path: Path) -> bool:
        raise PermissionError(errno.EACCES, f"refused: {path}")

    monkeypatch.setattr(Path, "is_file", is_file)  # rights of the file would not hold back root
    with pytest.raises(StartRefused, match=r"hw1.yaml: Permission denied"):
        load_rubrics(tmp_path)


async def test_doctor_tells_which_rubrics_there_are(tmp_path: Path) -> None:
    """With their versions; one that is wrong fails the probe with the words that a start would end with."""
    assert (await probe_rubrics(5, None)).cause.startswith("default/")
    assert (await probe_rubrics(5, tmp_path)).cause.startswith(f"none in {tmp_path}, so default/")
    (tmp_path / "hw1.yaml").write_text(OWN, "utf-8")
    found = await probe_rubrics(5, tmp_path)
    assert found.ok
    assert found.cause.startswith(f"1 of {tmp_path}, and default/")
    assert set(found.detail["assignments"]) == {"hw1"}
    (tmp_path / "hw2.yaml").write_text("items: 5", "utf-8")
    wrong = await probe_rubrics(5, tmp_path)
    assert not wrong.ok
    assert "hw2.yaml: rubric, line 1: items" in wrong.cause
