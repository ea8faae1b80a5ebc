"""Turns a test collection in SMART's format (Cranfield, CISI) into a folder in the format of BEIR.

    python3 smart.py DOCUMENTS QUERIES JUDGEMENTS FOLDER

Documents and queries are numbered by their order, to which the judgements refer, whatever stands behind `.I`.
Cranfield's judgements have a code, 1 (a complete answer) to 4 (of minimum interest): it becomes a gain of 4 to 1.
CISI's have none: a gain of 1.
"""

import json
import pathlib
import re
import sys


def records(path):
    """The fields of each record, by the letter that begins them."""
    text = pathlib.Path(path).read_text(encoding="utf-8", errors="replace")
    for record in re.split(r"^\.I\s+\d+\s*$", text, flags=re.MULTILINE)[1:]:
        parts = re.split(r"^\.([A-Z])\s*$", record, flags=re.MULTILINE)[1:]
        yield {letter: " ".join(body.split()) for letter, body in zip(parts[::2], parts[1::2])}


def judgements(path):
    """Query, document, gain."""
    for line in pathlib.Path(path).read_text().splitlines():
        cells = line.split()
        if len(cells) == 3:
            yield cells[0], cells[1], max(0, 5 - int(cells[2])) if int(cells[2]) > 0 else 0
        elif len(cells) >= 2:
            yield cells[0], cells[1], 1


def main(documents, queries, judged, folder):
    folder = pathlib.Path(folder)
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    with open(folder / "corpus.jsonl", "w", encoding="utf-8") as out:
        for number, record in enumerate(records(documents), 1):
            text = record.get("W", "")
            title = record.get("T", "")
            # Cranfield's texts begin with their titles.
            text = text.removeprefix(title).strip() if title else text
            out.write(json.dumps({"_id": str(number), "title": title, "text": text}) + "\n")
    with open(folder / "queries.jsonl", "w", encoding="utf-8") as out:
        for number, record in enumerate(records(queries), 1):
            out.write(json.dumps({"_id": str(number), "text": record.get("W", "")}) + "\n")
    with open(folder / "qrels" / "test.tsv", "w", encoding="utf-8") as out:
        out.write("query-id\tcorpus-id\tscore\n")
        for query, document, gain in judgements(judged):
            out.write(f"{query}\t{document}\t{gain}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
