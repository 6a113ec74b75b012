// The rubric's sums while it is typed, and rows that move. Without scripts sums are shown after saving, and rows move by
// the number of their order.
'use strict';

// Decimals are added as whole numbers of their last place, as sums of binary fractions would be off.
function total(inputs) {
  let sum = 0n;
  for (const input of inputs) {
    const found = /^(\d+)(?:\.(\d{1,8}))?$/.exec(input.value.trim());
    if (found) sum += BigInt(found[1] + (found[2] || '').padEnd(8, '0'));
  }
  const digits = sum.toString().padStart(9, '0');
  const places = digits.slice(-8).replace(/0+$/, '');
  return digits.slice(0, -8) + (places && `.${places}`);
}

function prepareRubric(root) {
  const form = root.querySelector('[data-sum=weight]')?.closest('form');
  if (!form) return;
  // Where a row says its order and whether it goes: a criterion's own, not its indicators'.
  const tools = (row) => (row.matches('fieldset') ? row.querySelector(':scope > .fields') : row);
  const stays = (row) => !tools(row).querySelector('input[type=checkbox][name$="/_remove:yes"]:checked');
  const inputs = (inside, member) => [...inside.querySelectorAll(`input[name$="/${member}"]`)]
    .filter((input) => stays(input.closest('[data-row]')));
  const show = (output, sum) => {
    output.value = sum;
    const wanted = output.dataset.wanted;
    if (wanted) output.closest('p').classList.toggle('error', sum !== wanted);
  };
  const update = () => {
    for (const output of form.querySelectorAll('[data-sum=weight]')) show(output, total(inputs(form, 'weight')));
    for (const output of form.querySelectorAll('[data-sum=points]')) {
      show(output, total(inputs(output.closest('fieldset'), 'points')));
    }
  };
  form.addEventListener('input', update);
  update();
  for (const button of form.querySelectorAll('[data-move]')) {
    button.hidden = false;
    button.addEventListener('click', () => {
      const row = button.closest('[data-row]');
      const up = button.dataset.move === 'up';
      const other = up ? row.previousElementSibling : row.nextElementSibling;
      if (!other) return;
      if (up) other.before(row); else other.after(row);
      [...row.parentElement.children].forEach((each, place) => {
        tools(each).querySelector('input[name$="/_order"]').value = place + 1;
      });
      button.focus();
      form.dispatchEvent(new Event('input', { bubbles: true }));
    });
  }
}

htmx.onLoad(prepareRubric);
