"""Whether a page is what we made of it, whatever texts of others stand on it."""

from typing import Final

from playwright.sync_api import Page

from tests.builders.xss_corpus import MARK

_ATTRIBUTES_THAT_ACT: Final = """[...document.querySelectorAll('*')].flatMap(one => [...one.attributes])
    .filter(it => it.name.startsWith('on') || it.name === 'style' || /^\\s*(javascript|data|vbscript):/i.test(it.value))
    .filter(it => !(it.ownerElement.matches('input, textarea, option') && it.name === 'value')).map(it => it.name)"""
"""The value of a field is text, whatever it looks like."""
_FOREIGN: Final = "script:not([src^='/static/']), iframe, object, embed, base, img"


def assert_whole(page: Page) -> None:
    """No script but ours is there or has run, no attribute acts, and there is one main part, within the body."""
    assert page.evaluate(f"window.{MARK} === undefined")
    assert page.evaluate("document.querySelectorAll('main').length === 1")
    assert page.evaluate("document.querySelector('main').parentElement === document.body")
    assert page.evaluate(f"document.querySelectorAll({_FOREIGN!r}).length") == 0
    assert page.evaluate(_ATTRIBUTES_THAT_ACT) == []
