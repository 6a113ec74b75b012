// Shows the winners of the newest announced competition on a portal's page, once the browser has checked them: no server of the portal's
// own, no library. The service lets any site's script read what is public (CORS).

'use strict';

(() => {
  const place = document.getElementById('results');
  const service = place.dataset.service.replace(/\/$/, '');

  /** The bytes at an address, whose digest must be this one. */
  async function checked(address, digest) {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
    const bytes = await answer.arrayBuffer();
    // Browsers compute digests on pages that came by HTTPS, or from this machine, alone.
    const sum = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
    const found = [...sum].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    if (found !== digest) throw new Error(`摘要不符 The digest is another: ${address}`);
    return new TextDecoder().decode(bytes);
  }

  /** An element with text, never with markup: what is published is shown as text. */
  function element(name, text, ...inside) {
    const made = document.createElement(name);
    if (text) made.textContent = text;
    made.append(...inside);
    return made;
  }

  /** The rows of an open-data file, checked against the digest that the catalogue (DCAT-AP, JSON-LD) has of it. */
  async function rowsOf(file) {
    const address = `${service}/data/catalogue.jsonld`;
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
    const distributions = (await answer.json())['dcat:dataset'].flatMap((dataset) => dataset['dcat:distribution']);
    const told = distributions.find((one) => one['dcat:downloadURL']['@id'] === file);
    if (!told) throw new Error(`${file}: not in the catalogue`);
    const digest = told['spdx:checksum']['spdx:checksumValue']['@value'];
    return JSON.parse(await checked(`${service}/data/${file}`, digest)).rows;
  }

  async function show() {
    const announcements = await (await fetch(`${service}/api/v1/announcements`)).json();
    const newest = announcements.items[0];
    if (!newest) return place.replaceChildren(element('p', '尚未公布 Nothing is announced yet'));
    // The announcement as it was stored: its digest is on paper and on the service's own page too.
    const at = `${service}/api/v1/competitions/${newest.competition_id}/announcement`;
    const announcement = JSON.parse(await checked(at, newest.digest));
    const rows = await rowsOf(`editions/${newest.competition_id}/winners.json`);
    const head = ['奖项 Award', '名次 Place', '名称 Title', '牵头地区 Lead region', '产业链 Chain', '得分 Score'];
    // What the competition does not disclose is null.
    const cells = (row) => [row.award_name, row.place, row.title, row.region_name, row.chain_name, row.score];
    place.replaceChildren(
      element('h1', announcement.title),
      element('p', `${announcement.document} ${announcement.issuer} ${announcement.date}`),
      element(
        'table',
        '',
        element('thead', '', element('tr', '', ...head.map((text) => element('th', text)))),
        element(
          'tbody',
          '',
          ...rows.map((row) => element('tr', '', ...cells(row).map((value) => element('td', String(value ?? '—'))))),
        ),
      ),
      element('p', `已核对摘要 Digest checked: ${newest.digest}`),
    );
  }

  show().catch((error) => place.replaceChildren(element('p', `无法显示 Can't be shown: ${error.message}`)));
})();
