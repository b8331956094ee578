// What the control API answers, as types. Nothing runs here.

/** @typedef {{change: number, conversations: number, requests: number, deliveries: number, bots: number, settings: number, all: number}} Numbers */
/** @typedef {Set<string>} Areas the areas that changed, by their names in `Numbers` */
/** @typedef {{element: HTMLElement, refresh: (areas: Areas) => Promise<void> | void}} Panel */
/** @typedef {{name: string, key: string, version: number}} Bot */
/** @typedef {{conversation: string, visitor_id: string, bot_key: string, bot_version: number, place: string, current_block?: string, entries: number}} Summary */
/** @typedef {{seq: number, at: string, kind: string, event: any, faults?: string[]}} Entry */
/** @typedef {Summary & {block?: string, variables: Record<string, unknown>, contact: Record<string, unknown>}} Facts */
/** @typedef {Omit<Facts, "entries"> & {entries: Entry[]}} Transcript */
/** @typedef {{type: string, data: Record<string, any>}} Message a message of the visitor */
/** @typedef {{title: string, type: string, callback?: string, next_dialog?: string, key?: string, url?: any}} Button */
/** @typedef {{name: string, value: string}} Header */
/** @typedef {{block: string, walked: boolean, exits: {way: string, to: string, walked: boolean}[]}} BlockCoverage */

export {};
