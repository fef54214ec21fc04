"""Causes for which a file was not read, in the words of a review and of coverage notes."""

from typing import Final

from schemas.submission import Language

UNREAD_CAUSES: Final[dict[Language, dict[str, str]]] = {
    "en": {
        "": "it is left out for another reason ({cause})",
        "archive": "archives within the work are not opened here",
        "binary": "it is no text",
        "cache": "it lies in a folder of caches",
        "data": "it is a data file",
        "empty": "it is empty",
        "encoding": "it is not in UTF-8, like too many others",
        "gitignored": "`.gitignore` leaves it out",
        "html": "it is a web page saved under this name",
        "lfs_pointer": "it is a Git LFS pointer, not the file itself",
        "link": "it is a link, and links are not followed",
        "long_path": "its path is too long",
        "merge_markers": "it holds merge conflict markers",
        "no_cells": "it is JSON, but not a notebook",
        "not_json": "it is no valid JSON",
        "nul_bytes": "it holds NUL bytes",
        "rtf": "it is a word processor's document saved under this name",
        "too_large": "it is too large",
        "too_many_values": "it is too large",
        "truncated": "it is cut off",
        "unreadable_archive": "the archive is damaged or encrypted",
        "virtual_environment": "it lies in a virtual environment",
    },
    "ru": {
        "": "он не читается по другой причине ({cause})",
        "archive": "вложенные архивы здесь не открываются",
        "binary": "это не текст",
        "cache": "он лежит в папке кэша",
        "data": "это файл данных",
        "empty": "он пуст",
        "encoding": "он не в UTF-8, и таких файлов слишком много",
        "gitignored": "его исключает `.gitignore`",
        "html": "под этим именем сохранена веб-страница",
        "lfs_pointer": "это указатель Git LFS, а не сам файл",
        "link": "это ссылка, а по ссылкам проверка не ходит",
        "long_path": "у него слишком длинный путь",
        "merge_markers": "в нём остались метки конфликта слияния",
        "no_cells": "это JSON, но не блокнот",
        "not_json": "это неправильный JSON",
        "nul_bytes": "в нём есть нулевые байты",
        "rtf": "под этим именем сохранён документ текстового редактора",
        "too_large": "он слишком большой",
        "too_many_values": "он слишком большой",
        "truncated": "он обрывается",
        "unreadable_archive": "архив повреждён или зашифрован",
        "virtual_environment": "он лежит в виртуальном окружении",
    },
}
"""By cause; the empty one is for causes that nobody has words for."""
