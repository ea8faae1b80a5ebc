/** The handbook: its pages and headings, one page to read, and what a search finds in all of them. */
import { useQuery } from "@tanstack/react-query";
import { Keyboard, SearchX } from "lucide-react";
import { useCallback, useDeferredValue, useEffect, useId, useMemo, useRef, useState, type ReactNode } from "react";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import { useKeysOf } from "@/lib/actions";
import { Button } from "@/ui/button";
import { Empty, Failure, Notice, Skeleton } from "@/ui/feedback";
import { Keys } from "@/ui/keys";
import { Markdown } from "@/ui/markdown/markdown";
import { helpQuery } from "../api";
import { find, wordsOf } from "../find";
import { addressOfLink, CHANGES, HELP_SEARCH_ID, placeOfLink, type Place } from "../places";
import { pagesOf, type Page, type Section } from "../sections";
import { Hits } from "./hits";
import { PlaceLink } from "./place-link";
import "../help.css";

export interface ReaderProps {
  place: Place;
  /** Whether the list of pages stands beside the page or is folded above it. */
  layout: "wide" | "narrow";
  onGo: (place: Place) => void;
  onShortcuts: () => void;
  /** Further commands, beside the list of shortcuts. */
  children?: ReactNode;
}

export function Reader({ place, layout, onGo, onShortcuts, children }: ReaderProps) {
  const { data, error, refetch } = useQuery(helpQuery);
  const [query, setQuery] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const pages = useMemo(() => (data ? pagesOf(data, text.help.whatsNew) : []), [data]);
  const followed = useRef(false);
  const sought = useDeferredValue(query.trim());
  const hits = useMemo(() => find(pages, sought), [pages, sought]);
  const page = pages.find(({ name }) => name === place.page);
  const keys = useKeysOf("view.shortcuts");
  const go = useCallback(
    (to: Place) => {
      followed.current = true;
      setQuery("");
      onGo(to);
    },
    [onGo],
  );
  const takeFollowed = useCallback(() => {
    const was = followed.current;
    followed.current = false;
    return was;
  }, []);
  const clear = () => {
    setQuery("");
    field.current?.focus();
  };

  return (
    <div className="help" data-layout={layout}>
      <div className="help-head">
        <input
          ref={field}
          id={HELP_SEARCH_ID}
          className="input"
          type="search"
          aria-label={text.help.search}
          placeholder={text.help.search}
          value={query}
          onChange={(event) => setQuery(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Escape" && query !== "") clear();
            else if (event.key === "ArrowDown") document.querySelector<HTMLElement>(".help-hits a")?.focus();
            else return;
            event.preventDefault();
          }}
        />
        <div className="help-commands">
          <Button icon={Keyboard} onClick={onShortcuts}>
            {text.help.shortcuts}
            <Keys keys={keys} />
          </Button>
          {children}
        </div>
        {document.documentElement.lang.startsWith("en") ? undefined : (
          <p className="help-note">{text.help.englishOnly}</p>
        )}
      </div>
      {error ? (
        <Failure failure={describeError(error)} retryLabel={text.common.retry} onRetry={() => void refetch()} />
      ) : !data ? (
        <Skeleton lines={10} label={text.common.loading} />
      ) : sought !== "" ? (
        <Found query={sought} onClear={clear}>
          {hits.length > 0 ? (
            <Hits hits={hits} words={wordsOf(sought)} onGo={go} onLeave={() => field.current?.focus()} />
          ) : undefined}
        </Found>
      ) : (
        <div className="help-columns">
          <Contents pages={pages} place={place} layout={layout} onGo={go} />
          {page ? (
            <Article
              key={page.name}
              page={page}
              takeFollowed={takeFollowed}
              section={place.section}
              version={data.version}
              onGo={go}
            />
          ) : (
            <Notice tone="warn" title={text.help.unknown(place.page)} hint={text.help.unknownHint} />
          )}
        </div>
      )}
      <p className="visually-hidden" role="status">
        {sought === "" || !data ? "" : hits.length > 0 ? text.help.found(hits.length) : text.help.nothing(sought)}
      </p>
    </div>
  );
}

/** What was found, or that nothing was. */
function Found({ query, onClear, children }: { query: string; onClear: () => void; children: ReactNode }) {
  return (
    children ?? (
      <Empty
        icon={SearchX}
        title={text.help.nothing(query)}
        actions={<Button onClick={onClear}>{text.help.clear}</Button>}
      >
        {text.help.nothingHint}
      </Empty>
    )
  );
}

interface ContentsProps {
  pages: readonly Page[];
  place: Place;
  layout: ReaderProps["layout"];
  onGo: (place: Place) => void;
}

function Contents({ pages, place, layout, onGo }: ContentsProps) {
  const list = (
    <ul className="help-pages">
      {pages.map(({ name, title, sections }) => (
        <li key={name}>
          <PlaceLink place={{ page: name }} onGo={onGo} current={name === place.page}>
            {name === CHANGES ? title : <English>{title}</English>}
          </PlaceLink>
          {name === place.page ? (
            <ul className="help-headings">
              {sections
                .filter(({ level }) => level === 2)
                .map(({ anchor, heading }) => (
                  <li key={anchor}>
                    <PlaceLink place={{ page: name, section: anchor }} onGo={onGo}>
                      <English>{heading}</English>
                    </PlaceLink>
                  </li>
                ))}
            </ul>
          ) : undefined}
        </li>
      ))}
    </ul>
  );
  if (layout === "wide") {
    return (
      <nav className="help-contents" aria-label={text.help.pages}>
        {list}
      </nav>
    );
  }
  return (
    // Another page folds the list again.
    <details key={`${place.page} ${place.section ?? ""}`} className="help-contents">
      <summary>{text.help.pages}</summary>
      <nav aria-label={text.help.pages}>{list}</nav>
    </details>
  );
}

/** Words of the handbook among the page's own. */
function English({ children }: { children: string }) {
  return (
    <bdi lang="en" dir="ltr">
      {children}
    </bdi>
  );
}

interface ArticleProps {
  page: Page;
  section: string | undefined;
  version: string;
  /** Whether a link of the help led here. That is told once. */
  takeFollowed: () => boolean;
  onGo: (place: Place) => void;
}

function Article({ page, section, version, takeFollowed, onGo }: ArticleProps) {
  const id = useId();
  const holder = useRef<HTMLElement>(null);
  const isChanges = page.name === CHANGES;
  const follow = useCallback(
    (target: string) => {
      const place = placeOfLink(target);
      if (place) onGo(place);
    },
    [onGo],
  );
  useEffect(() => {
    const heading = holder.current?.querySelector<HTMLElement>(`[data-anchor="${CSS.escape(section ?? "")}"]`);
    // Who followed a link goes on reading there; who searches, or has just opened help, keeps the focus.
    const came = takeFollowed();
    if (!heading || (!came && (section === undefined || document.activeElement?.id === HELP_SEARCH_ID))) return;
    heading.scrollIntoView({ block: "start" });
    if (came) heading.focus({ preventScroll: true });
  }, [takeFollowed, section]);
  useEffect(() => {
    // Tables and code are places to go to; of several with the same name each is told apart by its number.
    const named = new Map<string, number>();
    for (const region of holder.current?.querySelectorAll('[role="region"][aria-label]') ?? []) {
      const label = region.getAttribute("aria-label") ?? "";
      const before = named.get(label) ?? 0;
      named.set(label, before + 1);
      if (before > 0) region.setAttribute("aria-label", `${label} ${before + 1}`);
    }
  }, [page]);

  return (
    <article
      ref={holder}
      className="help-article"
      aria-labelledby={id}
      {...(isChanges ? {} : { lang: "en", dir: "ltr" })}
    >
      <h2 id={id} tabIndex={-1} data-anchor="">
        {page.title}
      </h2>
      {isChanges ? <p className="help-note">{text.help.version(version)}</p> : undefined}
      <div lang="en" dir="ltr">
        {page.sections.map((one) => (
          <Part key={one.anchor} section={one} onPage={follow} />
        ))}
      </div>
    </article>
  );
}

const TAGS = { 2: "h3", 3: "h4" } as const;

function Part({
  section: { anchor, heading, level, source },
  onPage,
}: {
  section: Section;
  onPage: (target: string) => void;
}) {
  const Tag = level === 2 ? TAGS[2] : TAGS[3];
  return (
    <section>
      {level === 1 ? undefined : (
        <Tag tabIndex={-1} data-anchor={anchor}>
          {heading}
        </Tag>
      )}
      {source === "" ? undefined : (
        <Markdown source={source} streaming={false} pageAddress={addressOfLink} onPage={onPage} />
      )}
    </section>
  );
}
