// Flow (g): close conversations and sockets (spec 23 §9).

import assert from 'node:assert/strict';

import { Bot } from '../lib/bot.js';
import { Consumer, domains, fetchSoon } from '../lib/consumer.js';

export default async function close(world, check) {
  const ann = await Bot.open(world, world.users.ann);
  await ann.work();

  /** A conversation that is the bot's. */
  const taken = async () => {
    const from = ann.frames.end;
    const consumer = await Consumer.asking(world);
    await ann.accept(consumer.conversation, from);
    return consumer;
  };
  /** The DELETE of a conversation. */
  const ended = async (conversation, from) => {
    const index = await ann.change('the DELETE', conversation, ({ type }) => type === 'DELETE', from);
    return ann.changeAt(index, conversation).result.conversationDetails;
  };
  const isClosed = (details, conversation) => {
    assert.deepEqual([details.state, details.stage, details.closeReason], ['CLOSE', 'CLOSE', 'AGENT']);
    assert.deepEqual([details.dialogs[0].state, details.dialogs[0].closedBy], ['CLOSE', 'AGENT']);
    assert.equal(details.dialogs[0].dialogId, conversation);
    assert.deepEqual(details.participantsPId.CONSUMER.length, 1);
  };

  for (const [what, field] of [
    ['ConversationStateField', () => ({ field: 'ConversationStateField', conversationState: 'CLOSE' })],
    ['Stage', () => ({ field: 'Stage', conversationState: 'CLOSE' })],
    ['DialogChange', (id) => ({ field: 'DialogChange', type: 'UPDATE', dialog: { dialogId: id, state: 'CLOSE' } })],
  ]) {
    await check(`${what} closes`, async () => {
      const { conversation } = await taken();
      const from = ann.frames.end;
      const request = { conversationId: conversation, conversationField: [field(conversation)] };
      assert.equal(await ann.ok('updateConversationField', request), 'OK Conversation resolved successfully');
      const response = ann.frames.all(({ kind }) => kind === 'resp', from)[0];
      assert.deepEqual([response.code, response.type], [200, '.ReqBody$StringResp']);
      isClosed(await ended(conversation, from), conversation);
      const twice = await ann.call('updateConversationField', request);
      assert.equal(twice.code, 400);
    });
  }

  await check('one object may stand for the list of changes', async () => {
    const { conversation } = await taken();
    const from = ann.frames.end;
    const field = { field: 'TTRField', ttrType: 'CUSTOM', value: 1800 };
    const body = { conversationId: conversation, conversationField: field };
    assert.equal((await ann.raw('.ams.cm.UpdateConversationField', body)).code, 200);
    const isSet = ({ result }) => result.conversationDetails.ttr.value === 1800;
    await ann.change('the time to respond', conversation, isSet, from);
    const end = { field: 'ConversationStateField', conversationState: 'CLOSE' };
    const closing = { conversationId: conversation, conversationField: end };
    assert.equal((await ann.raw('.ams.cm.UpdateConversationField', closing)).code, 200);
    isClosed(await ended(conversation, from), conversation);
  });

  await check('the consumer may rate what is closed', async () => {
    const consumer = await taken();
    const { subscriptionId } = await ann.ok('subscribeExConversations', {
      agentIds: [ann.pid], convState: ['OPEN', 'CLOSE'],
    });
    await ann.ok('updateConversationField', { conversationId: consumer.conversation, conversationField: [
      { field: 'ConversationStateField', conversationState: 'CLOSE' },
    ] });
    const isClose = ({ type, result }, subscription) => subscription === subscriptionId && type === 'UPSERT'
      && result.conversationDetails.state === 'CLOSE';
    const index = await ann.change('the end as an UPSERT', consumer.conversation, isClose);
    await consumer.rate(5);
    await ann.change('the rating', consumer.conversation, isClose, index + 1);
    await unsubscribe(world, ann, subscriptionId);
  });

  await check('an ended subscription tells nothing more', async () => {
    const { subscriptionId } = await ann.ok('subscribeExConversations', { agentIds: [ann.pid], convState: ['OPEN'] });
    assert.notEqual(subscriptionId, ann.conversations.subscriptionId);
    // What there is already may still be on its way.
    await ann.frames.wait('the snapshot', ({ kind, body }) => kind === 'notification'
      && body.subscriptionId === subscriptionId);
    await unsubscribe(world, ann, subscriptionId);
    const from = ann.frames.end;
    const { conversation } = await taken();
    await ann.ok('updateConversationField', { conversationId: conversation, conversationField: [
      { field: 'ConversationStateField', conversationState: 'CLOSE' },
    ] });
    await ended(conversation, from);
    await ann.ok('getClock', {});
    assert.deepEqual(ann.frames.all(({ body }) => body?.subscriptionId === subscriptionId, from), []);
    const unknown = await ann.raw('.ams.aam.UnsubscribeExConversations', { subscriptionId });
    assert.equal(unknown.code, 404);
  });

  for (const [what, keepsBearer] of [['the same bearer', true], ['a new login', false]]) {
    await check(`reconnecting with ${what} is harmless`, async () => {
      const { bearer } = ann;
      await reconnect(ann, keepsBearer);
      assert.equal(ann.bearer === bearer, keepsBearer);
      await ann.work();
      const { conversation } = await taken();
      await ann.ok('updateConversationField', { conversationId: conversation, conversationField: [
        { field: 'ConversationStateField', conversationState: 'CLOSE' },
      ] });
    });
  }

  await check('a logout closes the socket with 4401, and the session refreshes no more', async () => {
    const bob = await Bot.open(world, world.users.bob, { refreshSessionInterval: 300 });
    const { agentVep } = await domains(world.csdsDomain, world.account);
    const cookie = bob.sdk.jar.getCookieString(`https://${agentVep}/`);
    const url = `https://${agentVep}/api/account/${world.account}/logout?v=1.2`;
    const headers = { 'content-type': 'application/json', cookie };
    const body = JSON.stringify({ csrf: bob.sdk.csrf });
    assert.equal((await fetchSoon(url, { method: 'POST', headers, body })).status, 200);
    await bob.told.wait('4401', ({ name, body: code }) => name === 'closed' && code === 4401);
    if (world.generation.tellsFailedRefresh) {
      const told = await bob.told.entry('the refresh to fail', ({ name }) => name === 'error');
      assert.equal(told.body.code, 401);
      bob.takeComplaints();
    }
    bob.sdk.dispose();
  });
  await ann.leave();
}

/**
 * Reconnects. The SDK takes an end of the old socket that it hears of after the new one is open for the new one's: it
 * believes to be disconnected. A server must therefore end the old connection as soon as the client does; which of the two
 * the client sees first is still a matter of luck on a busy machine, so the SDK gets several tries.
 */
async function reconnect(bot, keepsBearer) {
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    const from = bot.told.end;
    bot.sdk.reconnect(keepsBearer);
    await bot.told.wait('the new socket', ({ name }) => name === 'connected', from);
    await bot.told.wait('the end of the old socket', ({ name, body }) => name === 'closed' && body === 1006, from);
    if (bot.sdk.connected) return;
  }
  assert.fail('the old socket always ends after the new one is open');
}

async function unsubscribe(world, bot, subscriptionId) {
  if (world.generation.hasUnsubscribe) {
    await bot.ok('unsubscribeExConversations', { subscriptionId });
  } else {
    const answer = await bot.raw('.ams.aam.UnsubscribeExConversations', { subscriptionId });
    assert.equal(answer.code, 200);
  }
}
