// "As claimed" fills the fields of its indicator with what was claimed, and lets go: what is typed afterwards holds.
'use strict';

for (const box of document.querySelectorAll('input[data-claimed]')) {
  const at = box.name.replace(/:json$/, '');
  const set = (name, value) => {
    const field = box.form.elements[name];
    if (!field) return;
    field.value = value;
    field.dispatchEvent(new Event('input', { bubbles: true }));
  };
  box.addEventListener('change', () => {
    if (!box.checked) return;
    const claimed = JSON.parse(box.value);
    if (claimed && typeof claimed === 'object') {
      for (const field of box.form.querySelectorAll(`input[name^="${at}/"][name$=":whole"]`)) set(field.name, 0);
      for (const [unit, count] of Object.entries(claimed)) set(`${at}/${unit}:whole`, count);
    } else {
      set(`${at}:null`, claimed);
    }
    box.checked = false;
    box.parentElement.nextElementSibling?.querySelector('input')?.focus();
  });
}
