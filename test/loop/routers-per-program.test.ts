import { fairShare, type SharedRouter } from '../../src/domain/loop/routers-per-program';

const router = (id: number, state: SharedRouter['state'], freeMs = 0) => ({ id, state, freeMs });
const many = (count: number, state: SharedRouter['state'], from = 1) =>
  Array.from({ length: count }, (_, n) => router(from + n, state));

test('a program alone takes all routers', () => {
  expect(fairShare(many(3, 'free'), 1)).toEqual({ take: [1, 2, 3], leave: [] });
});

test('one of three takes a third, rounded up, and what it has counts', () => {
  const routers = [...many(2, 'ours'), ...many(5, 'free', 3)];
  expect(fairShare(routers, 3)).toEqual({ take: [3], leave: [] });
});

test('what is above the share is left, and nothing more is taken', () => {
  const routers = [...many(5, 'ours'), router(6, 'free')];
  expect(fairShare(routers, 2)).toEqual({ take: [], leave: [4, 5] });
});

test('a router that everybody leaves alone is taken even above the share', () => {
  const routers = [...many(2, 'ours'), router(3, 'free', 3_000), router(4, 'theirs')];
  expect(fairShare(routers, 2)).toEqual({ take: [3], leave: [] });
});
