// Flow (d): accept the ring (spec 23 §6).

import assert from 'node:assert/strict';

import { Bot, isAssigned } from '../lib/bot.js';
import { Consumer } from '../lib/consumer.js';
import { changeToldTo } from './c-new-conversation.js';

export default async function ring(world, check) {
  const ann = await Bot.open(world, world.users.ann);
  const bob = await Bot.open(world, world.users.bob);
  const consumer = await Consumer.create(world);
  let ringId;

  await check('an available agent is rung', async () => {
    await bob.work('AWAY');
    await ann.work();
    await consumer.open();
    const index = await ann.ring(consumer.conversation, 'WAITING');
    assert.equal(ann.frames.entries[index].body.subscriptionId, ann.rings.subscriptionId);
    const { type, result } = ann.taskAt(index, consumer.conversation);
    assert.deepEqual([type, result.taskCompleted, result.consumerId], ['UPSERT', false, consumer.id]);
    assert.equal(result.skillId, '-1');
    assert.equal(result.ringsDetails.length, 1);
    const [details] = result.ringsDetails;
    assert.equal(details.ringExpiration, 72_000);
    ringId = details.ringId;
    const told = await ann.told.entry('the SDK to tell it', ({ name, body }) => (
      name === 'routing.RoutingTaskNotification' && body.changes.length > 0
    ));
    assert.equal(told.body.changes[0].result.ringsDetails[0].ringId, ringId);
  });

  await check('another agent cannot take it', async () => {
    const { code } = await bob.call('updateRingState', { ringId, ringState: 'ACCEPTED' });
    assert.equal(code, 403);
    const unknown = await bob.call('updateRingState', { ringId: 'no-such-ring', ringState: 'ACCEPTED' });
    assert.equal(unknown.code, 404);
  });

  await check('accepting is answered, told, and then the conversation comes, before any event', async () => {
    const from = ann.frames.end;
    const texts = Array.from({ length: 10 }, (_, number) => `while you join ${number}`);
    const said = (async () => {
      for (const text of texts) await consumer.say(text);
    })();
    const answer = await ann.ok('updateRingState', { ringId, ringState: 'ACCEPTED' });
    await said;
    await consumer.say('after that');
    assert.equal(answer, 'Ring state updated successfully');
    const responded = await ann.frames.wait('the answer', ({ kind }) => kind === 'resp', from);
    assert.equal(ann.frames.entries[responded].code, 202);
    const taken = await ann.ring(consumer.conversation, 'ACCEPTED', from);
    assert.equal(ann.taskAt(taken, consumer.conversation).result.taskCompleted, true);
    const known = await ann.change('the conversation', consumer.conversation, isAssigned(ann.aid), from);
    assert.equal(ann.frames.entries[known].body.subscriptionId, ann.conversations.subscriptionId);
    const written = await ann.event('an event', consumer.conversation, () => true, from);
    assert.ok(responded < taken && taken < known && known < written, `${[responded, taken, known, written]}`);
    await ann.event('the last event', consumer.conversation, ({ event }) => event.message === 'after that', from);
    const sequences = ann.frames
      .all(({ type, body }) => type === '.ams.ms.OnlineEventDistribution' && 'sequence' in body, from)
      .map(({ body }) => body.sequence);
    const inOrder = sequences.map((_, index) => sequences[0] + index);
    assert.deepEqual(sequences, inOrder, 'events are missing, twice, or out of order');
  });

  await check('the bot finds itself as the assigned agent', async () => {
    const change = await changeToldTo(ann, consumer, () => true);
    const mine = change.result.conversationDetails.participants.find(({ role }) => role === 'ASSIGNED_AGENT');
    assert.equal(mine.id, ann.pid);
    assert.equal(change.result.conversationDetails.getMyRole(), 'ASSIGNED_AGENT');
  });

  await check('accepting twice does no harm', async () => {
    const again = await ann.call('updateRingState', { ringId, ringState: 'ACCEPTED' });
    assert.ok(['ok', 409].includes(again.code), String(again.code));
    await ann.ok('publishEvent', { dialogId: consumer.conversation, event: {
      type: 'ContentEvent', contentType: 'text/plain', message: 'still here',
    } });
    assert.equal(ann.sdk.connected, true);
  });

  await check('a ring is announced once', async () => {
    const announced = ann.frames.all(({ type, body }) => type === '.ams.routing.RoutingTaskNotification'
      && body.changes.some(({ result }) => result.ringsDetails.some(
        (known) => known.ringId === ringId && known.ringState === 'WAITING',
      )));
    assert.equal(announced.length, 1);
  });

  await check('who subscribes after accepting gets the conversation in the snapshot', async () => {
    const from = ann.frames.end;
    const filter = { agentIds: [ann.pid], convState: ['OPEN'] };
    const { subscriptionId } = await ann.ok('subscribeExConversations', filter);
    const isSnapshot = ({ kind, body }) => kind === 'notification' && body.subscriptionId === subscriptionId;
    const { body } = await ann.frames.entry('the snapshot', isSnapshot, from);
    assert.deepEqual(body.changes.map(({ result }) => result.convId), [consumer.conversation]);
  });

  await check('a rejected ring goes on to the next agent', async () => {
    const second = await Consumer.asking(world);
    const index = await ann.ring(second.conversation, 'WAITING');
    const [offered] = ann.taskAt(index, second.conversation).result.ringsDetails;
    const from = bob.frames.end;
    await bob.ok('setAgentState', { availability: 'ONLINE' });
    await ann.ok('updateRingState', { ringId: offered.ringId, ringState: 'REJECTED' });
    await bob.accept(second.conversation, from);
    await bob.ok('updateConversationField', { conversationId: second.conversation, conversationField: [
      { field: 'ConversationStateField', conversationState: 'CLOSE' },
    ] });
  });

  await check('the conversation is closed in the end', async () => {
    await ann.ok('updateConversationField', { conversationId: consumer.conversation, conversationField: [
      { field: 'ConversationStateField', conversationState: 'CLOSE' },
    ] });
  });
  await ann.leave();
  await bob.leave();
}
