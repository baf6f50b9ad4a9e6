import type { ComponentChildren } from 'preact';
import './table.css';

export interface Column<R> {
  title: string;
  cell(row: R): ComponentChildren;
  isNumber?: boolean;
  /** Takes the whole width where rows are shown as cards. */
  isLead?: boolean;
}

interface TableProps<R> {
  caption: string;
  columns: readonly Column<R>[];
  rows: readonly R[];
  keyOf(row: R): string | number;
  testId?: string;
  rowTestId?(row: R): string | undefined;
}

/** A table where there is room, and a list of cards on a phone. Roles are explicit: changing how it is displayed would drop them. */
export function DataTable<R>({ caption, columns, rows, keyOf, testId, rowTestId }: TableProps<R>) {
  return (
    <table class="data" role="table" data-testid={testId}>
      <caption class="unseen">{caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map((column) => (
            <th key={column.title} role="columnheader" scope="col" class={column.isNumber ? 'right' : undefined}>
              {column.title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <tr key={keyOf(row)} role="row" data-testid={rowTestId?.(row)}>
            {columns.map((column) => (
              <td key={column.title} role="cell" class={[column.isNumber ? 'right' : '', column.isLead ? 'data-lead' : ''].join(' ').trim() || undefined}>
                <span class="data-label" aria-hidden="true">
                  {column.title}
                </span>
                <span class="data-value">{column.cell(row)}</span>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
