/** One of everything that the page shows, made by the API, so that a test can go through every screen. */
import { eventually } from "./browser.mjs";

const ANSWER = `## How it works

A gateway stands between programs and models.

- It **counts** what each call costs (\`$0.02\`).
- It asks another model when one fails.

| Model | Price |
|---|--:|
| gpt-4o | 2.50 |

\`\`\`rust
fn main() {
    println!("hello");
}
\`\`\`
`;
const ARABIC_ANSWER = `## كيف يعمل

تقف البوابة بين البرامج والنماذج، مثل \`gpt-4o\`.

1. تحسب تكلفة كل استدعاء.
2. تسأل نموذجًا آخر عند الفشل.

> اقتباس قصير.
`;

/** Answers the names of what it made, for addresses. */
export async function furnish(familiar, upstream) {
  const { api } = familiar;
  const script = (parts) => upstream.script({ reset: true, models: ["gpt-4o-mini", "gpt-4o"], queue: parts });
  const ask = async (text, answer) => {
    await script([{ parts: [{ text: answer }] }]);
    const { id } = await api("POST", "/api/conversations", { model: "openai/gpt-4o-mini" });
    await api("POST", `/api/conversations/${id}/turns`, { text });
    await eventually(
      async () => (await api("GET", `/api/conversations/${id}/messages`)).messages.at(-1).status === "complete",
      "the answer is there",
    );
    return id;
  };
  const conversation = await ask("What does a gateway do?", ANSWER);
  const arabic = await ask("ماذا تفعل البوابة (gateway)؟", ARABIC_ANSWER);
  await upload(
    familiar,
    "handover.md",
    "# Handover\n\nThe spare key of the tower is in the blue pot. Ask the provider.",
  );
  const persona = await api("POST", "/api/personas", {
    persona: { name: "Mira", description: "A patient gardener.", greeting: "Hello!", tags: ["garden"] },
  });
  await api("POST", "/api/personas", { persona: { name: "Tom", description: "A sailor." } });
  for (const text of ["I live in Berlin", "I like green tea", "My sister is called Ada", "I work as a gardener"])
    await api("POST", "/api/memory/facts", { text });
  await api("POST", "/api/keys", { name: "editor plug-in", budget_usd: "5", per: "month" });
  await api("POST", "/api/budgets", { scope: "installation", period: "month", limit_usd: "10", action: "warn" });
  await api("PUT", "/api/routes/main", {
    deployments: ["openai/gpt-4o", "openai/gpt-4o-mini"],
    strategy: "weighted",
  });
  const planned = (name) => ({
    name,
    kind: "feature",
    target: "main",
    sticky: "request",
    goal: "cost",
    effect: 0.2,
    variants: [
      { name: "short", max_output_tokens: 5 },
      { name: "long", max_output_tokens: 50 },
    ],
  });
  const experiment = await api("POST", "/api/experiments", planned("length"));
  const pace = await api("POST", "/api/experiments", planned("pace"));
  await api("POST", `/api/experiments/${pace.id}/start`, {});
  const comparison = await compared(familiar, script);
  const set = await api("POST", "/api/prompt-sets", {
    title: "Capitals",
    prompts: [{ text: "What is the capital of France?", assertions: [{ kind: "contains", text: "Paris" }] }],
  });
  await script([{ parts: [{ text: "Paris" }] }, { parts: [{ text: "Lyon" }] }]);
  const run = await api("POST", `/api/prompt-sets/${set.id}/runs`, {
    columns: [{ model: "openai/gpt-4o-mini" }, { model: "openai/gpt-4o" }],
  });
  await eventually(
    async () => (await api("GET", `/api/prompt-runs/${run.id}`)).run.state === "over",
    "the prompts are answered",
  );
  const { exchanges } = await api("GET", "/api/exchanges?limit=1");
  return {
    conversation,
    arabic,
    persona: persona.id,
    experiment: experiment.id,
    comparison,
    run: run.id,
    exchange: exchanges[0].id,
  };
}

async function compared({ api }, script) {
  await script([
    { parts: [{ text: "It is **330 metres** tall.\n\nIt was opened in 1889." }] },
    { parts: [{ text: "It is 324 metres tall.\n\nIt was opened in 1889, in Paris." }] },
  ]);
  const { head } = await api("POST", "/api/comparisons", {
    columns: [{ model: "openai/gpt-4o-mini" }, { model: "openai/gpt-4o" }],
    question: { text: "How tall is the tower?" },
  });
  await eventually(
    async () => (await api("GET", `/api/comparisons/${head.id}`)).answers.every(({ status }) => status === "complete"),
    "both have answered",
  );
  return head.id;
}

async function upload(familiar, name, content) {
  const form = new FormData();
  form.append("file", new Blob([content], { type: "text/markdown" }), name);
  const response = await fetch(`${familiar.url}/api/library/documents`, { method: "POST", body: form });
  if (!response.ok) throw new Error(`the document was refused: ${await response.text()}`);
  await eventually(
    async () =>
      (await familiar.api("GET", "/api/library/documents")).documents.every(({ status }) => status === "ready"),
    "the documents are read",
  );
}
