/** Rows of a report: by model, provider or key. */
import { formatCount, formatMoney } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { UsageRow } from "@/lib/types";
import { ScrollTable } from "@/ui/scroll-table";

export function UsageTable({
  title,
  rows,
  narrow = false,
}: {
  title: string;
  rows: readonly UsageRow[];
  narrow?: boolean;
}) {
  return (
    <section className="usage-table">
      <h2>{title}</h2>
      {rows.length === 0 ? (
        <p className="field-hint">{text.usage.nothing}</p>
      ) : (
        <ScrollTable label={title}>
          <table className="table numeric">
            <thead>
              <tr>
                <th scope="col">{text.usage.name}</th>
                <th scope="col" className="end">
                  {text.usage.requests}
                </th>
                {narrow ? undefined : (
                  <>
                    <th scope="col" className="end">
                      {text.usage.failed}
                    </th>
                    <th scope="col" className="end">
                      {text.usage.tokensRead}
                    </th>
                    <th scope="col" className="end">
                      {text.usage.tokensWritten}
                    </th>
                  </>
                )}
                <th scope="col" className="end">
                  {text.usage.spent}
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.name}>
                  <th scope="row" className="usage-name">
                    {row.name}
                  </th>
                  <td className="end">{formatCount(row.requests)}</td>
                  {narrow ? undefined : (
                    <>
                      <td className="end">{formatCount(row.failures)}</td>
                      <td className="end">{formatCount(row.input_tokens)}</td>
                      <td className="end">{formatCount(row.output_tokens)}</td>
                    </>
                  )}
                  <td className="end">{formatMoney(row.cost_usd)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollTable>
      )}
    </section>
  );
}
