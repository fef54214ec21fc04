"""Which names mean the same test, though different tools, or reports of one tool, write them differently."""

from app.core.testlog.formats.jest import SEPARATOR


def key_of(test_id: str) -> str:
    """A key that is equal for one test's names in pytest's text, unittest's text, JUnit XML and jest's text.

    `tests/test_a.py::TestX::test_y[1]` and `tests.test_a.TestX.test_y[1]` are one test; so are
    `cart.test.js › cart › counts` and `cart counts`.
    """
    if SEPARATOR in test_id:
        first, *rest = test_id.split(SEPARATOR)
        is_file = first.endswith((".js", ".ts", ".jsx", ".tsx", ".mjs", ".cjs"))
        return " ".join(rest if is_file else [first, *rest])
    head, bracket, parameters = test_id.partition("[")
    path, found, name = head.partition("::")
    if found:
        module = path.removesuffix(".py").replace("/", ".")
        return f"{module}.{name.replace('::', '.')}{bracket}{parameters}"
    return test_id
