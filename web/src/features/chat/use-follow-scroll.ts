/** Keeps the end in sight while it grows, and never pulls back a reader who scrolled up. */
import { useCallback, useEffect, useMemo, useRef, useState, type RefObject } from "react";

/** Within this distance of the end one counts as being there. */
const NEAR_PX = 48;

export interface FollowScroll {
  scroller: RefObject<HTMLDivElement | null>;
  content: RefObject<HTMLDivElement | null>;
  following: boolean;
  /** Goes to the end and stays there. */
  follow: () => void;
}

/** `ready` says whether the elements are there to be watched; `away`, that the end is not what is shown now. */
export function useFollowScroll(ready: boolean, away: boolean): FollowScroll {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const wanted = useRef(!away);
  const [following, setFollowing] = useState(true);

  const want = useCallback((value: boolean) => {
    wanted.current = value;
    setFollowing(value);
  }, []);
  const follow = useCallback(() => {
    want(true);
    const area = scroller.current;
    if (area) area.scrollTop = area.scrollHeight;
  }, [want]);

  useEffect(() => {
    const area = scroller.current;
    const inner = content.current;
    if (!ready || !area || !inner) return undefined;
    if (away) wanted.current = false;
    const atEnd = () => area.scrollHeight - area.scrollTop - area.clientHeight < NEAR_PX;
    // Only a person's own movement lets go; what the page does by itself does not.
    let touchedAt = Number.NEGATIVE_INFINITY;
    const touched = () => (touchedAt = performance.now());
    const scrolled = () => {
      if (atEnd() && !away) want(true);
      else if (performance.now() - touchedAt < 1_000) want(false);
    };
    const resized = new ResizeObserver(() => {
      if (wanted.current) area.scrollTop = area.scrollHeight;
    });
    resized.observe(inner);
    resized.observe(area);
    area.addEventListener("scroll", scrolled, { passive: true });
    for (const kind of GESTURES) area.addEventListener(kind, touched, { passive: true });
    return () => {
      resized.disconnect();
      area.removeEventListener("scroll", scrolled);
      for (const kind of GESTURES) area.removeEventListener(kind, touched);
    };
  }, [away, ready, want]);

  return useMemo(() => ({ scroller, content, following: following && !away, follow }), [away, follow, following]);
}

const GESTURES = ["wheel", "touchmove", "pointerdown", "keydown"] as const;
