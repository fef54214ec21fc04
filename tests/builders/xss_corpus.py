"""Texts that run a script, or break a page, where something forgets to escape: each sets a mark that a test sees.

Four ways in are crossed with many ways out of where a text may stand: between tags, in an attribute, in a style, in an
address, in a template of our own or of others.
"""

from collections.abc import Iterator
from typing import Final

MARK: Final = "xss_ran"
_RUN: Final = f"window.{MARK}=1"

_OUT: Final = (
    "", '"', "'", ">", '">', "'>", "`>", "</", "-->", "]]>", "*/", "</title>", "</textarea>", "</style>", "</script>",
    "</svg>", "</td></tr></table>", "</code></pre>", "</span>", "{{", "{%", "${", "<%", "\\", "\\u0022>", "&quot;>",
    "%22%3E",
    "\u2028", "\r\n\r\n", "\x00", "\u202e", "\ufeff",
)  # fmt: skip
"""What may end the place where a text stands."""

_IN: Final = (
    f"<script>{_RUN}</script>",
    f"<img src=x onerror={_RUN}>",
    f"<svg/onload={_RUN}>",
    f'<iframe srcdoc="<script>parent.{MARK}=1</script>">',
)
"""What would run."""

_OTHERS: Final = (
    f"javascript:{_RUN}",
    f"JaVaScRiPt:{_RUN}",
    f"java\tscript:{_RUN}",
    f"data:text/html,<script>parent.{MARK}=1</script>",
    f"vbscript:{_RUN}",
    f'" onmouseover="{_RUN}',
    f"' onfocus='{_RUN}' autofocus='",
    f'" style="animation-name:x" onanimationstart="{_RUN}',
    f"x onfocus={_RUN} tabindex=1 autofocus",
    f"<a href=javascript:{_RUN} autofocus onfocus={_RUN}>x</a>",
    f"<details open ontoggle={_RUN}>",
    f"<body onload={_RUN}>",
    f"<input autofocus onfocus={_RUN}>",
    f"<video><source onerror={_RUN}></video>",
    f"<audio src=x onerror={_RUN}>",
    f"<object data=javascript:{_RUN}>",
    f"<embed src=javascript:{_RUN}>",
    f"<form><button formaction=javascript:{_RUN}>x",
    f"<math><mtext></mtext><script>{_RUN}</script></math>",
    f"<svg><script>{_RUN}</script></svg>",
    f"<svg><animate onbegin={_RUN} attributeName=x dur=1s>",
    f"<svg><a xlink:href=javascript:{_RUN}><text>x</text></a></svg>",
    f"<style>@import 'data:text/css,*{{color:red}}';</style><script>{_RUN}</script>",
    "<link rel=stylesheet href=data:text/css,*%7bdisplay:none%7d>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    f"<meta http-equiv=refresh content='0;url=javascript:{_RUN}'>",
    f"<scr<script>ipt>{_RUN}</scr</script>ipt>",
    f"<SCRIPT>{_RUN}</SCRIPT>",
    f"<script\x0c>{_RUN}</script>",
    f"<script/x>{_RUN}</script>",
    f"<<script>{_RUN}//<</script>",
    f"<script src=data:text/javascript,{_RUN}></script>",
    f"<img src=`x`onerror={_RUN}>",
    f"<img/src=x/onerror={_RUN}>",
    f"<img\nsrc=x\nonerror={_RUN}>",
    f"<img src=x onerror\x00={_RUN}>",
    f"<marquee onstart={_RUN}>",
    f"<template><script>{_RUN}</script></template>",
    f"<noscript><p title='</noscript><img src=x onerror={_RUN}>'>",
    f"<!--><img src=x onerror={_RUN}>-->",
    f"<![CDATA[<img src=x onerror={_RUN}>]]>",
    f"<?php echo '<script>{_RUN}</script>' ?>",
    f"&lt;script&gt;{_RUN}&lt;/script&gt;",
    f"&#60;script&#62;{_RUN}&#60;/script&#62;",
    f"\\x3cscript\\x3e{_RUN}\\x3c/script\\x3e",
    f"%3Cscript%3E{_RUN}%3C/script%3E",
    f"+ADw-script+AD4-{_RUN}+ADw-/script+AD4-",
    f"\uff1cscript\uff1e{_RUN}\uff1c/script\uff1e",
    f"<\u0441\u0441ript>{_RUN}</script>",
    "{{ 7 * 7 }}", "{{ config }}", "{% raw %}<b>", "{{ ''.__class__.__mro__ }}", "${7*7}", "#{7*7}", "<%= 7*7 %>",
    "{{constructor.constructor('window." + MARK + "=1')()}}",
    "`<b>`", "`", "``<script>`" + _RUN + "`</script>``",
    "<plaintext>", "<xmp>", "<listing>", "</html>", "</main></body>", "<table>", "<select>", "<frameset>", "<!--",
    "<title>",
    "<textarea>", "<style>*{display:none}", "<dialog open>x</dialog>", "<slot>", "<ul><li><ul>", "</section></main>",
    "\u202edne eht\u202c", "\u2066x\u2069", "\x1b[31mred", "\U000e0041\U000e007f", "a\u0300" * 40,
    "\t\r\n \u00a0", "\u0000", "9" * 300, "<" * 200, ">" * 200, "&" * 200, '"' * 200, "'" * 200,
)  # fmt: skip


def xss_corpus() -> tuple[str, ...]:
    """All of them, each once."""
    return tuple(dict.fromkeys(_all()))


def _all() -> Iterator[str]:
    for out in _OUT:
        for way_in in _IN:
            yield f"{out}{way_in}"
    yield from _OTHERS
