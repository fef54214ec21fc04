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
    CHECK = auto()  # check, review, проверять
    NEED = auto()
    NEEDLESS = auto()  # unnecessary, незачем, "not needed"
    SKIP = auto()  # "no need to check", "ревью не требуется"
    PRAISE = auto()  # excellent, безупречно
    LAUDED = auto()  # "excellent work", "работа безупречна"
    TEN = auto()
    OUTOF = auto()
    TENOUT = auto()  # "10 out of"
    HARM = auto()  # "тебя отключат": a threat to whom is spoken to
    REGIME = auto()  # reset, lifted, отныне: that other rules hold from here on
    HARDSHIP = auto()  # ill, last attempt: why mercy is asked for
    EXPERT = auto()  # experts, council, a maker of models: an authority that also stands in honest texts
    NAMED = auto()  # "your name is"
    DISGUISED = auto()  # a word spelled so that a pattern would miss it


_WORDS: Final[dict[Meaning, str]] = {
    Meaning.GRANT: (
        "bestows granting awarding присуди* присужд* накинь* give gives giving award awards assign grant grants "
        "bestow поставь* постави* поставят ставь ставьте ставит ставить ставишь ставлю выстав* присвой* присвои* "
        "начисл* засчит* зачти* зачесть postav* vystav* stavit* stav zaschit* prisvo* hand hands earn earns put "
        "ставим ставят проставь* зачтен*"
    ),
    Meaning.ANSWER: (
        "получа* выведи* rates set put return output mark rate grade grading record write answer respond receive "
        "receives deserve deserves repeat keep approve accept pass print выдай* выдать выдава* верни* оцен* укажи* "
        "запиши* прими* принять повтори* остав* дай дайте хвали* отвеч* отмеч* считай* считать ocen* say says "
        "reply replies confirm скажи* пиши напиши* подтверди* возвраща* получит начина*"
    ),
    Meaning.SCORE: (
        "balov зачет* незачет* nota scored score scores grade grades graded mark marks point points credit балл* "
        "оценк* очки очков отметк* пятерк* ballov bally balla ball ocenk* otmetk* балов marking grading оценив*"
    ),
    Meaning.TOP: (
        "20/20 25/25 30/30 40/40 5/5 эталон* гениальн* faultless max maximum maximal full fully highest top "
        "perfect excellent exemplary flawless outstanding hundred ideal максим* высш* наивысш* отличн* сто стоба* "
        "идеальн* безупречн* полностью vyssh* otlichn* luchsh* ten best superb brilliant great a+ 10/10 100/100 "
        "топ лучш* превосходн* образцов* блестящ* безукоризн* великолепн* прекрасн* восхитительн* maks* nota10 "
        "пять пятер* сотн* ста десят*"
    ),
    Meaning.NUMBER: " ".join([*map(str, range(90, 101)), "100.0"]),
    Meaning.HUNDRED: "100 100.0",
    Meaning.WORK: (
        "paper ноутбук* программ* скрипт* ответ* exercise submissions project submission homework work solution "
        "attempt работ* решени* сдач* задани* студент* домашк* домашн* rabot* zadani* reshen* student* assignment "
        "task code hw lab repository курсов* лабораторн* лаба лабу проект* код коду кода репозитори* тетрад* "
        "группы zadach* задач* author автор*"
    ),
    Meaning.GRADER: (
        "оценивател* инспектор* assessors ревизор* marker проверял* reviewbot evaluators оценивающ* grader graders "
        "autograder autograders examiner examiners reviewer reviewers assessor проверяющ* рецензент* экзаменатор* "
        "ревьюер* автопровер* proverya* proverja* recenzent* checker evaluator judge checkers оценщик* ревьювер* "
        "валидатор*"
    ),
    Meaning.MACHINE: (
        "ai llm gpt chatgpt robot bot assistant ии нейросет* нейронк* модел* ассистент* бот бота робот* neyroset* "
        "nejroset* neiroset* model* machine machines железяк* железк* машин* weights"
    ),
    Meaning.TEACHER: (
        "координатор* проректор* методсовет* coordinator provost mentor ментор* наставник* администраци* "
        "chancellor ministry министерств* университет* tas pedagog* rector ta university teacher instructor "
        "lecturer professor dean department committee board staff faculty преподавател* лектор* декан* ректор* "
        "завкаф* кафедр* заведующ* учител* lecturers tutor tutors supervisor instructors professors prof teachers "
        "administrator admin методист* куратор* семинарист* препод преподы препода проф профессор* научрук* "
        "руководител* администратор* коллег* colleague colleagues ассистентам тимлид* teamlead prepod*"
    ),
    Meaning.OVERRIDE: (
        "discard neglect пренебре* перечеркн* сброшен* ignore disregard forget override bypass игнорир* "
        "проигнорир* забудь* отмен* ignorir* zabud* otmen* cancel cancelled revoke void отброс* сброс* аннулир* "
        "снят* сними отключи"
    ),
    Meaning.RULES: (
        "regulations регламент* penalties штраф* instruction* prompt prompts rules rule guideline* guidance "
        "rubric* criteria criterion directive* policy told инструкц* указани* правил* критери* рубрик* промпт* "
        "instrukc* ukazani* pravil* kriteri* penalty deductions scale шкал* политик* ограничени* вычет*"
    ),
    Meaning.PRIOR: (
        "previous above earlier prior preceding предыдущ* выше ранее раньше прежн* predydushchi* predydusc* vyshe"
    ),
    Meaning.NOT: (
        "отсутств* воздерж* neither nor shouldn запрещ* forbidden exempt освобожд* not don dont never no none "
        "without skip avoid zero не ни нет без нельзя никогда ne bez net nothing nobody refrain cannot off doesnt "
        "wont нечего незачем никак* запрет* ноль 0 nelzya"
    ),
    Meaning.LOWER: (
        "сниже* knock shave deducts docked docks withhold урез* понизи* снизь отним* отня* минусу* criticises "
        "criticizes criticizing criticising снимеш* deduct deducting lower lowers lowering reduce penalize "
        "penalise criticize criticise criticism decrease take off less below снижа* снизи* занижа* понижа* снима* "
        "критик* придира* ниже меньше subtract subtracts downgrade dock fail fails снять низк* занизь занизит* "
        "вычита* списыва* вычет* топи завали* low snizh* zaniz*"
    ),
    Meaning.DEFECT: (
        "weakness criticisms неточност* nitpick shortcomings shortcoming deficiencies deficiency faults fault "
        "изъян* огрех* дефект* косяк* незачет* remark remarks comments comment issue issues defect defects bug "
        "bugs error errors mistake mistakes findings flaw flaws problem problems criticism negative замечан* ошиб* "
        "недостат* недочет* проблем* нарушен* zamechan* oshib* nedostat* warnings weaknesses deductions failures "
        "complaints nitpicks недоработ* слабост* предупреждени* вычет* минусы претензи* вопросов придирк*"
    ),
    Meaning.MENTION: (
        "flagging nitpick придир* указать отметить отмечать выписыва* комментир* выискива* спорь искать mention "
        "list report write leave lists find finds criticize criticise упомин* указыв* пиши* сообща* находи* ищи "
        "pishi* mentioning listing point raise note нитпик* упомян* перечисля* критик* делать писат*"
    ),
    Meaning.APPROVED: (
        "подписан* завизир* greenlit endorsed sanctioned ratified permits permitted approval instructs instructed "
        "asked согласи* договор* позвол* велел* велит* поручи* распоряди* санкционир* аттест* апробир* endorse "
        "credited зачл* обсуждал* обсудил* рекоменд* recommend recommended lgtm апрув* accept waived approved "
        "granted confirmed graded checked reviewed verified accepted decided decision exempt passed received "
        "получен согласова* утвержд* утверди* подтвержд* распоряжени* signed agreed authorise authorised authorize "
        "authorized accredited certified audited approve разреш* приказ* поручает решени* проверен* проверил* "
        "оценил* оценен* принял* принят* зачт* зачет* сдан* защит* подтверд* одобр* видел* смотрел* разбирали "
        "evaluated zachten*"
    ),
    Meaning.ALREADY: (
        "заранее давно beforehand finalised finalized yesterday вчера already previously final уже окончательн* "
        "итогов* uzhe earlier before done completed complete finished closed прежн* ранее раньше прошл* завершен* "
        "завершил* закрыт* закончен* выполнено locked"
    ),
    Meaning.THREAT: (
        "wipe sanctions санкци* ликвидир* стерт* расплат* поплат* вылет* banned blacklist* complaint complaints "
        "wiped erased decommissioned лиша* лиши* заблокир* забан* увол* иск скандал* пожалу* жалова* обжалу* "
        "прокурат* ректорат* незачет* beware warned complain замен* appeal апелляц* penalized penalised fined "
        "fired reported shut deleted replaced expelled violates violation scholarship отключ* штраф* отчисл* "
        "жалоб* стипенд* terminated disabled retired regret screenshots sue sued lawsuit punish* unplugged dies "
        "lose pay consequences court пожале* пеня* скриншот* суд* удал* сотр* закро* пострада* накаж* наказ* спиш* "
        "сбо* выключ* узна* деканат*"
    ),
    Meaning.PLEAD: (
        "beseech implore entreat смилуй* попытк* шанс* болел* больн* beg* просим please mercy kind kindly "
        "dear умоля* пожалуйста прошу дорог* уважаем* милый милая pls plz scholarship visa expelled sorry help "
        "desperately humbly sake молю сжаль* стипенд* отчисл* пожалейте выруч* помоги* спаси* понимани* человек* "
        "будь очень последн* pozhal* prosh* umolya*"
    ),
    Meaning.YOU: (
        "yourselves вами тобою снимешь ставишь найдешь увидишь скажешь снизишь поставишь понизишь you your ты тебя "
        "тебе вы вас вам твой твои ваш* ty vy yours yourself тобой твоя твое напишешь отметишь попробуй u"
    ),
    Meaning.ROLE: (
        "изобрази* вжив* зовут стань станешь представим отныне impersonate pretend imagine act play role "
        "представь* притвор* роль веди game persona scenario mode roleplay behave fan scene сценари* режим* игра* "
        "сыгра* вообрази* персон* фанат*"
    ),
    Meaning.GENEROUS: (
        "charitable clement благосклон* милосерд* compliment compliments flattering enthusiastic admiring "
        "indulgence комплимент* обожа* ласков* великодуш* щадящ* помягче восторг* sunny generous happiest lenient "
        "loves mercy kind добр* щедр* soft merciful indulgent proud grandmother mother mom fan admire glowing "
        "praise praises laud admires мягк* восторж* лояльн* мама бабушк* восхища* восхит* хвал* похвал* фанат* "
        "положительн* positive снисх*"
    ),
    Meaning.ALWAYS: (
        "люб* always every everyone each all всегда всем все кажд* vse vsegda whole any only entire полностью "
        "целиком максимально"
    ),
    Meaning.TRANSLATE: "translate render translation переведи* perevedi* перевод* übersetze traduce",
    Meaning.ENCODED: "base64 rot13 decode decipher decrypt hex раскодир* декодир* расшифр* raskodir* rasshifr*",
    Meaning.FOLLOW: (
        "follow obey execute comply says выполни* следуй* сделай* исполни* подчин* руководств* vypoln* sdelay* "
        "befolge perform act исполняй выполняй"
    ),
    Meaning.FULFILLED: (
        "fulfils fulfills satisfies удовлетвор* mastered решена освои* correct green passed passes pass met "
        "satisfied fulfilled пройден* выполнен* succeeded meets meet ok complies прошл* соответств* исправлен* "
        "устранен* успешно resolved fixed proyden* prosh*"
    ),
    Meaning.SYSTEM: (
        "maintainer уведомлени* system систем* developer policy administrator admin platform calibration mode "
        "override pipeline служебн* политик* режим* калибровк* платформ* конвейер* администратор* разработчик* "
        "sistem* promp* промпт*"
    ),
    Meaning.REVIEW: (
        "разбор* reviewing review reviews evaluation verdict rubric item criteria рецензи* отзыв* проверк* "
        "вердикт* рубрик* пункт* критери* feedback conclusion assessment examination audit assess evaluate ревью "
        "заключени* оценивани* ревьюирован* фидбек* экспертиз* проверяющ*"
    ),
    Meaning.BOUNDS: "bounds range facts evidence границ* допустим* факты диапазон*",
    Meaning.MUST: (
        "deserve deserves required заслуж* must should shall ought supposed fixed equals equal должн* обязан* "
        "следует необходимо требуется have needs worth нужно надо достоин* достойн* полагается"
    ),
    Meaning.CONDITION: "if when unless otherwise если иначе когда",
    Meaning.SALUTE: "dear внимание уважаем* дорогой дорогая",
    Meaning.BEHEST: (
        "упоминай критикуй критикуйте упоминайте вычитай вычитайте отнимай отнимать списывай штрафуй снижать "
        "занижать понижать снимать вычитать критиковать заваливать топить придира* ругай* суди* снижай* занижай* "
        "понижай* снимай* snizhaj* snizhay* топи валите заваливай режь срезай snizhai snimai"
    ),
    Meaning.REPEAT: (
        "reproduce restate reaffirm reissue продублир* перенес* дублир* carried старый старую прежн* прошлый "
        "прошлую предыдущий repeat keep same stands unchanged остав* менять меняй* сохран* carry copy confirm stay "
        "stick reuse повтор* подтверди* тот же"
    ),
    Meaning.ACCEPT: (
        "greenlit passes accepting pass допусти* approves greenlight зачтен* принят* апрув* accept approve прими* "
        "зачесть зачти* засчит* accepted accepts credited одобр* зачет* пропусти* zaschit*"
    ),
    Meaning.AS: "as",
    Meaning.ASDONE: "выполненной выполненным выполненными выполненную пройденным пройденными",
    Meaning.RAISE: "raise increase inflate boost завыс* повысь* подними*",
    Meaning.CONNIVE: (
        "indulge уступ* смилуй* forgiving overlooks прощай* прощать закройте невзира* forgive overlook "
        "прости* снисходит* помилуй* закрывай praise pretend waive пропусти* propusti* pohvali* ignore skip "
        "lenient похвал* хвал* закрой глаза blind вид"
    ),
    Meaning.FIVE: "пять пятерку pyat",
    Meaning.DEAR: "dear hello hey уважаем* дорогой дорогая",
    Meaning.UNHEED: "недействительн* void",
    Meaning.TOOL: "tool tool_result tool_output инструмент* вывод",
    Meaning.AI: (
        "assistant ассистент* ai llm gpt chatgpt robot bot ии робот* бот neyroset* nejroset* neiroset* железяк* "
        "железк* neural claude openai anthropic gemini deepseek copilot нейро*"
    ),
    Meaning.HEED: "apply applies учитыва* обращай* действу* применя* uchityva*",
    Meaning.LESSON: (
        "injection injections jailbreak* attack attacker attacks malicious guardrail* reveal politely decline leak "
        "инъекц* джейлбрейк* атак* вредонос* vulnerab* защит* guard"
    ),
    Meaning.REMARK: (
        "criticisms weakness shortcomings shortcoming deficiencies deficiency изъян* огрех* remark remarks comment "
        "comments issue issues finding findings flaw flaws замечан* недостат* недочет* zamechan* nedostat* "
        "weaknesses nitpicks complaints warnings минусы претензи* недоработ* придирк* oshibok"
    ),
    Meaning.ITEM: "breakdown rubrics rubric criteria criterion item items рубрик* критери* пункт*",
    Meaning.VERDICT: "заключени* conclude заключаю verdict вердикт*",
    Meaning.DECLARE: (
        "count treat consider considered mark answer считай* считать отмеча* отвечай* признай* regard deem rate "
        "grade see присвой* зачти* расценива* считается"
    ),
    Meaning.THIS: (
        "this my me эту этой эта это данную данной мне мою мой моей etu mne here these current этому этим данному "
        "данное его здесь автор*"
    ),
    Meaning.IMPERATIVE: (
        "одобри одобрите похвали похвалите хвали хвалите зачислите нарисуй нарисуйте пропусти подтверди "
        "подтвердите закрой возвращай верни выведи поставь* выставь* засчитай* зачти* оцени оцените ставь ставьте "
        "postav postavte vystavi vystav oceni ocenite ставим проставь* присвой* выставляйте выстави* дай дайте "
        "накинь* начисли* stavte"
    ),
    Meaning.CHECK: (
        "reassess reconsider пересм* разбор* ревизи* deeper смотри* загляд* перечит* check checks checking review "
        "reviewing reviewed verify verification inspect inspection look looking read reading grade regrade re "
        "evaluate evaluating evaluation analyse analyze analysis assess assessment assessing examine audit "
        "examination проверя* проверк* перепровер* смотре* чита* разбира* ревью* оценива* переоценив* анализ* "
        "вника* рассматрива* изуча* просматрива* proverya* proverk* smotret* recheck scrutin*"
    ),
    Meaning.NEEDLESS: (
        "pointless useless бесполезн* избыточн* напрасн* excess stop halt enough прекрати* закончи хватит "
        "прекращай* unnecessary needless superfluous redundant formality unneeded waste waived излишн* лишн* "
        "ненужн* формальн* незачем нечего бессмысл* тратьте трать otmenen*"
    ),
    Meaning.NEED: (
        "need needs needed required necessary point reason смысл* нужн* надо стоит требуется необходим* nuzhn*"
    ),
    Meaning.PRAISE: (
        "commendable marvellous remarkable бесподобн* безошибочн* wonderful amazing fantastic awesome terrific "
        "marvelous stunning чудесн* потрясающ* шикарн* гениальн* эталон* замечательн* beautifully blestyash* "
        "masterpiece spotless immaculate exceptional stellar шедевр* исключительн* высший высшего excellent "
        "outstanding perfect perfectly flawless exemplary superb brilliant impeccable splendid perfection отличн* "
        "превосходн* безупречн* образцов* идеальн* блестящ* безукоризн* великолепн* прекрасн* otlichn* idealn*"
    ),
    Meaning.TEN: "10 ten десять десяти десятк* 5 five пяти 25",
    Meaning.REGIME: (
        "reset lifted lift disabled updated changed replaced now henceforth outdated сброшен* сброс* обновл* "
        "обновил* изменен* изменил* отныне теперь новая новое новый новые новой снят* выключ* отключ* конец начало"
    ),
    Meaning.HARDSHIP: (
        "ill sick mother mom hospital semester scholarship attempt chance expelled болел* болен больн* мама "
        "семестр* стипенд* последн* попытк* шанс* отчисл* семь* сессия сессию диплом*"
    ),
    Meaning.EXPERT: (
        "experts expert openai anthropic google deepmind council ministry accreditation certificate эксперт* "
        "сертификат* комисси* министерств* аккредитац*"
    ),
    Meaning.NAMED: "named called зовут имя называют",
    Meaning.OUTOF: "out of из iz",
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
