/** What can lie over the chat: make a room, look for rooms, write to somebody, who belongs to the room, and what it is. */
export type SheetName = 'new' | 'find' | 'message' | 'members' | 'settings';
