import type { MemberChange, UserId } from '../../gen/protocol';
import type { Coming } from './comings.svelte';

/** One line of who came and went: the same of many people, one after the other, is one. */
export interface Quiet {
  readonly key: string;
  readonly change: MemberChange;
  /** Who did it, if somebody else. */
  readonly by: UserId | null;
  readonly who: readonly UserId[];
  /** When it was so first. */
  readonly at: number;
}

const NONE: readonly Quiet[] = [];

export function quietLines(comings: readonly Coming[]): readonly Quiet[] {
  if (comings.length === 0) return NONE;
  const lines: (Quiet & { who: UserId[] })[] = [];
  for (const { seq, who, change, by, at } of comings) {
    const last = lines.at(-1);
    if (last?.change === change && last.by === by) last.who.push(who);
    else lines.push({ key: `quiet ${seq}`, change, by, who: [who], at });
  }
  return lines;
}
