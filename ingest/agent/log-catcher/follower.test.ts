import { describe, expect, it } from 'vitest';
import { ended, line, pod, running, setUp } from './scripted-catcher.ts';
import type { ScriptedAnswer } from './scripted-transport.ts';

describe('a pod that is about to be removed', () => {
  const alive = pod({ containerID: 'a', state: running(1) }, { disrupted: true });
  const follows = (gone: ScriptedAnswer) => {
    const body = async function* () {
      yield Buffer.from(line(3, 'working'));
      yield Buffer.from(line(4, 'last words'));
    };
    return setUp((question) => (question.endsWith('follow') ? { body: body() } : gone));
  };
  const tail = (line(3, 'working') + line(4, 'last words')).trim();

  it('is followed, and the tail serves when the log is gone', async () => {
    const { catcher, clock, transport, told } = follows({ status: 404, body: '{}' });
    catcher.onPod('update', alive);
    catcher.onPod('update', alive);
    await clock.advance(0);
    expect(transport.asked).toEqual(['web/app follow']);
    catcher.onPod('delete', pod({ state: ended('a') }, { disrupted: true }));
    await clock.advance(5000);
    expect(told()).toEqual([[0, 'caught', tail]]);
  });

  it('gives the endpoint’s log where there still is one', async () => {
    const { catcher, clock, told } = follows({ body: line(4, 'whole') });
    catcher.onPod('update', alive);
    catcher.onPod('update', pod({ state: ended('a') }, { disrupted: true }));
    await clock.advance(5000);
    expect(told()).toEqual([[0, 'caught', line(4, 'whole').trim()]]);
  });

  it('writes the tail when the pod goes without a word on its end', async () => {
    const { catcher, clock, written } = follows({ status: 404, body: '{}' });
    catcher.onPod('update', alive);
    await clock.advance(0);
    catcher.onPodGone('u1');
    catcher.onPodGone('u1');
    await clock.advance(5000);
    expect(written.map(({ object }) => object)).toMatchObject([
      { status: 'caught', text: tail, container_id: 'a', finished_at: null, ordinal: 0 },
    ]);
  });

  it('follows no more than it may', async () => {
    const { catcher, clock, transport } = setUp(() => ({ held: new Promise(() => undefined) }), { maxFollows: 2 });
    for (const uid of ['a', 'b', 'c'])
      catcher.onPod('update', pod({ containerID: uid, state: running(1) }, { disrupted: true, uid }));
    await clock.advance(0);
    expect(transport.asked).toHaveLength(2);
    await catcher.close();
  });
});
