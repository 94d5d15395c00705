/**
 * Where fields lie: as large as the place allows, in one row where hands go up and down.  Pure numbers, in CSS pixels.
 *
 *   arrange({ kind: "keys", count: 8, few: 8, width: 344, height: 640 })   // {shown: 8, columns: 2, rows: 4, gap: 10}
 */
const GAP = 10;
/** Smallest side of a field for players, and from which on one does not wish for larger ones. */
const SMALLEST = 96;
const ROOMY = 124;

const side = (length, count) => (length - (count - 1) * GAP) / count;

/** The grid whose fields come nearest to being large squares. */
function best(count, width, height) {
  let found = null;
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const short = Math.min(side(width, columns), side(height, rows));
    const empty = columns * rows - count;
    const worth = short * (1 - 0.15 * empty);
    if (found === null || worth > found.worth) found = { shown: count, columns, rows, gap: GAP, short, worth };
  }
  return found;
}

export function arrange({ kind, count, few, width, height }) {
  const across = { shown: count, columns: count, rows: 1, gap: GAP };
  const down = { shown: count, columns: 1, rows: count, gap: GAP };
  if (kind === "strum") return { ...(width >= height ? across : down), gap: 0 }; // fingers go on over the edges
  if (kind === "xy") return width >= height ? across : down;
  if (kind === "keys" && side(width, count) >= SMALLEST && height >= SMALLEST) return across;
  const all = best(count, width, height);
  return all.short >= ROOMY || count <= few ? all : best(few, width, height);
}
