"""Russian phrases of the offline reviewer."""

from collections.abc import Sequence
from typing import Any, Final

from app.core.reviewing.offline.russian_rules import RULES
from app.core.reviewing.offline.russian_terms import KINDS
from app.core.reviewing.offline.unread_words import why_unread
from app.core.reviewing.offline.words import Data, Phrases, capitalized, code, listed
from app.core.reviewing.offline.words import figure as plain_figure


def plural(count: int, one: str, few: str, many: str) -> str:
    """The form of a noun that goes with `count`: 1 файл, 2 файла, 5 файлов, 21 файл."""
    if count % 10 == 1 and count % 100 != 11:
        return one
    if count % 10 in {2, 3, 4} and count % 100 not in {12, 13, 14}:
        return few
    return many


def figure(value: object) -> str:
    """A figure with a decimal comma."""
    return plain_figure(value).replace(".", ",")


def _counted(count: int, one: str, few: str, many: str) -> str:
    return f"{count} {plural(count, one, few, many)}"


def _files(count: int) -> str:
    return _counted(count, "файл", "файла", "файлов")


def _lines(count: int) -> str:
    return _counted(count, "строка", "строки", "строк")


def _tests(count: int) -> str:
    return _counted(count, "тест", "теста", "тестов")


def _names(d: Data) -> str:
    names: Sequence[str] = d["names"]
    return listed(names, d["count"], "и ещё {}")


def _lines_taken(count: int) -> str:
    return _counted(count, "строку", "строки", "строк")


def _where(d: Data) -> str:
    at = d.get("at") or (f"строка {d['line']}" if d.get("line") else "")
    return f"{code(d['path'])}, {at}" if at else code(d["path"])


def _in_brackets(d: Data) -> str:
    return f" ({d['at']})" if d.get("at") else ""


def _in_log(d: Data) -> str:
    return f" ({code(d['log'])}, строка {d['log_line']})" if d.get("log") else ""


def _size(d: Data) -> str:
    files, added, removed = d["files"], d["lines_added"], d["lines_removed"]
    verb = plural(files, "изменён", "изменены", "изменено")
    parts = []
    if added:
        parts.append(f"{plural(added, 'добавлена', 'добавлены', 'добавлено')} {_lines(added)}")
    if removed:
        parts.append(f"{plural(removed, 'удалена', 'удалены', 'удалено')} {_lines(removed)}")
    return f"По сравнению с прошлой попыткой {verb} {_files(files)}" + (f": {', '.join(parts)}." if parts else ".")


def _before(d: Data) -> str:
    """The tests of the previous attempt, where they are known."""
    passed, failed = d.get("passed_before"), d.get("failed_before")
    if passed is None or failed is None or passed + failed == 0:
        return ""
    return f"; в прошлый раз {plural(passed, 'проходил', 'проходили', 'проходило')} {passed} из {passed + failed}"


def _skipped(count: int) -> str:
    return f"{plural(count, 'пропущен', 'пропущены', 'пропущено')} {count}"


def _failing(d: Data) -> str:
    passed, failed = d["passed"], d["failed"]
    works = plural(passed, "проходит", "проходят", "проходит")
    fails = plural(failed, "не проходит", "не проходят", "не проходит")
    skipped = f", {_skipped(d['skipped'])}" if d.get("skipped") else ""
    return f"Тесты: {works} {passed} из {d['total']}, {fails} {failed}{skipped}{_before(d)}."


def _all_pass(d: Data) -> str:
    total = d["total"]
    if skipped := d.get("skipped"):
        passes = plural(d["passed"], "прошёл", "прошли", "прошло")
        return f"Тесты: {passes} {d['passed']}, {_skipped(skipped)}{_before(d)}."
    if total == 1:
        return f"Единственный тест проходит{_before(d)}."
    return f"Проходят все тесты: {total} из {total}{_before(d)}."


def _many_or_one(one: str, many: str) -> Any:
    return lambda d: f"{many if d['count'] > 1 else one} {_names(d)}."


def _delta(verb: str) -> Any:
    def phrase(d: Data) -> str:
        before = f"{figure(d['before'])} ({d['rank_before']})" if d.get("rank_before") else figure(d["before"])
        after = f"{figure(d['after'])} ({d['rank_after']})" if d.get("rank_after") else figure(d["after"])
        return f"цикломатическая сложность {code(d['symbol'])} {verb} с {before} до {after}"

    return phrase


def _secret(d: Data) -> str:
    return f"В исходном коде лежит ключ или токен ({_where(d)}): его нужно отозвать, даже если репозиторий закрытый."


def _resolved(d: Data) -> str:
    count, total = d["count"], d["total"]
    if total == 1:
        return "Единственное замечание прошлого отзыва больше не повторяется."
    if count == total:
        return f"Ни одно из {_counted(total, 'замечания', 'замечаний', 'замечаний')} прошлого отзыва не повторяется."
    verb = plural(count, "не повторяется", "не повторяются", "не повторяются")
    return f"Из {_counted(total, 'замечания', 'замечаний', 'замечаний')} прошлого отзыва {count} больше {verb}."


_SENTENCES: Final = {
    "first_submission": lambda d: (
        f"Это первая сдача: {_files(d['files'])}, {_lines(d['lines'])}; сравнивать пока не с чем."
    ),
    "baseline_unavailable": lambda _: (
        "Прошлая попытка уже не хранится, поэтому отзыв — только о том, что сдано сейчас."
    ),
    "named_predecessor_unknown": lambda d: (
        f"Указанная в сдаче прошлая попытка неизвестна; для сравнения взята последняя известная: {code(d['taken'])}."
        if d.get("taken")
        else "Указанная в сдаче прошлая попытка неизвестна, и других нет."
    ),
    "no_change": lambda _: "С прошлой попытки в коде и тексте работы ничего не изменилось.",
    "size": _size,
    "only_formatting": lambda _: "Изменилось только оформление: код делает то же, что и раньше.",
    "only_comments": lambda _: "Изменились только комментарии и оформление: код делает то же, что и раньше.",
    "tests_all_pass": _all_pass,
    "tests_failing": _failing,
    "tests_not_collected": lambda d: f"Тесты не собраны: {_counted(d['count'], 'ошибка', 'ошибки', 'ошибок')}.",
    "syntax_mended": lambda d: f"Синтаксическая ошибка в {code(d['path'])} исправлена.",
    "tests_did_not_run": lambda _: "Тесты не запустились: в журнале нет ни одного выполненного теста.",
    "tests_run_failed": lambda d: (
        f"{capitalized(plural(d['passed'], 'прошёл', 'прошли', 'прошло'))} {_tests(d['passed'])}, но сам прогон "
        f"завершился с ошибкой (код {d['exit_code']})."
    ),
    "tests_unread": lambda _: "Журнал тестов не распознан, поэтому судить по нему о работе кода нельзя.",
    "no_tests_given": lambda d: (
        "Журнал тестов на этот раз не приложен, поэтому неизвестно, работает ли код."
        if d.get("total_before")
        else "Журнал тестов не приложен, поэтому неизвестно, работает ли код."
    ),
    "tests_guessed": lambda _: "Журнал тестов прочитан не полностью, числа приблизительны.",
    "tests_newly_passing": _many_or_one("Заработал тест", "Заработали тесты"),
    "tests_newly_failing": _many_or_one("Перестал проходить тест", "Перестали проходить тесты"),
    "tests_still_failing": _many_or_one("По-прежнему не проходит", "По-прежнему не проходят"),
    "tests_flaky": _many_or_one("Нестабилен тест", "Нестабильны тесты"),
    "tests_added": lambda d: (
        f"{capitalized(plural(d['count'], 'добавлен', 'добавлены', 'добавлено'))} {_tests(d['count'])}: {_names(d)}."
    ),
    "tests_removed": lambda d: f"Из работы {'убраны тесты' if d['count'] > 1 else 'убран тест'} {_names(d)}.",
    "asserts_removed": lambda d: (
        f"Из тестов {plural(d['count'], 'убрана', 'убраны', 'убрано')} "
        f"{_counted(d['count'], 'проверка', 'проверки', 'проверок')}."
    ),
    "tests_skipped_added": lambda d: (
        f"В тестах {plural(d['count'], 'появилась', 'появились', 'появилось')} "
        f"{_counted(d['count'], 'отметка', 'отметки', 'отметок')} о пропуске или ожидаемом провале."
    ),
    "complexity_reduced": _delta("снизилась"),
    "complexity_raised": _delta("выросла"),
    "syntax_error": lambda d: f"Файл {code(d['path'])} не разбирается: синтаксическая ошибка{_in_brackets(d)}.",
    "certain_error": lambda d: (
        f"имя {code(d['name'])} нигде не определено ({_where(d)})"
        if d["rule"] == "F821" and d.get("name")
        else f"{RULES.get(d['rule'], d['rule'])[:1].lower()}{RULES.get(d['rule'], d['rule'])[1:]} ({_where(d)})"
    ),
    "certain_errors": lambda d: (
        f"Выполнение остановится с ошибкой: {'; '.join(d['items'])}"
        + (f"; всего таких мест — {len(d['items']) + d['rest']}." if d["rest"] else ".")
    ),
    "findings_fixed": lambda d: (
        f"Прежние замечания линтера, которых больше нет: {d['count']} "
        f"({', '.join(map(code, d['rules']))}{' и другие' if d['more'] else ''})."
    ),
    "at": lambda d: (
        (f"ячейка {d['cell']}, " if d["cell"] else "")
        + f"{'строка' if len(d['lines']) == 1 else 'строки'} {', '.join(map(str, d['lines']))}"
    ),
    "needs_newer_python": lambda d: f"Файлу {code(d['path'])} нужен Python {d['needs']}, здесь он не проверен.",
    "file_unread": lambda d: (
        f"Файл {code(d['path'])} на месте, но не прочитан и не сравнивался: {why_unread(d, 'ru')}."
    ),
    "file_readable": lambda d: (
        f"Файл {code(d['path'])} теперь читается; в прошлой попытке не читался, поэтому не сравнивался."
    ),
    "findings": lambda d: (
        f"Линтер нашёл {_counted(d['count'], 'замечание', 'замечания', 'замечаний')}"
        f"{_likely(d['errors'])}: {', '.join(map(code, d['rules']))}{' и другие' if d['more'] else ''}."
    ),
    "work_deleted": lambda d: (
        f"Удалена большая часть прошлой работы: {d['count']} из "
        f"{_counted(d['total'], 'функции', 'функций', 'функций')}."
    ),
    "secret_in_source": _secret,
    "hidden_characters": lambda d: f"В тексте есть невидимые символы ({_where(d)}).",
    "instruction_in_source": lambda d: (
        f"В работе есть фразы, обращённые к проверяющему ({_where(d)}); на оценку они не повлияли."
    ),
    "instruction_in_log": lambda d: (
        f"В журнале тестов{_in_log(d)} есть фразы, обращённые к проверяющему; на оценку они не повлияли."
    ),
    "resolved": _resolved,
    "next": lambda d: f"Главное на следующую попытку: {d['advice']}",
    "clean": lambda _: "По проверенным признакам замечаний нет.",
    "better": lambda d: f"Стало лучше: {'; '.join(d['items'])}.",
    "worse": lambda d: f"Стало хуже: {'; '.join(d['items'])}.",
    "done": lambda d: f"Что изменилось: {'; '.join(d['items'])}.",
    "for_others": lambda d: f"Важно для тех, кто пользуется кодом: {'; '.join(d['items'])}.",
    "item": lambda d: f"{d['what']} {_names(d)}",
}


def _likely(errors: int) -> str:
    return f" (вероятных ошибок среди них — {errors})" if errors else ""


def _also(d: Data) -> str:
    more = f" и ещё {d['more']}" if d["more"] else ""
    return f" Ещё: {d['also']}{more}." if d["also"] else ""


_COMMENTS: Final = {
    "syntax_error": lambda _: (
        "Здесь интерпретатор находит синтаксическую ошибку: файл не запустится и не импортируется."
    ),
    "syntax_error_in_cell": lambda _: "Здесь синтаксическая ошибка: ячейка не выполнится.",
    "not_collected": lambda d: (
        f"Тесты из {code(d['name'])} не собраны" + (f": {d['message']}" if d["message"] else ".")
    ),
    "failing_test": lambda d: f"Тест {code(d['name'])} не проходит" + (f": {d['message']}" if d["message"] else "."),
    "newly_failing_test": lambda d: (
        f"Тест {code(d['name'])} раньше проходил, а теперь нет" + (f": {d['message']}" if d["message"] else ".")
    ),
    "finding": lambda d: f"{d['explanation']} ({d['rule']}).{_also(d)}",
    "complex_function": lambda d: (
        f"Функция {code(d['symbol'])} слишком ветвистая: цикломатическая сложность {d['cyclomatic']}, "
        f"ранг {d['rank']}. Её трудно проверить тестами целиком."
    ),
    "large_function": lambda d: (
        f"Функция {code(d['symbol'])} занимает {_lines_taken(d['lines'])}: её трудно охватить взглядом."
    ),
    "secret_in_source": lambda _: (
        "Похоже на ключ или токен. Из истории репозитория он уже не исчезнет: отзовите его и читайте из окружения."
    ),
    "hidden_characters": lambda _: "Здесь невидимые символы: код читается не так, как исполняется.",
    "instruction_in_source": lambda _: "Эта фраза обращена к проверяющему; на оценку она не влияет.",
    "complexity_reduced": lambda d: f"{capitalized(_delta('снизилась')(d))}: код стал проще.",
    "extract_method": lambda d: f"Хорошо, что код вынесен в {code(d['symbol'])}: его можно проверить отдельно.",
    "in_cell": lambda d: f"Ячейка {d['cell']}, строка {d['line']}: {d['message']}",
    "split": lambda _: "Выделите из неё шаги в отдельные функции с говорящими именами.",
}

_ADVICE: Final = {
    "work_deleted": lambda d: (
        f"верните удалённую работу ({d['count']} из {_counted(d['total'], 'функции', 'функций', 'функций')}) "
        "или объясните, чем она заменена."
    ),
    "syntax_error": lambda d: f"исправьте синтаксическую ошибку: {_where(d)}.",
    "certain_error": lambda d: (
        f"определите или импортируйте имя {code(d['name'])} ({_where(d)})."
        if d["rule"] == "F821" and d.get("name")
        else f"исправьте ошибку, на которой остановится выполнение ({_where(d)})."
    ),
    "file_unread": lambda d: f"сдайте {code(d['path'])} ещё раз так, чтобы он читался: {why_unread(d, 'ru')}.",
    "tests_not_collected": lambda _: "исправьте ошибки, из-за которых тесты не собираются: сейчас не выполнен ни один.",
    "tests_did_not_run": lambda _: "добейтесь, чтобы тесты запускались: сейчас не выполнен ни один.",
    "tests_newly_failing": lambda d: (
        f"верните в рабочее состояние {'тесты' if d['count'] > 1 else 'тест'} {_names(d)}: раньше "
        f"{'они проходили' if d['count'] > 1 else 'он проходил'}."
    ),
    "tests_failing": lambda d: f"разберитесь, почему {'не проходят' if d['count'] > 1 else 'не проходит'} {_names(d)}.",
    "tests_failing_unnamed": lambda d: f"разберитесь с непроходящими тестами: сейчас их {d['failed']}.",
    "tests_removed": lambda d: f"верните убранные тесты ({_names(d)}) или объясните, почему они не нужны.",
    "asserts_removed": lambda _: "верните проверки, убранные из тестов: без них тесты проходят, ничего не доказывая.",
    "tests_skipped_added": lambda _: (
        "снимите с тестов отметки о пропуске и ожидаемом провале или объясните, зачем они."
    ),
    "secret_in_source": lambda d: f"отзовите ключ из {code(d['path'])} и передавайте его через переменную окружения.",
    "likely_errors": lambda d: f"исправьте вероятные ошибки, найденные линтером: {', '.join(map(code, d['rules']))}.",
    "complex_function": lambda d: (
        f"упростите {code(d['symbol'])}: цикломатическая сложность {d['cyclomatic']}, выделите из неё функции."
    ),
    "large_function": lambda d: f"разбейте {code(d['symbol'])} на части: сейчас в ней {_lines(d['lines'])}.",
    "unused": lambda d: (
        f"уберите лишнее: {_counted(d['count'], 'неиспользуемое имя', 'неиспользуемых имени', 'неиспользуемых имён')}."
    ),
    "no_tests_given": lambda _: "приложите журнал тестов: без него неизвестно, работает ли код.",
    "test_coverage": lambda d: f"добавьте тесты: сейчас они покрывают {figure(d['percent'])}% кода.",
    "no_change": lambda _: "внесите исправления: эта сдача не отличается от предыдущей.",
}


RUSSIAN: Final = Phrases(_SENTENCES, _COMMENTS, _ADVICE, KINDS, RULES)
