import { Alert, Card, Descriptions, Space, Tag } from 'antd';
import { useCallback, useRef, useState } from 'react';
import { Link, useParams } from 'react-router';
import type { RecordingDetail } from '../../../src/archive/recording-reader.ts';
import { useMay } from '../app/session.tsx';
import { Failure } from '../parts/failure.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { StateTag } from '../parts/state-tag.tsx';
import { useLoaded } from '../parts/use-loaded.ts';
import { Waiting } from '../parts/waiting.tsx';
import { clockOf, useLanguage } from '../text/language.tsx';
import { type Access, AccessGate } from './access-gate.tsx';
import { Custody } from './custody.tsx';
import { ExportCard } from './export-card.tsx';
import { HoldDialog } from './hold-dialog.tsx';
import { Player } from './player.tsx';
import { Timeline } from './timeline.tsx';
import { Transcript } from './transcript.tsx';
import { VerificationCard } from './verification-card.tsx';

export function RecordingPage() {
  const { text } = useLanguage();
  const { id = '' } = useParams();
  const [access, setAccess] = useState<Access & { readonly id: string }>();
  return (
    <>
      <p>
        <Link to="/search">{text.recording.back}</Link>
      </p>
      {access === undefined || access.id !== id ? (
        <AccessGate id={id} onAccess={(given) => setAccess({ ...given, id })} />
      ) : (
        <Opened id={id} access={access} />
      )}
    </>
  );
}

function Opened({ id, access }: { readonly id: string; readonly access: Access }) {
  const { text, date } = useLanguage();
  const may = useMay();
  const {
    value: detail,
    error,
    loading,
  } = useLoaded<RecordingDetail>(`/api/archive/recordings/${id}?grant=${access.grant}`);
  const audio = useRef<HTMLAudioElement>(null);
  const [now, setNow] = useState(0);
  const seek = useCallback((ms: number) => {
    const media = audio.current;
    if (media === null) return;
    media.currentTime = ms / 1000;
    setNow(ms);
  }, []);
  if (loading) return <Waiting />;
  if (detail === undefined) return <Failure error={error} />;
  return (
    <>
      <PageHead title={text.recording.title(date(detail.startedAt))}>
        <Space wrap>
          <StateTag state={detail.state} />
          {detail.restricted ? <Tag>{text.search.restricted}</Tag> : null}
          {may('hold.place') ? <HoldDialog recordings={[id]} /> : null}
        </Space>
      </PageHead>
      {detail.recovered ? (
        <Alert
          type="warning"
          showIcon
          style={{ marginBottom: 12 }}
          title={text.recording.recovered(String(Math.ceil(detail.lostMs / 1000)))}
        />
      ) : null}
      {access.action === 'recording.view' ? (
        <Alert type="info" showIcon style={{ marginBottom: 16 }} title={text.recording.noAudio} />
      ) : (
        <Player detail={detail} access={access} audio={audio} onTime={setNow} />
      )}
      <div className="two-columns">
        <div>
          <Transcript detail={detail} now={now} onSeek={seek} />
          <Custody id={id} grant={access.grant} />
        </div>
        <div>
          <VerificationCard id={id} />
          <Timeline detail={detail} onSeek={seek} />
          <Facts detail={detail} />
          {may('recording.export') ? <ExportCard id={id} /> : null}
        </div>
      </div>
    </>
  );
}

function Facts({ detail }: { readonly detail: RecordingDetail }) {
  const { text, date, day, nameOf } = useLanguage();
  const { fields, copies } = text.recording;
  const hash = (value: string | null) => (value === null ? text.none : <span className="hash">{value}</span>);
  return (
    <Card size="small" title={text.recording.facts} style={{ marginBottom: 16 }}>
      <Descriptions
        size="small"
        column={1}
        items={[
          { key: 'id', label: fields.id, children: hash(detail.id) },
          { key: 'contact', label: fields.contact, children: hash(detail.contact) },
          { key: 'duration', label: text.search.duration, children: clockOf(detail.durationMs) },
          { key: 'caller', label: text.search.caller, children: `${detail.caller} (${text.search[detail.direction]})` },
          { key: 'callee', label: fields.callee, children: detail.callee },
          { key: 'agent', label: text.search.agent, children: detail.agent ?? text.none },
          { key: 'queue', label: text.search.queue, children: detail.queue ?? text.none },
          { key: 'dialplan', label: text.search.dialplan, children: detail.dialplan ?? text.none },
          {
            key: 'language',
            label: fields.language,
            children: detail.language === null ? text.none : nameOf(detail.language),
          },
          { key: 'level', label: fields.level, children: detail.level },
          {
            key: 'retention',
            label: text.recording.retention,
            children: detail.bases.map(({ policy, version, legalReference, until, event }) => (
              <div key={policy}>
                {policy} v{version}, {legalReference}:{' '}
                {until === null ? text.recording.untilEvent(event ?? '') : text.recording.until(day(until))}
              </div>
            )),
          },
          {
            key: 'holds',
            label: text.recording.holds,
            children:
              detail.heldBy.length === 0
                ? text.none
                : detail.heldBy.map(({ id, caseNo, by, placedAt }) => (
                    <div key={id}>
                      {caseNo}, {by}, {date(placedAt)}
                    </div>
                  )),
          },
          { key: 'sha', label: copies.sha256, children: hash(detail.sha256) },
          { key: 'manifest', label: copies.manifest, children: hash(detail.manifestSha256) },
          { key: 'leaf', label: copies.leaf, children: detail.leafIndex ?? text.none },
          {
            key: 'leaks',
            label: copies.leaks,
            children: detail.leakCertificate === null ? text.none : date(Date.parse(detail.leakCertificate)),
          },
          { key: 'key', label: copies.key, children: detail.keyEpoch ?? text.none },
          { key: 'lock', label: copies.lock, children: detail.lockUntil === null ? text.none : date(detail.lockUntil) },
        ]}
      />
    </Card>
  );
}
