/** The first steps: a question at once, documents of one's own, and a language model for those who want one. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowRight, BookOpenText, Check, Plug, Upload } from "lucide-react";
import type { ReactNode } from "react";
import { usePutProvider } from "@/lib/api/providers";
import { statusQuery } from "@/lib/api/status";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { LocalService, Status } from "@/lib/types";
import { Button } from "@/ui/button";
import { Eye } from "@/ui/eye";
import { showToast } from "@/ui/toast";
import "../onboarding.css";

export interface WelcomeProps {
  /** Asks the Librarian. */
  onAsk: (question: string) => void;
  /** The buttons that add files; they belong to the library. */
  addFiles: ReactNode;
  onDismiss: () => void;
}

export function Welcome({ onAsk, addFiles, onDismiss }: WelcomeProps) {
  const { data: status } = useQuery(statusQuery);
  const own = status ? status.documents - status.handbook_documents : 0;
  return (
    <div className="welcome">
      <header className="welcome-head">
        <Eye size={44} />
        <h1>{text.onboarding.title}</h1>
        <p className="page-lead">{text.onboarding.lead}</p>
      </header>
      <ol className="welcome-steps">
        <li className="card welcome-step">
          <h2>
            <BookOpenText size={18} aria-hidden /> {text.onboarding.askTitle}
          </h2>
          <p>{text.onboarding.askHint}</p>
          <ul className="welcome-questions">
            {text.onboarding.questions.map((question) => (
              <li key={question}>
                <button type="button" className="question" onClick={() => onAsk(question)}>
                  <span>{question}</span>
                  <ArrowRight size={16} aria-hidden />
                </button>
              </li>
            ))}
          </ul>
        </li>
        <li className="card welcome-step">
          <h2>
            <Upload size={18} aria-hidden /> {text.onboarding.dropTitle}
          </h2>
          <p>{text.onboarding.dropHint}</p>
          <div className="page-actions">{addFiles}</div>
          {own > 0 ? (
            <p className="welcome-done">
              <Check size={16} aria-hidden /> {text.onboarding.own(own)}
            </p>
          ) : undefined}
        </li>
        <li className="card welcome-step">
          <h2>
            <Plug size={18} aria-hidden /> {text.onboarding.modelTitle}
          </h2>
          <ModelStep status={status} />
        </li>
      </ol>
      <Button tone="quiet" onClick={onDismiss}>
        {text.onboarding.dismiss}
      </Button>
    </div>
  );
}

function ModelStep({ status }: { status: Status | undefined }) {
  const models = status?.language_models ?? 0;
  const idle = status?.local_services.filter((service) => !service.in_use) ?? [];
  return (
    <>
      <p>{models > 0 ? text.onboarding.modelsFound(models) : text.onboarding.modelHint}</p>
      {status?.local_services
        .filter((service) => service.in_use)
        .map((service) => (
          <p key={service.base_url} className="welcome-done">
            <Check size={16} aria-hidden /> {text.onboarding.serviceInUse(service.vendor, service.models)}
          </p>
        ))}
      {idle.map((service) => (
        <UseService key={service.base_url} service={service} />
      ))}
      <div className="page-actions">
        <Link to="/settings/$section" params={{ section: "providers" }} className="button button-plain">
          {text.onboarding.addKey}
        </Link>
      </div>
    </>
  );
}

function UseService({ service }: { service: LocalService }) {
  const put = usePutProvider();
  const use = () =>
    put.mutate(
      { name: service.vendor, body: { vendor: service.vendor, base_url: service.base_url } },
      {
        onSuccess: () => showToast({ text: text.onboarding.serviceInUse(service.vendor, service.models) }),
        onError: (error) =>
          showToast({ tone: "danger", text: describeError(error).message, hint: describeError(error).hint }),
      },
    );
  return (
    <div className="welcome-service">
      <p>{text.onboarding.serviceFound(service.vendor, service.models, service.base_url)}</p>
      <Button tone="primary" busy={put.isPending} onClick={use}>
        {text.onboarding.useService(service.vendor)}
      </Button>
    </div>
  );
}
