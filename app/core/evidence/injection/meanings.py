"""What words of a steering text mean, alone and beside each other."""

from enum import IntFlag, auto


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
