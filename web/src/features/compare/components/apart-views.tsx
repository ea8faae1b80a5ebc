/** Answers to one question held against each other: block by block, word by word, in figures. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { describeError } from "@/lib/client";
import { formatShare } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { CompareColumn, CompareDetail, CompareDifference } from "@/lib/types";
import { Empty, Failure, Skeleton } from "@/ui/feedback";
import { SelectField, Switch } from "@/ui/field";
import { Markdown } from "@/ui/markdown/markdown";
import { ScrollTable } from "@/ui/scroll-table";
import { differenceQuery } from "../api";
import { answerOf, saidTo } from "../model";
import { Answer } from "./answers-view";
import { Board, type BoardProps } from "./board";

type ViewProps = Omit<BoardProps, "rows">;

/** The columns that answered, in the order of what is fetched about them. */
function useApart(
  detail: CompareDetail,
  turnId: string,
  options: { base: string | undefined; spaces: boolean; markup: boolean },
) {
  const answers = detail.head.columns.flatMap((column) => answerOf(detail, turnId, column.id) ?? []);
  const enough = saidTo(detail, turnId).length > 1;
  const base = Math.max(
    0,
    answers.findIndex((answer) => answer.column_id === options.base),
  );
  const written = answers.every((answer) => answer.status !== "streaming");
  const asked = {
    turnId,
    base,
    spaces: options.spaces,
    markup: options.markup,
    answers: answers.map(({ id }) => id).join(),
  };
  const query = useQuery({
    ...differenceQuery(detail.head.id, enough && written ? asked : undefined),
    placeholderData: keepPreviousData,
  });
  return { ...query, enough, base };
}

function Waiting({ enough, error, retry }: { enough: boolean; error: Error | null; retry: () => void }) {
  if (error) return <Failure failure={describeError(error)} retryLabel={text.common.retry} onRetry={retry} />;
  if (!enough) return <Empty title={text.compare.notYet} />;
  return <Skeleton lines={6} label={text.common.loading} />;
}

export function AlignedView({ detail, turnId, ...board }: ViewProps) {
  const { data, error, enough, refetch } = useApart(detail, turnId, { base: undefined, spaces: false, markup: false });
  if (!data || !enough) return <Waiting enough={enough} error={error} retry={() => void refetch()} />;
  const place = (column: CompareColumn) => data.column_ids.indexOf(column.id);
  const rows = data.rows.map((row, number) => ({
    id: String(number),
    cell: (column: CompareColumn) => {
      const block = row[place(column)];
      return block ? <Markdown source={block} streaming={false} /> : undefined;
    },
  }));
  return <Board detail={detail} turnId={turnId} rows={rows} {...board} />;
}

export function WordsView({ detail, turnId, ...board }: ViewProps) {
  const [base, setBase] = useState<string>();
  const [spaces, setSpaces] = useState(true);
  const [markup, setMarkup] = useState(true);
  const apart = useApart(detail, turnId, { base, spaces: !spaces, markup: !markup });
  const { data, error, enough, refetch } = apart;
  const options = saidTo(detail, turnId).map(([column]) => ({ value: column.id, label: column.name }));
  const row = {
    id: "words",
    cell: (column: CompareColumn) => {
      const place = data?.column_ids.indexOf(column.id) ?? -1;
      if (!data || place < 0) return <Answer answer={answerOf(detail, turnId, column.id)} name={column.name} />;
      return (
        <>
          <p className="field-hint">
            {place === data.base ? text.compare.isBase : text.compare.alike(formatShare(data.similarity[place] ?? 0))}
          </p>
          <Pieces pieces={data.pieces[place] ?? []} />
        </>
      );
    },
  };
  return (
    <>
      <div className="compare-options">
        <SelectField
          label={text.compare.base}
          options={options}
          value={base ?? options[0]?.value ?? ""}
          onChange={(event) => setBase(event.target.value)}
        />
        <Switch label={text.compare.ignoreSpaces} checked={spaces} onChange={setSpaces} />
        <Switch label={text.compare.ignoreMarkup} checked={markup} onChange={setMarkup} />
        <p className="field-hint">{text.compare.legend}</p>
      </div>
      {data && enough ? (
        <Board detail={detail} turnId={turnId} rows={[row]} {...board} />
      ) : (
        <Waiting enough={enough} error={error} retry={() => void refetch()} />
      )}
    </>
  );
}

function Pieces({ pieces }: { pieces: CompareDifference["pieces"][number] }) {
  return (
    <div className="compare-pieces" dir="auto">
      {pieces.map((piece, at) => {
        if (piece.mark === "same") return <span key={at}>{piece.text}</span>;
        return (
          <span key={at}>
            {piece.instead ? <del>{piece.instead}</del> : undefined}
            {piece.text ? <ins data-mark={piece.mark}>{piece.text}</ins> : undefined}
          </span>
        );
      })}
    </div>
  );
}

export function MeasuredTables({ detail, turnId }: { detail: CompareDetail; turnId: string }) {
  const { data, error, enough, refetch } = useApart(detail, turnId, { base: undefined, spaces: false, markup: false });
  if (!data || !enough) return <Waiting enough={enough} error={error} retry={() => void refetch()} />;
  const names = data.column_ids.map((id) => detail.head.columns.find((column) => column.id === id)?.name ?? "");
  const figures = data.figures.filter(({ values }) => values.some((value) => value !== 0));
  const some = [...data.numbers, ...data.names];
  const heads = names.map((name, place) => (
    <th key={place} scope="col">
      {name}
    </th>
  ));
  return (
    <>
      <TableCard title={text.compare.measured} hint={text.compare.measuredHint}>
        <thead>
          <tr>
            <th scope="col">{text.compare.about}</th>
            {heads}
          </tr>
        </thead>
        <tbody>
          {figures.map(({ what, values }) => (
            <tr key={what}>
              <th scope="row">{text.compare.figureName(what)}</th>
              {values.map((value, place) => (
                <td key={place} data-most={value === Math.max(...values) && new Set(values).size > 1 ? "" : undefined}>
                  {Number.isInteger(value) ? value : value.toFixed(2)}
                </td>
              ))}
            </tr>
          ))}
          {data.overlap.map((row, at) => (
            <tr key={`overlap-${at}`}>
              <th scope="row">
                {text.compare.overlap}: {names[at]}
              </th>
              {row.map((share, place) => (
                <td key={place}>{place === at ? "–" : formatShare(share)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </TableCard>
      <TableCard title={text.compare.disagreements} empty={data.disagreements.length === 0}>
        <thead>
          <tr>
            <th scope="col">{text.compare.about}</th>
            {heads}
          </tr>
        </thead>
        <tbody>
          {data.disagreements.map(({ about, values }) => (
            <tr key={about}>
              <th scope="row">{about}</th>
              {values.map((value, place) => (
                <td key={place}>{value.length > 0 ? value.join(", ") : "–"}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </TableCard>
      <TableCard title={text.compare.namedBySome} empty={some.length === 0}>
        <thead>
          <tr>
            <th scope="col">{text.compare.about}</th>
            {heads}
          </tr>
        </thead>
        <tbody>
          {some.map(({ what, held_by }) => (
            <tr key={what}>
              <th scope="row">{what}</th>
              {names.map((_, place) => (
                <td key={place}>{held_by.includes(place) ? text.compare.says : text.compare.saysNot}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </TableCard>
    </>
  );
}

export function TableCard({
  title,
  hint,
  empty = false,
  children,
}: {
  title: string;
  hint?: string;
  empty?: boolean;
  children: ReactNode;
}) {
  return (
    <div className="card compare-card">
      <h2>{title}</h2>
      {hint ? <p className="field-hint">{hint}</p> : undefined}
      {empty ? (
        <p className="field-hint">{text.compare.nothingApart}</p>
      ) : (
        <ScrollTable label={title}>
          <table className="table">{children}</table>
        </ScrollTable>
      )}
    </div>
  );
}
