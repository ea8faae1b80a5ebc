/** The familiar's eye: the sign of the house. It looks about while an answer is being written. */
import { classNames } from "./class-names";

export function Eye({ size = 22, watching = false }: { size?: number; watching?: boolean }) {
  return (
    <svg
      className={classNames("eye", watching && "eye-watching")}
      width={size}
      height={size}
      viewBox="0 0 24 24"
      aria-hidden
    >
      <path
        className="eye-lid"
        d="M1.5 12C4.3 7.1 7.8 4.7 12 4.7S19.7 7.1 22.5 12C19.7 16.9 16.2 19.3 12 19.3S4.3 16.9 1.5 12z"
      />
      <path className="eye-slit" d="M12 5.7c2 4.2 2 8.4 0 12.6c-2-4.2-2-8.4 0-12.6z" />
    </svg>
  );
}
