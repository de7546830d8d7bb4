/**
 * Goes through a list of people by the arrows, Home and End, from the row that has the focus. A row is the element whose
 * `data-person` is the id. What it takes goes no further.
 */
export function rove(event: KeyboardEvent, list: HTMLElement | undefined, ids: readonly number[]): void {
  const { key, target, ctrlKey, metaKey, altKey } = event;
  const at = ids.findIndex((id) => `${id}` === (target as HTMLElement).dataset.person);
  const end = ids.length - 1;
  const steps: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: end };
  const step = steps[key];
  if (at < 0 || step === undefined || ctrlKey || metaKey || altKey) return;
  event.preventDefault();
  rowOf(list, ids[Math.max(0, Math.min(step, end))])?.focus();
}

/** The row of one of them. */
export function rowOf(list: HTMLElement | undefined, id: number | null | undefined): HTMLElement | null {
  return list?.querySelector<HTMLElement>(`[data-person="${id}"]`) ?? null;
}
