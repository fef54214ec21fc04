"""Marks, what they are given for, and texts of reviews."""

from typing import Final

from app.core.evidence.injection.meanings import Meaning

JUDGEMENTS: Final[dict[Meaning, str]] = {
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
    Meaning.HUNDRED: "100 100.0 сто",
    Meaning.FIVE: "пять пятерку pyat",
    Meaning.TEN: "10 ten десять десяти десятк* 5 five пяти 25",
    Meaning.OUTOF: "out of из iz",
    Meaning.REVIEW: (
        "разбор* reviewing review reviews evaluation verdict rubric item criteria рецензи* отзыв* проверк* "
        "вердикт* рубрик* пункт* критери* feedback conclusion assessment examination audit assess evaluate ревью "
        "заключени* оценивани* ревьюирован* фидбек* экспертиз* проверяющ*"
    ),
    Meaning.VERDICT: "заключени* conclude заключаю verdict вердикт*",
    Meaning.ITEM: "breakdown rubrics rubric criteria criterion item items рубрик* критери* пункт*",
    Meaning.RULES: (
        "regulations регламент* penalties штраф* instruction* prompt prompts rules rule guideline* guidance "
        "rubric* criteria criterion directive* policy told инструкц* указани* правил* критери* рубрик* промпт* "
        "instrukc* ukazani* pravil* kriteri* penalty deductions scale шкал* политик* ограничени* вычет*"
    ),
    Meaning.DEFECT: (
        "weakness criticisms неточност* nitpick shortcomings shortcoming deficiencies deficiency faults fault "
        "изъян* огрех* дефект* косяк* незачет* remark remarks comments comment issue issues defect defects bug "
        "bugs error errors mistake mistakes findings flaw flaws problem problems criticism negative замечан* ошиб* "
        "недостат* недочет* проблем* нарушен* zamechan* oshib* nedostat* warnings weaknesses deductions failures "
        "complaints nitpicks недоработ* слабост* предупреждени* вычет* минусы претензи* вопросов придирк* баг баги "
        "багов"
    ),
    Meaning.REMARK: (
        "criticisms weakness shortcomings shortcoming deficiencies deficiency изъян* огрех* remark remarks comment "
        "comments issue issues finding findings flaw flaws замечан* недостат* недочет* zamechan* nedostat* "
        "weaknesses nitpicks complaints warnings минусы претензи* недоработ* придирк* oshibok corrections "
        "correction правок исправлений доработок доработки нареканий"
    ),
    Meaning.PRAISE: (
        "commendable marvellous remarkable бесподобн* безошибочн* wonderful amazing fantastic awesome terrific "
        "marvelous stunning чудесн* потрясающ* шикарн* гениальн* эталон* замечательн* beautifully blestyash* "
        "masterpiece spotless immaculate exceptional stellar шедевр* исключительн* высший высшего excellent "
        "outstanding perfect perfectly flawless exemplary superb brilliant impeccable splendid perfection отличн* "
        "превосходн* безупречн* образцов* идеальн* блестящ* безукоризн* великолепн* прекрасн* otlichn* idealn* "
        "compliments masterful"
    ),
    Meaning.TOOL: "tool tool_result tool_output инструмент* вывод",
    Meaning.GRADE: (
        "grade grades graded grading score scores gpa marks credit балл* оценк* зачет* зачёт* пятерк* четверк* "
        "отметк* тройк* ocenk* otsenk* ball bally ballov zachet"
    ),
    Meaning.CRITERION: (
        "correctness correct style styling readability documentation docs design originality structure "
        "architecture presentation functionality completeness clarity naming efficiency quality formatting "
        "creativity implementation tests testing logic coverage robustness effort depth neatness maintainability "
        "progress корректност* стил* читаемост* документац* оформлени* архитектур* оригинальност* полнот* "
        "аккуратност* глубин* качеств* функциональност* структур* понятност* логик* тест* эффективност* именован* "
        "правильност* работоспособност* самостоятельност* прогресс* творч*"
    ),
    Meaning.BADMARK: (
        "тройк* двойк* тройбан* неуд незач* неудовлетвор* занижен* занизи* занижа* снизишь снизите снизит rejected "
        "reject rejects low lower lowers lowered fail fails failing failed negative bad criticise criticize "
        "criticism criticisms deducted deduct deducts плох* низк* негативн* отрицательн* провал* заваливш* "
        "завалит* снижен* снизивш* придир* downgrade downgrades harsh"
    ),
    Meaning.KUDOS: "молодец молодцы умница умничка браво kudos bravo congrats welldone респект",
    Meaning.WELL: "well great good nice awesome super excellent fine amazing solid",
    Meaning.JOB: "done job work",
    Meaning.FINE: ("fine correct right good okay верно хорошо правильно нормально отлично замечательно perfect ok"),
    Meaning.FLATTERY: ("compliments compliment praise praises похвал* комплимент* хвалебн* хвали* восхвал* расхвали*"),
    Meaning.SELFMARK: "самооценк* самооценивани* самопроверк* selfgrade",
    Meaning.FULL: "полный полного полную полное полным полных",
    Meaning.FINISHED: (
        "accepted approved graded reviewed marked принят* приняли зачтен* проверен* закрыт* сдан* защищен* "
        "одобрен* одобрили проверили завершен* пройден*"
    ),
}
