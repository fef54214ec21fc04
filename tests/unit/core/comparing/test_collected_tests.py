"""Tests that a runner would find and run are told from code that only looks like them."""

import pytest

from tests.unit.core.comparing.test_unused import analysed

CODE = "def total(rows):\n    return sum(rows)\n"
HEAD = "import pytest\nimport unittest\nfrom shop import total\n\n\n"
TEST = "def test_a():\n    assert total([1]) == 1\n"
METHOD = "    def test_a(self):\n        assert total([1]) == 1\n"


def written(text: str, path: str = "tests/test_shop.py", **others: str) -> int:
    """How many tests of a new file beside the code count as written."""
    files = {"shop.py": CODE, **{f"{name}.py": other for name, other in others.items()}}
    return len(analysed({"shop.py": CODE}, files | {path: HEAD + text}).test_lines.get(path, ()))


@pytest.mark.parametrize(
    "text",
    [
        TEST,
        f"async {TEST}",
        f"@pytest.mark.slow\n{TEST}",
        f"@pytest.mark.skipif(shop.OLD, reason='old')\n{TEST}",
        f"@pytest.mark.parametrize('x', [1, 2])\n{TEST}",
        f"pytestmark = [pytest.mark.slow]\n\n\n{TEST}",
        f"class TestShop:\n{METHOD}",
        f"class Shop(unittest.TestCase):\n{METHOD}",
        f"class Shop(APITestCase):\n{METHOD}",
        f"class ShopContract:\n{METHOD}\n\nclass TestShop(ShopContract):\n    pass\n",
        f"class ShopContract:\n{METHOD}\n\nclass More(ShopContract):\n    x = 1\n\n\nclass TestShop(More):\n    pass\n",
        "try:\n    import shop\nexcept ImportError:\n    shop = None\n\n\n" + TEST,
    ],
)
def test_what_a_runner_runs(text: str) -> None:
    """Functions and methods of suites, by name or base or inherited, and what is skipped only under conditions."""
    assert written(text) == 1


@pytest.mark.parametrize(
    "text",
    [
        f"class Helper:\n{METHOD}",
        f"class Helper(dict):\n{METHOD}",
        f"class Helper:\n{METHOD}\n\nclass Other(Helper):\n    pass\n",
        f"class TestShop:\n    def __init__(self):\n        self.x = 1\n\n{METHOD}",
        "def outer():\n    def test_a():\n        assert total([1]) == 1\n\n    return test_a\n",
        "if False:\n    def test_a():\n        assert total([1]) == 1\n",
        f"__test__ = False\n\n\n{TEST}",
        f"class TestShop:\n    __test__ = False\n\n{METHOD}",
        f"pytestmark = pytest.mark.skip\n\n\n{TEST}",
        f"pytestmark = [pytest.mark.xfail]\n\n\n{TEST}",
        f"pytest.skip('no', allow_module_level=True)\n\n\n{TEST}",
        f"@pytest.mark.skip\n{TEST}",
        f"@pytest.mark.skip(reason='later')\n{TEST}",
        f"@pytest.mark.xfail\n{TEST}",
        f"@pytest.mark.skipif(True, reason='no')\n{TEST}",
        f"@unittest.skipUnless(False, 'no')\n{TEST}",
        f"@unittest.expectedFailure\n{TEST}",
        f"@unittest.skip('no')\nclass TestShop:\n{METHOD}",
        f"@pytest.mark.parametrize('x', [])\n{TEST}",
        f"@pytest.fixture\n{TEST}",
        "def test_a():\n    pytest.skip('no')\n    assert total([1]) == 1\n",
        "def test_a(self):\n    self.skipTest('no')\n    assert total([1]) == 1\n",
        f"{TEST}\n\ndef test_a():\n    pass\n",
        f'"""\n{TEST}"""\n',
        f'CASES = """\n{TEST}"""\nprint(CASES)\n',
    ],
)
def test_what_no_runner_runs(text: str) -> None:
    """Neither what is not collected nor what is skipped, expected to fail, replaced, or a string."""
    assert written(text) == 0


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("tests/test_shop.py", 1),
        ("shop_test.py", 1),
        ("tests.py", 1),
        ("tests/notes.py", 0),
        ("tests/conftest.py", 0),
        ("tests/test_shop.txt", 0),
        ("tests/notes.md", 0),
    ],
)
def test_files_are_found_by_their_names(path: str, count: int) -> None:
    """As pytest, unittest and Django name them."""
    assert written(TEST, path) == count


def test_a_suite_may_inherit_from_another_file() -> None:
    """A contract suite runs where a class of another file inherits from it, whatever its own file is named."""
    derived = "from tests.contracts import ShopContract\n\n\nclass TestShop(ShopContract):\n    pass\n"
    contract = f"class ShopContract:\n{METHOD}"
    assert written(contract, "tests/contracts.py") == 0
    assert written(contract, "tests/contracts.py", **{"tests/test_shop": derived}) == 1
