/** The way to every screen and every conversation. */
import { Link, useParams } from "@tanstack/react-router";
import {
  ArrowLeftRight,
  BarChart3,
  Boxes,
  Brain,
  CircleQuestionMark,
  Columns3,
  FileText,
  FlaskConical,
  KeyRound,
  LibraryBig,
  Settings,
  SquarePen,
  VenetianMask,
  Waypoints,
} from "lucide-react";
import { ConversationList } from "@/features/chat/components/conversation-list";
import { useKeysOf } from "@/lib/actions";
import { text } from "@/lib/i18n";
import { Eye } from "@/ui/eye";
import { Keys } from "@/ui/keys";

export function Sidebar({ onOpen }: { onOpen: () => void }) {
  const newKeys = useKeysOf("chat.new");
  const { conversationId } = useParams({ strict: false });
  const places = [
    { to: "/compare", label: text.compare.title, icon: Columns3 },
    { to: "/library", label: text.library.title, icon: LibraryBig },
    { to: "/personas", label: text.personas.title, icon: VenetianMask },
    { to: "/templates", label: text.templates.title, icon: FileText },
    { to: "/memory", label: text.memory.title, icon: Brain },
    { to: "/models", label: text.models.title, icon: Boxes },
    { to: "/routes", label: text.routes.title, icon: Waypoints },
    { to: "/keys", label: text.keys.title, icon: KeyRound },
    { to: "/exchanges", label: text.exchanges.title, icon: ArrowLeftRight },
    { to: "/experiments", label: text.experiments.title, icon: FlaskConical },
    { to: "/money", label: text.money.title, icon: BarChart3 },
    { to: "/settings", label: text.settings.title, icon: Settings },
    { to: "/help", label: text.help.title, icon: CircleQuestionMark },
  ] as const;
  return (
    <div className="sidebar-inner">
      <Link to="/" className="wordmark" onClick={onOpen} aria-label={text.common.home}>
        <Eye size={24} />
        {text.common.name}
      </Link>
      <Link to="/" className="button button-primary new-chat" onClick={onOpen}>
        <SquarePen size={16} aria-hidden />
        {text.sidebar.newChat}
        <Keys keys={newKeys} />
      </Link>
      <nav aria-label={text.sidebar.places} className="places">
        {places.map(({ to, label, icon: Icon }) => (
          <Link key={to} to={to} className="nav-link" activeProps={{ "aria-current": "page" }} onClick={onOpen}>
            <Icon size={17} aria-hidden />
            {label}
          </Link>
        ))}
      </nav>
      <nav aria-label={text.sidebar.conversations} className="conversations-nav">
        <ConversationList currentId={conversationId} onOpen={onOpen} />
      </nav>
    </div>
  );
}
