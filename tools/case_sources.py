"""The register of sources of one case: every citation once, with an id, terms and licence."""

import re
from dataclasses import dataclass, field

Fields = dict[str, str]

CEADS_TERMS = "free use, must be cited (Guan et al. 2021; Shan et al. 2016, 2018, 2020, 2022); not to be republished as one's own data"
TERMS = [
    ("ceads", "CEADs", CEADS_TERMS),
    ("edgar", "CC BY 4.0 (EDGAR)", "cite EDGAR; aggregated by a third party"),
    ("县级碳排放", "CC BY 4.0 (EDGAR)", "cite EDGAR; aggregated by a third party"),
    ("gem,", "CC BY 4.0 (Global Energy Monitor)", "cite Global Energy Monitor"),
    ("wri/", "CC BY 4.0 (WRI)", "cite World Resources Institute"),
    ("xing et al", "CC BY 4.0", "cite Xing et al. 2021"),
    ("cnmaps", "MIT wrapper; geometry Amap", "not for publication: no 审图号, datum not stated"),
    ("iea", "IEA terms", "cite IEA; check the terms before redistribution"),
    ("gcam", "facts; repository terms not checked", "cite GCAM-China and the original statistics"),
]
DEFAULT_TERMS = ("facts; no data licence stated", "cite")


@dataclass
class Sources:
    """Ids by citation, in the order of first use, so that a re-run gives the same ids."""

    rows: dict[str, Fields] = field(default_factory=dict)
    _by_citation: dict[tuple[str, str], str] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)

    def add(self, ident: str, citation: str, url: str = "", note: str = "", **terms: str) -> str:
        """Register a named source; the same id twice keeps the first."""
        if ident not in self.rows:
            licence, show = _terms(f"{citation} {url}")
            self.rows[ident] = {
                "id": ident,
                "citation": citation,
                "url": url,
                "licence": terms.get("licence", licence),
                "terms": terms.get("terms", show),
                "note": note,
            }
        return ident

    def cite(self, prefix: str, citation: str, url: str = "") -> str:
        """The id of a citation; a new one is `prefix-01`, `prefix-02` …"""
        key = (citation, url)
        if key not in self._by_citation:
            self._counts[prefix] = self._counts.get(prefix, 0) + 1
            ident = f"{prefix}-{self._counts[prefix]:02d}"
            self._by_citation[key] = self.add(ident, citation or "not stated", url)
        return self._by_citation[key]

    def origin(self, prefix: str, text: str) -> str:
        """The id of a `source_url_or_repo` cell, which holds an address, a description, or both."""
        found = re.search(r"https?://\S+", text)
        return self.cite(prefix, text, found.group(0) if found else "")


def _terms(text: str) -> tuple[str, str]:
    lowered = text.lower()
    for word, licence, show in TERMS:
        if word in lowered:
            return licence, show
    return DEFAULT_TERMS
