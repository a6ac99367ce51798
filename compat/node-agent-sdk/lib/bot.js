// One SDK client, and everything it and its socket saw.

import { randomUUID } from 'node:crypto';

import { faults } from './frames.js';
import { Record, within } from './wait.js';

const UPSERTS = '.ams.aam.ExConversationChangeNotification';
const RINGS = '.ams.routing.RoutingTaskNotification';
const EVENTS = '.ams.ms.OnlineEventDistribution';

export class Bot {
  /** Frames as they came, before the SDK changes them. */
  frames = new Record();
  /** What the SDK tells its user: `{name, body}`. */
  told = new Record();
  /** What is wrong with the frames. */
  faults = [];
  /** Requests that are not answered yet, by id. */
  #requests = new Map();
  #complaints = [];
  #generation;
  #account;

  constructor(world, options) {
    this.#generation = world.generation;
    this.#account = world.account;
    this.sdk = new world.Agent({ accountId: world.account, csdsDomain: world.csdsDomain, ...options });
    for (const name of ['connected', 'closed', 'error', 'warn']) {
      this.sdk.on(name, (body) => {
        if (name === 'connected') this.#tap();
        if (name === 'error' || name === 'warn') this.#complaints.push(body?.message ?? String(body));
        this.told.push({ name, body });
      });
    }
    for (const name of [
      'cqm.ExConversationChangeNotification', 'routing.RoutingTaskNotification',
      'routing.AgentStateNotification', 'ms.MessagingEventNotification',
    ]) {
      this.sdk.on(name, (body) => this.told.push({ name, body }));
    }
    world.bots.push(this);
  }

  /** A client of a user, connected. */
  static async open(world, credentials, options = {}) {
    const bot = new Bot(world, { ...credentials, ...options });
    await bot.told.wait('the SDK to connect', ({ name }) => name === 'connected' || name === 'error');
    if (bot.#complaints.length > 0) throw new Error(`the SDK says: ${bot.#complaints.join('; ')}`);
    return bot;
  }

  /** Sees frames before the SDK does, for it changes them; and requests as they go out. */
  #tap() {
    const { transport } = this.sdk;
    if (transport.isTapped) return;
    transport.isTapped = true;
    transport.prependListener('message', (frame) => {
      this.faults.push(...faults(frame, {
        requests: this.#requests, account: this.#account, apiVersion: this.#generation.apiVersion,
      }));
      this.frames.push(structuredClone(frame));
    });
    const send = transport.send.bind(transport);
    transport.send = (message) => {
      this.#requests.set(String(message.id), message.type);
      send(message);
    };
  }

  get aid() {
    return `${this.#account}.${this.sdk.userId}`;
  }

  get pid() {
    return this.sdk.agentId;
  }

  get bearer() {
    return this.sdk.transport.configuration.token;
  }

  /** Calls a method of the SDK; what its callback is given. */
  call(method, body, ...more) {
    const answer = new Promise((resolve) => {
      this.sdk[method](body, ...more, (error, answered) => {
        resolve({ code: error?.code ?? (error ? error.message : 'ok'), body: answered });
      });
    });
    return within(`the answer to ${method}`, answer);
  }

  /** Calls a method and wants it to succeed; the body. */
  async ok(method, body, ...more) {
    const { code, body: answered } = await this.call(method, body, ...more);
    if (code !== 'ok') throw new Error(`${method} was answered by ${code} ${JSON.stringify(answered)}`);
    return answered;
  }

  /** Sends a request past the SDK's methods; the frame of the answer. */
  raw(type, body, id = randomUUID(), more = {}) {
    const from = this.frames.end;
    this.sdk.transport.send({ kind: 'req', id, type, body, ...more });
    const isAnswer = (frame) => frame.kind === 'resp' && frame.reqId === String(id);
    return this.frames.entry(`the answer to ${type}`, isAnswer, from);
  }

  /** The position of a change of a conversation that matches. */
  change(what, conversation, matches = () => true, from = 0) {
    return this.frames.wait(what, (frame) => changesOf(frame, UPSERTS).some(
      (change) => change.result.convId === conversation && matches(change, frame.body.subscriptionId),
    ), from);
  }

  /** The change of a conversation at a position. */
  changeAt(index, conversation) {
    const changes = changesOf(this.frames.entries[index], UPSERTS);
    return changes.find((change) => change.result.convId === conversation);
  }

  /** The position of a ring of a conversation in a state. */
  ring(conversation, state, from = 0) {
    return this.frames.wait(`a ring ${state}`, (frame) => changesOf(frame, RINGS).some(
      ({ result }) => result.conversationId === conversation
        && result.ringsDetails.some((ring) => ring.ringState === state),
    ), from);
  }

  /** The task at a position. */
  taskAt(index, conversation) {
    const changes = changesOf(this.frames.entries[index], RINGS);
    return changes.find(({ result }) => result.conversationId === conversation);
  }

  /** Waits for a ring, takes it, and waits until the conversation is known. Returns the position of the change. */
  async accept(conversation, from = 0) {
    const task = this.taskAt(await this.ring(conversation, 'WAITING', from), conversation);
    const [{ ringId }] = task.result.ringsDetails;
    await this.ok('updateRingState', { ringId, ringState: 'ACCEPTED' });
    return this.change('the conversation', conversation, isAssigned(this.aid), from);
  }

  /** The position of an event of a dialog that matches. */
  event(what, dialog, matches = () => true, from = 0) {
    return this.frames.wait(what, (frame) => frame.type === EVENTS && frame.body.dialogId === dialog
      && matches(frame.body), from);
  }

  /** What the SDK hands to its user of an event that matches. */
  async message(what, matches, from = 0) {
    const told = await this.told.entry(what, ({ name, body }) => name === 'ms.MessagingEventNotification'
      && body.changes.some(matches), from);
    return told.body.changes.find(matches);
  }

  /** Subscribes to the own open conversations and to rings, and is available. */
  async work(availability = 'ONLINE') {
    this.conversations = await this.ok('subscribeExConversations', { agentIds: [this.pid], convState: ['OPEN'] });
    this.rings = await this.ok('subscribeRoutingTasks', {});
    await this.ok('setAgentState', { availability });
  }

  /** Takes no more rings and goes. */
  async leave() {
    if (this.sdk.connected) await this.ok('setAgentState', { availability: 'AWAY' });
    this.sdk.dispose();
  }

  /** Takes back the SDK's complaints, for checks that provoke them. */
  takeComplaints() {
    return this.#complaints.splice(0);
  }

  /** What must be empty in the end. */
  get troubles() {
    return [...this.faults, ...this.#complaints.map((complaint) => `the SDK says: ${complaint}`)];
  }
}

function changesOf(frame, type) {
  return frame.type === type ? frame.body.changes : [];
}

/** Matches a change after which an agent is assigned. */
export function isAssigned(aid) {
  return (change) => change.type === 'UPSERT'
    && (change.result.conversationDetails.participants.ASSIGNED_AGENT ?? []).includes(aid);
}
