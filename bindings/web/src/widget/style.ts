// The look, as one sheet that is adopted: nothing inline, so a page needs no `style-src` for it. `npm run build` makes
// it short.

export const css = /* css */ `
:host {
  --accent: var(--wotnot-accent, light-dark(#1d4ed8, #9db8ff));
  --on-accent: var(--wotnot-on-accent, light-dark(#fff, #0b1020));
  --background: var(--wotnot-background, light-dark(#fff, #17191e));
  --text: var(--wotnot-text, light-dark(#1c2026, #e9ebef));
  --muted: var(--wotnot-muted, light-dark(#59616d, #a7aebb));
  --border: var(--wotnot-border, light-dark(#d5d9e0, #3b414c));
  --control: var(--wotnot-control-border, light-dark(#7b8492, #858d9b));
  --bubble: var(--wotnot-bubble, light-dark(#eef0f4, #272b33));
  --bubble-text: var(--wotnot-bubble-text, var(--text));
  --own: var(--wotnot-own, var(--accent));
  --own-text: var(--wotnot-own-text, var(--on-accent));
  --error: var(--wotnot-error, light-dark(#b3261e, #ffb4ab));
  --radius: var(--wotnot-radius, 1rem);
  --inline: var(--wotnot-offset-inline, 1.25rem);
  --block: var(--wotnot-offset-block, 1.25rem);
  --size: var(--wotnot-launcher-size, 3.5rem);
  /* The page's text styles do not apply here. */
  all: initial;
  color-scheme: light dark;
  display: contents;
  font: var(--wotnot-font-size, 1rem)/1.45 var(--wotnot-font, system-ui, sans-serif);
  color: var(--text);
}
:host([hidden]) { display: none }
:host([theme="light"]) { color-scheme: light }
:host([theme="dark"]) { color-scheme: dark }
:host([mode="inline"]) { display: block; block-size: var(--wotnot-height, 36rem) }
*, ::before { box-sizing: border-box }
[hidden] { display: none !important }
.root.inline { block-size: 100% }
.unseen { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
svg { inline-size: 1.5rem; block-size: 1.5rem; fill: currentColor; display: block }
button, input, select, textarea { font: inherit; color: inherit }
button, .option { min-block-size: 44px; min-inline-size: 44px; cursor: pointer }
:focus-visible { outline: 3px solid var(--wotnot-focus, var(--accent)); outline-offset: 2px }

[part="launcher"] {
  position: fixed;
  inset-block-end: var(--block);
  inset-inline-end: var(--inline);
  z-index: var(--wotnot-z-index, 2147483000);
  display: grid;
  place-items: center;
  inline-size: var(--size);
  block-size: var(--size);
  border: 1px solid transparent;
  border-radius: 50%;
  background: var(--accent);
  color: var(--on-accent);
  box-shadow: var(--wotnot-shadow, 0 4px 16px #0004);
}
.badge {
  position: absolute;
  inset-block-start: -.25rem;
  inset-inline-end: -.25rem;
  min-inline-size: 1.5rem;
  padding-inline: .35rem;
  border: 1px solid var(--background);
  border-radius: .75rem;
  background: var(--error);
  color: var(--background);
  font-size: .875rem;
  line-height: 1.5rem;
}
.badge:empty { display: none }

[part="panel"] {
  display: flex;
  flex-direction: column;
  inline-size: 100%;
  block-size: 100%;
  max-inline-size: none;
  max-block-size: none;
  margin: 0;
  padding: 0;
  overflow: hidden;
  border: 1px solid var(--border);
  background: var(--background);
  color: var(--text);
  overflow-wrap: anywhere;
}
dialog:not([open]) { display: none !important }
.bubble > [part="panel"] {
  position: fixed;
  inset: auto;
  inset-block-end: calc(var(--block) + var(--size) + .75rem);
  inset-inline-end: var(--inline);
  z-index: var(--wotnot-z-index, 2147483000);
  inline-size: var(--wotnot-width, 24rem);
  block-size: var(--wotnot-height, 36rem);
  max-inline-size: calc(100vi - 2 * var(--inline));
  max-block-size: calc(100dvb - 2 * var(--block) - var(--size) - .75rem);
  border-radius: var(--radius);
  box-shadow: var(--wotnot-shadow, 0 8px 32px #0004);
}
.full > [part="panel"] { position: fixed; inset: 0; block-size: 100dvb; border: 0 }
@media (max-width: 30rem), (max-height: 25rem) {
  .bubble > [part="panel"] { inset: 0; inline-size: 100%; block-size: 100dvb; max-inline-size: none; max-block-size: none; border: 0; border-radius: 0 }
}

[part="header"] {
  display: flex;
  align-items: center;
  gap: .5rem;
  padding-block: .25rem;
  padding-inline: 1rem .25rem;
  min-block-size: 3.25rem;
  flex: none;
  border-block-end: 1px solid var(--border);
  background: var(--wotnot-header, var(--background));
  color: var(--wotnot-header-text, var(--text));
}
h2 { flex: 1; margin: 0; font-size: 1.125em; font-weight: 600 }
.close { border: 0; border-radius: 50%; background: none; display: grid; place-items: center }

[part="log"] {
  flex: 1 1 6rem;
  min-block-size: 4rem;
  overflow-y: auto;
  overflow-anchor: none;
  overscroll-behavior: contain;
  padding: 1rem;
  outline-offset: -3px;
}
ol { list-style: none; margin: 0; padding: 0 }
.welcome { margin-block-end: 1rem; color: var(--muted) }
.older { display: block; margin: 0 auto 1rem }
.below { position: sticky; inset-block-end: 0; display: block; margin: 0 auto; box-shadow: var(--wotnot-shadow, 0 4px 16px #0004) }
li {
  display: flex;
  flex-direction: column;
  align-items: flex-start;
  margin-block-end: .375rem;
  content-visibility: auto;
  contain-intrinsic-size: auto 3rem;
}
li[data-last] { margin-block-end: 1rem }
li > div.bubble {
  max-inline-size: 85%;
  padding: .5rem .875rem;
  border: 1px solid transparent;
  border-radius: var(--wotnot-bubble-radius, 1.125rem);
  background: var(--bubble);
  color: var(--bubble-text);
  white-space: pre-wrap;
}
li a { color: inherit }
li[data-from="visitor"] { align-items: flex-end }
li[data-from="visitor"] .about { text-align: end }
li[data-from="visitor"] > div.bubble { background: var(--own); color: var(--own-text) }
li[data-from="agent"] > div.bubble { border-color: var(--accent) }
.about { display: none; padding: .125rem .25rem; color: var(--muted); font-size: .8125em }
li[data-last] .about { display: block }
li:is([data-state="failed"], [data-state="unconfirmed"], [data-state="rejected"]) .about { display: block; color: var(--error) }
.about button { margin-inline-start: .5rem }
.typing { display: flex; gap: .3rem; inline-size: fit-content; padding: .875rem; border-radius: 1.125rem; background: var(--bubble) }
.typing i { inline-size: .5rem; block-size: .5rem; border: .25rem solid var(--muted); border-radius: 50% }

[part="status"] { padding: .375rem 1rem; background: var(--bubble); color: var(--bubble-text); font-size: .875em; flex: none }
[part="status"]:empty { display: none }

[part="prompt"] { padding: .75rem 1rem; border-block-start: 1px solid var(--border); overflow-y: auto; max-block-size: 55%; flex: none }
[part="prompt"]:empty { display: none }
.options { display: flex; flex-wrap: wrap; gap: .5rem }
button, .option {
  display: inline-block;
  padding: .5rem 1rem;
  border: 1px solid var(--control);
  border-radius: 1.375rem;
  background: var(--background);
  color: var(--text);
  text-decoration: none;
}
.option { border-color: var(--accent); color: var(--wotnot-option-text, var(--accent)) }
a.option::after { content: " \\2197" / "" }
.solid, [part="send"] { border-color: transparent; background: var(--accent); color: var(--on-accent) }
button:disabled { opacity: .5; cursor: default }

[part="composer"] { display: flex; align-items: flex-end; gap: .5rem; padding: .75rem; border-block-start: 1px solid var(--border); flex: none }
[part="composer"] textarea {
  flex: 1;
  min-inline-size: 0;
  min-block-size: 44px;
  max-block-size: min(9rem, 30vh);
  padding: .5625rem .875rem;
  resize: none;
  border: 1px solid var(--control);
  border-radius: 1.375rem;
  background: var(--background);
}
[part="composer"] ::placeholder { color: var(--muted); opacity: 1 }
[part="send"] { flex: none; display: grid; place-items: center; padding: 0; inline-size: 44px; border-radius: 50% }
[dir="rtl"] [part="send"] svg { transform: scaleX(-1) }
.over { display: grid; gap: .5rem; justify-items: start; padding: .75rem 1rem; border-block-start: 1px solid var(--border) }

@media (prefers-reduced-motion: no-preference) {
  .typing i { animation: pulse 1.2s infinite }
  .typing i:nth-child(2) { animation-delay: .2s }
  .typing i:nth-child(3) { animation-delay: .4s }
  .bubble > [part="panel"][open] { animation: rise .15s ease-out }
}
@keyframes pulse { 30% { opacity: .3 } 60% { opacity: 1 } }
@keyframes rise { from { translate: 0 .5rem } }
`;
