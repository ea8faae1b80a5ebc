/** A shared conversation by the end of its address. */
import { getRouteApi } from "@tanstack/react-router";
import { SharedScreen } from "@/features/chat/components/shared-screen";

const route = getRouteApi("/s/$token");

export function Shared() {
  const { token } = route.useParams();
  return <SharedScreen token={token} />;
}
