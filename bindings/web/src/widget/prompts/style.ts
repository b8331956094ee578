// The look of the questions that are loaded later.

export const css = /* css */ `
[part="prompt"][data-kind="javascript"] { display: none }
.media { max-inline-size: 85%; padding-block: .25rem }
.media img { display: block; max-inline-size: 100%; max-block-size: 16rem; border-radius: var(--wotnot-bubble-radius, 1.125rem) }
.fields { display: grid; gap: .75rem; justify-items: start }
.list { display: grid; justify-self: stretch }
.list label { display: flex; align-items: center; gap: .625rem; min-block-size: 44px; cursor: pointer }
.list input { inline-size: 1.25rem; block-size: 1.25rem; flex: none; accent-color: var(--accent) }
small { color: var(--muted); font-size: .875em }
.text { inline-size: 100%; min-block-size: 44px; padding: .5rem .75rem; border: 1px solid var(--control); border-radius: .5rem; background: var(--background) }
.field { display: grid; gap: .25rem; justify-self: stretch }
.scale { display: flex; align-items: center; gap: 1rem; justify-self: stretch }
.scale input { flex: 1; min-inline-size: 0; min-block-size: 44px; accent-color: var(--accent) }
.scale output { min-inline-size: 4em; text-align: end; font-variant-numeric: tabular-nums }
.cards { overflow-x: auto; scroll-snap-type: inline mandatory; scroll-padding-inline: .25rem; outline-offset: 0 }
ul { list-style: none; margin: 0; padding: 0 }
.cards ul { display: flex; gap: .75rem; inline-size: max-content; padding: .25rem }
.card { flex: none; align-items: stretch; gap: .375rem; inline-size: min(15rem, 70vi); padding: .75rem; border: 1px solid var(--border); border-radius: .75rem; scroll-snap-align: start; content-visibility: visible }
.card img { inline-size: 100%; aspect-ratio: 16 / 9; object-fit: cover; border-radius: .5rem; background: var(--bubble) }
.card .option { text-align: center }
.drop { padding: .75rem; border: 2px dashed var(--border); border-radius: .75rem }
.drop .option { display: inline-flex; align-items: center; position: relative }
.drop .option:focus-within { outline: 3px solid var(--wotnot-focus, var(--accent)); outline-offset: 2px }
.drop input { position: absolute; inset: 0; inline-size: 100%; opacity: 0; cursor: pointer }
.files { justify-self: stretch }
.files li { flex-direction: row; align-items: center; gap: .5rem; content-visibility: visible }
.files li > :first-child { flex: 1; min-inline-size: 0 }
.files progress { inline-size: 5rem; accent-color: var(--accent) }
`;
