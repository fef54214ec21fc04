"""The words of a review card, in Russian and English: one phrase for each kind of change, metric and sign."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from schemas.submission import Language


@dataclass(frozen=True, slots=True)
class Words:
    """All phrases of one language. Kinds, flags and severities that are not listed are shown as they are."""

    quality: str
    first: str
    unavailable: str
    against: str
    code: str
    handed_in: str
    files: str
    complexity: str
    average: str
    maintainability: str
    tests: str
    no_log: str
    passed: str
    failed: str
    skipped: str
    not_collected: str
    point: str
    before: str
    newly_passing: str
    newly_failing: str
    still_failing: str
    comments: str
    cell: str
    suggestion: str
    recommendations: str
    warnings: str
    more: str
    kinds: Mapping[str, str]
    metrics: Mapping[str, str]
    severities: Mapping[str, str]
    flags: Mapping[str, str]


# Each name, then its Russian and its English phrase; kinds in the order in which a card tells them.
_KINDS: Final = {
    "extract_method": ("выделена функция", "function extracted"),
    "extract_and_move_method": ("выделена и перенесена функция", "function extracted and moved"),
    "inline_method": ("встроена функция", "function inlined"),
    "rename_method": ("переименовано", "renamed"),
    "rename_class": ("переименован класс", "class renamed"),
    "rename_parameter": ("переименован параметр", "parameter renamed"),
    "move_method": ("перенесено", "moved"),
    "move_class": ("перенесён класс", "class moved"),
    "move_and_rename_method": ("перенесено и переименовано", "moved and renamed"),
    "move_and_rename_class": ("перенесён и переименован класс", "class moved and renamed"),
    "pull_up_method": ("метод поднят в базовый класс", "method pulled up"),
    "push_down_method": ("метод опущен в подкласс", "method pushed down"),
    "reorder_parameter": ("изменён порядок параметров", "parameters reordered"),
    "rename_file": ("переименован файл", "file renamed"),
    "move_file": ("перенесён файл", "file moved"),
    "move_and_rename_file": ("перенесён и переименован файл", "file moved and renamed"),
    "rename_folder": ("переименована папка", "folder renamed"),
    "move_folder": ("перенесена папка", "folder moved"),
    "move_and_rename_folder": ("перенесена и переименована папка", "folder moved and renamed"),
    "modify_decorator": ("изменён декоратор", "decorator changed"),
    "change_annotation": ("изменён тип", "type changed"),
    "change_return_annotation": ("изменён тип результата", "return type changed"),
    "rename_attribute": ("переименовано поле", "field renamed"),
    "add_class": ("добавлен класс", "class added"),
    "remove_class": ("удалён класс", "class removed"),
    "modify_class": ("изменён класс", "class changed"),
    "add_function": ("добавлена функция", "function added"),
    "remove_function": ("удалена функция", "function removed"),
    "modify_function": ("изменена функция", "function changed"),
    "add_test": ("добавлен тест", "test added"),
    "remove_test": ("удалён тест", "test removed"),
    "modify_test": ("изменён тест", "test changed"),
    "add_parameter": ("добавлен параметр", "parameter added"),
    "remove_parameter": ("убран параметр", "parameter removed"),
    "parameterize_variable": ("переменная стала параметром", "variable made a parameter"),
    "localize_parameter": ("параметр стал переменной", "parameter made a variable"),
    "change_default": ("изменено значение по умолчанию", "default changed"),
    "change_parameter_manner": ("изменён способ передачи параметра", "parameter's manner changed"),
    "add_decorator": ("добавлен декоратор", "decorator added"),
    "remove_decorator": ("убран декоратор", "decorator removed"),
    "rename_variable": ("переименована переменная", "variable renamed"),
    "extract_variable": ("выделена переменная", "variable extracted"),
    "inline_variable": ("встроена переменная", "variable inlined"),
    "add_constant": ("добавлена константа", "constant added"),
    "remove_constant": ("удалена константа", "constant removed"),
    "modify_constant": ("изменена константа", "constant changed"),
    "modify_module": ("изменён код модуля", "module's code changed"),
    "reorder_decorators": ("изменён порядок декораторов", "decorators reordered"),
    "reorder_statements": ("изменён порядок кода", "statements reordered"),
    "reorder_imports": ("изменён порядок импортов", "imports reordered"),
    "add_key": ("добавлена настройка", "setting added"),
    "remove_key": ("убрана настройка", "setting removed"),
    "modify_key": ("изменена настройка", "setting changed"),
    "duplicate_key": ("ключ задан дважды", "key given twice"),
    "add_section": ("добавлен раздел", "section added"),
    "remove_section": ("удалён раздел", "section removed"),
    "rename_section": ("переименован раздел", "section renamed"),
    "move_section": ("перенесён раздел", "section moved"),
    "modify_section": ("изменён раздел", "section changed"),
    "add_file": ("добавлен файл", "file added"),
    "remove_file": ("удалён файл", "file removed"),
    "modify_file": ("изменён файл", "file changed"),
    "unread_file": ("файл на месте, но не прочитан", "file is there, but was not read"),
    "readable_file": ("файл теперь читается", "file can be read now"),
    "add_import": ("добавлен импорт", "import added"),
    "remove_import": ("убран импорт", "import removed"),
    "modify_import": ("изменён импорт", "import changed"),
    "docstring_only": ("изменена только строка документации", "only the docstring changed"),
    "comment_only": ("изменены только комментарии", "only comments changed"),
    "modify_comment": ("изменены комментарии", "comments changed"),
    "modify_docstring": ("изменена строка документации", "docstring changed"),
    "modify_layout": ("изменено оформление", "layout changed"),
    "format_only": ("изменено только оформление", "only the layout changed"),
    "changes_omitted": ("не перечислено", "not listed"),
}

_METRICS: Final = {
    "cyclomatic": ("цикломатическая сложность", "cyclomatic complexity"),
    "maintainability": ("индекс поддерживаемости", "maintainability index"),
    "halstead_volume": ("объём по Холстеду", "Halstead volume"),
    "halstead_difficulty": ("трудность по Холстеду", "Halstead difficulty"),
    "loc": ("строк", "lines"),
    "sloc": ("строк кода", "source lines"),
}

_SEVERITIES: Final = {
    "praise": ("хорошо", "good"),
    "info": ("к сведению", "note"),
    "minor": ("мелочь", "minor"),
    "major": ("важно", "major"),
    "critical": ("критично", "critical"),
}

_FLAGS: Final = {
    "instruction_in_source": (
        "в тексте работы есть указания проверяющему",
        "the work holds instructions to its reviewer",
    ),
    "tests_removed": ("тестов стало меньше", "tests were removed"),
    "asserts_removed": ("из тестов убраны проверки", "assertions were removed"),
    "tests_skipped_added": ("тесты отключены", "tests are skipped now"),
    "hidden_characters": ("в тексте есть невидимые символы", "the text holds invisible characters"),
    "secret_in_source": ("в работе есть секрет: ключ или пароль", "the work holds a secret"),
}


def _pick(phrases: Mapping[str, tuple[str, str]], index: int) -> dict[str, str]:
    return {name: pair[index] for name, pair in phrases.items()}


WORDS: Final[Mapping[Language, Words]] = {
    "ru": Words(
        quality="качество кода",
        first="первая попытка",
        unavailable="прошлая попытка уже не хранится, сравнения нет",
        against="в сравнении с",
        code="Что изменилось",
        handed_in="Что сдано",
        files="файлов",
        complexity="Сложность",
        average="средняя цикломатическая",
        maintainability="индекс поддерживаемости",
        tests="Тесты",
        no_log="журнал не приложен",
        passed="прошло",
        failed="не прошло",
        skipped="пропущено",
        not_collected="не собраны, ошибок:",
        point=",",
        before="было",
        newly_passing="теперь проходят",
        newly_failing="перестали проходить",
        still_failing="по-прежнему не проходят",
        comments="Замечания",
        cell="ячейка",
        suggestion="предложение",
        recommendations="Рекомендации",
        warnings="Обратите внимание",
        more="и ещё",
        kinds=_pick(_KINDS, 0),
        metrics=_pick(_METRICS, 0),
        severities=_pick(_SEVERITIES, 0),
        flags=_pick(_FLAGS, 0),
    ),
    "en": Words(
        quality="code quality",
        first="first attempt",
        unavailable="the previous attempt is no longer kept, nothing was compared",
        against="compared with",
        code="What changed",
        handed_in="What was handed in",
        files="files",
        complexity="Complexity",
        average="average cyclomatic",
        maintainability="maintainability index",
        tests="Tests",
        no_log="no log was handed in",
        passed="passed",
        failed="failed",
        skipped="skipped",
        not_collected="not collected, errors:",
        point=".",
        before="before",
        newly_passing="now pass",
        newly_failing="no longer pass",
        still_failing="still fail",
        comments="Comments",
        cell="cell",
        suggestion="suggestion",
        recommendations="Recommendations",
        warnings="Note",
        more="and more:",
        kinds=_pick(_KINDS, 1),
        metrics=_pick(_METRICS, 1),
        severities=_pick(_SEVERITIES, 1),
        flags=_pick(_FLAGS, 1),
    ),
}
