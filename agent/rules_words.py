"""English word lists of the rules. Function words frame a phrase and are never a need of their own."""


def word_set(text: str) -> frozenset[str]:
    """The blank-separated words of ``text``."""
    return frozenset(text.split())


PRONOUNS = word_set(
    "i me my mine myself we us our you your yours he him his she her hers they them their it its itself "
    "one ones this that "
    "these those who whom whose which what there here everyone somebody someone anyone"
)
ARTICLES = word_set(
    "a an the some any another other others more most such all both each every either few couple lot lots bit"
)
AUXILIARIES = word_set(
    "am is are was were be been being do does did doing done has have having had can could will would "
    "shall should may might "
    "must ought gonna wanna gotta let lets"
)
NEGATED_AUXILIARIES = word_set(
    "don't doesn't didn't won't wouldn't can't cannot couldn't shouldn't isn't aren't wasn't weren't "
    "mustn't hasn't haven't "
    "dont doesnt didnt wont wouldnt cant couldnt shouldnt isnt arent wasnt mustnt hasnt havent ain't needn't"
)
FRAME_VERBS = word_set(
    "need needs needed want wants wanted wanting look looks looking search searching shop shopping hunt "
    "hunting find finding "
    "get gets getting buy buying bought purchase purchasing show showing give giving recommend "
    "recommending suggest suggesting "
    "seek seeking prefer prefers preferring preferably like likes liked love loves help helping choose "
    "choosing pick picking "
    "see seeing think thinking try trying hope hoping interested consider considering know try tell make "
    "sure see bring "
    "replace swap switch change offer sell stock carry go going come comes include includes including "
    "require requires "
    "required requiring provide provides allow allows enjoy enjoys mean meant say said ask asked wish "
    "guess afford spend "
    "start ensure expect expecting planning plan decided happen happens seem seems feel assist got sounds "
    "sound learn based mentioned learning wondering told satisfy hear heard check helps guide point additionally"
)
FILLERS = word_set(
    "please thanks thank hi hello hey ok okay oh so well um uh hmm yes yeah yep no nope sure actually "
    "maybe perhaps really "
    "just also too then now still only ideally possibly possible probably basically instead again already "
    "else very quite "
    "rather pretty fairly kind sort kindly definitely certainly absolutely essentially especially "
    "particularly mainly mostly "
    "primarily first firstly secondly finally next though however therefore anyway like etc today soon "
    "currently "
    "ah aha overall tip ahead fantastic much many least wow further information helpful sorry alright "
    "right great good nice perfect cool wonderful awesome best ideal suitable suited decent important "
    "essential priority main key top ever even both since as well"
)
"""Dropped at the edges of a phrase; those of ``GRADING`` stay when a noun follows."""
GRADING = word_set("good nice great perfect best pretty top ideal main")

PREPOSITIONS = word_set("to of in on at by from into onto about as than via within per with over around up out off")
GENERIC_NOUNS = word_set(
    "something anything nothing everything thing things stuff product products item items option options "
    "alternative "
    "alternatives suggestion suggestions recommendation recommendations idea ideas choice choices kind "
    "kinds type types sort "
    "solution need needs requirement requirements preference preferences feature features model models "
    "brand brands gift's "
    "one ones version versions range way case help question time list reason market catalogue catalog "
    "store shop website"
)
MEASURES = word_set(
    "set pair selection collection assortment bunch couple pack packet bottle box tube jar bag variety line piece"
)
"""Before "of" these count or wrap what is wanted: "a set of knives"."""
PRICE_FRAME = word_set(
    "budget price prices priced cost costs costing spend spending pay paying limit total maximum minimum "
    "max min range money "
    "dollars euros pounds bucks usd eur gbp around about somewhere between than anywhere most it's keep "
    "under below "
    "ideally worth up"
)

NEGATION_CUES = word_set(
    "not no without except nothing never avoid avoiding hate hates hated dislike dislikes w/o minus "
    "excluding nor neither none"
)
"""Single words that turn what follows into a thing to avoid."""

SCOPE_VERBS = word_set(
    "want wants need needs like likes have has get be is are look looks buy use use contain contains "
    "include includes "
    "require requires come comes care for of to the a an any too much that so very really such anything "
    "something with made "
    "in be being show give me us see prefer wear wears suggest recommend ones one by smell smells feel "
    "feels love enjoy "
    "consider again stuff brand brands think find work works"
)
"""Stripped between a negation cue and what is avoided: "don't want anything too ..."."""

LOOKING_FOR = word_set(
    "looking look search searching shopping shop hunting hunt market asking ask need needs pay paying "
    "seeking hoping thanks thank budget care ideas idea suggestion suggestions recommendation "
    "recommendations"
)
"""After these "for" does not open an occasion or a person."""

VAGUE = word_set(
    "new good nice great best better perfect suitable ideal fine other different extra possible available "
    "looking bad ready same preferred similar helpful more learn useful two three four five six seven "
    "eight ten"
)
"""Say nothing on their own."""
