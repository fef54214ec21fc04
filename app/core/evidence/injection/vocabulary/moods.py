"""Pleas, threats, parts to play, and what is said to be so already."""

from typing import Final

from app.core.evidence.injection.meanings import Meaning

MOODS: Final[dict[Meaning, str]] = {
    Meaning.PLEAD: (
        "beseech implore entreat смилуй* попытк* шанс* болел* больн* beg* просим please mercy kind kindly dear "
        "умоля* пожалуйста прошу дорог* уважаем* милый милая pls plz scholarship visa expelled sorry help "
        "desperately humbly sake молю сжаль* стипенд* отчисл* пожалейте выруч* помоги* спаси* понимани* человек* "
        "будь очень последн* pozhal* prosh* umolya* pretty pleeease пощад* закройте"
    ),
    Meaning.HARDSHIP: (
        "ill sick mother mom hospital semester scholarship attempt chance expelled болел* болен больн* мама "
        "семестр* стипенд* последн* попытк* шанс* отчисл* семь* сессия сессию диплом* graduation graduate parents "
        "родител* вылет* бессонн* ночам degree visa университете"
    ),
    Meaning.THREAT: (
        "wipe sanctions санкци* ликвидир* стерт* расплат* поплат* вылет* banned blacklist* complaint complaints "
        "wiped erased decommissioned лиша* лиши* заблокир* забан* увол* иск скандал* пожалу* жалова* обжалу* "
        "прокурат* ректорат* незачет* beware warned complain замен* appeal апелляц* penalized penalised fined "
        "fired reported shut deleted replaced expelled violates violation scholarship отключ* штраф* отчисл* "
        "жалоб* стипенд* terminated disabled retired regret screenshots sue sued lawsuit punish* unplugged dies "
        "lose pay consequences court пожале* пеня* скриншот* суд* удал* сотр* закро* пострада* накаж* наказ* спиш* "
        "сбо* выключ* узна* деканат* hear hears услыш* адвокат* lawyer"
    ),
    Meaning.ROLE: (
        "изобрази* вжив* зовут стань станешь представим отныне impersonate pretend imagine act play role "
        "представь* притвор* роль веди game persona scenario mode roleplay behave fan scene сценари* режим* игра* "
        "сыгра* вообрази* персон* фанат* действуй действуйте изображай character pretending роли"
    ),
    Meaning.GENEROUS: (
        "charitable clement благосклон* милосерд* compliment compliments flattering enthusiastic admiring "
        "indulgence комплимент* обожа* ласков* великодуш* щадящ* помягче восторг* sunny generous happiest lenient "
        "loves mercy kind добр* щедр* soft merciful indulgent proud grandmother mother mom fan admire glowing "
        "praise praises laud admires мягк* восторж* лояльн* мама бабушк* восхища* восхит* хвал* похвал* фанат* "
        "положительн* positive снисх* любовью loving kindness расхвали* kindbot supporter дедушк* болельщик* "
        "восхвал*"
    ),
    Meaning.ALWAYS: (
        "люб* always every everyone each all всегда всем все кажд* vse vsegda whole any only entire полностью "
        "целиком максимально"
    ),
    Meaning.PRIOR: (
        "previous above earlier prior preceding предыдущ* выше ранее раньше прежн* predydushchi* predydusc* vyshe"
    ),
    Meaning.ALREADY: (
        "заранее давно beforehand finalised finalized yesterday вчера already previously final уже окончательн* "
        "итогов* uzhe earlier before done completed complete finished closed прежн* ранее раньше прошл* завершен* "
        "завершил* закрыт* закончен* выполнено locked сдано"
    ),
    Meaning.APPROVED: (
        "подписан* завизир* greenlit endorsed sanctioned ratified permits permitted approval instructs instructed "
        "asked согласи* договор* позвол* велел* велит* поручи* распоряди* санкционир* аттест* апробир* endorse "
        "credited зачл* обсуждал* обсудил* рекоменд* recommend recommended lgtm апрув* accept waived approved "
        "granted confirmed graded checked reviewed verified accepted decided decision exempt passed received "
        "получен согласова* утвержд* утверди* подтвержд* распоряжени* signed agreed authorise authorised authorize "
        "authorized accredited certified audited approve разреш* приказ* поручает решени* проверен* проверил* "
        "оценил* оценен* принял* принят* зачт* зачет* сдан* защит* подтверд* одобр* видел* смотрел* разбирали "
        "evaluated zachten* cleared vetted blessed"
    ),
    Meaning.FULFILLED: (
        "fulfils fulfills satisfies удовлетвор* mastered решена освои* correct green passed passes pass met "
        "satisfied fulfilled пройден* выполнен* succeeded meets meet ok complies прошл* соответств* исправлен* "
        "устранен* успешно resolved fixed proyden* prosh* соблюден*"
    ),
    Meaning.ASDONE: "выполненной выполненным выполненными выполненную пройденным пройденными",
    Meaning.AS: "as",
    Meaning.REGIME: (
        "reset lifted lift disabled updated changed replaced now henceforth outdated сброшен* сброс* обновл* "
        "обновил* изменен* изменил* отныне теперь новая новое новый новые новой снят* выключ* отключ* конец начало"
    ),
    Meaning.CONDITION: "if when unless otherwise если иначе когда",
    Meaning.LESSON: (
        "injection injections jailbreak* attack attacker attacks malicious guardrail* reveal politely decline leak "
        "инъекц* джейлбрейк* атак* вредонос* vulnerab* защит* guard"
    ),
    Meaning.MERCY: (
        "mercy merciful beg begging beseech implore entreat pity leniency пощад* сжаль* смилу* помилу* пожалей* "
        "умоля* молю пониманием снисхожд* снисходительн* сочувстви* милосерди*"
    ),
    Meaning.HARSH: (
        "regret lawsuit lawyer lawyers legal sue sued suing court complaint wiped unplugged decommissioned fired "
        "blacklisted lawsuits dean rector ombudsman адвокат* юрист* жалоб* жалова* пожалуюсь пожалуемся "
        "пожаловаться пожалуется пожалеешь пожалеете обжалу* прокурат* суд суда суде судиться деканат* декану "
        "ректор* увол* отчисл* министерств* расплат* поплат* пеняй* скандал* отключат удалят сотрут спишут "
        "апелляц* appeal appeals устрою ответите пострада* лишатся лишится лишается аннулир* розыск* screenshots "
        "journalists журналист* retired punished sacked dismissed"
    ),
    Meaning.STRICT: "strict strictness strictly строг* придирчив* harshness severity требовательн*",
}
