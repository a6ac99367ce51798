// Flow (c): see a new conversation, and join it as a manager (spec 23 §5).

import assert from 'node:assert/strict';

import { Bot } from '../lib/bot.js';
import { Consumer } from '../lib/consumer.js';

export default async function newConversation(world, check) {
  const mona = await Bot.open(world, world.users.mona);
  const ann = await Bot.open(world, world.users.ann);
  const consumer = await Consumer.create(world);
  let subscriptionId;

  await check('a manager who follows the account sees a conversation open', async () => {
    await mona.ok('setAgentState', { availability: 'AWAY' });
    ({ subscriptionId } = await mona.ok('subscribeExConversations', { convState: ['OPEN'] }));
    await consumer.open();
    const index = await mona.change('the conversation', consumer.conversation, (change) => change.type === 'UPSERT');
    assert.equal(mona.frames.entries[index].body.subscriptionId, subscriptionId);
    const { conversationDetails: details } = mona.changeAt(index, consumer.conversation).result;
    assert.deepEqual(details.participants.CONSUMER, [consumer.id]);
    assert.deepEqual(details.participantsPId.CONSUMER, [consumer.id]);
    assert.deepEqual([details.state, details.stage, details.skillId], ['OPEN', 'OPEN', '-1']);
    const [dialog] = details.dialogs;
    assert.deepEqual([dialog.dialogId, dialog.dialogType], [consumer.conversation, 'MAIN']);
  });

  await check('the SDK hands it to the bot as a list of participants', async () => {
    const change = await changeToldTo(mona, consumer, () => true);
    const { conversationDetails: details } = change.result;
    const [found] = details.participants.filter(({ role }) => role === 'CONSUMER');
    assert.equal(found.id, consumer.id);
    assert.equal(details.participantsPId, undefined);
    if (world.generation.showsDialogs) {
      const [member] = details.dialogs[0].participantsDetails;
      assert.deepEqual(member, { id: consumer.id, role: 'CONSUMER', state: 'ACTIVE' });
    }
  });

  await check('who is no manager follows nothing but the own conversations', async () => {
    await ann.ok('subscribeExConversations', { convState: ['OPEN'] });
    const first = await ann.frames.entry('a snapshot', ({ kind }) => kind === 'notification');
    assert.deepEqual(first.body.changes, []);
  });

  await check('a manager joins and publishes from the callback', async () => {
    const from = mona.frames.end;
    const { conversation } = consumer;
    const join = { field: 'ParticipantsChange', type: 'ADD', role: 'MANAGER' };
    const text = { type: 'ContentEvent', contentType: 'text/plain', message: 'welcome' };
    const joined = await mona.ok('updateConversationField', { conversationId: conversation, conversationField: [join] });
    assert.equal(joined, 'OK Agent added successfully');
    const published = await mona.ok('publishEvent', { dialogId: conversation, event: text });
    assert.deepEqual(published, { sequence: 0 });
    const isMine = ({ result }) => (result.conversationDetails.participants.MANAGER ?? []).includes(mona.aid);
    const index = await mona.change('the own entry', conversation, isMine, from);
    const { participantsPId } = mona.changeAt(index, conversation).result.conversationDetails;
    assert.deepEqual(participantsPId.MANAGER, [mona.pid]);
    const echo = await mona.event('the own event', conversation, ({ event }) => event.message === 'welcome', from);
    assert.ok(index < echo, 'the event comes before the change that makes the manager a participant');
    assert.equal(mona.frames.entries[echo].body.originatorMetadata.role, 'MANAGER');
  });

  await check('what the consumer writes reaches the manager without a subscription', async () => {
    const sequence = await consumer.say('hello');
    const message = await mona.message('the text', ({ event }) => event.message === 'hello');
    assert.deepEqual([message.sequence, message.originatorId, message.isMe()], [sequence, consumer.id, false]);
  });

  await check('joining twice changes nothing', async () => {
    const join = { field: 'ParticipantsChange', type: 'ADD', role: 'MANAGER' };
    const { conversation } = consumer;
    await mona.ok('updateConversationField', { conversationId: conversation, conversationField: [join] });
  });

  await check('a manager closes it', async () => {
    const from = mona.frames.end;
    await mona.ok('updateConversationField', { conversationId: consumer.conversation, conversationField: [
      { field: 'ConversationStateField', conversationState: 'CLOSE' },
    ] });
    await mona.change('its end', consumer.conversation, ({ type }) => type === 'DELETE', from);
  });

  await ann.leave();
  await mona.leave();
}

/** A change as the SDK hands it to the bot. */
export async function changeToldTo(bot, consumer, matches, from = 0) {
  const isIt = (change) => change.result.convId === consumer.conversation && matches(change);
  const told = await bot.told.entry('the change', ({ name, body }) => (
    name === 'cqm.ExConversationChangeNotification' && body.changes.some(isIt)
  ), from);
  return told.body.changes.find(isIt);
}
