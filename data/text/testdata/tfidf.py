"""Writes tfidf.json: what scikit-learn 1.2 makes of some texts.

    python3 data/text/testdata/tfidf.py
"""

import json
import os

import sklearn
from sklearn.feature_extraction.text import TfidfVectorizer

train = [
    "the cat sat on the mat", "the dog sat on the log", "cats and dogs", "the the the cat", "a dog a cat a mat", "zebra été naïve",
]
test = ["the cat and the dog", "unknown words only", "", "été été mat mat mat zebra sat", "on on on on"]

cases = []
for name, ngrams, options in [
    ("plain", (1, 1), {}),
    ("sublinear", (1, 1), {"sublinear_tf": True}),
    ("bigrams", (1, 2), {"min_df": 2}),
    ("few", (1, 1), {"max_features": 4}),
]:
    v = TfidfVectorizer(token_pattern=None, tokenizer=str.split, lowercase=False, ngram_range=ngrams, **options)
    v.fit(train)
    cases.append({
        "name": name, "lo": ngrams[0], "hi": ngrams[1], "sublinear": options.get("sublinear_tf", False),
        "min_texts": options.get("min_df", 1), "max_terms": options.get("max_features", 1000),
        "terms": v.get_feature_names_out().tolist(), "idf": v.idf_.tolist(), "rows": v.transform(test).toarray().tolist(),
    })

path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tfidf.json")
with open(path, "w") as f:
    lines = ",\n".join(json.dumps(c, ensure_ascii=False) for c in cases)
    f.write('{"made_with": "scikit-learn %s", "train": %s, "test": %s, "cases": [\n%s\n]}\n' % (
        sklearn.__version__, json.dumps(train, ensure_ascii=False), json.dumps(test, ensure_ascii=False), lines))
