/** A route: how it chooses, and how its models stand. */
import { FlaskConical, Pencil, Trash2 } from "lucide-react";
import { formatDuration, formatWait } from "@/lib/format";
import { text } from "@/lib/i18n";
import { bdi } from "@/lib/i18n/bidi";
import type { Route, RouteMember } from "@/lib/types";
import { Button, IconButton } from "@/ui/button";
import { Badge, type Tone } from "@/ui/feedback";
import { Ticked } from "@/ui/ticked";
import { showToast } from "@/ui/toast";
import { useDeleteRoute, useRestoreRoute } from "../api";

const STANDING_TONES: Record<string, Tone> = { ready: "good", limited: "warn", open: "danger", missing: "danger" };

export interface RouteCardProps {
  route: Route;
  onEdit: () => void;
  onTry: () => void;
}

export function RouteCard({ route, onEdit, onTry }: RouteCardProps) {
  const remove = useDeleteRoute();
  const restore = useRestoreRoute();
  const { settings } = route;
  const tiers = Map.groupBy(route.members, (member) => member.tier);
  const deleteIt = () =>
    // As a promise, since the card is gone before the answer comes; a refusal has its own message.
    void remove.mutateAsync(route.name).then(
      () =>
        showToast({
          text: text.routes.deleted(route.name),
          action: { label: text.common.undo, run: () => restore.mutate(route) },
        }),
      () => undefined,
    );
  return (
    <li className="card route-card" data-route={route.name}>
      <div className="route-head">
        <h2>{route.name}</h2>
        <Badge tone="accent">{text.routing.strategy(settings.strategy ?? "ordered")}</Badge>
        {settings.strategy === "load_balanced" ? (
          <Badge>{text.routing.balancer(settings.balancer ?? "round_robin")}</Badge>
        ) : undefined}
        <Badge>{text.routes.origin(route.origin)}</Badge>
        <span className="route-commands">
          <Button icon={FlaskConical} tone="quiet" onClick={onTry} aria-label={text.routes.tryThis(route.name)}>
            {text.routes.tryIt}
          </Button>
          {route.editable ? (
            <IconButton icon={Pencil} label={text.routes.edit(route.name)} onClick={onEdit} />
          ) : undefined}
          {/* What Familiar makes itself can be replaced, and comes back when the replacement goes. */}
          {route.origin === "page" ? (
            <IconButton
              icon={Trash2}
              label={text.routes.remove(route.name)}
              disabled={remove.isPending}
              onClick={deleteIt}
            />
          ) : undefined}
        </span>
      </div>
      {route.editable ? undefined : (
        <p className="field-hint">
          <Ticked>
            {`${text.routes.readOnly}${route.not_editable_because ? `: ${bdi(route.not_editable_because)}` : "."}`}
          </Ticked>
        </p>
      )}
      {[...tiers].map(([tier, members]) => (
        <div key={tier} className="route-tier">
          {tiers.size > 1 ? <p className="route-tier-name">{text.routing.tier(tier)}</p> : undefined}
          <ol>
            {members.map((member) => (
              <Member key={member.deployment} member={member} />
            ))}
          </ol>
        </div>
      ))}
    </li>
  );
}

function Member({ member }: { member: RouteMember }) {
  const figures = text.routes.memberFigures(
    typeof member.success_percent === "number" ? text.models.percent(member.success_percent) : undefined,
    typeof member.first_token_ms === "number" ? formatDuration(member.first_token_ms) : undefined,
  );
  return (
    <li className="route-member numeric">
      <span className="model-id route-member-name">{member.deployment}</span>
      {figures ? <span className="field-hint">{figures}</span> : undefined}
      <Badge tone={STANDING_TONES[member.standing] ?? "neutral"}>
        {text.routes.standing(member.standing)}
        {typeof member.wait_seconds === "number" ? ` ${text.routes.wait(formatWait(member.wait_seconds))}` : ""}
      </Badge>
      {member.problem ? (
        <span className="route-problem">
          <Ticked>{member.problem}</Ticked>
        </span>
      ) : undefined}
    </li>
  );
}
