import type { Component } from 'svelte';
import type { ViewName } from '../../lib/rooms/views';
import InviteView from './InviteView.svelte';
import OwnView from './OwnView.svelte';
import PeopleView from './PeopleView.svelte';
import PersonView from './PersonView.svelte';
import RoomViews from './RoomViews.svelte';
import type { Visit } from './visit';

/** What is mounted for each view. */
export const VIEW_OF: Readonly<Record<ViewName, Component<Visit>>> = {
  new: RoomViews,
  find: RoomViews,
  message: RoomViews,
  members: RoomViews,
  settings: RoomViews,
  me: OwnView,
  person: PersonView,
  people: PeopleView,
  invite: InviteView,
};
