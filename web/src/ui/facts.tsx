/** Names with their values, in a line that wraps. */
export interface FactsProps {
  facts: readonly (readonly [string, string])[];
}

export function Facts({ facts }: FactsProps) {
  return (
    <dl className="figures-line numeric">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
