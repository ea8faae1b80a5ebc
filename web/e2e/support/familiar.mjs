/** Starts the real program on a temporary data folder, beside a scripted upstream that plays the provider. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { becomes } from "./browser.mjs";

const ROOT = resolve(import.meta.dirname, "../../..");
const START_MS = 60_000;

function binary(name, variable) {
  const path = process.env[variable] ?? join(ROOT, "target/debug", name);
  if (!existsSync(path))
    throw new Error(`${name} is not built: run \`cargo build -p cli -p testkit\`, or say where it is with ${variable}`);
  return path;
}

/** A child process whose output can be waited for. */
function start(path, args, env) {
  const child = spawn(path, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const listeners = new Set();
  const heard = (chunk) => {
    output += chunk;
    for (const listener of listeners) listener();
  };
  child.stdout.on("data", heard);
  child.stderr.on("data", heard);
  const ended = new Promise((done) => child.once("exit", done));
  return {
    child,
    ended,
    output: () => output,
    says: (pattern) =>
      new Promise((done, fail) => {
        const timer = setTimeout(() => fail(new Error(`${path} did not say ${pattern}:\n${output}`)), START_MS);
        const look = () => {
          const match = pattern.exec(output);
          if (!match) return;
          clearTimeout(timer);
          listeners.delete(look);
          done(match);
        };
        listeners.add(look);
        void ended.then((code) => fail(new Error(`${path} ended with ${code}:\n${output}`)));
        look();
      }),
    stop: async (signal = "SIGTERM") => {
      child.kill(signal);
      const killer = setTimeout(() => child.kill("SIGKILL"), 10_000);
      await ended;
      clearTimeout(killer);
    },
  };
}

/** What a test may not inherit from the machine it runs on. */
function cleanEnvironment() {
  const kept = ["PATH", "HOME", "LANG", "TMPDIR", "RUST_BACKTRACE", "RUST_LOG"];
  return Object.fromEntries(
    kept.filter((name) => process.env[name] !== undefined).map((name) => [name, process.env[name]]),
  );
}

/** The scripted upstream: `script` says what it answers, `report` what it was asked. */
export async function startUpstream() {
  const program = start(binary("scripted-upstream", "SCRIPTED_UPSTREAM_BIN"), ["--port", "0"], cleanEnvironment());
  const [, url] = await program.says(/listening on (http:\S+?)\/?\s/);
  const control = (method, body) =>
    fetch(`${url}/_script`, { method, ...(body ? { body: JSON.stringify(body) } : {}) });
  return {
    url,
    script: async (script) => {
      const response = await control("POST", script);
      if (!response.ok) throw new Error(await response.text());
    },
    report: async () => {
      const { requests, disconnects } = await (await control("GET")).json();
      // Only bodies matter to the tests, and those are JSON where there are any.
      return {
        disconnects,
        requests: requests.map(({ path, body }) => ({
          path,
          body: body.startsWith("{") ? JSON.parse(body) : undefined,
        })),
      };
    },
    stop: program.stop,
  };
}

/** A port below those that the system gives to connections by itself: one of them, even one just closed, cannot be listened at. */
export const aPort = () => 20_000 + Math.floor(Math.random() * 12_000);

/** Familiar itself, with a configuration file if one is given. `restart` ends it as asked and starts it again on the same data and address. */
export async function startFamiliar({ config } = {}) {
  const data = await mkdtemp(join(tmpdir(), "familiar-e2e-"));
  if (config !== undefined) await writeFile(join(data, "familiar.toml"), config);
  const port = aPort();
  const run = async () => {
    const started = start(
      binary("familiar", "FAMILIAR_BIN"),
      [
        "serve",
        "--data",
        data,
        "--listen",
        `127.0.0.1:${port}`,
        ...(config === undefined ? [] : ["--config", join(data, "familiar.toml")]),
      ],
      cleanEnvironment(),
    );
    const [, url] = await started.says(/(http:\/\/127\.0\.0\.1:\d+)/);
    await ready(url, started);
    if (!(await fetch(url)).ok) throw new Error("the program has no page to serve: run `npm run build` first");
    return { ...started, url };
  };
  let running = await run();
  const api = async (method, path, body) => {
    const response = await fetch(`${running.url}${path}`, {
      method,
      ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
    const content = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${content}`);
    return content === "" ? undefined : JSON.parse(content);
  };
  return {
    get url() {
      return running.url;
    },
    data,
    api,
    output: () => running.output(),
    restart: async (signal) => {
      await running.stop(signal);
      running = await run();
    },
    /** Waits for the handbook, which is read at the first start: what is found must not depend on how far it is. */
    handbookIsRead: async () => {
      const { pages } = await api("GET", "/api/help");
      await becomes(
        async () => (await api("GET", "/api/library/documents?status=ready&collection=handbook")).total,
        pages.length,
        "the handbook is in the library",
      );
    },
    /** Adds the upstream as OpenAI, whose models have known prices. */
    useUpstream: async (upstream) => {
      await upstream.script({ models: ["gpt-4o-mini", "gpt-4o"] });
      await api("PUT", "/api/providers/openai", {
        vendor: "openai",
        base_url: `${upstream.url}/v1`,
        api_key: "sk-test",
      });
      await api("PATCH", "/api/settings", { onboarded: true, default_model: "openai/gpt-4o-mini" });
    },
    stop: async () => {
      await running.stop();
      await rm(data, { recursive: true, force: true });
    },
  };
}

async function ready(url, started) {
  const until = Date.now() + START_MS;
  while (Date.now() < until) {
    const response = await fetch(`${url}/ready`).catch(() => undefined);
    if (response?.ok) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`not ready:\n${started.output()}`);
}
