/** The library: find a passage in all documents, or look after the documents. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { ChartNoAxesColumn, FolderSync, Layers, Search, WholeWord } from "lucide-react";
import { useEffect, useState } from "react";
import { meaningQuery } from "@/lib/api/meaning";
import { text } from "@/lib/i18n";
import { Button } from "@/ui/button";
import { PageFrame } from "@/ui/page-frame";
import { tagsQuery } from "../api";
import { choiceOf, chosenCount, NOTHING, searchOf } from "../choice";
import { MODES, ORDERS, type Mode } from "../mode";
import { SORTS, type Sort } from "../sort";
import { AddButtons } from "./add-buttons";
import { BookmarksButton, BookmarksDialog } from "./bookmarks-dialog";
import { DocumentTable } from "./document-table";
import { SearchReportDialog } from "./search-report-dialog";
import { SearchResults } from "./search-results";
import { SynonymsDialog } from "./synonyms-dialog";
import { WatchedDialog } from "./watched-dialog";
import "../facets.css";
import "../library.css";

const route = getRouteApi("/library");
/** Long enough not to search for every letter, short enough not to be felt. */
const TYPING_MS = 180;
const STATUSES = ["", "ready", "processing", "queued", "failed"];

export function LibraryScreen() {
  const search = route.useSearch();
  const { q = "", filter = "", status = "", sort = "added", mode = "hybrid", order = "best", tagged = "" } = search;
  const choice = choiceOf(search);
  const searching = q !== "" || search.browse === true || chosenCount(choice) > 0;
  const navigate = route.useNavigate();
  const [typed, setTyped] = useState(q);
  const [filtered, setFiltered] = useState(filter);
  const [synonyms, setSynonyms] = useState(false);
  const [report, setReport] = useState(false);
  const [bookmarks, setBookmarks] = useState(false);
  const [watched, setWatched] = useState(false);
  useEffect(() => {
    if (typed === q && filtered === filter) return undefined;
    const timer = setTimeout(
      () =>
        void navigate({
          search: (before) => ({ ...before, q: typed || undefined, filter: filtered || undefined }),
          replace: true,
        }),
      TYPING_MS,
    );
    return () => clearTimeout(timer);
  }, [filter, filtered, navigate, q, typed]);

  return (
    <PageFrame title={text.library.title} lead={text.library.lead} actions={<AddButtons />}>
      <div className="library-search">
        <Search size={18} aria-hidden />
        <input
          className="input"
          type="search"
          aria-label={text.library.search}
          placeholder={text.library.search}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
      </div>
      {searching ? (
        <>
          <div className="library-filters">
            <ModeChoice
              mode={mode}
              onChoose={(chosen) =>
                void navigate({
                  search: (before) => ({ ...before, mode: chosen === "hybrid" ? undefined : chosen }),
                  replace: true,
                })
              }
            />
            <select
              className="input select"
              aria-label={text.library.order}
              value={order}
              onChange={(event) =>
                void navigate({
                  search: (before) => ({ ...before, order: event.target.value === "place" ? "place" : undefined }),
                  replace: true,
                })
              }
            >
              {ORDERS.map((name) => (
                <option key={name} value={name}>
                  {text.library.orderName(name)}
                </option>
              ))}
            </select>
            <Button tone="quiet" onClick={() => setSynonyms(true)}>
              <WholeWord size={16} aria-hidden />
              {text.library.synonyms}
            </Button>
            <BookmarksButton onOpen={() => setBookmarks(true)} />
            {q === "" ? (
              <Button
                tone="quiet"
                onClick={() =>
                  void navigate({ search: (before) => ({ ...before, ...searchOf(NOTHING), browse: undefined }) })
                }
              >
                {text.entries.browseEnd}
              </Button>
            ) : undefined}
          </div>
          <SearchResults
            query={q}
            mode={mode}
            order={order}
            choice={choice}
            onChoose={(chosen) =>
              void navigate({ search: (before) => ({ ...before, ...searchOf(chosen) }), replace: true })
            }
          />
          {synonyms ? <SynonymsDialog onClose={() => setSynonyms(false)} /> : undefined}
        </>
      ) : (
        <>
          <div className="library-filters">
            <input
              className="input"
              type="search"
              aria-label={text.library.filter}
              placeholder={text.library.filter}
              value={filtered}
              onChange={(event) => setFiltered(event.target.value)}
            />
            <select
              className="input select"
              aria-label={text.library.statusFilter}
              value={status}
              onChange={(event) =>
                void navigate({
                  search: (before) => ({ ...before, status: event.target.value || undefined }),
                  replace: true,
                })
              }
            >
              {STATUSES.map((name) => (
                <option key={name} value={name}>
                  {text.library.statusName(name)}
                </option>
              ))}
            </select>
            <TagFilter
              tag={tagged}
              onChoose={(chosen) =>
                void navigate({ search: (before) => ({ ...before, tagged: chosen || undefined }), replace: true })
              }
            />
            <select
              className="input select"
              aria-label={text.library.sort}
              value={sort}
              onChange={(event) =>
                void navigate({ search: (before) => ({ ...before, sort: event.target.value as Sort }), replace: true })
              }
            >
              {SORTS.map((name) => (
                <option key={name} value={name}>
                  {text.library.sortName(name)}
                </option>
              ))}
            </select>
            <Button tone="quiet" onClick={() => void navigate({ search: (before) => ({ ...before, browse: true }) })}>
              <Layers size={16} aria-hidden />
              {text.entries.browse}
            </Button>
            <Button tone="quiet" onClick={() => setReport(true)}>
              <ChartNoAxesColumn size={16} aria-hidden />
              {text.searches.title}
            </Button>
            <BookmarksButton onOpen={() => setBookmarks(true)} />
            <Button tone="quiet" icon={FolderSync} onClick={() => setWatched(true)}>
              {text.watched.title}
            </Button>
          </div>
          <DocumentTable filter={filter} status={status} tag={tagged} sort={sort} />
          {watched ? <WatchedDialog onClose={() => setWatched(false)} /> : undefined}
          {report ? <SearchReportDialog onClose={() => setReport(false)} /> : undefined}
        </>
      )}
      {bookmarks ? <BookmarksDialog onClose={() => setBookmarks(false)} /> : undefined}
    </PageFrame>
  );
}

/** One of the tags that documents have; where none has any, there is nothing to choose. */
function TagFilter({ tag, onChoose }: { tag: string; onChoose: (tag: string) => void }) {
  const { data } = useQuery(tagsQuery);
  const tags = data?.tags ?? [];
  if (tags.length === 0 && tag === "") return undefined;
  const gone = tag !== "" && !tags.some((used) => used.tag === tag);
  return (
    <select
      className="input select"
      aria-label={text.documents.tagFilter}
      value={tag}
      onChange={(event) => onChoose(event.target.value)}
    >
      <option value="">{text.documents.anyTag}</option>
      {gone ? <option value={tag}>{tag}</option> : undefined}
      {tags.map((used) => (
        <option key={used.tag} value={used.tag}>
          {text.entries.value(used.tag, used.documents)}
        </option>
      ))}
    </select>
  );
}

/** By words or by meaning, where a model makes vectors; otherwise there is nothing to choose. */
function ModeChoice({ mode, onChoose }: { mode: Mode; onChoose: (mode: Mode) => void }) {
  const { data: meaning } = useQuery(meaningQuery);
  if (!meaning?.model) return undefined;
  return (
    <>
      <select
        className="input select"
        aria-label={text.library.mode}
        value={mode}
        onChange={(event) => onChoose(event.target.value as Mode)}
      >
        {MODES.map((name) => (
          <option key={name} value={name}>
            {text.library.modeName(name)}
          </option>
        ))}
      </select>
      {meaning.embedded < meaning.documents ? (
        <p className="field-hint">{text.library.embedded(meaning.embedded, meaning.documents)}</p>
      ) : undefined}
    </>
  );
}
