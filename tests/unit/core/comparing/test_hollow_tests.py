"""Tests that prove nothing are told from those that may."""

import pytest

from tests.unit.core.comparing.test_unused import analysed

CODE = "def total(rows):\n    return sum(rows)\n\n\nclass Shop:\n    pass\n"
TEST_CASE = """\
class TestTotal(TestCase):
    def setUp(self):
        self.found = total([1])

    def test_a(self):
        self.assertEqual(self.found, 1)
"""
IMPORT = "from shop.core import total\n\n\n"


def hollow(text: str, **others: str) -> set[int]:
    """The lines of tests that prove nothing, of a new test file beside the code."""
    files = {"shop/core.py": CODE, **{f"{name}.py": other for name, other in others.items()}}
    return set(analysed(files, {**files, "tests/test_core.py": text}).hollow_lines["tests/test_core.py"])


@pytest.mark.parametrize(
    "text",
    [
        f"{IMPORT}def test_a():\n    assert total([1]) == 1\n",
        "import shop.core\n\n\ndef test_a():\n    found = shop.core.total([1])\n    assert found\n",
        "from shop import core as code\n\n\ndef test_a():\n    assert code.total([1])\n",
        f"{IMPORT}def test_a():\n    with pytest.raises(ValueError):\n        total(None)\n",
        f"{IMPORT}CASE = total([1])\n\n\ndef test_a():\n    assert CASE == 1\n",
        f"{IMPORT}def check(x):\n    assert total(x)\n\n\ndef test_a():\n    check([1])\n",
        f"{IMPORT}@pytest.fixture\ndef found():\n    return total([1])\n\n\ndef test_a(found):\n    assert found\n",
        f"{IMPORT}def test_a():\n    for case in ([1], [2]):\n        assert total(case)\n",
        f"{IMPORT}def test_a():\n    assert total([1]) or total([2])\n",
        f"{IMPORT}def test_a():\n    try:\n        assert total([1])\n    except AssertionError:\n        raise\n",
        f"{IMPORT}def test_a():\n    try:\n        total(1)\n    except Exception as e:\n        assert e.args\n",
        f"{IMPORT}def test_a():\n    try:\n        assert total([1])\n    except ValueError:\n        pass\n",
        f"{IMPORT}{TEST_CASE}",
        "import subprocess\n\n\ndef test_a():\n    assert subprocess.run(['python', 'main.py']).returncode == 0\n",
        "def test_a(client):\n    assert client.get('/').status_code == 200\n",
    ],
)
def test_what_may_prove_something(text: str) -> None:
    """Whatever uses the work, itself or by a helper, a fixture, a class or a process, and asserts anything."""
    assert hollow(text) == set()


@pytest.mark.parametrize(
    "test",
    [
        "def test_a():\n    total([1])\n",
        "def test_a():\n    total([1])\n    assert True\n",
        "def test_a():\n    assert 1 + 1 == 2\n",
        "def test_a():\n    x = 1\n    assert x == 1\n",
        "def test_a():\n    return\n    assert total([1]) == 1\n",
        "def test_a():\n    if False:\n        assert total([1]) == 1\n",
        "def test_a():\n    assert total([1]) == 5 or True\n",
        "def test_a():\n    assert total([1]) == 5 or (total([2]) or not False)\n",
        "def test_a():\n    assert (total([1]) == 5, 'always')\n",
        "def test_a():\n    try:\n        assert total([1]) == 5\n    except AssertionError:\n        pass\n",
        "def test_a():\n    try:\n        assert total([1]) == 5\n    except:\n        print('no')\n",
        "def test_a():\n    with suppress(Exception):\n        assert total([1]) == 5\n",
        "def test_a():\n    for x in []:\n        assert total(x) == 5\n",
        "def test_a():\n    for x in range(0):\n        assert total(x) == 5\n",
        "def test_a(tmp_path):\n    assert tmp_path\n",
        "def around():\n    def test_a():\n        assert total([1]) == 1\n    return test_a\n",
    ],
)
def test_what_proves_nothing(test: str) -> None:
    """Nothing asserted that may fail, nothing of the work, never reached, never collected, swallowed."""
    assert hollow(IMPORT + test)


def test_a_file_that_never_imports_the_work_proves_nothing() -> None:
    """Tests of the standard library are none of the work."""
    assert hollow("import math\n\n\ndef test_a():\n    assert math.sqrt(4) == 2\n")


def test_fixtures_may_come_from_a_file_of_fixtures() -> None:
    """Where there is a `conftest.py`, a parameter may bring the work along."""
    text = "def test_a(shop):\n    assert shop.total\n"
    assert hollow(text)
    assert not hollow(text, **{"tests/conftest": "import pytest\n"})
