/** The design language, shown with itself: type, space, colours, motion, density, icons, controls and states. */
import { useId, useState, useSyncExternalStore, type ReactNode } from "react";
import { text } from "@/lib/i18n";
import { Button } from "@/ui/button";
import { Badge, Empty, Notice, Progress, Skeleton } from "@/ui/feedback";
import { ChoiceField, Switch, TextField } from "@/ui/field";
import { PageFrame } from "@/ui/page-frame";
import { contrast, PAIRS } from "../contrast";
import { ICONS } from "../icons";
import "../design.css";

const TYPE = ["text-2xl", "text-xl", "text-l", "text-m", "text-s", "text-xs"];
const SPACE = ["space-1", "space-2", "space-3", "space-4", "space-5", "space-6", "space-7"];
const MOTION = ["fast", "slow"];

/** What a token stands for now; a theme or density that changes is followed. */
function useTokens(): (name: string) => string {
  const stamp = () => `${document.documentElement.dataset["theme"]} ${document.documentElement.dataset["density"]}`;
  useSyncExternalStore(watchRoot, stamp, stamp);
  const style = getComputedStyle(document.documentElement);
  return (name) => style.getPropertyValue(`--${name}`).trim();
}

function watchRoot(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "data-density"] });
  return () => observer.disconnect();
}

export function DesignScreen() {
  const token = useTokens();
  const words = text.design;
  return (
    <PageFrame title={words.title} lead={words.lead} actions={undefined}>
      <Part title={words.type} hint={words.typeHint}>
        <dl className="design-rows">
          {TYPE.map((name) => (
            <div key={name}>
              <dt dir="ltr" className="as-named">
                {name} <span className="numeric">{token(name)}</span>
              </dt>
              <dd
                style={{
                  fontSize: `var(--${name})`,
                  fontFamily: name.endsWith("xl") ? "var(--font-display)" : "inherit",
                }}
              >
                {words.sample}
              </dd>
            </div>
          ))}
        </dl>
      </Part>
      <Part title={words.space} hint={words.spaceHint}>
        <dl className="design-rows">
          {SPACE.map((name) => (
            <div key={name}>
              <dt>
                {name} <span className="numeric">{token(name)}</span>
              </dt>
              <dd>
                <span className="design-bar" style={{ inlineSize: `calc(var(--${name}) * 4)` }} />
              </dd>
            </div>
          ))}
        </dl>
      </Part>
      <Part title={words.colours} hint={words.coloursHint}>
        <ul className="design-pairs">
          {PAIRS.map(({ on, ground, least }) => {
            const [ink, paper] = [token(on), token(ground)];
            return (
              <li key={`${on} ${ground}`} className="design-pair" style={{ color: ink, background: paper }}>
                <span>{words.pair(on, ground)}</span>
                <span className="numeric">
                  {contrast(ink, paper)?.toFixed(1)}
                  <span className="visually-hidden"> {words.needs(least)}</span>
                </span>
              </li>
            );
          })}
        </ul>
      </Part>
      <Part title={words.motion} hint={words.motionHint}>
        <p>
          {MOTION.map((name) => (
            <span key={name} className="design-figure numeric">
              {name} {token(name)}
            </span>
          ))}
        </p>
        <p className="field-hint">
          {matchMedia("(prefers-reduced-motion: reduce)").matches ? words.reduced : words.notReduced}
        </p>
      </Part>
      <Part title={words.density} hint={words.densityHint}>
        <p>
          {["control", "row"].map((name) => (
            <span key={name} className="design-figure numeric">
              {name} {token(name)}
            </span>
          ))}
        </p>
      </Part>
      <Part title={words.icons} hint={words.iconsHint}>
        <ul className="design-icons">
          {Object.entries(ICONS).map(([name, Icon]) => (
            <li key={name}>
              <Icon size={20} aria-hidden />
              <span>{name}</span>
            </li>
          ))}
        </ul>
      </Part>
      <Controls />
      <Part title={words.states} hint={words.statesHint}>
        <div className="design-states">
          <Skeleton lines={4} label={text.common.loading} />
          <Empty title={words.nothing} heading="h2">
            {words.nothingHint}
          </Empty>
          <Notice tone="danger" title={words.failed} hint={words.failedHint} />
        </div>
      </Part>
    </PageFrame>
  );
}

function Controls() {
  const words = text.design;
  const [choice, setChoice] = useState("one");
  const [on, setOn] = useState(true);
  return (
    <Part title={words.controls} hint={undefined}>
      <div className="design-line">
        {(["plain", "primary", "quiet", "danger"] as const).map((tone) => (
          <Button key={tone} tone={tone}>
            {words.button[tone]}
          </Button>
        ))}
      </div>
      <div className="design-line">
        {(["neutral", "accent", "good", "warn", "danger"] as const).map((tone) => (
          <Badge key={tone} tone={tone}>
            {words.badges[tone]}
          </Badge>
        ))}
      </div>
      <div className="form">
        <TextField label={words.field} hint={words.fieldHint} />
        <TextField label={words.field} error={words.fieldError} defaultValue="x" />
        <ChoiceField
          label={words.choice}
          name="design-choice"
          value={choice}
          options={(["one", "two", "three"] as const).map((value) => ({ value, label: words.choices[value] }))}
          onChoose={setChoice}
        />
        <Switch label={words.switch} checked={on} onChange={setOn} />
        <Notice tone="neutral" title={words.notice} hint={words.noticeHint} />
        <Notice tone="good" title={words.notice} hint={words.noticeHint} />
        <Notice tone="warn" title={words.notice} hint={words.noticeHint} />
        <Progress value={0.4} label={words.progress} />
      </div>
    </Part>
  );
}

function Part({ title, hint, children }: { title: string; hint: string | undefined; children: ReactNode }) {
  const id = useId();
  return (
    <section className="design-part" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {hint ? <p className="field-hint">{hint}</p> : undefined}
      {children}
    </section>
  );
}
