"""Words that tell little of what a question is about.

`EMPTY` ones are left out of a search unless there are no others. `COMMON` ones weigh less than
their rarity in the texts suggests: in a manual "remember" may stand once and "function" on every
page, and it is still the function that is asked for. Small words of German, French and Spanish are
here too, where English has no such word.
"""

EMPTY = frozenset(
    """
    a am an and are as at be been but by can could d did do does doing doesn don for from had has
    have he her him his how i if in into is isn it its ll m me my no not of on or our re s shall she
    should so such t than that the their them then there these they this those to us ve was we were
    what when where which while who whom whose why will with would you your
    """.split()
)

COMMON = frozenset(
    """
    about above across actual actually after again against ago all allow allowed almost alone along
    already also although always among amount another answer any anybody anyone anything anyway apart
    around ask available away back bad became because become before began begin behind being believe
    below best better between beyond big bit both bring brought call called came cannot care case
    cause certain certainly change clear close come common complete consider couple day days deal
    different difficult done down due during each early earlier easy eat effect either else end enough
    entire especially etc even ever every everybody everyone everything exactly example except fact
    fall far feel felt few find fine first five follow following found four free full further gave
    general get gets getting give given gives giving go goes going gone good got great group half hand
    happen happened happens hard having hear help here hers herself high himself hold hope however
    idea important indeed instead interested itself just keep keeps kept kind knew know known knows
    large last late later least leave leaves left less let lets like likely little live long look
    looked looking looks lot low made main make makes making many matter may maybe mean means meant
    might mind mine more most mostly move much must myself near nearly necessary need needed needs
    neither never new next nice nobody none nor normal nothing now number off often oh old once one
    ones only onto open order other others otherwise ought ours ourselves out over own part particular
    past people per perhaps place plan please point possible possibly probably problem purpose put puts
    putting question quick quickly quite rather reach read ready real really reason recent regard
    related remain remember right room rule run running runs said same saw say saying says second see
    seem seems seen sent set several show shown shows side simple simply since six small some somebody
    somehow someone something sometimes somewhere soon sort still stop straight suggest suppose sure
    take taken takes taking talk tell ten thank theirs themselves therefore thing things think third
    though thought three through thus till time times today together told tomorrow too took toward
    towards tried true try trying turn turned turns twice two type under understand until up upon use
    used useful uses using usual usually various very via wait waiting walk want wanted wants way ways
    well went whatever whenever wherever whether whoever whole wish within without wonder word words
    work works write written wrong year years yes yet yours yourself

    aber als auch auf aus bei das dass dem der dir du durch ein eine einem einen einer eines er für
    gibt habe haben hatte ich ihm ihr ist kann können mich mir nach nicht noch oder sich sie sind
    und uns unter vom von vor warum wenn werden wie wieviel wir wird wurde wurden zu zum zur über
    aux avec ce ces cette comment dans de elle elles et étaient était être il ils je leur leurs mes
    où pourquoi quand que quel quelle quels quelles qui quoi sont votre vous al cómo como cual cuál
    cuando cuándo donde dónde el ella ellos eran esa ese esta este está están fue lo los muy más
    para pero porque por qué quién según sí sus yo alle alles andere dann denn diese dieser dieses
    einige ganz gegen hier immer jede jeder kein keine mehr mein meine muss nur ob ohne schon sehr
    seine seit soll was wer wo alors aussi autre avant avoir bien chez comme deux encore entre faire
    même peut tous tout toute très antes aquí cada hace hacer hasta nos otra otro puede sobre
    también tiene todo todos
    """.split()
)
