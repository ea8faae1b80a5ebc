/** A conversation by its address. */
import { getRouteApi } from "@tanstack/react-router";
import { ConversationScreen } from "@/features/chat/components/conversation-screen";
import "../../features/chat/chat.css";

const route = getRouteApi("/c/$conversationId");

export function Conversation() {
  const { conversationId } = route.useParams();
  const { message } = route.useSearch();
  // Each conversation has its own draft, scroll position and stream.
  return <ConversationScreen key={conversationId} conversationId={conversationId} messageId={message} />;
}
