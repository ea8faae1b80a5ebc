/** How to call the gateway with a key, for each kind of client. */

export interface Snippet {
  id: string;
  /** The client's own name. */
  label: string;
  language: string;
  code: string;
}

/** Ready to run: `origin` is where Familiar listens, `model` something the key may ask for. */
export function snippetsOf(origin: string, secret: string, model: string): Snippet[] {
  return [
    {
      id: "curl",
      label: "curl",
      language: "bash",
      code: `curl ${origin}/v1/chat/completions \\
  -H "Authorization: Bearer ${secret}" \\
  -H "Content-Type: application/json" \\
  -d '{"model": "${model}", "messages": [{"role": "user", "content": "Hello"}]}'`,
    },
    {
      id: "openai",
      label: "openai",
      language: "python",
      code: `from openai import OpenAI

client = OpenAI(base_url="${origin}/v1", api_key="${secret}")
answer = client.chat.completions.create(
    model="${model}",
    messages=[{"role": "user", "content": "Hello"}],
)
print(answer.choices[0].message.content)`,
    },
    {
      id: "anthropic",
      label: "anthropic",
      language: "python",
      code: `from anthropic import Anthropic

client = Anthropic(base_url="${origin}/anthropic", api_key="${secret}")
answer = client.messages.create(
    model="${model}",
    max_tokens=1000,
    messages=[{"role": "user", "content": "Hello"}],
)
print(answer.content[0].text)`,
    },
    {
      id: "google-genai",
      label: "google-genai",
      language: "python",
      code: `from google import genai

client = genai.Client(api_key="${secret}", http_options={"base_url": "${origin}/gemini"})
answer = client.models.generate_content(model="${model}", contents="Hello")
print(answer.text)`,
    },
    {
      id: "ollama",
      label: "ollama",
      language: "python",
      code: `from ollama import Client

client = Client(host="${origin}/ollama", headers={"Authorization": "Bearer ${secret}"})
answer = client.chat(model="${model}", messages=[{"role": "user", "content": "Hello"}])
print(answer.message.content)`,
    },
  ];
}
