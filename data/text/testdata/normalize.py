"""Writes normalize.json: what Python's unicodedata and str make of some texts.

    python3 data/text/testdata/normalize.py
"""

import json
import os
import unicodedata

texts = [
    "", "plain", "Ångström", "A\u030angstro\u0308m", "ﬁancé ²³ ½ Ⅳ ①", "Straße GROẞ", "ΑΣ ΣΑΣ ΟΔΟΣ.", "İstanbul ısı",
    "한국어 \u1112\u1161\u11ab", "がギ \u304b\u3099", "ạ\u0323\u0302 o\u0302\u0323", "Ṩ s\u0323\u0307", "Łódź øre đ",
    "Ｆｕｌｌ ｗｉｄｔｈ ﾊﾝｶｸ", "नमस्ते दुनिया", "עִבְרִית", "e\u0301\u0301 \u0301", "ĳ Ǆ ǅ", "K Å Ω", "\ufb20\ufb49", "𝔘𝔫𝔦 𝟜𝟚",
    "a\u200db 👩\u200d👩\u200d👧", "ﷺ", "ſt ﬅ", "Ⅷ ⅷ Ⓐ", "Ǆemal ŉ ΐ", "\u0345\u1fb3 ᾳ ᾼ",
]

cases = []
for t in texts:
    plain = "".join(c for c in unicodedata.normalize("NFD", t) if unicodedata.category(c) != "Mn")
    cases.append({
        "text": t, "nfc": unicodedata.normalize("NFC", t), "nfd": unicodedata.normalize("NFD", t),
        "nfkc": unicodedata.normalize("NFKC", t), "nfkd": unicodedata.normalize("NFKD", t),
        "lower": t.lower(), "fold": t.casefold(), "strip_accents": plain, "spaces": " ".join(t.split()),
    })

path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "normalize.json")
with open(path, "w") as f:
    lines = ",\n".join(json.dumps(c) for c in cases)
    f.write('{"made_with": "unicodedata %s", "cases": [\n%s\n]}\n' % (unicodedata.unidata_version, lines))
