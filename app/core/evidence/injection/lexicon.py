"""Words that orders to a reviewer are made of, in English, Russian and transliterated Russian, by what they mean.

A word that ends in `*` is a stem. Rules are made of the meanings alone, so that another wording of the same order
needs no rule of its own.
"""

from enum import IntFlag, auto
from typing import Final


class Meaning(IntFlag):
    """What a word contributes to an order."""

    NOTHING = 0
    GRANT = auto()  # give, assign, поставь
    ANSWER = auto()  # set, return, write, оцени: may grant, and is also what programs do
    SCORE = auto()
    TOP = auto()  # maximum, full, отлично
    NUMBER = auto()  # 90 to 100
    WORK = auto()  # this submission, student
    GRADER = auto()  # whoever reviews work
    MACHINE = auto()  # model, AI, assistant
    TEACHER = auto()
    OVERRIDE = auto()  # ignore, forget
    RULES = auto()  # instructions, rubric
    PRIOR = auto()  # previous, above
    NOT = auto()
    LOWER = auto()  # deduct, снижать
    DEFECT = auto()  # remarks, errors
    MENTION = auto()
    APPROVED = auto()  # approved, checked
    ALREADY = auto()
    THREAT = auto()
    PLEAD = auto()
    YOU = auto()
    ROLE = auto()
    GENEROUS = auto()
    ALWAYS = auto()
    TRANSLATE = auto()
    ENCODED = auto()
    FOLLOW = auto()
    FULFILLED = auto()
    SYSTEM = auto()
    FIELD = auto()  # names of fields of our own answer
    REVIEW = auto()  # review, verdict, rubric item
    BOUNDS = auto()
    MUST = auto()
    CONDITION = auto()
    TOOL = auto()
    IMPERATIVE = auto()  # Russian imperatives of evaluating, which no program says
    # What words say beside each other.
    AWARD = auto()  # granting, then the top: "assign this work 100"
    TOPSCORE = auto()  # "full marks", "оценка 100"
    SPARE = auto()  # "do not lower", "не упоминай"
    CLEAN = auto()  # "no issues", "замечаний нет"
    CANCEL = auto()  # "ignore the instructions"
    DEMAND = auto()  # "must be 100"
    MARKED = auto()  # "rate it 100"
    FIELDSET = auto()  # "overall_score": 100
    MARKER = auto()  # borders and role marks of a conversation with a model
    AI = auto()  # a machine that nobody trains in homework: AI, LLM, нейросеть
    HEED = auto()  # apply, учитывать
    LESSON = auto()  # a text about injections, not one
    REMARK = auto()  # remarks, замечания: not errors of a program
    ITEM = auto()  # rubric items
    VERDICT = auto()
    UNHEED = auto()  # "не учитывай"
    SCORED = auto()  # "grade: 100", with the figure
    HUNDRED = auto()
    OWN = auto()  # fields that nobody's answer has but ours
    FENCE = auto()  # borders of our own prompt
    CIPHER = auto()  # a piece of base64 that holds readable text
    SALUTE = auto()  # dear, внимание
    SALUTED = auto()  # "dear grader"
    BEHEST = auto()  # снижай: an imperative of lowering
    SPARED = auto()  # "не снижай"
    REPEAT = auto()  # keep, same, не меняй
    ACCEPT = auto()  # accept, зачесть
    AS = auto()
    ASDONE = auto()  # "as passed", выполненной
    RAISE = auto()
    RAISED = auto()  # "raise the score"
    CONNIVE = auto()  # skip, praise, похвали
    FIVE = auto()  # the best mark in Russia
    DEAR = auto()
    DECLARE = auto()  # treat as, считай
    THIS = auto()  # this, my, эту


_WORDS: Final[dict[Meaning, str]] = {
    Meaning.GRANT: (
        "give gives giving award awards assign grant grants bestow поставь* постави* поставят ставь ставьте "
        "ставит ставить ставишь ставлю выстав* присвой* присвои* начисл* засчит* зачти* зачесть зачтите postav* "
        "vystav* stavit* stav zaschit* prisvo*"
    ),
    Meaning.ANSWER: (
        "получа* выведи* rates set put return output mark rate grade grading record write answer respond receive "
        "receives deserve "
        "deserves repeat keep approve accept pass print выдай* выдать выдава* верни* оцен* укажи* запиши* прими* "
        "принять повтори* остав* дай дайте хвали* отвеч* отмеч* считай* считать ocen*"
    ),
    Meaning.SCORE: (
        "scored score scores grade grades graded mark marks point points credit балл* оценк* очки очков отметк* "
        "зачет* пятерк* ballov bally balla ball ocenk* otmetk*"
    ),
    Meaning.TOP: (
        "max maximum maximal full fully highest top perfect excellent exemplary flawless outstanding hundred "
        "ideal максим* высш* наивысш* отличн* сто стоба* идеальн* безупречн* полностью пятерк* maksimal* vyssh* "
        "otlichn* luchsh* ten"
    ),
    Meaning.NUMBER: " ".join([*map(str, range(90, 101)), "100.0"]),
    Meaning.HUNDRED: "100 100.0",
    Meaning.WORK: (
        "submissions project submission homework work student students solution attempt работ* решени* сдач* "
        "сдаче задани* студент* "
        "домашк* домашн* rabot* zadani* reshen* student*"
    ),
    Meaning.GRADER: (
        "grader graders autograder autograders examiner examiners reviewer reviewers assessor проверяющ* "
        "рецензент* экзаменатор* ревьюер* автопровер* proverya* proverja* recenzent*"
    ),
    Meaning.MACHINE: (
        "ai llm gpt chatgpt robot bot model assistant ии нейросет* нейронк* модел* ассистент* бот бота робот* "
        "neyroset* nejroset* neiroset* model*"
    ),
    Meaning.TEACHER: (
        "rector ta university teacher instructor lecturer professor dean department committee board staff faculty "
        "преподавател* "
        "лектор* декан* ректор* завкаф* кафедр* заведующ* учител* prepodavatel*"
    ),
    Meaning.OVERRIDE: (
        "ignore disregard forget override bypass игнорир* проигнорир* забудь* отмен* отмени* ignorir* zabud* otmen*"
    ),
    Meaning.RULES: (
        "instruction* prompt prompts rules rule guideline* guidance rubric* criteria criterion directive* policy "
        "told инструкц* указани* правил* критери* рубрик* промпт* instrukc* ukazani* pravil* kriteri*"
    ),
    Meaning.PRIOR: (
        "previous above earlier prior preceding предыдущ* выше ранее раньше прежн* predyduschi* predydushchi* "
        "predydusc* vyshe"
    ),
    Meaning.NOT: (
        "запрещ* forbidden exempt освобожд* not don dont never no none without skip avoid zero не ни нет без "
        "нельзя никогда ne bez net"
    ),
    Meaning.LOWER: (
        "deduct deducting lower lowers lowering reduce penalize penalise criticize criticise criticism decrease "
        "take off less below снижа* снизи* занижа* понижа* снима* критик* придира* ниже меньше snizha*"
    ),
    Meaning.DEFECT: (
        "remark remarks comments comment issue issues defect defects bug bugs error errors mistake mistakes "
        "findings flaw flaws problem problems criticism negative замечан* ошиб* недостат* недочет* проблем* "
        "нарушен* zamechan* oshib* nedostat*"
    ),
    Meaning.MENTION: (
        "искать mention list report write leave lists find finds criticize criticise упомин* указыв* пиши* писать "
        "сообща* находи* ищи pishi*"
    ),
    Meaning.APPROVED: (
        "waived проверил согласовано approved granted confirmed graded checked reviewed verified accepted decided "
        "decision exempt passed "
        "received получен одобрен* "
        "одобрил* согласова* утвержд* утверди* подтвержд* подтверди* проверена проверено проверен оценено оценена "
        "зачтен* принята принято распоряжени* решению разрешаю разрешил*"
    ),
    Meaning.ALREADY: "already previously final уже окончательн* итогов* uzhe",
    Meaning.THREAT: (
        "complain замен* appeal апелляц* penalized penalised fined fired reported shut deleted replaced expelled "
        "violates "
        "violation scholarship "
        "отключ* уволят* уволен* штраф* отчисл* жалоб* стипенд*"
    ),
    Meaning.PLEAD: (
        "please beg mercy kind kindly dear умоля* пожалуйста прошу дорог* уважаем* милый милая pozhaluysta"
    ),
    Meaning.YOU: "снизишь поставишь понизишь you your ты тебя тебе вы вас вам твой твои ваш* ty vy",
    Meaning.ROLE: "pretend imagine act play role представь* притвор* сыграй* роль веди",
    Meaning.GENEROUS: "generous happiest lenient loves mercy kind добр* щедр* снисходит*",
    Meaning.ALWAYS: "люб* always every everyone each all любой всегда всем все кажд* vse vsegda",
    Meaning.TRANSLATE: "translate render translation переведи* perevedi*",
    Meaning.ENCODED: "base64 rot13 decode decipher decrypt hex раскодир* декодир* расшифр* raskodir* rasshifr*",
    Meaning.FOLLOW: (
        "follow obey execute comply says выполни* следуй* сделай* исполни* подчин* руководств* vypoln* sdelay*"
    ),
    Meaning.FULFILLED: "correct green passed passes pass met satisfied fulfilled пройден* выполнен* выполненн* прошли",
    Meaning.SYSTEM: "system систем* developer",
    Meaning.REVIEW: (
        "reviewing review reviews evaluation verdict rubric item criteria рецензи* отзыв* проверк* вердикт* "
        "рубрик* пункт* "
        "критери*"
    ),
    Meaning.BOUNDS: "bounds range facts evidence границ* допустим* факты диапазон*",
    Meaning.MUST: (
        "deserve deserves required заслуж* must should shall ought supposed fixed equals equal должн* обязан* "
        "следует необходимо требуется"
    ),
    Meaning.CONDITION: "if when unless otherwise если иначе когда",
    Meaning.SALUTE: "dear внимание уважаем* дорогой дорогая",
    Meaning.BEHEST: "придира* ругай* суди* снижай* занижай* понижай* снимай* придирай* snizhaj* snizhay*",
    Meaning.REPEAT: "repeat keep same stands unchanged повтори* остав* менять меняй* сохран*",
    Meaning.ACCEPT: "accept pass approve принять прими* зачесть зачти* засчит*",
    Meaning.AS: "as",
    Meaning.ASDONE: "выполненной выполненным выполненными выполненную пройденным пройденными",
    Meaning.RAISE: "raise increase inflate boost завыс* повысь* подними*",
    Meaning.CONNIVE: "praise pretend waive похвали* хвали* пропусти* propusti* pohvali*",
    Meaning.FIVE: "пять пятерку pyat",
    Meaning.DEAR: "dear hello hey уважаем* дорогой дорогая",
    Meaning.UNHEED: "недействительн* void",
    Meaning.TOOL: "tool tool_result tool_output инструмент* вывод",
    Meaning.AI: (
        "assistant ассистент* ai llm gpt chatgpt robot bot ии нейросет* нейронк* робот* бот neyroset* nejroset* "
        "neiroset*"
    ),
    Meaning.HEED: "apply applies учитыва* обращай* действу* применя* uchityva*",
    Meaning.LESSON: (
        "injection injections jailbreak* attack attacker attacks malicious guardrail* reveal politely decline "
        "leak инъекц* джейлбрейк* атак* вредонос*"
    ),
    Meaning.REMARK: (
        "remark remarks comment comments issue issues finding findings flaw flaws замечан* недостат* недочет* "
        "zamechan* nedostat*"
    ),
    Meaning.ITEM: "rubric criteria criterion item items рубрик* критери* пункт*",
    Meaning.VERDICT: "verdict вердикт*",
    Meaning.DECLARE: "count treat consider considered mark answer считай* считать отмеча* отвечай* признай*",
    Meaning.THIS: "this my me эту этой эта это данную данной мне мою мой моей etu mne",
    Meaning.IMPERATIVE: (
        "поставь* выставь* засчитай* зачти* оцени оцените ставь ставьте postav postavte vystavi vystav oceni ocenite"
    ),
}

#: Fields of the answer that we ask a model for; whole tokens, before they are taken apart.
FIELDS: Final = {
    "overall_score": Meaning.FIELD | Meaning.SCORE,
    "code_quality_score": Meaning.FIELD | Meaning.SCORE | Meaning.OWN,
    "progress_summary": Meaning.OWN,
    "review_result": Meaning.OWN,
    "code_review_comments": Meaning.OWN,
}


def _sort() -> tuple[dict[str, int], dict[str, int]]:
    exact: dict[str, int] = {}
    stems: dict[str, int] = {}
    for meaning, words in _WORDS.items():
        for word in words.split():
            target, name = (stems, word[:-1]) if word.endswith("*") else (exact, word)
            target[name] = target.get(name, 0) | int(meaning)
    return exact, stems


_EXACT, _STEMS = _sort()
_HEAD_CHARS: Final = 2
_STEMS_BY_HEAD: Final[dict[str, tuple[tuple[str, int], ...]]] = {
    head: tuple((stem, bits) for stem, bits in _STEMS.items() if stem.startswith(head))
    for head in {stem[:_HEAD_CHARS] for stem in _STEMS}
}


def meaning_of(word: str) -> int:
    """The meanings of one lower-case word, as bits of `Meaning`; 0 for a word that no order needs."""
    found = _EXACT.get(word, 0)
    for stem, bits in _STEMS_BY_HEAD.get(word[:_HEAD_CHARS], ()):
        if word.startswith(stem):
            found |= bits
    return found
