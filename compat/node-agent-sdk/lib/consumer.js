// The consumer's side: a connector's calls by plain fetch (spec 03 – 05).

import { randomUUID } from 'node:crypto';

import { LIMIT } from './wait.js';

/** A call with a bounded wait. */
export function fetchSoon(url, options = {}) {
  return fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(LIMIT), ...options });
}

async function wanted(response, status, what) {
  const text = await response.text();
  if (response.status !== status) throw new Error(`${what} was answered by ${response.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

/** The hosts of an account's services. */
export async function domains(csdsDomain, account, prefix = 'api') {
  const url = `https://${csdsDomain}/${prefix}/account/${account}/service/baseURI.json?version=1.0`;
  const { baseURIs } = await wanted(await fetchSoon(url), 200, 'the Domain API');
  return Object.fromEntries(baseURIs.map((entry) => [entry.service, entry.baseURI]));
}

/** The app's token. */
async function appJwt(world, hosts) {
  const query = new URLSearchParams({
    v: '1.0', grant_type: 'client_credentials', client_id: world.app.client_id,
    client_secret: world.app.client_secret,
  });
  const url = `https://${hosts.sentinel}/sentinel/api/account/${world.account}/app/token?${query}`;
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return (await wanted(await fetchSoon(url, { method: 'POST', headers }), 200, 'app/token')).access_token;
}

export class Consumer {
  conversation;
  #base;
  #headers;
  #account;

  /** A new consumer. */
  static async create(world) {
    const consumer = new Consumer();
    const hosts = await domains(world.csdsDomain, world.account);
    const app = await appJwt(world, hosts);
    const signUp = await fetchSoon(`https://${hosts.idp}/api/account/${world.account}/consumer?v=1.0`, {
      method: 'POST',
      headers: { authorization: app, 'content-type': 'application/json' },
      body: JSON.stringify({ ext_consumer_id: randomUUID() }),
    });
    const { token } = await wanted(signUp, 201, 'consumer');
    const claims = JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());
    consumer.id = claims.lp_consumer_id;
    consumer.#account = world.account;
    consumer.#headers = { authorization: app, 'x-lp-on-behalf': token, 'content-type': 'application/json' };
    const path = `api/account/${world.account}/messaging/consumer/conversation`;
    consumer.#base = `https://${hosts.asyncMessagingEnt}/${path}`;
    return consumer;
  }

  /** A new consumer with an open conversation. */
  static async asking(world, options) {
    const consumer = await Consumer.create(world);
    await consumer.open(options);
    return consumer;
  }

  async #call(path, body) {
    const options = { method: 'POST', headers: this.#headers, body: JSON.stringify(body) };
    return wanted(await fetchSoon(`${this.#base}${path}?v=3`, options), 200, path || 'CONVERSATION');
  }

  /** Sets the profile and opens a conversation. */
  async open({ skill = '-1' } = {}) {
    const answers = await this.#call('', [
      { kind: 'req', id: '1', type: 'userprofile.SetUserProfile', body: { authenticatedData: { lp_sdes: [
        { type: 'ctmrinfo', info: { customerId: 'crm-4711' } },
        { type: 'personal', personal: { firstname: 'Ada', lastname: 'Byron' } },
      ] } } },
      { kind: 'req', id: '2', type: 'cm.ConsumerRequestConversation', body: {
        brandId: this.#account, channelType: 'MESSAGING', ttrDefName: 'NORMAL', skillId: skill,
        conversationContext: { type: 'SharkContext', lang: 'en-US' },
      } },
    ]);
    this.conversation = answers[1].body.conversationId;
  }

  /** Publishes an event; its sequence. */
  async publish(event) {
    const { conversation } = this;
    const { body } = await this.#call('/send', { kind: 'req', id: '3', type: 'ms.PublishEvent', body: {
      dialogId: conversation, conversationId: conversation, event,
    } });
    return body.sequence;
  }

  say(message) {
    return this.publish({ type: 'ContentEvent', contentType: 'text/plain', message });
  }

  /** Rates the conversation. */
  rate(csatRate) {
    return this.#call('/send', { kind: 'req', id: '4', type: 'cm.UpdateConversationField', body: {
      conversationId: this.conversation,
      conversationField: [{ field: 'CSATRate', csatRate, csatResolutionConfirmation: true, status: 'FILLED' }],
    } });
  }
}
