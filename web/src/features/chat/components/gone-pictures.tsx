/** What the next turn leaves out of what was said: pictures that are not kept any more, and which messages they came with. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { formatWhen } from "@/lib/format";
import { text } from "@/lib/i18n";
import { ImageStrip } from "@/ui/image-strip";
import { PanelSection } from "@/ui/panel-section";
import { gonePicturesQuery } from "../api";

/** Messages that are named; of the others it is said how many pictures they had. */
const NAMED = 5;

export interface LeftOutProps {
  conversationId: string;
  /** The message that the next turn goes on from. */
  leafId: string | undefined;
}

/** Nothing where all pictures are there. */
export function LeftOut({ conversationId, leafId }: LeftOutProps) {
  const { data } = useQuery(gonePicturesQuery(conversationId, leafId));
  if (!data || data.count === 0) return undefined;
  const named = data.messages.slice(0, NAMED);
  const rest = data.count - named.reduce((count, message) => count + message.pictures.length, 0);
  return (
    <PanelSection title={text.context.leftOut}>
      <p className="field-hint">{text.context.gonePictures(data.count)}</p>
      <ul className="context-gone">
        {named.map((message) => (
          <li key={message.message_id}>
            <Link
              to="/c/$conversationId"
              params={{ conversationId }}
              search={{ message: message.message_id }}
              className="context-link"
            >
              {text.context.goneFrom(formatWhen(message.created_at))}
            </Link>
            {message.text ? (
              <p className="context-about" dir="auto">
                {message.text}
              </p>
            ) : undefined}
            <ImageStrip images={message.pictures} />
          </li>
        ))}
      </ul>
      {rest > 0 ? <p className="field-hint">{text.context.goneMore(rest)}</p> : undefined}
    </PanelSection>
  );
}
