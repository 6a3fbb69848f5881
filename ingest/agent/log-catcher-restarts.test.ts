import { describe, expect, it } from 'vitest';
import { backOff, ended, line, pod, running, setUp } from './log-catcher/scripted-catcher.ts';

describe('deaths close together', () => {
  it('is asked for as previous when the container ran again before the answer', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const { catcher, clock, transport, told } = setUp((question) =>
      question.endsWith('previous') ? { body: line(4, 'first') } : { held, body: line(5, 'second') },
    );
    catcher.onPod('update', pod({ state: ended('a') }));
    await clock.advance(0);
    catcher.onPod('update', pod({ restartCount: 1, state: running(5), lastState: ended('a') }));
    release();
    await clock.advance(5000);
    expect(transport.asked).toEqual(['web/app', 'web/app previous']);
    expect(told()).toEqual([[0, 'caught', line(4, 'first').trim()]]);
  });

  it.each([
    ['is being created', {}],
    ['could not be started', { reason: 'RunContainerError' }],
  ])('is one death while the next instance %s and is counted already', async (_, waiting) => {
    const { catcher, clock, transport, told } = setUp((question) =>
      question.endsWith('previous') ? { body: line(5, 'first') } : { body: line(5, 'second') },
    );
    catcher.onPod('update', pod({ state: ended('a', 5, 5) }));
    await clock.advance(500);
    catcher.onPod('update', pod({ restartCount: 1, state: { waiting }, lastState: ended('a', 5, 5) }));
    await clock.advance(500);
    catcher.onPod('update', pod({ restartCount: 1, state: running(5), lastState: ended('a', 5, 5) }));
    await clock.advance(5000);
    expect(told()).toEqual([[0, 'caught', line(5, 'first').trim()]]);
    expect(transport.asked.filter((question) => question === 'web/app')).toHaveLength(1);
  });

  it('waits for the news of a restart where the lines could be a newborn instance’s', async () => {
    const { catcher, clock, told } = setUp((question) =>
      question.endsWith('previous') ? { body: line(5, 'first') } : { body: line(5, 'second') },
    );
    catcher.onPod('update', pod({ state: ended('a', 5, 5) }));
    await clock.advance(500);
    expect(told()).toEqual([]);
    catcher.onPod('update', pod({ restartCount: 1, state: running(5), lastState: ended('a', 5, 5) }));
    // At once: the kubelet keeps the log of one dead instance only, and the newborn may die any moment.
    await clock.advance(0);
    expect(told()).toEqual([[0, 'caught', line(5, 'first').trim()]]);
  });

  it('takes no newborn’s silence for the dead instance’s, however late the news and whatever else is told first', async () => {
    const { catcher, clock, told } = setUp((question) =>
      question.endsWith('previous') ? { body: line(4, 'last words') } : { body: '' },
    );
    catcher.onPod('update', pod({ state: ended('a') }));
    await clock.advance(500);
    catcher.onPod('update', pod({ state: ended('a') }, { disrupted: true }));
    await clock.advance(5000);
    expect(told()).toEqual([]);
    catcher.onPod('update', pod({ restartCount: 1, state: running(), lastState: ended('a') }));
    await clock.advance(0);
    expect(told()).toEqual([[0, 'caught', line(4, 'last words').trim()]]);
  });

  it.each([
    ['its container backs off', pod({ state: backOff, lastState: ended('a') })],
    ['its pod is gone', null],
  ])('an empty log is believed once %s', async (_, status) => {
    const { catcher, clock, told } = setUp(() => ({ body: '' }));
    catcher.onPod('update', pod({ state: ended('a') }));
    await clock.advance(100);
    expect(told()).toEqual([]);
    if (status) catcher.onPod('update', status);
    else catcher.onPodGone('u1');
    await clock.advance(1000);
    expect(told()).toEqual([[0, 'empty', '']]);
  });

  it('an empty log is asked for twice: a busy runtime writes the last lines late', async () => {
    let asked = 0;
    const { catcher, clock, told } = setUp(() => ({ body: ++asked === 1 ? '' : line(4, 'late') }));
    catcher.onPod('update', pod({ state: ended('a') }, { restartPolicy: 'Never' }));
    await clock.advance(1000);
    expect(told()).toEqual([[0, 'caught', line(4, 'late').trim()]]);
  });

  it.each([
    ['still runs', { restartCount: 1, state: running(6), lastState: ended('a', 5, 5) }],
    ['has died too', { restartCount: 1, state: ended('b', 6, 6), lastState: ended('a', 5, 5) }],
  ])('keeps lines older than the second in which the next instance began, which %s', async (_, status) => {
    const { catcher, clock, transport, told } = setUp((question) =>
      question.endsWith('previous')
        ? { body: 'unable to retrieve container logs for containerd://a' }
        : { body: line(5, 'first') },
    );
    catcher.onPod('update', pod({ state: ended('a', 5, 5) }));
    await clock.advance(500);
    catcher.onPod('update', pod(status));
    await clock.advance(2000);
    expect(told()).toContainEqual([0, 'caught', line(5, 'first').trim()]);
    expect(transport.asked).not.toContain('web/app previous');
  });

  it('tries the other log once on foreign lines', async () => {
    const { catcher, clock, transport, told } = setUp((question) =>
      question.endsWith('previous') ? { body: line(4, 'mine') } : { body: line(9, 'newer') },
    );
    catcher.onPod('update', pod({ state: ended('a') }));
    await clock.advance(5000);
    expect(transport.asked).toEqual(['web/app', 'web/app previous']);
    expect(told()).toEqual([[0, 'caught', line(4, 'mine').trim()]]);
  });

  it('two deaths: each its own log', async () => {
    const { catcher, clock, told } = setUp((question) =>
      question.endsWith('previous') ? { body: line(4, 'first') } : { body: line(8, 'second') },
    );
    catcher.onPod('update', pod({ state: ended('a') }));
    catcher.onPod('update', pod({ restartCount: 1, state: running(), lastState: ended('a') }));
    catcher.onPod('update', pod({ restartCount: 1, state: ended('b', 6, 9), lastState: ended('a') }));
    await clock.advance(5000);
    expect(told().toSorted(([a], [b]) => Number(a) - Number(b))).toEqual([
      [0, 'caught', line(4, 'first').trim()],
      [1, 'caught', line(8, 'second').trim()],
    ]);
  });

  it('is gone when newer instances have taken both places', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const { catcher, clock, told } = setUp(() => ({ held, body: line(4, 'x') }), { concurrency: 1 });
    catcher.onPod('update', pod({ state: ended('z') }, { uid: 'u0' }));
    catcher.onPod('update', pod({ state: ended('a') }));
    catcher.onPod('update', pod({ restartCount: 2, state: running(12), lastState: ended('b', 6, 9) }));
    release();
    await clock.advance(5000);
    expect(told().filter(([, status]) => status === 'gone')).toEqual([[0, 'gone', '']]);
  });

  it('keeps lines that only the dead instance can have written, though two newer ones came meanwhile', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const { catcher, clock, told } = setUp((question) =>
      question.endsWith('previous') ? { body: '' } : { held, body: line(4, 'x') },
    );
    catcher.onPod('update', pod({ state: ended('a') }));
    await clock.advance(0);
    catcher.onPod('update', pod({ restartCount: 2, state: running(12), lastState: ended('b', 6, 9) }));
    release();
    await clock.advance(5000);
    expect(told().filter(([ordinal]) => ordinal === 0)).toEqual([[0, 'caught', line(4, 'x').trim()]]);
  });

  it('a restartCount that falls begins anew', async () => {
    const { catcher, clock, told } = setUp(() => ({ body: line(4, 'x') }));
    catcher.onPod('update', pod({ restartCount: 1, state: running(), lastState: ended('a') }));
    await clock.advance(5000);
    catcher.onPod('update', pod({ restartCount: 0, state: ended('b') }));
    await clock.advance(5000);
    expect(told().map(([ordinal, status]) => [ordinal, status])).toEqual([
      [0, 'caught'],
      [0, 'caught'],
    ]);
  });
});
