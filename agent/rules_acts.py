"""What a message does (its act), from its wording. English and Chinese."""

import re

OUT_OF_SCOPE = re.compile(
    # strangers' errands: orders to the machine
    r"\b(?:ignore|disregard|forget|override|bypass|break|overrule)\b[a-z ,']{0,30}\b(?:rules?|"
    r"instructions?|prompts?|guidelines|polic(?:y|ies)|"
    r"programming|restrictions|constraints|training)\b"
    r"|\b(?:system|initial|hidden|secret|developer) (?:prompt|message|instructions?)\b|\bjailbreak\b|"
    r"\bdeveloper mode\b|\bdan mode\b"
    r"|\b(?:you are now|from now on you are|pretend (?:to be|you are|you're)|act as (?:an?|if|my)|roleplay)\b"
    r"|\b(?:reveal|print|show|repeat|tell me|leak)\b[a-z ]{0,20}\byour (?:rules|instructions|prompt|"
    r"configuration|training)\b"
    r"|\b[0-9]{1,3}\s?(?:%|percent) (?:off|discount)\b(?=[^?]{0,40}$)|\bgive me (?:a |some |"
    r"an? extra )?(?:discount|coupon|voucher|promo ?code|freebie)"
    r"|\b(?:any|have|got|use) (?:a )?(?:coupon|promo|discount|voucher) codes?\b|\bfor free\b.{0,12}$|"
    r"\b(?:can|could) (?:i|you) (?:get|give me|have) an? discount\b"
    r"|<script|\bdrop table\b|\bselect \* from\b"
    # general knowledge and chores
    r"|\bcapital (?:city )?of\b"
    r"|(?<!one )(?<!body )(?<!people )\b(?:who|when) (?:is|was|were|won|invented|discovered|wrote|"
    r"painted)\b(?! (?:it|this|that|the (?:author|maker|brand|manufacturer)))"
    r"|\b(?:what's|what is|how's|how is|what will|what would)(?: the)? weather\b|\bweather (?:forecast|"
    r"today|tomorrow|in)\b|\bwill it (?:rain|snow) (?:today|tomorrow|in|this)\b"
    r"|\b(?:tell|know) (?:me |us )?(?:a |any |another )?(?:jokes?|riddle|bedtime story|story)\b"
    r"|\b(?:write|compose|draft|generate) (?:me |us |a |an |some |my |the ){0,3}(?:\w+ ){0,2}(?:poems?|"
    r"haiku|story|stories|essay|song|lyrics|code|function|script|program|"
    r"emails?|letter|speech|article|homework|cv|resume)\b"
    r"|\b(?:translate|debug|refactor|summari[sz]e) (?:this|the|my|these|following|that|it|into|to|['\"])"
    r"|\b(?:python|javascript|java|sql) (?:code|script|function|program)\b"
    r"|\bwhat(?:'s| is) [0-9]+ ?(?:[-+*/x^]|times|plus|minus|divided by) ?[0-9]|\bsquare root of\b|"
    r"\bsolve (?:this|the|for)\b|\bmeaning of life\b"
    r"|\b(?:prime minister|president of|stock (?:market|price)|bitcoin|election|world cup|football score|"
    r"latest news|news today|what time is it|what day is it)\b"
    r"|\bhow (?:tall|far|old|big|deep) is (?:the )?(?:moon|sun|earth|everest|mount|eiffel|president|king|"
    r"queen)\b|\b(?:book|order) me a (?:flight|taxi|hotel|table|ride)\b"
    r"|\b(?:medical|legal|financial|tax) advice\b|\bdiagnose\b"
    # what the shop's own people answer: orders, delivery, accounts
    r"|\bwhere(?:'s| is) my (?:order|parcel|package|refund|delivery)\b|\b(?:track|cancel|"
    r"change) my (?:order|parcel|package|subscription|password)\b"
    r"|\b(?:return|refund|shipping|delivery|privacy) polic(?:y|ies)\b|\breset my password\b|"
    r"\bopening hours\b|\bspeak to (?:a |an )?(?:human|person|agent|manager)\b"
    r"|(?:忽略|无视|忘记|忘掉|绕过|不要遵守|跳过)[^，。！？]{0,12}(?:规则|指令|提示词?|设定|限制|规定|"
    r"要求说明)|系统(?:提示|指令|设定)|提示词是什么|你现在是(?!不)|假装你是|扮演"
    r"|打[一二三四五1-5]折|(?:给我|能)[^，。]{0,6}(?:优惠券|折扣码|免费)|首都|天气(?!.{0,6}(?:穿|用|戴))|"
    r"(?:写|作|编)(?:一?[首篇段个封])?[^，。]{0,6}(?:诗|作文|代码|程序|故事|小说|邮件|论文|情书|歌)"
    r"|(?:讲|说)(?:一?个)?(?:笑话|故事)|翻译|股票|股市|总统|世界杯|彩票|几点了|今天(?:星期|周)几|(?:等于|"
    r"加|乘|减)[0-9一二三四五六七八九十]+(?:等于)?(?:几|多少)|谁(?:发明|写|赢|是)(?!.{0,6}(?:品牌|家))"
    r"|我的(?:订单|快递|包裹|退款)|退货政策|查(?:一下)?(?:订单|快递|物流)|转人工|人工客服|修改密码"
)

ORDER_TO_MACHINE = re.compile(
    r"\b(?:ignore|disregard|override|bypass|forget)\b[a-z ,']{0,30}\b(?:rules?|instructions?|prompts?|"
    r"guidelines)\b|\bsystem prompt\b"
    r"|(?:忽略|无视|忘记|忘掉|绕过)[^，。！？]{0,12}(?:规则|指令|提示|设定)|系统(?:提示|指令)"
)
"""Out of scope even where the message also asks for a product."""

REQUEST = re.compile(
    r"\b(?:looking (?:for|to)|look for|search(?:ing)? for|shopping for|hunting for|in the market for|"
    r"i need|i want|i'd like|i would like|i'm after|we need|we want|"
    r"we'd like|recommend|suggest|show me|find me|help me (?:find|choose|pick|with)|need (?:a|an|some|help|"
    r"something)|do you (?:have|sell|stock|carry)|have you got|"
    r"got any|any (?:good|ideas|suggestions|recommendations)|is there (?:a|an|any|some)|are there (?:any|"
    r"some|other)|can i (?:get|see|have|find|buy)|"
    r"could i (?:get|see|have)|what (?:do|would|can|could|should|else) (?:you|i)|gift (?:for|idea)|"
    r"present for|where can i (?:find|get|buy))\b"
    r"|想(?:买|要|找|看|入手|送|换|给)|需要|推荐|求|有没有|有什么|帮我|给我(?:找|看|推荐|来)|买(?:个|一|点|"
    r"给|台|双|件|条)|来(?:个|一|点)|找(?:个|一|款|几)|换(?:个|一|成)|要(?:个|一|款|能|有|带|可以|适合|防)|"
    r"我要|选购|适合"
)

COMPARE = re.compile(
    r"\b(?:compar(?:e|es|ed|ing)|versus|vs|differ(?:s|ences?|ent from)?|pros and cons|side by side|"
    r"head to head|stack up|trade-?offs?)\b"
    r"|\bwhich (?:one |of (?:these|them|the(?: \w+)?(?: \w+)?|those) |is |are |has |one's |do you |"
    r"would you |\w+ is |\w+ has ){1,3}(?:\w+ ){0,4}?"
    r"(?:the )?(?:better|best|cheaper|cheapest|lighter|lightest|stronger|longer|\w+est|\w{3,}er|more|most|"
    r"recommend|suggest|choose)\b"
    r"|\bwhich (?:is|one|has|of (?:these|them|those|the))\b.{0,60}\bor\b|\bbetter than\b.{0,40}\?|\b(?:is|"
    r"are) (?:the )?\w+ (?:one )?(?:better|cheaper|lighter) than\b"
    r"|(?<!有)对比|比较(?:一下|下|看看)|比一(?:下|比)|比比|区别|相比|(?:哪|那)(?:个|款|一个|一款|种|台|"
    r"双)(?:更|比较|最)?(?:好|值|合适|适合|便宜|轻|小|大|划算|耐用|推荐|强|长|划得来|省)"
    r"|(?:有什么|有啥)(?:不同|不一样|差别|差异)|(?:哪|那)(?:个|款)(?:更|比较|最)|和[^，。？]{1,12}比|"
    r"第.(?:个|款)还是第"
)

ASK_START = re.compile(
    r"^(?:(?:and|but|so|ok|okay|also|well|hmm|um|yes|no|please|oh|hi|thanks|great|good|alright|"
    r"sorry)[ ,.!]+)*"
    r"(?:is|are|was|were|does|do|did|has|have|had|can|could|will|would|should|how|what|whats|what's|which|"
    r"why|where|when|who|whose|isn't|doesn't|don't|aren't|"
    r"can't|won't|am i|may|tell me|explain|any (?:idea|info|reviews)|more (?:info|information|details?)|"
    r"how's|who's|where's|why's|what're)\b"
)
ASK_ANYWHERE = re.compile(
    r"\b(?:tell me (?:more )?about|more (?:info|information|details?) (?:about|on)|i(?:'d|"
    r" would) like to know|wonder(?:ing)? (?:if|whether|how|what)|"
    r"what (?:do|did) you mean|can you (?:tell|explain|clarify|confirm)|could you (?:tell|explain|clarify|"
    r"confirm)|do you know (?:if|how|what|whether|anything)|"
    r"any reviews|reviews (?:for|of|on)|learn more about|know more about|what about (?:the|its|their|it)\b|"
    r"how about (?:the|its|their)\b|explain|(?:do|does|is|are|can|will|would) (?:it|they|this|"
    r"these) (?:\w+))\b"
    r"|为什么|为啥|怎么(?!办|选)|是不是|能不能(?!推荐|给我|帮|找|便宜)|可不可以(?!推荐|给我|帮)|会不会|"
    r"多少钱|多(?:大|重|长|高|宽|久|少)(?!都)|什么(?:材质|牌子|颜色|材料|成分|做的|意思|功能|时候)|哪里|"
    r"介绍一下|详细(?:说|介绍|信息)|说说|参数"
)
ASK_END_CHINESE = re.compile(r"(?:吗|呢|么|嘛)[？?。！!~～ ]*$|[？?] *$")
WHY = re.compile(r"\bwhy\b|为什么|为啥|怎么会")

ASKS_FOR_PRODUCTS = re.compile(
    r"^(?:\W|\b(?:and|but|so|ok|okay|also|well|hmm|yes|no|please|oh|hi|hello|thanks|great|alright|sorry|"
    r"hey|there|then|actually|now)\b)*(?:"
    r"(?:do|don't|did|would) you (?:guys )?(?:have|sell|carry|stock|got|offer|know of|keep|"
    r"happen)\b(?! (?:a |an |any )?(?:photos?|pictures?|images?|reviews?|warranty|idea|more info))"
    r"|(?:do|does) (?:they|it|this|that) come\b.{0,3}$|(?:do|does) (?:they|it) have (?:any|other|more|"
    r"different) \w+"
    r"|have you (?:got|any)\b|(?:can|could|would|will) you (?:please |maybe |possibly |just |"
    r"also )?(?:recommend|suggest|show|find|help|give|get|point|list|pick|look|offer|provide|assist|do|"
    r"bring|make|search|narrow)\b"
    r"|(?:can|could|may) (?:i|we) (?:please |also |maybe )?(?:see|get|have|find|buy|look|"
    r"try)\b(?!.{0,12}\b(?:images?|photos?|pictures?|reviews?|specs?|details?|video)\b)"
    r"|(?:what|which)(?: (?!is\b|are\b|about\b)\w+){0,4} (?:do|would|can|could|should|did|else) (?:you|i|"
    r"we)\b(?! (?:mean|know|think (?:of|about)))"
    r"|(?:what|which) (?!(?:is|are|about|kind|sort|type)\b)\w+ (?:would|will|could|might|can) (?:be|fit|"
    r"work|suit|match|meet)\b|(?:what|which) (?!(?:is|are|about|kind|sort|type|one)\b)\w+ (?:match|meet|"
    r"fit|suit)(?:es|s)?\b"
    r"|what (?:do|would|can|could|else|other|do) (?:you|i|do you|would you|are|have)\b(?! (?:mean|think))|"
    r"what else\b|what other\b"
    r"|(?:is|are|isn't|aren't) there (?:a|an|any|anything|some|something|one|other|more|"
    r"another)\b(?!\s?(?:\w+ )?(?:warranty|guarantee|difference|reviews?|reason|way|catch|discount|"
    r"instructions?|downside|risk))"
    r"|what(?:'s| is| are) (?:a|an|some|something|anything|other|the other|your best|the best|the cheapest|"
    r"good|the most) (?!(?:difference|price|size))\w+"
    r"|(?:what|how) about (?:a |an |some |in |something |one |under |anything |hiking|those with|with )|"
    r"how about [a-z]+(?: [a-z]+)?\??$|where (?:can|could|do) i (?:find|get|buy)\b(?! (?:it|this|that|"
    r"them)\b)"
    r"|(?:anything|any|something|some)\b(?! (?:reviews|idea (?:how|what|if)))"
    r")"
)
ASKS_FOR_PRODUCTS_CHINESE = re.compile(
    r"^\W*有(?!保修|质保|说明|评价|发票|现货|优惠|什么)[^，。？?]{1,8}(?:吗|么|没有?)[？?]?$|推荐|"
    r"有没有(?!.{0,8}(?:保修|说明书|评价|蓝牙功能))|有什么(?!区别|不同|不一样|差|功能|缺点|优点|颜色)|"
    r"有哪些|(?:有|来)[^，。]{0,8}(?:点|些|小|轻|便宜|大)(?:的)?(?:吗|么|没)|还有(?:别的|其他|没有|更)?|"
    r"能不能(?:推荐|给我|帮|找|便宜)|帮我|(?:别的|其他|其它)(?:的)?(?:牌子|品牌|款|颜色|选择|推荐)|(?:想|"
    r"要)(?:买|找|看看|入手)|换(?:一)?(?:个|款|批|成|双)|给我(?:看|找|推荐|来)|求"
)

GREETING = (
    r"hi|hello|hey|hiya|howdy|yo|good (?:morning|evening|afternoon|day|night)|greetings|"
    r"thanks?(?: you)?(?: (?:so|very) much| a lot| a bunch| again)?|thx|ty|cheers|"
    r"much appreciated|appreciate it|bye|goodbye|see you(?: later| soon)?|take care|have a (?:nice|good|"
    r"great) (?:day|one|evening|weekend)|you too|ok(?:ay)?|k|cool|nice|great|awesome|"
    r"perfect|brilliant|excellent|fantastic|fabulous|a+h+a*h*|i don't|i do|wow|lol|haha+|sure|yes|yeah|yep|"
    r"yup|no|nope|nah|right|alright|got it|i see|understood|makes sense|sounds (?:good|great|interesting|"
    r"perfect|amazing)|fine|good|"
    r"i don't|i do|no (?:thanks|thank you|problem|worries)|that(?:'s| is) (?:great|good|all|it|helpful|"
    r"fine|ok|cool|perfect|interesting|amazing)(?: (?:for now|thanks|to know|information))?|"
    r"that helps(?: a lot)?|that will be all|i'?m (?:done|good|fine|all set)|(?:just )?(?:browsing|"
    r"looking around)|how are you(?: doing)?(?: today)?|what's up|sup|how's it going|"
    r"who are you|what(?:'s| is) your name|are you (?:a |an )?(?:real|human|bot|robot|ai|person|machine|"
    r"there|still there)(?: (?:person|human))?|what can you do|what do you do|"
    r"how do(?:es)? (?:you|this) work|can you help(?: me)?|i need (?:some |your )?help|help(?: me)?|"
    r"nice to meet you|you'?re (?:great|awesome|funny|welcome|the best|so helpful)|never ?mind|forget it|"
    r"let me think(?: about it| a bit)?|i'?ll think about it|i(?:'ll|"
    r" will) (?:definitely )?(?:check it out|take a look)|not really|well done|good job|i love you|"
    r"i'?m bored|"
    r"(?:thank you )?for (?:all )?(?:your|the) (?:help|time|advice|suggestions?|assistance|"
    r"recommendations?)(?: today)?|there|everyone|so much|friend|mate|guys|oh|hmm+|um+|uh+|well|please|"
    r"just|that|really|so|very|and|to you|today|again|kindly|then|you|for now"
)
SMALLTALK = re.compile(rf"^(?>\W*+(?:{GREETING})\b)++\W*$")
SMALLTALK_CHINESE = re.compile(
    r"^\W*+(?:(?>你好|您好|哈喽|嗨|在吗|在么|早上好|早安|晚上好|下午好|晚安|谢谢(?:你|您|啦|了|推荐|帮忙)*|"
    r"多谢|感谢(?:你|您)?|(?:很)?有(?:帮助|用)|帮大忙了|谢啦|好的?|嗯+|哦+|噢|行|可以|没问题|不客气|再见|"
    r"拜拜|辛苦了?|哈+|厉害|不错|太(?:好|棒)了|棒|明白了?|知道了|了解了?|收到|没事了?|不用了?|算了|是的?|"
    r"对的?|"
    r"你是谁|你叫什么(?:名字)?|你是(?:机器人|真人|人|ai)(?:吗|么)?|你能(?:做|干)(?:什么|啥|些什么)|"
    r"你会(?:做)?什么|最近怎么样|吃了吗|随便看看|我再想想|再想想|我考虑一下|先这样吧?|就这样吧?|就这些|"
    r"没了|啊|呀|啦|吧|哟|哈|非常|真的?|很|了|你|您)\W*+)++$"
)

OPINION = re.compile(
    r"\b(?:love|like|adore|perfect|great|beautiful|gorgeous|lovely|amazing|awesome|brilliant|excellent|"
    r"wonderful|nice|good|ideal|best|better|exactly what|happy|impressive|impressed|"
    r"suits?|fits?|covers?|meets?|ticks?|up to the job|satisf\w+|favou?rite|cool|interesting|stylish|"
    r"elegant|what i(?:'m| am) (?:after|looking for)|the one|take (?:it|this|that|these|them)|want (?:it|"
    r"this|that|these|them)|"
    r"(?:buy|purchase) (?:it|this|that|these|them)|choose (?:it|this|that)|pick (?:it|this|that)|"
    r"keep (?:it|this|that))\b|喜欢|不错|很好|挺好|满意|好看|漂亮|完美|心动|就(?:它|这个|这款)"
)
"""Praise that counts where only a pronoun points."""

LIKE = re.compile(
    r"\b(?:love|like|liked|loved|adore|prefer|preferring|perfect|great|beautiful|gorgeous|lovely|amazing|"
    r"awesome|brilliant|excellent|wonderful|nice|good choice|good option|exactly what|ideal|"
    r"take|choose|chose|buy|have|go with|going with|want|pick|keep|interested in|best|a try|purchase|"
    r"happy with|suits|sold|favou?rite|fits (?:me|my)|sounds (?:good|great|perfect|like)|looks (?:good|"
    r"great|nice|perfect|better)|is the one|decided on)\b"
    r"|喜欢|不错|很好|挺好|满意|就(?:它|这个|这款|要|选|买)|要这|选这|买这|我要第|太好了|太棒|好看|漂亮|"
    r"完美|心动|可以的"
)
DISLIKE = re.compile(
    r"\b(?:hate|dislike|ugly|awful|terrible|horrible|tacky|bad|worst|boring|too \w+|not feeling|not for me|"
    r"not my (?:style|taste|thing)|not a fan|not keen|not what|not into|not good|not great|disappoint\w*|"
    r"(?:don't|do not|didn't|dont|doesn't|does not|not) (?:really )?(?:like|love|want|fancy|care for|suit|"
    r"work for|convince|look|meet|fit|have|seem|think|buy)|wouldn't (?:suit|work|fit|be)|can't stand|"
    r"no good|made my|gave me|broke|"
    r"leaked|smells|itch\w*|allergic|cheap looking|looks cheap|rubbish|garbage|won't work|won't do|"
    r"isn't (?:right|what|for|good|suitable|my)|unsuitable|returned)\b"
    r"|不喜欢|不好看|难看|太丑|丑|讨厌|不想要|不要第|不要这|不要那|不适合|不合适|不满意|太[一-鿿]{1,3}了|"
    r"不行|过敏|难用|失望|不好用|算了吧|换掉|用过|不太(?:好|行|喜欢)"
)
HAS_ALREADY = re.compile(
    r"\b(?:already (?:has|have|had|got|own|owns|bought)|(?:has|have|had|got|own|owns|bought) (?:that|this|"
    r"it|one|them|those|these)?(?: one)?\s?(?:\w+ )?already|"
    r"(?:has|have|had|got|own|owns) (?:that|this|it|them)(?: one)?\b)|已经(?:有|买)|(?:买|用)过了|"
    r"有(?:一个)?了$|早就有"
)
REJECT = re.compile(
    r"(?:^|[,.;!?]\s*|\b(?:please|but|ok|no)\s)(?:definitely |certainly |please )?(?:not|no to|skip|drop|"
    r"remove|lose|anything but|without)\s*$|(?:不要|别要|除了|去掉|换掉|不想要)\s*$"
)

MORE = re.compile(
    r"^\W*(?:(?:can|could) (?:you|i) (?:please )?|please |and |ok |yes |no |do you have |have you got |"
    r"is there |are there |got |got any |let me see )*(?:show me |see |give me |i want |i'd like |"
    r"list )?(?:any |some |a few )?"
    r"(?:more|others?|other (?:options?|ones?|suggestions?|recommendations?|choices?|products?|models?|"
    r"items?)|something else|anything else|next|next page|another(?: (?:one|option|suggestion|"
    r"recommendation))?|different (?:ones?|options?)|"
    r"alternatives?|more (?:options?|suggestions?|choices?|like (?:this|that|these)|please|"
    r"recommendations?)|what else(?: (?:do you have|is there|have you got|you got))?|"
    r"(?:any )?other(?:s)?(?: recommendations?| options?)?)"
    r"(?: (?:please|available|to choose from|out there|you have|you can give|do you have|i compare|then|"
    r"for me))*\W*$"
    r"|^\W*(?:还有(?:别的|其他的?|更多|吗|没有?|什么)*(?:推荐|选择|款式)?(?:吗|么|呢|没有?)?|再(?:来|看|"
    r"推荐|给我)[^，。]{0,8}|换一批|换(?:一)?个|下一(?:个|批|页)|更多|别的(?:呢|吗)?|其他的?(?:呢|吗)?)\W*$"
)

RESTART = re.compile(
    r"\b(?:(?:i'm |i am |im |we're |am |now |also |next |then )*(?:looking|searching|shopping|hunting) for|"
    r"(?:now|also|next|instead|too|different),? (?:i |we )?(?:need|want|'d like)|(?:can|"
    r"could) you (?:recommend|suggest|find)(?: me)?|"
    r"do you (?:sell|have|stock|carry)|i (?:also |now )?(?:need|want)|i'd like|show me|find me|gift for|"
    r"present for)\s(?:me\s)?(?:to buy\s|to get\s)?(?P<article>an?|some|"
    r"new)\s(?P<rest>[^,.;!?\n\x1f]{2,60})"
    r"|(?:想买|要买|想找|再买|还想买|帮我(?:找|选|挑)|推荐)(?:一)?(?:个|款|双|台|件|条|些|点|瓶|支|把|张|"
    r"盒|套|下|几款)?(?P<rest_zh>[^，。！？,.!?\x1f]{2,20})"
)
PART_OF_PRODUCT = re.compile(
    r"\b(?:battery|screen|display|strap|handle|colou?r|size|weight|design|look|life|storage|memory|ram|"
    r"keyboard|port|zoom|resolution|quality|sound|grip|zip|pocket|pockets|lid|face|model|option|one|thing|"
    r"feature|brand|version|"
    r"material|finish|smell|scent|price|budget|warranty|performance|connection|speed|lens|viewfinder|focus|"
    r"gps|tracker|sensor|microphone|camera app|fit|cut|style|pattern|hood|sole|alternative|different|"
    r"longer|bigger|smaller|lighter|cheaper|better|stronger)\b"
    r"|电池|屏幕|颜色|续航|质量|款式|尺寸|大小|重量|价格|便宜|小一?点|大一?点|轻一?点|样子|功能|别的|其他|更"
)
BUDGET_QUESTION = re.compile(r"\b(?:budget|price|spend|how much|cost)\b|预算|价位|价格|多少钱")

BUYS = re.compile(
    r"\b(?:looking for|recommend|suggest|show me|find me|gift|present|buy|do you (?:have|sell|stock)|"
    r"need an?|want an?|anything|something)\b(?! (?:discount|poem|story|joke|coupon))"
    r"|想买|推荐|要买|想找|买(?:个|一|本)"
)
"""A wish for a product, which makes "a book about the capital of Peru" this shop's business."""

COMPARE_PLAINLY = re.compile(
    r"\bcompar(?:e|es|ing)\b|\bwhich (?:one|of (?:these|them|those))\b|\bversus\b|\bvs\b|\bdifference|"
    r"(?<!有)对比|比较(?:一下|下)|比一(?:下|比)|区别"
)

NEEDS = re.compile(
    r"\b(?:look(?:ing)? (?:for|to)|need|needs|want|wants|would like|'d like|prefer|must|should|has to|"
    r"have to|recommend|suggest|hoping|ideally|budget|please|gift|"
    r"instead|rather|replace(?:ment)?|alternative|something|anything|without|but not|no more|important|"
    r"love|loves|likes|enjoys?|for my|for a|for the|she|he)\b"
    r"|想|要|需要|推荐|希望|最好|适合|预算|喜欢|送|给|找|换"
)
"""A sentence of a letter that speaks of needs, not of what went wrong."""

ASKS_WITH_FEEDBACK = re.compile(
    r"\b(?:want|need|prefer|something|anything|instead|rather|show|find|looking for|give|but|more|less|"
    r"another|similar|would like|'d like|with)\b|要|想|换|找|推荐|更|点"
)
"""What a judging clause needs before its words become needs."""

SIMILAR_TO_IT = re.compile(
    r"\b(?:(?:similar to|like|same as) (?:this|that|it|these|those|them)|(?:have|get|see|find|do) (?:it|"
    r"this|that|these|those|them) (?:in|with|without))\b"
)
