import { expect, test } from 'vitest';
import { reasonText } from './reason-text.ts';

test.each([
  ['', ''],
  ['web-1-a: app died, Error (exit code 3)', 'web-1-a 的容器 app 异常退出：Error（退出码 3）'],
  ['web-1-a: app died, ContainerStatusUnknown', 'web-1-a 的容器 app 异常退出：ContainerStatusUnknown'],
  ['web-1-a is stuck, Unschedulable; an earlier template came back', 'web-1-a 卡住：Unschedulable；旧模板被恢复'],
  ['web-1-a: app is stuck, ImagePullBackOff', 'web-1-a 的容器 app 卡住：ImagePullBackOff'],
  ['ReplicaSet "web-1" has timed out progressing.', 'ReplicaSet web-1 在时限内没有进展'],
  [
    'no progress for 10 minutes: of 3 wanted, 1 are updated and 2 available',
    '10 分钟没有进展：期望 3 个，已更新 1 个，可用 2 个',
  ],
  ["a controller's own words; it was completed later", "a controller's own words；之后已完成"],
])('%s', (reason, chinese) => {
  expect(reasonText(reason, 'zh')).toBe(chinese);
  expect(reasonText(reason, 'en')).toBe(reason);
});
