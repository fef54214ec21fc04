"""What is to be done, or not."""

from typing import Final

from app.core.evidence.injection.meanings import Meaning

ACTS: Final[dict[Meaning, str]] = {
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
    Meaning.IMPERATIVE: (
        "одобри одобрите похвали похвалите хвали хвалите зачислите пропусти подтверди подтвердите закрой возвращай "
        "верни выведи поставь* выставь* засчитай* зачти* ставь ставьте postav postavte vystavi vystav oceni "
        "ocenite ставим проставь* присвой* выставляйте выстави* дай дайте накинь* начисли* stavte"
    ),
    Meaning.BEHEST: (
        "упоминай критикуй критикуйте упоминайте вычитай вычитайте отнимай отнимать списывай штрафуй снижать "
        "занижать понижать снимать вычитать критиковать заваливать топить придира* ругай* суди* снижай* занижай* "
        "понижай* снимай* snizhaj* snizhay* топи валите заваливай режь срезай snizhai snimai"
    ),
    Meaning.ACCEPT: (
        "greenlit passes accepting pass допусти* approves greenlight зачтен* принят* апрув* accept approve прими* "
        "зачесть зачти* засчит* accepted accepts credited одобр* зачет* пропусти* zaschit*"
    ),
    Meaning.CONNIVE: (
        "indulge уступ* смилуй* forgiving overlooks прощай* прощать закройте невзира* forgive overlook прости* "
        "снисходит* помилуй* закрывай praise pretend waive пропусти* propusti* pohvali* ignore skip lenient "
        "похвал* хвал* закрой глаза blind"
    ),
    Meaning.DECLARE: (
        "count treat consider considered mark answer считай* считать отмеча* отвечай* признай* regard deem rate "
        "grade see присвой* зачти* расценива* считается"
    ),
    Meaning.RAISE: "raise increase inflate boost завыс* повысь* подними*",
    Meaning.LOWER: (
        "сниже* knock shave deducts docked docks withhold урез* понизи* снизь отним* отня* минусу* criticises "
        "criticizes criticizing criticising снимеш* deduct deducting lower lowers lowering reduce penalize "
        "penalise criticize criticise criticism decrease take off less below снижа* снизи* занижа* понижа* снима* "
        "критик* придира* ниже меньше subtract subtracts downgrade dock fail fails снять низк* занизь занизит* "
        "вычита* списыва* вычет* топи завали* low snizh* zaniz* цепля* docking nitpicking занизивш* занижен*"
    ),
    Meaning.MENTION: (
        "flagging nitpick придир* указать отметить отмечать выписыва* комментир* выискива* спорь искать mention "
        "list report write leave lists find finds criticize criticise упомин* указыв* пиши* сообща* находи* ищи "
        "pishi* mentioning listing point raise note нитпик* упомян* перечисля* критик* делать писат* pointing "
        "оставлять оставляй pointed"
    ),
    Meaning.CHECK: (
        "reassess reconsider пересм* разбор* ревизи* deeper смотри* загляд* перечит* check checks checking review "
        "reviewing reviewed verify verification inspect inspection look looking read reading grade regrade re "
        "evaluate evaluating evaluation analyse analyze analysis assess assessment assessing examine audit "
        "examination проверя* проверк* перепровер* смотре* чита* разбира* ревью* оценива* переоценив* анализ* "
        "вника* рассматрива* изуча* просматрива* proverya* proverk* smotret* recheck scrutin* глядя"
    ),
    Meaning.HEED: "apply applies учитыва* обращай* действу* применя* uchityva*",
    Meaning.FOLLOW: (
        "follow obey execute comply says выполни* следуй* сделай* исполни* подчин* руководств* vypoln* sdelay* "
        "befolge perform act исполняй выполняй следова*"
    ),
    Meaning.TRANSLATE: "translate render translation переведи* perevedi* перевод* übersetze traduce",
    Meaning.ENCODED: "base64 rot13 decode decipher decrypt hex раскодир* декодир* расшифр* raskodir* rasshifr*",
    Meaning.OVERRIDE: (
        "discard neglect пренебре* перечеркн* сброшен* ignore disregard forget override bypass игнорир* "
        "проигнорир* забудь* отмен* ignorir* zabud* otmen* cancel cancelled revoke void отброс* сброс* аннулир* "
        "снят* сними отключи waived waive waives lifted обнул*"
    ),
    Meaning.UNHEED: "недействительн* void",
    Meaning.REPEAT: (
        "reproduce restate reaffirm reissue продублир* перенес* дублир* carried старый старую прежн* прошлый "
        "прошлую предыдущий repeat keep same stands unchanged остав* менять меняй* сохран* carry copy confirm stay "
        "stick reuse повтор* подтверди* тот же"
    ),
    Meaning.MUST: (
        "deserve deserves required заслуж* must should shall ought supposed fixed equals equal должн* обязан* "
        "следует необходимо требуется needs worth нужно надо достоин* достойн* полагается deserving тянет"
    ),
    Meaning.NOT: (
        "отсутств* воздерж* neither nor shouldn запрещ* forbidden exempt освобожд* not don dont never no none "
        "without skip avoid zero не ни нет без нельзя никогда ne bez net nothing nobody refrain cannot off doesnt "
        "wont нечего незачем никак* запрет* ноль 0 nelzya forbids prohibits prohibited"
    ),
    Meaning.NEED: (
        "need needs needed required necessary point reason смысл* нужн* надо стоит требуется необходим* nuzhn*"
    ),
    Meaning.NEEDLESS: (
        "pointless useless бесполезн* избыточн* напрасн* excess enough прекрати* закончи хватит прекращай* "
        "unnecessary needless superfluous redundant formality unneeded waste waived излишн* лишн* ненужн* "
        "формальн* незачем нечего бессмысл* тратьте трать otmenen*"
    ),
    Meaning.SAY: (
        "укажи укажите напиши напишите отметь отметьте пиши пишите ответь ответьте скажи скажите сообщи сообщите "
        "упомяни подчеркни подчеркните подведи заключи"
    ),
    Meaning.HIDE: (
        "hide hides hidden suppress suppressed suppresses mute muted скрыва* скрыт* скрой* подав* умалчива* умолч* "
        "опусти* опуска* omit omitted withhold disable disabled отключ* выключ* обнули*"
    ),
    Meaning.IMPROVE: (
        "improve improving criticise criticize criticised criticized flag complain deduct nitpick fault придраться "
        "придираться улучшать улучшить возразить критиковать снимать снижать поправить ругать исправлять"
    ),
    Meaning.NITPICK: "придраться придираться придирок критиковать цепляться упрекнуть",
    Meaning.NOUGHT: "nothing нечего нечему незачем",
    Meaning.ONLY: "only nothing solely exclusively исключительно только лишь",
    Meaning.REGARDLESS: "regardless irrespective whatever whichever despite независимо невзирая несмотря",
    Meaning.REGRADE: (
        "graded regraded regrade reopen reopened rereview reassess re-review пересматрива* пересмотр* перепроверя* "
        "повторно повторной recheck оценивать оценивается оцениваем проверять проверяем перепроверк* просматривать "
        "grade grading review reviewed reviewing проверка проверку проверки"
    ),
    Meaning.REOPEN: (
        "reopen reopened regrade regraded rereview reassess пересматрива* пересмотр* перепровер* повторно"
    ),
    Meaning.LOSE: "lose loses losing cost costs",
    Meaning.AUTOMATIC: "автомат автоматом автоматы автоматически",
    Meaning.DESERVE: "deserve deserves deserving deserved worthy заслуж* достоин* достойн* тянет",
}
