"""A form as a browser sends it: what its page holds, with nothing changed."""

from html.parser import HTMLParser


def form_in_page(page: str, action: str) -> dict[str, str]:
    """The fields of the form of `page` whose address ends with `action`, line ends as browsers write them."""
    reader = _FormReader(action)
    reader.feed(page)
    return {name: text.replace("\n", "\r\n") for name, text in reader.fields.items()}


class _FormReader(HTMLParser):
    def __init__(self, action: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._action = action
        self._is_inside = False
        self._name = ""
        self._is_text = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._is_inside = given.get("action", "").partition("?")[0].endswith(self._action)
        if not self._is_inside:
            return
        match tag:
            case "input" if given.get("type") != "checkbox":
                self.fields[given["name"]] = given.get("value", "")
            case "select":
                self._name = given["name"]
            case "option" if "selected" in given:
                self.fields[self._name] = given["value"]
            case "textarea":
                self._name, self._is_text = given["name"], True
                self.fields[self._name] = ""

    def handle_endtag(self, tag: str) -> None:
        self._is_text = False
        if tag == "form":
            self._is_inside = False

    def handle_data(self, data: str) -> None:
        if self._is_text:
            self.fields[self._name] += data
