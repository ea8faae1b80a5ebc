/** Thousands of conversations and messages, written into the database as the program would have over the years. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";

const HEAD = `
import sqlite3, sys, json, time
db = sqlite3.connect(sys.argv[1], timeout=60)
db.row_factory = sqlite3.Row
now = int(time.time() * 1000)
`;

const run = (data, script, ...given) =>
  execFileSync("python3", ["-c", HEAD + script, join(data, "familiar.db"), ...given.map(String)]);

/** Writes so many messages into a conversation. */
export function fillConversation(data, conversation, count) {
  run(
    data,
    `
conversation, count = sys.argv[2], int(sys.argv[3])
def uid(n): return "%08x-%04x-7000-8000-%012x" % ((now - count + n) >> 16 & 0xffffffff, (now - count + n) & 0xffff, n)
owner = db.execute("SELECT owner FROM conversation WHERE id = ?", (conversation,)).fetchone()[0]
parent, rows = None, []
for n in range(count):
    asked = n % 2 == 0
    text = "Question %d: what about it?" % n if asked else (
        "Answer %d has **some** words, a list and code.\\n\\n- one\\n- two\\n- three\\n\\n\`\`\`js\\nconst answer = %d;\\n\`\`\`\\n\\n" % (n, n)
        + "It goes on for a few sentences, as answers do. " * 6)
    body = {"language_model": not asked, "model": "openai/gpt-4o-mini"}
    rows.append((uid(n), owner, conversation, parent, "user" if asked else "assistant", "complete", text, json.dumps(body), now - count + n))
    parent = uid(n)
db.executemany("INSERT INTO message (id, owner, conversation_id, parent_id, role, status, text, body, created_at) VALUES (?,?,?,?,?,?,?,?,?)", rows)
db.execute("UPDATE conversation SET leaf_id = ? WHERE id = ?", (parent, conversation))
db.commit()
`,
    conversation,
    count,
  );
}

/** Puts so many like this one before it, an hour after the other: "Number 1" is the latest of them. */
export function addConversations(data, like, count) {
  run(
    data,
    `
like, count = sys.argv[2], int(sys.argv[3])
row = dict(db.execute("SELECT * FROM conversation WHERE id = ?", (like,)).fetchone())
rows = []
for n in range(1, count + 1):
    at = row["created_at"] - n * 3600000
    rows.append({**row, "id": "%08x-%04x-7000-8000-%012x" % (at >> 16 & 0xffffffff, at & 0xffff, n), "title": "Number %d" % n,
        "created_at": at, "updated_at": at})
names = list(row)
db.executemany("INSERT INTO conversation (%s) VALUES (%s)" % (", ".join(names), ", ".join(":" + name for name in names)), rows)
db.commit()
`,
    like,
    count,
  );
}
