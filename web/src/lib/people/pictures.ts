import type { Profile, UserId } from '../../gen/protocol';
import { PICTURE_BYTES_MAX } from '../../gen/protocol';
import { addressOf } from '../session/address';

/** What the server takes, by what browsers call it. */
export const PICTURE_KINDS: readonly string[] = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];

/** Where the picture is that somebody shows of themselves; `null` if they show none. */
export function pictureOf(id: UserId, profile: Profile | undefined): string | null {
  const picture = profile?.picture;
  return picture ? addressOf(`/api/users/${id}/picture/${encodeURIComponent(picture)}`).href : null;
}

/** Why a file is no picture that the server would take, for people; `null` if it may be one. */
export function whyNot({ type, size }: Pick<File, 'type' | 'size'>): string | null {
  if (!PICTURE_KINDS.includes(type)) return 'A picture is a PNG, JPEG, GIF or WebP.';
  const megabytes = Math.floor(PICTURE_BYTES_MAX / 1024 / 1024);
  return size > PICTURE_BYTES_MAX ? `A picture may have at most ${megabytes} MB.` : null;
}

/** The first picture among files that are dropped or pasted, or else the first of them. */
export function pictureAmong(files: Iterable<File>): File | null {
  const all = [...files];
  return all.find(({ type }) => PICTURE_KINDS.includes(type)) ?? all[0] ?? null;
}
