"""Ownership of a peak or neutrality: the plan's own, or of the nation, another level, a firm, a foreign country.

The nearest actor of the sentence in front of the milestone owns it: 国家提出…,全市力争… is the city's. Words that are
neither the place of the plan nor a sector name another actor, so that an unfamiliar name gives no promise.
"""

import re

from dafeng.plan.patterns.table import pattern
from dafeng.plan.targets.clause_state import Issuer

_NO_DISTRICT = pattern("milestones.no_district")
_DISTRICTS = pattern("milestones.districts")
_PLACE_OF_PLAN = pattern("milestones.place_of_plan")
_PLACE_BELOW = pattern("milestones.place_below")
_COMPARED = pattern("milestones.compared")
_REACHES = pattern("milestones.reaches")
_FARTHEST = 300
"""Characters in front of a milestone in which its actor is looked for: keeps the search linear."""
_YEARS = pattern("milestones.years")
_STATED = pattern("milestones.stated")
_OTHERS = pattern("milestones.others")
_NATION_ONLY = pattern("milestones.nation_only")
_NOT_ACTING = pattern("milestones.not_acting")
"""Phrases with a nation or a province that does not act: 在全国率先, 与全省同步, 按照国家要求."""
_URGED = pattern("milestones.urged")
_PEAK = pattern("milestones.peak_words")
_ADVERB = pattern("milestones.adverb")
_SECTORS = pattern("milestones.sectors")
_SECTOR_NOUN = pattern("milestones.sector_noun")
_OWN_WORDS = {
    "province": pattern("milestones.own_province"),
    "city": pattern("milestones.own_city"),
    "county": pattern("milestones.own_county"),
    "nation": pattern("milestones.own_nation"),
    "unknown": pattern("milestones.own_unknown"),
}
_ORDERED = pattern("milestones.ordered")
"""省政府要求我市2029年前达峰: what is asked of the plan's own place is its own."""
_SPEAKER_IN_FRONT = pattern("milestones.speaker_in_front")
_QUOTES = pattern("milestones.quotes")
_GUIDES = pattern("milestones.guides")
_IS_WHAT = pattern("milestones.is_what")


def owns(text: str, at: int, end: int, issuer: Issuer) -> bool:
    """Check whether the milestone `text[at:end]` is the plan's own promise.

    Parameters
    ----------
    text : str
        Normalised text of the plan.
    at, end : int
        Character offsets of the words of the milestone.
    issuer : Issuer
        Level and title of the plan: decide which places are its own.
    """
    start = _sentence_start(text, at)
    stop = _sentence_end(text, end)
    if _IS_WHAT.match(text, end, stop):
        return False
    own = not _announced_before(text, start, issuer)
    clauses = re.split(r"[,;:]", text[start:at])
    for clause in clauses[:-1]:
        own = _after(clause, own, issuer)
    return _in_its_clause(clauses[-1], text[end:stop], own, issuer)


def _sentence_start(text: str, at: int) -> int:
    begin = max(0, at - _FARTHEST)
    return max(begin, *(text.rfind(mark, begin, at) + 1 for mark in "。\n"))


def _sentence_end(text: str, end: int) -> int:
    stops = [p for mark in "。\n" if (p := text.find(mark, end, end + _FARTHEST)) >= 0]
    return min(stops, default=min(len(text), end + _FARTHEST))


def _announced_before(text: str, start: int, issuer: Issuer) -> bool:
    """Check whether the sentence in front announces another's: 我国向国际社会作出庄严承诺。2030年前…"""
    if issuer.level == "nation" or text[start - 1 : start] != "。":
        return False
    before = text[_sentence_start(text, start - 1) : start - 1]
    return bool(_SPEAKER_IN_FRONT.search(before) and _OTHERS.search(before))


def _after(clause: str, own: bool, issuer: Issuer) -> bool:
    """Return whether the milestone is still the plan's own behind a clause in front of it."""
    words = _NOT_ACTING.sub("", _YEARS.sub("", clause))
    if _URGED.search(words):
        return False
    if _PEAK.search(words) and re.search(r"20\d\d", clause):
        return _is_own_subject(_PEAK.split(words)[0], own, issuer)
    if _own_words(issuer).search(words):
        return True
    if _others(issuer).search(words) and (_STATED.search(words) or _PEAK.search(words)):
        return False
    return own


def _in_its_clause(before: str, after: str, own: bool, issuer: Issuer) -> bool:
    """Check the words of its own clause in front of the milestone."""
    bare = _YEARS.sub("", before)
    step = _NOT_ACTING.search(bare)
    words = _NOT_ACTING.sub("", bare)
    if not step and _QUOTES.search(bare) and (_GUIDES.match(after) or not _REACHES.search(bare)):
        return False
    if _URGED.search(bare + "达峰"):
        return False
    mine = _own_words(issuer)
    ordered = _ORDERED.search(words)
    if ordered and mine.match(words, ordered.end()):
        return _is_own_subject(words[ordered.end() :], own, issuer)
    at_last = [match.end() for match in mine.finditer(words)]
    others = [match.end() for match in _others(issuer).finditer(words)]
    if others and max(others) > max(at_last, default=-1):
        return False
    return _is_own_subject(words, own, issuer)


def _is_own_subject(words: str, own: bool, issuer: Issuer) -> bool:
    """Check that a subject names the place of the plan or a sector; without a subject the sentence decides."""
    figure, _, behind = words.rpartition("并")
    words = behind if re.search(r"\d", figure) else words
    mine = _own_words(issuer)
    named_here = mine.search(words)
    rest = mine.sub("", re.sub(r"\([^()]*\)", "", words))
    rest = _ADVERB.sub("", _PEAK.sub("", rest))
    if not rest:
        return own or named_here is not None
    left = _SECTORS.sub("", rest)
    return not left and (own or named_here is not None) and bool(_SECTOR_NOUN.search(rest))


def _level(issuer: Issuer) -> str:
    """Return the level of a plan; its title separates a district, county or park from its city."""
    if issuer.level != "city":
        return issuer.level
    title = _NO_DISTRICT.sub("", issuer.title.split("关于")[0])
    names = _DISTRICTS.findall(title)
    return "county" if names and names[-1][-1] in "县区旗镇乡道" else "city"


def _own_words(issuer: Issuer) -> "re.Pattern[str]":
    """Return the words that name the place of the plan."""
    level = _level(issuer)
    place = _PLACE_OF_PLAN.match(
        issuer.title,
    )
    words = [_OWN_WORDS[level].pattern]
    if place and level not in ("nation", "unknown"):
        name = re.escape(place.group("name"))
        words.append(f"{name}|{name[:-1]}" if len(name) > 2 else name)
        if level == "county":
            inner = issuer.title[place.end() :]
            below = _PLACE_BELOW.match(inner)
            words = [_OWN_WORDS[level].pattern, re.escape(below.group() if below else place.group("name"))]
    return re.compile("|".join(words))


def _others(issuer: Issuer) -> "re.Pattern[str]":
    """Return the words of other levels: none above the nation."""
    return _OTHERS_BY_LEVEL[_level(issuer)]


_OTHERS_BY_LEVEL = {
    "nation": pattern("milestones.nobody"),
    "province": _NATION_ONLY,
    "unknown": _NATION_ONLY,
    "city": pattern("milestones.others_of_city"),
    "county": pattern("milestones.others_of_county"),
}
_OF_UPPER = {
    "city": pattern("milestones.value_above_city"),
    "province": pattern("milestones.value_above_province"),
}


def is_of_another(words: str, issuer: Issuer) -> bool:
    """Check whether the words in front of a value say whose it is, and that is a level above: 全省装机达到6500万千瓦.

    A share of the province (占全省比重) is the plan's own.
    """
    pattern = _OF_UPPER.get(issuer.level)
    found = pattern.match(words) if pattern else None
    return found is not None and not _COMPARED.search(found.group())
