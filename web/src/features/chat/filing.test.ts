import { QueryClient, type InfiniteData } from "@tanstack/react-query";
import { expect, it } from "vitest";
import type { Arrangement, Conversation, ConversationList } from "@/lib/types";
import { changeShown, filedAs } from "./filing";

const conversation = (id: string, change: Partial<Conversation> = {}): Conversation =>
  ({
    id,
    title: id,
    created_at: "2026-11-22T10:00:00Z",
    updated_at: "2026-11-22T10:00:00Z",
    ...change,
  }) as Conversation;

function filled(): QueryClient {
  const client = new QueryClient();
  const pages = (...ids: string[][]): InfiniteData<ConversationList> => ({
    pages: ids.map((list) => ({ conversations: list.map((id) => conversation(id)) }) as ConversationList),
    pageParams: [],
  });
  client.setQueryData(["conversations", { q: "" }], pages(["a", "b"], ["c"]));
  client.setQueryData(["conversations", "shelved", { q: "" }], pages(["b"]));
  client.setQueryData(["conversations", "folders"], { folders: [] });
  client.setQueryData(["conversation", "b"], conversation("b"));
  return client;
}

it("changes what is shown of a conversation in every list, and takes it back", () => {
  const client = filled();
  const all = () => client.getQueriesData({ queryKey: [] }).map(([, data]) => data);
  const before = structuredClone(all());
  const shown = client.getQueryData<InfiniteData<ConversationList>>(["conversations", { q: "" }]);
  const undo = changeShown(client, ["b"], (entry) => ({ ...entry, title: "Other" }));
  const now = client.getQueryData<InfiniteData<ConversationList>>(["conversations", { q: "" }]);
  expect(now?.pages[0]?.conversations.map((entry) => entry.title)).toEqual(["a", "Other"]);
  expect(now?.pages[1]).toBe(shown?.pages[1]);
  expect(client.getQueryData<Conversation>(["conversation", "b"])?.title).toBe("Other");
  expect(client.getQueryData(["conversations", "folders"])).toEqual({ folders: [] });
  undo();
  expect(all()).toEqual(before);
});

it("takes one change back and leaves what was changed since", () => {
  const client = filled();
  const shown = () => [
    client.getQueryData<Conversation>(["conversation", "b"]),
    client.getQueryData<InfiniteData<ConversationList>>(["conversations", "shelved", { q: "" }])?.pages[0]
      ?.conversations[0],
  ];
  const filing = (change: Arrangement) => changeShown(client, ["b"], (entry) => filedAs(entry, change));
  const undoTag = filing({ kind: "tag", add: ["work"] });
  const undoTitle = changeShown(client, ["b"], (entry) => ({ ...entry, title: "Other" }));
  filing({ kind: "pin", on: true });
  changeShown(client, ["b"], (entry) => ({ ...entry, title: "Another" }));
  undoTag();
  undoTitle();
  for (const entry of shown()) {
    expect(entry?.filed).toMatchObject({ tags: [], pinned: true });
    expect(entry?.title).toBe("Another");
  }
});

it("knows where each change puts a conversation", () => {
  const one = conversation("a");
  expect(filedAs(one, { kind: "move", folder_id: "f" }).filed?.folder_id).toBe("f");
  expect(filedAs(one, { kind: "pin", on: true }).filed?.pinned).toBe(true);
  expect(filedAs(one, { kind: "archive", on: true }).filed?.archived).toBe(true);
  expect(filedAs(one, { kind: "use_folder", on: false }).filed?.folder_off).toBe(true);
  const tagged = filedAs(one, { kind: "tag", add: ["work", "home"] });
  expect(tagged.filed?.tags).toEqual(["home", "work"]);
  expect(filedAs(tagged, { kind: "tag", add: ["work"], remove: ["home"] }).filed?.tags).toEqual(["work"]);
});
