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
    files: str
    complexity: str
    average: str
    maintainability: str
    tests: str
    no_log: str
    passed: str
    failed: str
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


# Each name, then its Russian and its English phrase.
_KINDS: Final = {
    "extract_method": ("выделен метод", "method extracted"),
    "extract_function": ("выделена функция", "function extracted"),
    "extract_class": ("выделен класс", "class extracted"),
    "extract_variable": ("выделена переменная", "variable extracted"),
    "extract_constant": ("выделена константа", "constant extracted"),
    "inline_method": ("метод встроен", "method inlined"),
    "inline_function": ("функция встроена", "function inlined"),
    "inline_variable": ("переменная встроена", "variable inlined"),
    "move_method": ("метод перенесён", "method moved"),
    "move_function": ("функция перенесена", "function moved"),
    "move_class": ("класс перенесён", "class moved"),
    "rename_method": ("метод переименован", "method renamed"),
    "rename_function": ("функция переименована", "function renamed"),
    "rename_class": ("класс переименован", "class renamed"),
    "rename_parameter": ("параметр переименован", "parameter renamed"),
    "rename_variable": ("переменная переименована", "variable renamed"),
    "rename_attribute": ("атрибут переименован", "attribute renamed"),
    "rename_file": ("файл переименован", "file renamed"),
    "add_parameter": ("добавлен параметр", "parameter added"),
    "remove_parameter": ("убран параметр", "parameter removed"),
    "reorder_parameters": ("изменён порядок параметров", "parameters reordered"),
    "add_function": ("добавлена функция", "function added"),
    "remove_function": ("удалена функция", "function removed"),
    "modify_function": ("изменена функция", "function changed"),
    "add_method": ("добавлен метод", "method added"),
    "remove_method": ("удалён метод", "method removed"),
    "modify_method": ("изменён метод", "method changed"),
    "add_class": ("добавлен класс", "class added"),
    "remove_class": ("удалён класс", "class removed"),
    "modify_class": ("изменён класс", "class changed"),
    "add_test": ("добавлен тест", "test added"),
    "remove_test": ("удалён тест", "test removed"),
    "modify_test": ("изменён тест", "test changed"),
    "add_import": ("добавлен импорт", "import added"),
    "remove_import": ("убран импорт", "import removed"),
    "add_file": ("добавлен файл", "file added"),
    "remove_file": ("удалён файл", "file removed"),
    "modify_file": ("изменён файл", "file changed"),
    "move_file": ("файл перенесён", "file moved"),
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
    "tests_removed": ("тесты удалены", "tests were removed"),
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
        files="файлов",
        complexity="Сложность",
        average="средняя цикломатическая",
        maintainability="индекс поддерживаемости",
        tests="Тесты",
        no_log="журнал не приложен",
        passed="прошло",
        failed="не прошло",
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
        files="files",
        complexity="Complexity",
        average="average cyclomatic",
        maintainability="maintainability index",
        tests="Tests",
        no_log="no log was handed in",
        passed="passed",
        failed="failed",
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
