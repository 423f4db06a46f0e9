// What benches/ratios.mjs found, as a table and as pictures. A section is
//   { name, title, unit, ours, theirs, rows: [{ name, ours, theirs, aim }], mean, note }
// with `ours` and `theirs` of a row in the section's unit, and `aim` the largest ratio of the two that is wanted; `mean` is the aim
// for the geometric mean and `note` a sentence to go with the table, if there are any.

export const ratio = (row) => row.ours / row.theirs;
export const isMet = (row) => ratio(row) <= row.aim;
export const geometricMean = (numbers) => Math.exp(numbers.reduce((sum, number) => sum + Math.log(number), 0) / numbers.length);

/** Three digits that mean something. */
export const short = (number) => (number >= 100 ? number.toFixed(0) : number >= 10 ? number.toFixed(1) : number.toFixed(2));

/** The section as lines of text. */
export function table(section) {
  const head = [`${section.title}, ${section.unit}`, section.ours, section.theirs, 'ratio', 'aim', ''];
  const cells = section.rows.map((row) => [row.name, short(row.ours), short(row.theirs), short(ratio(row)), short(row.aim), isMet(row) ? '' : 'missed']);
  const widths = head.map((_, column) => Math.max(...[head, ...cells].map((line) => line[column].length)));
  const line = (texts) => texts.map((text, column) => (column ? text.padStart(widths[column]) : text.padEnd(widths[column]))).join('  ').trimEnd();
  return [line(head), ...cells.map(line), ...summary(section), ...(section.note ? [section.note] : [])].join('\n');
}

/** The mean, where it has an aim, and the largest ratio, as lines of text. */
export function summary(section) {
  if (section.mean === undefined) return [];
  const ratios = section.rows.map(ratio);
  return [`geometric mean ${short(geometricMean(ratios))} (aim ${short(section.mean)}), largest ${short(Math.max(...ratios))}`];
}

/** All sections as one, each ratio as a share of what was aimed at. */
export function together(sections) {
  const rows = sections.flatMap((section) => {
    const mean = section.mean === undefined ? [] : [{ name: 'geometric mean', ours: geometricMean(section.rows.map(ratio)), theirs: section.mean, aim: 1 }];
    return [...section.rows.map((row) => ({ name: row.name, ours: ratio(row), theirs: row.aim, aim: 1 })), ...mean]
      .map((row) => ({ ...row, name: `${section.short ?? section.title}: ${row.name}` }));
  });
  return { name: 'measured', title: 'What was reached', unit: 'measured and allowed', ours: 'measured', theirs: 'allowed', rows };
}

const escape = (text) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

const STYLE = `
    svg { color-scheme: light dark; font: 13px system-ui, sans-serif; }
    .paper { fill: #ffffff; } text { fill: #1f2328; } .soft { fill: #59636e; }
    .met { fill: #2f7d4f; } .missed { fill: #b4552d; } .aim { stroke: #1f2328; stroke-width: 2; } .axis { stroke: #d1d9e0; }
    @media (prefers-color-scheme: dark) {
      .paper { fill: #0d1117; } text { fill: #f0f6fc; } .soft { fill: #9198a1; }
      .met { fill: #4fb477; } .missed { fill: #e08a5b; } .aim { stroke: #f0f6fc; } .axis { stroke: #3d444d; }
    }`;

const ROW = 24;
const BARS = 400;
const TOP = 48;
const END = 110;

/** The section as a picture: a bar for each ratio and, across it, a line for the aim. `caption` says when and where it was measured. */
export function svg(section, caption) {
  const most = Math.max(...section.rows.map((row) => Math.max(ratio(row), row.aim))) * 1.05;
  const names = 30 + 7 * Math.max(...section.rows.map((row) => row.name.length));
  const x = (value) => Math.round((names + (value / most) * BARS) * 10) / 10;
  const bottom = TOP + section.rows.length * ROW;
  const height = bottom + 52;
  const width = names + BARS + END;
  const bars = section.rows.map((row, index) => {
    const y = TOP + index * ROW;
    const value = ratio(row);
    return [
      `<text x="${names - 10}" y="${y + 16}" text-anchor="end">${escape(row.name)}</text>`,
      `<rect class="${isMet(row) ? 'met' : 'missed'}" x="${names}" y="${y + 4}" width="${Math.round((x(value) - names) * 10) / 10}" height="${ROW - 8}"/>`,
      `<line class="aim" x1="${x(row.aim)}" y1="${y + 1}" x2="${x(row.aim)}" y2="${y + ROW - 1}"/>`,
      `<text x="${Math.max(x(value), x(row.aim)) + 8}" y="${y + 16}">${short(value)}${isMet(row) ? '' : ' missed'}</text>`,
    ].join('\n  ');
  });
  const said = [`Bar: ${section.ours} / ${section.theirs}; line: the aim.`, ...summary(section)].join(' ');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escape(described(section))}">
  <style>${STYLE}
  </style>
  <rect class="paper" width="${width}" height="${height}"/>
  <text x="12" y="24" font-weight="600">${escape(`${section.title}: ratio of ${section.unit}`)}</text>
  <line class="axis" x1="${names}" y1="${TOP - 4}" x2="${names}" y2="${bottom + 4}"/>
  ${bars.join('\n  ')}
  <text class="soft" x="12" y="${bottom + 24}">${escape(said)}</text>
  <text class="soft" x="12" y="${bottom + 42}">${escape(caption)}</text>
</svg>
`;
}

/** What the picture shows, in words. */
function described(section) {
  const each = section.rows.map((row) => `${row.name} ${short(ratio(row))}, aim ${short(row.aim)}`);
  return `${section.title}, ${section.ours} / ${section.theirs}: ${each.join('; ')}`;
}
