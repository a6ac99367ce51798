// Flow (e): receive and send messages, accept statuses (spec 23 §7, §11).

import assert from 'node:assert/strict';

import { Bot } from '../lib/bot.js';
import { Consumer } from '../lib/consumer.js';

const text = (message) => ({ type: 'ContentEvent', contentType: 'text/plain', message });

export default async function messages(world, check) {
  const ann = await Bot.open(world, world.users.ann);
  const consumer = await Consumer.create(world);
  await ann.work();
  await consumer.open();
  const dialogId = consumer.conversation;
  await ann.accept(dialogId);

  await check('what the consumer writes reaches the bot with no message subscription', async () => {
    assert.equal(await consumer.say('hello from consumer'), 0);
    const { body } = ann.frames.entries[await ann.event('the text', dialogId)];
    assert.deepEqual(body.originatorMetadata.role, 'CONSUMER');
    assert.equal(body.conversationId, dialogId);
    const message = await ann.message('the text', ({ sequence }) => sequence === 0);
    assert.deepEqual(message.event, text('hello from consumer'));
    assert.deepEqual([message.originatorId, message.isMe()], [consumer.id, false]);
    assert.equal('originatorPId' in message, false);
  });

  await check('the profile is a list of SDEs', async () => {
    const profile = await ann.ok('getUserProfile', consumer.id);
    assert.deepEqual(profile.map(({ type }) => type).sort(), ['ctmrinfo', 'personal']);
    const personal = profile.find(({ type }) => type === 'personal');
    assert.equal(personal.personal.firstname, 'Ada');
    assert.deepEqual(personal.auth, {});
  });

  await check('a text is answered by its sequence, then echoed', async () => {
    const from = ann.frames.end;
    const { sequence } = await ann.ok('publishEvent', { dialogId, event: text('echo : hello from consumer') });
    assert.equal(sequence, 1);
    const echo = await ann.event('the echo', dialogId, (body) => body.sequence === 1, from);
    const answer = await ann.frames.wait('the answer', ({ kind }) => kind === 'resp', from);
    assert.ok(answer < echo, 'the echo comes before the answer');
    const { body } = ann.frames.entries[echo];
    assert.deepEqual([body.originatorId, body.originatorPId], [ann.aid, ann.pid]);
    assert.deepEqual([body.originatorMetadata.id, body.originatorMetadata.role], [ann.pid, 'ASSIGNED_AGENT']);
    const message = await ann.message('the echo', (known) => known.sequence === 1);
    assert.deepEqual([message.originatorId, message.isMe()], [ann.pid, true]);
  });

  await check('a receipt takes a sequence of its own', async () => {
    const event = { type: 'AcceptStatusEvent', status: 'READ', sequenceList: [0] };
    assert.deepEqual(await ann.ok('publishEvent', { dialogId, event }), { sequence: 2 });
    const message = await ann.message('the receipt', ({ sequence }) => sequence === 2);
    assert.deepEqual(message.event, event);
  });

  await check('typing takes no sequence, and passes both ways', async () => {
    const event = { type: 'ChatStateEvent', chatState: 'COMPOSING' };
    assert.deepEqual(await ann.ok('publishEvent', { dialogId, event }), { sequence: 0 });
    await consumer.publish({ type: 'ChatStateEvent', chatState: 'PAUSE' });
    const typed = await ann.message('the consumer typing', (known) => known.event.chatState === 'PAUSE');
    assert.equal(typed.originatorId, consumer.id);
  });

  await check('a private message is marked as such', async () => {
    const body = { dialogId, event: text('between us'), messageAudience: 'AGENTS_AND_MANAGERS' };
    const { sequence } = await ann.ok('publishEvent', body);
    assert.equal(sequence, 3);
    const message = await ann.message('the private text', (known) => known.sequence === 3);
    assert.equal(message.messageAudience, 'AGENTS_AND_MANAGERS');
  });

  await check('metadata passes, with null for what is not given', async () => {
    const metadata = [{ type: 'ExternalId', id: 'CARD' }];
    const body = { dialogId, event: text('with metadata') };
    assert.deepEqual(await ann.ok('publishEvent', body, null, metadata), { sequence: 4 });
    const message = await ann.message('the text', ({ sequence }) => sequence === 4);
    assert.deepEqual(message.metadata, metadata);
    const all = { headers: null, metadata: null, encodedMetadata: null };
    const answer = await ann.raw('.ams.ms.PublishEvent', { dialogId, event: text('nothing') }, undefined, all);
    assert.deepEqual(answer.body, { sequence: 5 });
  });

  await check('rich content passes unchanged', async () => {
    const content = { type: 'vertical', elements: [{ type: 'text', text: 'product', tooltip: '¿text?' }] };
    const event = { type: 'RichContentEvent', content };
    const { sequence } = await ann.ok('publishEvent', { dialogId, event });
    assert.equal(sequence, 6);
    const message = await ann.message('the card', (known) => known.sequence === 6);
    assert.deepEqual(message.event.content, content);
  });

  await check('the consumer\'s receipt reaches the bot', async () => {
    const event = { type: 'AcceptStatusEvent', status: 'READ', sequenceList: [1, 4] };
    assert.equal(await consumer.publish(event), 7);
    const message = await ann.message('the receipt', ({ sequence }) => sequence === 7);
    assert.deepEqual([message.event, message.originatorId], [event, consumer.id]);
  });

  await check('a query brings everything stored, in order, receipts too', async () => {
    const from = ann.told.end;
    await ann.ok('subscribeMessagingEvents', { dialogId });
    const told = await ann.told.entry('the history', ({ name }) => name === 'ms.MessagingEventNotification', from);
    assert.equal(told.body.dialogId, dialogId);
    assert.deepEqual(told.body.changes.map(({ sequence }) => sequence), [0, 1, 2, 3, 4, 5, 6, 7]);
    assert.equal(told.body.changes[2].event.type, 'AcceptStatusEvent');
    assert.ok(told.body.changes.every(({ originatorId }) => [consumer.id, ann.pid].includes(originatorId)));
  });

  await check('a query begins where it is told to', async () => {
    const answer = await ann.raw('.ams.ms.QueryMessages', { dialogId, fromSeq: 6, newerThanSequence: 6 });
    assert.deepEqual(answer.body.map(({ sequence }) => sequence), [6, 7]);
    const none = await ann.raw('.ams.ms.QueryMessages', { dialogId, newerThanSequence: 100 });
    assert.deepEqual([none.code, none.body], [200, []]);
  });

  await check('a failed query reaches the callback', async () => {
    const unknown = { dialogId: '00000000-0000-4000-8000-000000000000' };
    const { code, body } = await ann.call('subscribeMessagingEvents', unknown);
    assert.equal(code, 404);
    assert.equal(typeof body, 'string');
  });

  await check('a failed profile reaches the callback, an own one is no list of anything', async () => {
    const { code } = await ann.call('getUserProfile', 'f'.repeat(64));
    assert.ok([403, 404].includes(code), String(code));
    assert.deepEqual(await ann.ok('getUserProfile', {}), []);
  });

  await check('what cannot be published is refused', async () => {
    for (const [body, code] of [
      [{ dialogId: '00000000-0000-4000-8000-000000000000', event: text('x') }, 404],
      [{ dialogId, event: { type: 'ContentEvent', contentType: 'text/plain', message: {} } }, 400],
      [{ dialogId, event: { type: 'NoSuchEvent' } }, 400],
      [{ event: text('x') }, 400],
    ]) {
      const refused = await ann.call('publishEvent', body);
      assert.equal(refused.code, code, JSON.stringify(body));
    }
  });

  await check('who takes no part may neither write nor read', async () => {
    const bob = await Bot.open(world, world.users.bob);
    assert.equal((await bob.call('publishEvent', { dialogId, event: text('x') })).code, 403);
    assert.equal((await bob.call('subscribeMessagingEvents', { dialogId })).code, 403);
    assert.equal((await bob.call('getUserProfile', consumer.id)).code, 403);
    await bob.leave();
  });

  await check('a request that nobody knows is refused', async () => {
    const answer = await ann.raw('.ams.ms.token.GenerateDownloadToken', {});
    assert.deepEqual([answer.code, answer.body], [400, 'Unknown request']);
  });

  await check('the conversation is closed in the end', async () => {
    await ann.ok('updateConversationField', { conversationId: dialogId, conversationField: [
      { field: 'ConversationStateField', conversationState: 'CLOSE' },
    ] });
    const { code, body } = await ann.call('publishEvent', { dialogId, event: text('too late') });
    assert.deepEqual([code, body], [400, 'Bad Request, Conversation is close']);
  });
  await ann.leave();
}
