/** Does something so many times, `parallel` of them under way at a moment; the results in their order. */
export async function atOnce<T>(count: number, parallel: number, one: (index: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const caller = async () => {
    for (let index = next++; index < count; index = next++) results[index] = await one(index);
  };
  await Promise.all(Array.from({ length: parallel }, caller));
  return results;
}
