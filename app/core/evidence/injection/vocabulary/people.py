"""Who speaks, who is spoken to, and what about."""

from typing import Final

from app.core.evidence.injection.meanings import Meaning

PEOPLE: Final[dict[Meaning, str]] = {
    Meaning.GRADER: (
        "оценивател* инспектор* assessors ревизор* marker проверял* reviewbot evaluators оценивающ* grader graders "
        "autograder autograders examiner examiners reviewer reviewers assessor проверяющ* рецензент* экзаменатор* "
        "ревьюер* автопровер* proverya* proverja* recenzent* checker evaluator judge checkers оценщик* ревьювер* "
        "валидатор* autocheck autochecker"
    ),
    Meaning.MACHINE: (
        "ai llm gpt chatgpt robot bot assistant ии нейросет* нейронк* модел* ассистент* бот бота робот* neyroset* "
        "nejroset* neiroset* model* machine machines железяк* железк* машин* weights"
    ),
    Meaning.AI: (
        "assistant ассистент* ai llm gpt chatgpt robot bot ии робот* бот neyroset* nejroset* neiroset* железяк* "
        "железк* neural claude openai anthropic gemini deepseek copilot нейро*"
    ),
    Meaning.TEACHER: (
        "координатор* проректор* методсовет* coordinator provost mentor ментор* наставник* администраци* "
        "chancellor ministry министерств* университет* tas pedagog* rector ta university teacher instructor "
        "lecturer professor dean department committee board staff faculty преподавател* лектор* декан* ректор* "
        "завкаф* кафедр* заведующ* учител* lecturers tutor tutors supervisor instructors professors prof teachers "
        "administrator admin методист* куратор* семинарист* препод преподы препода проф профессор* научрук* "
        "руководител* администратор* коллег* colleague colleagues ассистентам тимлид* teamlead prepod*"
    ),
    Meaning.EXPERT: (
        "experts expert openai anthropic google deepmind council ministry accreditation certificate эксперт* "
        "сертификат* комисси* министерств* аккредитац* engineers auditors аудит* независим* sonarqube codeql"
    ),
    Meaning.YOU: (
        "yourselves вами тобою снимешь ставишь найдешь увидишь скажешь снизишь поставишь понизишь you your ты тебя "
        "тебе вы вас вам твой твои ваш* ty vy yours yourself тобой твоя твое напишешь отметишь попробуй u"
    ),
    Meaning.THIS: (
        "this my me эту этой эта это данную данной мне мою мой моей etu mne here these current этому этим данному "
        "данное его здесь автор*"
    ),
    Meaning.WORK: (
        "paper ноутбук* программ* скрипт* ответ* exercise submissions project submission homework work solution "
        "attempt работ* решени* сдач* задани* студент* домашк* домашн* rabot* zadani* reshen* student* assignment "
        "task code hw lab repository курсов* лабораторн* лаба лабу проект* код коду кода репозитори* тетрад* "
        "группы zadach* задач* author автор* homeworks"
    ),
    Meaning.SYSTEM: (
        "maintainer уведомлени* system систем* developer policy administrator admin platform calibration mode "
        "override pipeline служебн* политик* режим* калибровк* платформ* конвейер* администратор* разработчик* "
        "sistem* promp* промпт*"
    ),
    Meaning.SALUTE: "dear внимание уважаем* дорогой дорогая",
    Meaning.DEAR: "dear hello hey уважаем* дорогой дорогая",
    Meaning.NAMED: "named called зовут имя называют",
    Meaning.PLACE: (
        "file files module folder directory repo repository part section diff cell cells script program code class "
        "function файл* модул* папк* част* раздел* каталог* ячейк* програм* код кода коду скрипт* класс* "
        "репозитори*"
    ),
    Meaning.STAKE: (
        "scholarship semester graduation graduate expelled expel visa diploma отчисл* стипенд* семестр* сесси* "
        "диплом* допуск* пересда* вылечу вылететь университете универе бюджет* повышенн* gpa exam tuition"
    ),
}
