// Chance that a seed repeats.

/** A source of chance: the same seed makes the same choices (mulberry32). */
export function random(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return {
    /** Whether something of this probability happens. */
    chance: (probability) => next() < probability,
    /** An integer from `least` to `most`. */
    integer: (least, most) => least + Math.floor(next() * (most - least + 1)),
    /** One of several. */
    pick: (items) => items[Math.floor(next() * items.length)],
    /** Up to `count` of several, in their order. */
    some(items, count) {
      const rest = items.map((item, at) => [next(), at, item]).sort((a, b) => a[0] - b[0]);
      return rest
        .slice(0, count)
        .sort((a, b) => a[1] - b[1])
        .map(([, , item]) => item);
    },
  };
}
