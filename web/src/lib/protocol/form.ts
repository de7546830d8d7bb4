/**
 * Whether a value has the form that docs/protocol.md gives to something. Fields that are not named there are a newer
 * server's, and no fault.
 */
export type Form<Thing> = (value: unknown) => value is Thing;

export const nothing = (value: unknown): value is undefined => value === undefined;
export const text = (value: unknown): value is string => typeof value === 'string';
export const filled = (value: unknown): value is string => text(value) && value !== '';
export const flag = (value: unknown): value is boolean => typeof value === 'boolean';
export const whole = (value: unknown): value is number => Number.isSafeInteger(value);
/** What cannot be read as a time cannot be shown as one either. */
export const time = (value: unknown): value is string => text(value) && !Number.isNaN(Date.parse(value));
/** A word of a list, which may be longer in a newer server. */
export const word = text as Form<never>;

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function maybe<Thing>(form: Form<Thing>): Form<Thing | undefined> {
  return (value) => value === undefined || form(value);
}

export function either<One, Other>(one: Form<One>, other: Form<Other>): Form<One | Other> {
  return (value) => one(value) || other(value);
}

export function listOf<Thing>(form: Form<Thing>): Form<Thing[]> {
  return (value): value is Thing[] => Array.isArray(value) && value.every(form);
}

export function record<Thing extends object>(fields: {
  [Name in keyof Thing]-?: Form<Thing[Name]>;
}): Form<Thing> {
  const forms = Object.entries<Form<unknown>>(fields);
  return (value): value is Thing => isObject(value) && forms.every(([name, form]) => form(value[name]));
}
