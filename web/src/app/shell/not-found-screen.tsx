/** An address that leads nowhere. */
import { Link } from "@tanstack/react-router";
import { MapPinOff } from "lucide-react";
import { text } from "@/lib/i18n";

export function NotFoundScreen() {
  return (
    <div className="page">
      <div className="empty">
        <MapPinOff size={28} strokeWidth={1.5} aria-hidden className="empty-icon" />
        <h1 className="empty-title">{text.common.notFound}</h1>
        <p className="empty-text">{text.common.notFoundHint}</p>
        <Link to="/" className="button button-primary">
          {text.common.home}
        </Link>
      </div>
    </div>
  );
}
