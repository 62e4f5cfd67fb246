import type { ReactNode } from 'react';

export function PageHead({
  title,
  lead,
  children,
}: {
  readonly title: string;
  readonly lead?: string;
  readonly children?: ReactNode;
}) {
  return (
    <>
      <div className="page-head">
        <h1>{title}</h1>
        <div>{children}</div>
      </div>
      {lead === undefined ? null : <p className="page-lead">{lead}</p>}
    </>
  );
}
