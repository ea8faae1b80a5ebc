/** Who somebody is, as a view made of facts. */
import { useQuery } from "@tanstack/react-query";
import { profileQuery } from "@/lib/api/memory";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import { Empty, Failure, Skeleton } from "@/ui/feedback";

export function ProfileView({ scope }: { scope: string }) {
  const profile = useQuery(profileQuery(scope));
  if (profile.error) return <Failure failure={describeError(profile.error)} />;
  if (!profile.data) return <Skeleton lines={6} label={text.common.loading} />;
  if (profile.data.sections.length === 0)
    return <Empty title={text.memory.profileEmpty}>{text.memory.emptyHint}</Empty>;
  return (
    <>
      {profile.data.name ? <p className="page-lead">{text.memory.calledName(profile.data.name)}</p> : undefined}
      <div className="profile-parts">
        {profile.data.sections.map((section) => (
          <section key={section.kind} className="profile-part">
            <h2 className="memory-heading">{text.memory.kindName(section.kind)}</h2>
            <ul>
              {section.facts.map((fact) => (
                <li key={fact.id} className="as-named" dir="auto">
                  {fact.text}
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </>
  );
}
