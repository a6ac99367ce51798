// Flow (f): transfer to an agent and to a skill (spec 23 §8, 21 §7.5).

import assert from 'node:assert/strict';

import { Bot, isAssigned } from '../lib/bot.js';
import { Consumer } from '../lib/consumer.js';

const remove = (userId) => ({ field: 'ParticipantsChange', type: 'REMOVE', role: 'ASSIGNED_AGENT', userId });
const suggest = (userId) => ({ field: 'ParticipantsChange', type: 'SUGGEST', userId, role: 'ASSIGNED_AGENT' });
const skill = (id) => ({ field: 'Skill', type: 'UPDATE', skill: id });

export default async function transfer(world, check) {
  const ann = await Bot.open(world, world.users.ann);
  const bob = await Bot.open(world, world.users.bob);
  const mona = await Bot.open(world, world.users.mona);
  const consumer = await Consumer.create(world);
  const { showsSuggestions, namesOthers } = world.generation;
  await bob.work('AWAY');
  await ann.work();
  await mona.ok('setAgentState', { availability: 'AWAY' });
  await mona.ok('subscribeExConversations', { convState: ['OPEN'] });
  await consumer.open();
  const conversationId = consumer.conversation;
  await ann.accept(conversationId);

  /** Moves the conversation and checks what everybody is told. */
  const move = async (leaver, target, request) => {
    await target.ok('setAgentState', { availability: 'ONLINE' });
    await leaver.ok('setAgentState', { availability: 'AWAY' });
    const [left, rung, watched] = [leaver, target, mona].map((bot) => bot.frames.end);
    assert.equal(await leaver.ok('updateConversationField', request), 'OK Agent removed successfully');
    const gone = await leaver.change('the leaver\'s DELETE', conversationId, ({ type }) => type === 'DELETE', left);
    const { result } = leaver.changeAt(gone, conversationId);
    assert.deepEqual(result.conversationDetails.participants.ASSIGNED_AGENT ?? [], []);
    assert.equal(result.conversationDetails.state, 'OPEN');
    const index = await mona.change('the manager\'s UPSERT', conversationId, ({ type }) => type === 'UPSERT', watched);
    const seen = mona.changeAt(index, conversationId).result.conversationDetails;
    const suggested = seen.dialogs[0].participantsDetails.filter(({ state }) => state === 'SUGGESTED');
    const ring = target.taskAt(await target.ring(conversationId, 'WAITING', rung), conversationId);
    const joined = await target.accept(conversationId, rung);
    const details = target.changeAt(joined, conversationId).result.conversationDetails;
    assert.deepEqual(details.participantsPId.ASSIGNED_AGENT, [target.pid]);
    const mine = details.dialogs[0].participantsDetails.filter(({ role }) => role === 'ASSIGNED_AGENT');
    assert.deepEqual(mine, [{ id: target.aid, role: 'ASSIGNED_AGENT', state: 'ACTIVE' }]);
    await mona.change('the manager\'s UPSERT', conversationId, isAssigned(target.aid), index + 1);
    return { seen, suggested, ring: ring.result };
  };

  if (namesOthers) {
    await check('to an agent: REMOVE, SUGGEST, Skill as a number', async () => {
      const { seen, suggested, ring } = await move(ann, bob, { conversationId, conversationField: [
        remove(ann.aid), suggest(bob.aid), skill(Number(world.skill)),
      ] });
      assert.equal(seen.skillId, world.skill);
      assert.equal(ring.skillId, world.skill);
      const expected = [{ id: bob.aid, role: 'ASSIGNED_AGENT', state: 'SUGGESTED' }];
      assert.deepEqual(suggested, showsSuggestions ? expected : []);
      assert.deepEqual(seen.participants.ASSIGNED_AGENT ?? [], []);
    });

    await check('to an agent as the sample does: SUGGEST first, a PID, a dialogId, Skill as a string', async () => {
      await move(bob, ann, { conversationId, dialogId: conversationId, conversationField: [
        suggest(ann.aid), remove(bob.pid), skill(world.skill),
      ] });
    });

    await check('to an agent who is away it is refused as a whole', async () => {
      await bob.ok('setAgentState', { availability: 'AWAY' });
      const { code } = await ann.call('updateConversationField', { conversationId, conversationField: [
        remove(ann.aid), suggest(bob.aid),
      ] });
      assert.equal(code, 400);
      await ann.ok('publishEvent', { dialogId: conversationId, event: {
        type: 'ContentEvent', contentType: 'text/plain', message: 'still mine',
      } });
    });

    await check('to nobody known it is refused', async () => {
      const { code } = await ann.call('updateConversationField', { conversationId, conversationField: [
        remove(ann.aid), suggest(`${world.account}.999999`),
      ] });
      assert.equal(code, 404);
    });
  } else {
    check.skip('to an agent', 'this version puts its own id into every change');
  }

  await check('to a skill', async () => {
    const { seen, ring } = await move(ann, bob, { conversationId, conversationField: [
      remove(ann.aid), skill(Number(world.skill)),
    ] });
    assert.equal(seen.skillId, world.skill);
    assert.equal(ring.skillId, world.skill);
  });

  await check('back to the queue of its skill', async () => {
    await move(bob, ann, { conversationId, conversationField: [remove(bob.aid)] });
  });

  await check('the consumer\'s next text reaches the new agent and no old one', async () => {
    const from = bob.frames.end;
    await consumer.say('who is there?');
    await ann.event('the text', conversationId, ({ event }) => event.message === 'who is there?');
    await bob.ok('getClock', {});
    assert.deepEqual(bob.frames.all(({ type }) => type === '.ams.ms.OnlineEventDistribution', from), []);
  });

  await check('removing when nobody is assigned is refused, and nothing is applied', async () => {
    const other = await Consumer.asking(world);
    const { code, body } = await mona.call('updateConversationField', {
      conversationId: other.conversation, conversationField: [skill(world.skill), remove(ann.aid)],
    });
    assert.deepEqual([code, body], [400, 'Agent does not exist in conversation']);
    const index = await mona.change('the conversation', other.conversation);
    assert.equal(mona.changeAt(index, other.conversation).result.conversationDetails.skillId, '-1');
    const from = mona.frames.end;
    await mona.ok('updateConversationField', { conversationId: other.conversation, conversationField: [
      { field: 'Stage', conversationState: 'CLOSE' },
    ] });
    const end = await mona.change('its end', other.conversation, ({ type }) => type === 'DELETE', from);
    assert.equal(mona.changeAt(end, other.conversation).result.conversationDetails.skillId, '-1');
  });

  await check('the conversation is closed in the end', async () => {
    await ann.ok('updateConversationField', { conversationId, conversationField: [
      { field: 'ConversationStateField', conversationState: 'CLOSE' },
    ] });
  });
  await mona.leave();
  await bob.leave();
  await ann.leave();
}
