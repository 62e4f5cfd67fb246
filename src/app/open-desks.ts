import { type ContactContexts, contactContexts } from '../agents/contact-contexts.ts';
import { openAgentDesks } from '../agents/open-agent-desks.ts';
import type { OpenDesks } from '../agents/open-desks.ts';
import { openSupervision } from '../agents/open-supervision.ts';
import type { Supervision } from '../agents/supervision.ts';
import { openTicketStore } from '../agents/tickets/open-ticket-store.ts';
import { keyedHash } from '../archive/search/keyed-hash.ts';
import type { CallQueues } from '../calls/queueing/call-queues.ts';
import { openStandingLines } from '../calls/queueing/standing-lines.ts';
import type { Config } from '../config/schema.ts';
import { browserUser } from '../domain/browser-user.ts';
import type { ContactId } from '../domain/ids.ts';
import { contactRoutes } from '../http/routes/contacts.ts';
import type { QueueReports } from '../http/sources.ts';
import { reportRoutes } from '../http/routes/reports.ts';
import type { Journal } from '../journal/journal.ts';
import { englishSentiment } from '../language/en/sentiment-words.ts';
import { primaryLanguage } from '../language/primary-language.ts';
import { queuePhrases } from '../language/queue-phrases.ts';
import { chineseSentiment } from '../language/zh/sentiment-words.ts';
import { systemClock } from '../lib/clock.ts';
import { localZone } from '../lib/local-time.ts';
import type { Logger } from '../lib/logger.ts';
import type { Scope } from '../lib/scope.ts';
import { textOf } from '../lib/text-of.ts';
import { followCounts } from '../queues/reports/followed-counts.ts';
import { openCountStore } from '../queues/store/open-count-store.ts';
import { hideNumbers } from '../redaction/hide-numbers.ts';
import { redactText } from '../redaction/redact-text.ts';
import { openStaffKey } from '../staff/staff-key.ts';
import type { Storage } from '../storage/storage.ts';
import { contactWebhook } from './contact-webhook.ts';
import { followCustomers } from './follow-customers.ts';
import { keepCallbacks } from './keep-callbacks.ts';
import { registrarDomain } from './keep-registrar.ts';
import type { FrontEnd } from './open-front-end.ts';
import type { RunningQueues } from './open-queues.ts';
import type { Part } from './part.ts';
import { queueReports } from './queue-reports.ts';

/** What the desks of agents stand on, and what calls need of it. */
export interface RunningDesks {
  readonly desks: OpenDesks;
  readonly calls: CallQueues;
  readonly supervision: Supervision;
  readonly reports: QueueReports;
  readonly part: Part;
}

interface DeskParts {
  readonly queues: RunningQueues;
  readonly front: Pick<FrontEnd, 'media' | 'signalling' | 'browsers'>;
  readonly journal: Journal;
  readonly storage: Storage;
}

/** @throws IvrError CONFIG_INVALID */
export async function openDesks(
  config: Config,
  { queues, front, journal, storage }: DeskParts,
  scope: Scope,
  logger: Logger,
): Promise<RunningDesks> {
  const { service, table } = queues;
  const { registrar, staff, archive } = config;
  const contexts = contactContexts({
    sentimentOf: (text) => chineseSentiment(text) ?? englishSentiment(text),
    redact: redactText,
  });
  scope.defer(journal.subscribe((event) => contexts.follow(event)));
  const key = await openStaffKey(staff.key_file);
  const hash = keyedHash(Buffer.from(key.mac('numbers of customers in the queues')), archive.country_code);
  const hashOf = (number: string): string | undefined => hash.number(number) ?? undefined;
  const callbacks = keepCallbacks({ service, store: queues.store, key, hashOf, clock: systemClock, logger }, scope);
  const customers = followCustomers(service, queues.store, logger);
  scope.defer(() => customers.stop());
  const tickets = openTicketStore(storage, {
    departments: () => table().choices.departments,
    customerOf: (contact) => customers.customerOf(contact),
    clean: hideNumbers,
    clock: systemClock,
  });
  const telephoneOf = (agent: string): string | undefined =>
    service.rules.agents.get(agent)?.telephone ??
    (registrar.users_file === '' ? undefined : `sip:${agent}@${registrar.domain}`);
  const desks = scope.use(
    openAgentDesks({
      queues: service,
      choices: () => table().choices,
      devicesOf: (agent) => [
        ...(front.browsers === undefined ? [] : (['browser'] as const)),
        ...(telephoneOf(agent) === undefined ? [] : (['telephone'] as const)),
      ],
      canConsult: front.media.mixes,
      contexts,
      tickets,
      async wrappedUp(agent, { contact, reason, notes }) {
        await journal.appendLate(contact, { type: 'wrapped-up', agent, reason, notes: hideNumbers(notes) });
      },
      clock: systemClock,
      logger,
    }),
  );
  const browserOf = (name: string): string => `sip:${browserUser(name)}@${registrarDomain(config)}`;
  const { media, signalling } = front;
  const lines = scope.use(openStandingLines(browserOf, { media, signalling, clock: systemClock, logger }));
  desks.use(lines);
  const limits = {
    shortAbandonMs: SHORT_ABANDON_MS,
    answerWithinMs: (queue: string) => service.rules.queues.get(queue)?.answerWithinMs ?? ANSWER_WITHIN_MS,
  };
  const counts = followCounts(queues.store, openCountStore(storage), limits);
  const zone = localZone();
  const supervision = scope.use(
    openSupervision({
      queues: service,
      counts,
      desks,
      canMonitor: front.media.mixes,
      breakReasons: () => table().choices.breakReasons,
      zone,
      clock: systemClock,
      logger,
    }),
  );
  await followByWebhook(config.queues, contexts, journal, scope, logger);
  const reports = queueReports(counts, { floor: () => service.floor, rules: () => service.rules }, systemClock);
  return {
    desks,
    supervision,
    reports,
    part: {
      name: 'agents',
      routes: [contactRoutes((contact) => contexts.of(contact as ContactId)), reportRoutes(reports)],
    },
    calls: {
      service,
      desks,
      contexts,
      lines,
      callbacks,
      defaultQueue: () => table().defaultQueue,
      phrases: queuePhrases,
      bank: bankOf(table),
      customerOf: hashOf,
      telephoneOf,
      supervisorWays: (name) => waysTo(front.browsers === undefined ? undefined : browserOf(name), telephoneOf(name)),
      lastAgentOf: (customer) => customers.lastAgentOf(customer),
      pastContactsOf: (customer, but) => customers.pastContacts(customer, but),
      ticketsOf: (contact) => tickets.of(contact),
    },
  };
}

const bankOf = (table: RunningQueues['table']) => (language: string) => table().bank[primaryLanguage(language)];

/** The browser first. */
const waysTo = (browser: string | undefined, telephone: string | undefined) => [
  ...(browser === undefined ? [] : [{ uri: browser, browser: true }]),
  ...(telephone === undefined ? [] : [{ uri: telephone, browser: false }]),
];

/** Of the reports: whoever gives up earlier is left out of what was offered; and a queue that is not configured any more. */
const SHORT_ABANDON_MS = 6_000;
const ANSWER_WITHIN_MS = 20_000;

async function followByWebhook(
  { webhook_url: url, webhook_secret_file: file }: Config['queues'],
  contexts: ContactContexts,
  journal: Pick<Journal, 'subscribe'>,
  scope: Scope,
  logger: Logger,
): Promise<void> {
  if (url === '') return;
  const secret = (await textOf(file, 'queues.webhook_secret_file')).trim();
  const tell = contactWebhook({ url, secret, contexts, clock: systemClock, logger, signal: scope.signal });
  scope.defer(journal.subscribe(tell));
}
