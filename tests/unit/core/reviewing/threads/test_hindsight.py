"""The benchmark that asks in hindsight whether comments were about what students changed next."""

import json
from pathlib import Path

import pytest

from app.embedded.demo.samples import SAMPLES
from tests.benchmarks.hindsight import Figures, Share, find_homeworks, main, measure


def test_it_runs_on_the_demo_s_samples(capsys: pytest.CaptureFixture[str]) -> None:
    """Each pair of attempts of the samples is counted, and each share lies within its interval."""
    main([str(SAMPLES), "--json"])
    figures = json.loads(capsys.readouterr().out)
    homeworks = list(find_homeworks(SAMPLES))
    assert figures["pairs"] == sum(len(attempts) - 1 for attempts in homeworks) > 5
    assert figures["comments"]["total"] > 5
    assert figures["base"]["total"] > 50
    for share in (figures["base"], figures["comments"]):
        low, high = share["interval"]
        assert 0 <= low < share["share"] < high <= 1


def test_a_comment_on_what_is_changed_next_counts(tmp_path: Path) -> None:
    """Of two functions the one that the linter spoke of is changed: comments hit, and half of the symbols do."""
    old = "def f(x):\n    return x == None\n\n\ndef g(x):\n    return x\n"
    for number, text in ((2, old), (10, old.replace("== None", "is None"))):
        folder = tmp_path / "anna" / "hw" / f"attempt-{number}"
        folder.mkdir(parents=True)
        (folder / "a.py").write_text(text)
    figures = Figures()
    for attempts in find_homeworks(tmp_path):
        measure(attempts, figures)
    assert (figures.pairs, figures.base.changed, figures.base.total) == (1, 1, 2)
    assert (figures.comments.changed, figures.comments.total) == (1, 1)
    assert figures.by_severity["minor"].total == 1


def test_the_interval_is_wilson_s() -> None:
    """Eight of ten: from 49 to 94 per cent, as textbooks have it; of nothing there is none."""
    assert Share(8, 10).interval == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert Share().interval is None


def test_a_folder_without_attempts_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong folder ends with a message and code 2, and a table is what people get."""
    with pytest.raises(SystemExit, match="2"):
        main([str(tmp_path)])
    assert "no homework of two attempts" in capsys.readouterr().err
    main([str(SAMPLES)])
    assert "commented on" in capsys.readouterr().out
