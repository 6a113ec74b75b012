// Score sheets: scores by keyboard, and reasons shown where they are due. Without it all fields are there at once.
'use strict';
{
  const indicators = [...document.querySelectorAll('.indicator[data-due]')];
  const radios = (indicator) => [...indicator.querySelectorAll('input[type=radio]')];
  const reason = (indicator) => indicator.querySelector('.reason');
  const text = (indicator) => reason(indicator).querySelector('textarea');

  // Digits that follow each other closely are one score: 1 . 5
  let typed = '';
  let since = 0;

  function score(indicator) {
    const number = indicator.querySelector('input[inputmode]');
    if (number) return number.value.trim();
    const chosen = radios(indicator).find((radio) => radio.checked);
    return chosen ? chosen.value : '';
  }

  function isDue(indicator) {
    const now = score(indicator);
    if (now === '') return false;
    const due = indicator.dataset.due;
    return due === 'always' || due.split(' ').some((end) => Number(end) === Number(now));
  }

  // A reason is in sight where it is due, where one is written, and where the expert wants to write one.
  function show(indicator) {
    const due = isDue(indicator);
    const wanted = due || text(indicator).value !== '' || indicator.dataset.opened === 'true';
    reason(indicator).hidden = !wanted;
    indicator.querySelector('.add-reason').hidden = wanted;
    indicator.classList.toggle('due', due && text(indicator).value.trim() === '');
    text(indicator).setAttribute('aria-required', String(due));
  }

  function enter(indicator) {
    typed = '';
    const fields = radios(indicator);
    const target = fields.find((radio) => radio.checked) || fields[0] || indicator.querySelector('input[inputmode]');
    target.focus();
    indicator.scrollIntoView({ block: 'nearest' });
  }

  function next(indicator, step) {
    const other = indicators[indicators.indexOf(indicator) + step];
    if (other) enter(other);
    else if (step > 0) indicator.form().querySelector('textarea[name$="/opinion"]').focus();
  }

  function choose(indicator, key) {
    const now = performance.now();
    typed = now - since < 1200 ? typed + key : key;
    since = now;
    const find = (wanted) => radios(indicator).find((radio) => Number(radio.value) === Number(wanted));
    let found = find(typed);
    if (!found && typed.length > 1 && key !== '.') found = find((typed = key));
    if (found) {
      found.focus();
      if (!found.checked) found.click();
    }
  }

  function clear(indicator) {
    const chosen = radios(indicator).find((radio) => radio.checked);
    if (!chosen) return;
    chosen.checked = false;
    chosen.dispatchEvent(new Event('change', { bubbles: true }));
  }

  for (const indicator of indicators) {
    indicator.form = () => indicator.closest('form');
    const add = document.createElement('button');
    add.type = 'button';
    add.className = 'secondary add-reason';
    add.textContent = say('写理由', 'Give a reason');
    add.addEventListener('click', () => {
      indicator.dataset.opened = 'true';
      show(indicator);
      text(indicator).focus();
    });
    reason(indicator).before(add);
    indicator.addEventListener('input', () => show(indicator));
    indicator.addEventListener('change', () => show(indicator));
    indicator.addEventListener('keydown', (event) => {
      const written = event.target.tagName === 'TEXTAREA';
      if (event.isComposing || event.altKey || event.metaKey || event.target.tagName === 'BUTTON') return;
      if (event.key === 'Enter' && (!written || event.ctrlKey)) {
        event.preventDefault();
        if (!written && isDue(indicator) && text(indicator).value.trim() === '') text(indicator).focus();
        else next(indicator, event.shiftKey ? -1 : 1);
      } else if (event.target.type === 'radio' && !event.ctrlKey && /^[0-9.]$/.test(event.key)) {
        event.preventDefault();
        choose(indicator, event.key);
      } else if (event.target.type === 'radio' && ['Backspace', 'Delete'].includes(event.key)) {
        event.preventDefault();
        clear(indicator);
      }
    });
    show(indicator);
  }
  document.addEventListener('qianglian:filled', () => indicators.forEach(show));
  for (const hint of document.querySelectorAll('.keys')) hint.hidden = false;
}
