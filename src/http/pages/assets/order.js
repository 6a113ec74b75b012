// Rows of a list are put in order by dragging; their places are written into the number fields, which are what is sent.
'use strict';

const listed = document.querySelector('tbody[data-order=listed]');
const rest = document.querySelector('tbody[data-order=rest]');
const place = (row) => row.querySelector('input[name$="/place:whole"]');
const rows = (body) => [...body.rows].filter((row) => place(row));

function count() {
  const shown = document.querySelector('[data-count]');
  const chosen = [...rows(listed), ...rows(rest)].filter((row) => place(row).value.trim() !== '');
  if (!shown) return;
  shown.textContent = chosen.length;
  // More than the quota is no list that can be saved.
  const { form } = place(rows(listed)[0] || rows(rest)[0]);
  if (chosen.length > Number(shown.dataset.count)) form.dataset.hold = say('尚未保存：列入名单的超过名额，请减少后再保存。', 'Not saved: more are on the list than the quota.');
  else delete form.dataset.hold;
}

function number() {
  rows(listed).forEach((row, index) => { place(row).value = index + 1; });
  for (const row of rows(rest)) place(row).value = '';
  count();
  place(rows(listed)[0] || rows(rest)[0]).dispatchEvent(new Event('input', { bubbles: true }));
}

if (listed && rest) {
  let dragged = null;
  for (const row of [...rows(listed), ...rows(rest)]) {
    row.draggable = true;
    // Text in the fields can still be marked.
    for (const field of row.querySelectorAll('input, textarea')) {
      field.addEventListener('pointerdown', () => { row.draggable = false; });
      field.addEventListener('pointerup', () => { row.draggable = true; });
      field.addEventListener('blur', () => { row.draggable = true; });
    }
    row.addEventListener('dragstart', (event) => {
      dragged = row;
      event.dataTransfer.effectAllowed = 'move';
      event.dataTransfer.setData('text/plain', '');
    });
    place(row).addEventListener('input', count);
  }
  for (const body of [listed, rest]) {
    body.addEventListener('dragover', (event) => { if (dragged) event.preventDefault(); });
    body.addEventListener('drop', (event) => {
      if (!dragged) return;
      event.preventDefault();
      const target = event.target.closest('tr');
      // Dropped on the line between the two: last of the list.
      if (!target || target.hasAttribute('data-divider')) {
        listed.append(dragged);
      } else if (target !== dragged) {
        const { top, height } = target.getBoundingClientRect();
        if (event.clientY < top + height / 2) target.before(dragged);
        else target.after(dragged);
      }
      dragged = null;
      number();
    });
  }
}
