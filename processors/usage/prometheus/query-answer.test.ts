import { describe, expect, it } from 'vitest';
import { labelsIn, parseAnswer, readMatrixSeries, resultOf, sampleOf, textsIn } from './query-answer.ts';
import { SeriesBuffer } from './series-buffer.ts';

const tell = (text: string): string => text.replaceAll('hunter2', '[redacted]');
const codeOf = (read: () => unknown): unknown => {
  try {
    read();
  } catch (error) {
    return (error as { code: unknown }).code;
  }
  return 'taken';
};

describe('parseAnswer', () => {
  it('gives the data and what the server said besides', () => {
    const text = '{"status":"success","data":[],"warnings":["PromQL warning: w",1],"infos":["PromQL info: i"]}';
    expect(parseAnswer(text, 'p', tell)).toEqual({ data: [], warnings: ['PromQL warning: w', 'PromQL info: i'] });
  });

  it('tells a refusal without what was secret', () => {
    const text = '{"status":"error","errorType":"internal","error":"no hunter2 here"}';
    expect(() => parseAnswer(text, 'p', tell)).toThrow('p answered 500: no [redacted] here');
  });

  it.each([
    ['<html>', 'prometheus_bad_answer'],
    ['', 'prometheus_bad_answer'],
    ['[]', 'prometheus_bad_answer'],
    ['null', 'prometheus_bad_answer'],
    ['{"status":"fine","data":1}', 'prometheus_bad_answer'],
    ['{"status":"success"}', 'prometheus_bad_answer'],
    ['{"status":"success","data":[1,', 'prometheus_unavailable'],
    ['{"status":"error","errorType":"bad_data","error":"parse error"}', 'prometheus_rejected'],
    ['{"status":"error","errorType":"execution","error":"too many samples"}', 'prometheus_too_much'],
    ['{"status":"error","errorType":"timeout"}', 'prometheus_too_much'],
    ['{"status":"error","errorType":"internal","error":"oh"}', 'prometheus_unavailable'],
    ['{"status":"success","data":[],"warnings":["no store matched"]}', 'prometheus_unavailable'],
    ['{"status":"success","isPartial":true,"data":[]}', 'prometheus_unavailable'],
    ['{"status":"success","isPartial":false,"data":[]}', 'taken'],
  ])('of %s: %s', (text, code) => {
    expect(codeOf(() => parseAnswer(text, 'p', tell))).toBe(code);
  });
});

describe('what an answer holds', () => {
  it.each([
    ['"1e+06"', 1e6],
    ['"-0"', -0],
    ['"NaN"', Number.NaN],
    ['"+Inf"', Number.POSITIVE_INFINITY],
    ['"-Inf"', Number.NEGATIVE_INFINITY],
  ])('reads the value %s', (text, value) => {
    expect(sampleOf(JSON.parse(`[1.5,${text}]`), 'p')).toEqual({ atMs: 1500, value });
  });

  it.each(['1', 'null', '[1]', '[1,"1",2]', '["1","1"]', '[1,1]', '[1,""]', '[1,"one"]', '[1,null]', '[null,"1"]'])(
    'takes no sample %s',
    (text) => {
      expect(codeOf(() => sampleOf(JSON.parse(text), 'p'))).toBe('prometheus_bad_answer');
    },
  );

  it.each([
    '1',
    'null',
    '{"metric":{}}',
    '{"values":[]}',
    '{"metric":[],"values":[]}',
    '{"metric":{"a":1},"values":[]}',
    '{"metric":{},"values":[[1]]}',
  ])('takes no series %s', (text) => {
    const read = (): unknown => readMatrixSeries(JSON.parse(text), new SeriesBuffer(), { fromMs: 0, toMs: 9 }, 'p');
    expect(codeOf(read)).toBe('prometheus_bad_answer');
  });

  it('passes a series of native histograms by', () => {
    const series = { metric: {}, histograms: [[1, {}]] };
    expect(readMatrixSeries(series, new SeriesBuffer(), { fromMs: 0, toMs: 9 }, 'p')).toBeUndefined();
  });

  it.each([1, null, [], { resultType: 'matrix' }, { resultType: 'vector', result: [] }, { result: [] }])(
    'takes no result %j',
    (data) => {
      expect(codeOf(() => resultOf(data, ['matrix'], 'p'))).toBe('prometheus_bad_answer');
    },
  );

  it('takes lists of texts and labels alone', () => {
    expect(textsIn(['a'], 'p')).toEqual(['a']);
    expect([
      codeOf(() => textsIn([1], 'p')),
      codeOf(() => textsIn({}, 'p')),
      codeOf(() => labelsIn(['a'], 'p')),
    ]).toEqual(Array(3).fill('prometheus_bad_answer'));
  });
});
