/** The settings: a list of parts, and the part that is open. */
import { Link } from "@tanstack/react-router";
import { KeyRound } from "lucide-react";
import { text } from "@/lib/i18n";
import { SECTION_ICONS, SECTIONS, type Section } from "../sections";
import { AdvancedSection } from "./advanced-section";
import { AppearanceSection } from "./appearance-section";
import { ConversationsSection } from "./conversations-section";
import { GeneralSection } from "./general-section";
import { ProvidersSection } from "./providers-section";
import { ToolServersSection } from "./tool-servers-section";
import "../settings.css";

export function SettingsScreen({ section, log }: { section: Section; log?: string | undefined }) {
  return (
    <div className="page">
      <div className="page-inner settings">
        <h1>{text.settings.title}</h1>
        <div className="settings-columns">
          <nav aria-label={text.settings.title} className="settings-nav">
            {SECTIONS.map((name) => {
              const Icon = SECTION_ICONS[name];
              return (
                <Link
                  key={name}
                  to="/settings/$section"
                  params={{ section: name }}
                  className="nav-link"
                  aria-current={name === section ? "page" : undefined}
                >
                  <Icon size={16} aria-hidden />
                  {text.settings.sections[name]}
                </Link>
              );
            })}
            <Link to="/keys" className="nav-link">
              <KeyRound size={16} aria-hidden />
              {text.keys.title}
            </Link>
          </nav>
          <section className="settings-body" aria-label={text.settings.sections[section]}>
            <h2>{text.settings.sections[section]}</h2>
            {section === "general" ? <GeneralSection /> : undefined}
            {section === "providers" ? <ProvidersSection /> : undefined}
            {section === "tools" ? <ToolServersSection /> : undefined}
            {section === "conversations" ? <ConversationsSection /> : undefined}
            {section === "appearance" ? <AppearanceSection /> : undefined}
            {section === "advanced" ? <AdvancedSection search={log} /> : undefined}
          </section>
        </div>
      </div>
    </div>
  );
}
