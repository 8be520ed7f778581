/**
 * The element's style. A constructed style sheet needs no `style-src` in a Content-Security-Policy.
 *
 * Pages may set `--face-capture-accent`, `-background` and `-text`; all text has one of these colours
 * on another one, so contrast is theirs.
 */

const LIGHT = "--accent: #0b57d0; --background: #ffffff; --text: #17202b;";
const DARK = "--accent: #8ab4f8; --background: #12171d; --text: #e9eef4;";

const SHEET = `
:host { display: block; container-type: inline-size; ${LIGHT} color-scheme: light; }
:host([hidden]) { display: none; }
:host([theme="dark"]) { ${DARK} color-scheme: dark; }
@media (prefers-color-scheme: dark) {
  :host(:not([theme="light"])) { ${DARK} color-scheme: dark; }
}
#root {
  --a: var(--face-capture-accent, var(--accent));
  --b: var(--face-capture-background, var(--background));
  --t: var(--face-capture-text, var(--text));
  --line: color-mix(in srgb, var(--t) 25%, var(--b));
  --soft: color-mix(in srgb, var(--a) 10%, var(--b));
  box-sizing: border-box; max-inline-size: 40rem; margin-inline: auto; padding: 1.25rem;
  background: var(--b); color: var(--t); border-radius: 1rem;
  font: 400 1rem/1.5 var(--face-capture-font, system-ui, sans-serif); text-align: start;
}
*, *::before { box-sizing: border-box; }
section { display: flex; flex-direction: column; gap: 1rem; }
h2, h3, p, ul { margin: 0; padding: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.5rem; line-height: 1.25; font-weight: 650; text-wrap: balance; }
h2:focus { outline: none; }
h2:focus-visible { outline: 2px solid var(--a); outline-offset: 4px; border-radius: 2px; }
h3 { font-size: 1rem; font-weight: 650; }
[hidden] { display: none !important; }
.logo { max-block-size: 3rem; max-inline-size: 12rem; align-self: start; object-fit: contain; }
.distances { list-style: none; display: grid; grid-template-columns: repeat(3, 1fr); gap: .75rem; }
.distances li {
  display: flex; flex-direction: column; align-items: center; gap: .25rem; text-align: center;
  border: 1px solid var(--line); border-radius: .75rem; padding: .75rem .5rem;
}
.distances li:has(.good) { border: 2px solid var(--a); background: var(--soft); font-weight: 600; }
.distance { inline-size: 100%; max-inline-size: 5rem; overflow: hidden; }
.distance .head { fill: color-mix(in srgb, var(--t) 45%, var(--b)); }
.distance .oval { fill: none; stroke: var(--a); stroke-width: 2; stroke-dasharray: 4 3; }
.distance .mark { fill: none; stroke: var(--t); stroke-width: 4; stroke-linecap: round; }
.distance.good .mark { stroke: var(--a); }
.tips { list-style: none; display: grid; gap: .5rem; }
.tips li { padding-inline-start: 1.75rem; position: relative; }
.tips li::before {
  content: ""; position: absolute; inset-inline-start: .25rem; inset-block-start: .4rem;
  inline-size: .4rem; block-size: .75rem; border: solid var(--a); border-width: 0 .18rem .18rem 0;
  transform: rotate(45deg);
}
.notice { border-inline-start: .25rem solid var(--a); padding-inline-start: .75rem; font-size: .9375rem; }
.actions { display: flex; flex-wrap: wrap; gap: .75rem 1rem; align-items: center; }
.actions > button { flex: 1 1 8rem; }
button, select {
  font: inherit; min-block-size: 2.75rem; padding: .5rem 1.25rem; border-radius: .625rem; cursor: pointer;
  color: var(--t); background: var(--b); border: 1px solid var(--t); max-inline-size: 100%;
}
button.main { background: var(--a); color: var(--b); border-color: var(--a); font-weight: 650; }
button:hover { text-decoration: underline; }
:is(button, select, input):focus-visible { outline: 3px solid var(--a); outline-offset: 3px; }
.picker, .voice { display: flex; align-items: center; gap: .5rem; flex: 1 1 auto; min-inline-size: 0; }
.picker select { flex: 1; min-inline-size: 4rem; padding-inline: .5rem; }
.voice { min-block-size: 2.75rem; }
.voice input { inline-size: 1.25rem; block-size: 1.25rem; accent-color: var(--a); }
.message { align-items: center; text-align: center; padding-block: 1.5rem; }
.message .actions { justify-content: center; inline-size: 100%; }
.message .actions > button { max-inline-size: 16rem; }
.sign { inline-size: 4.5rem; fill: none; stroke: var(--t); stroke-width: 3; stroke-linecap: round; stroke-linejoin: round; }
.sign circle { fill: var(--soft); stroke: none; }
.sign.done { stroke: var(--b); }
.sign.done circle { fill: var(--a); }
.stage {
  position: relative; overflow: hidden; border-radius: 1rem; background: #000; align-self: center;
  inline-size: min(100%, calc(56vh * var(--ratio, 1.333))); aspect-ratio: var(--ratio, 1.333);
}
video { display: block; inline-size: 100%; block-size: 100%; object-fit: contain; }
video.mirrored { transform: scaleX(-1); }
.overlay { position: absolute; inset: 0; inline-size: 100%; block-size: 100%; fill: none; }
.overlay .shade { fill: rgb(0 0 0 / .5); }
.overlay ellipse { stroke-width: 6; vector-effect: non-scaling-stroke; }
.overlay .oval { stroke: #fff; stroke-dasharray: 10 8; stroke-width: 3; }
.fits .overlay .oval { stroke-dasharray: none; }
.overlay .ring { stroke: var(--accent-on-picture, #7fd4ff); transition: stroke-dasharray .3s; }
.direction { position: absolute; inset-inline: 0; inset-block-end: .75rem; display: grid; place-items: center; }
.arrow {
  inline-size: 4rem; padding: .5rem; border-radius: 50%; background: var(--a);
  fill: none; stroke: var(--b); stroke-width: 5; stroke-linecap: round; stroke-linejoin: round;
  animation: nudge 1s ease-in-out infinite alternate;
}
@keyframes nudge { to { transform: scale(1.12); } }
.fit { block-size: .5rem; border-radius: .25rem; background: var(--line); overflow: hidden; align-self: center; inline-size: min(100%, 16rem); }
.fit .bar { block-size: 100%; inline-size: 0; background: var(--t); transition: inline-size .2s; }
.fits .fit .bar { background: var(--a); }
.instruction, .hint { text-align: center; text-wrap: balance; min-block-size: 1.5em; }
.instruction { font-size: 1.375rem; font-weight: 650; line-height: 1.3; }
.instruction:empty { display: none; }
.hint { font-size: 1.125rem; }
.capturing:not(.challenged) .hint { font-size: 1.25rem; font-weight: 600; min-block-size: 2em; }
.connection { text-align: center; border: 2px solid var(--a); border-radius: .625rem; padding: .5rem .75rem; }
.status { display: flex; gap: .75rem; align-items: center; }
.status span:empty { display: none; }
.status progress { flex: 1; min-inline-size: 4rem; block-size: .75rem; accent-color: var(--a); }
.unknown .status progress { visibility: hidden; }
.unknown:not(.challenged) .status { display: none; }
.seconds { font-variant-numeric: tabular-nums; font-weight: 650; min-inline-size: 3rem; text-align: end; }
.spinner {
  inline-size: 3rem; block-size: 3rem; border-radius: 50%; border: .3rem solid var(--line);
  border-block-start-color: var(--a); animation: turn 1s linear infinite;
}
@keyframes turn { to { transform: rotate(1turn); } }
@container (max-width: 24rem) {
  #root { padding: .75rem; border-radius: 0; }
  .actions > button { flex-basis: 100%; }
  .distances { gap: .375rem; }
  .distances li { padding: .5rem .25rem; font-size: .875rem; }
}
@media (prefers-reduced-motion: reduce) {
  *, *::before { animation: none !important; transition: none !important; }
}
@media (forced-colors: active) {
  button, .stage, .fit { border: 1px solid; }
  .fit .bar { background: Highlight; }
}
`;

/** @type {CSSStyleSheet | undefined} */
let shared;

/** Return the style sheet, which all elements share. */
export function styleSheet() {
  if (!shared) {
    shared = new CSSStyleSheet();
    shared.replaceSync(SHEET);
  }
  return shared;
}
