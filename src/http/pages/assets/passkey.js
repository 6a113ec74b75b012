// Passkeys are made and shown by the browser itself: what it answers is written into the form, which is sent as any other.
'use strict';

{
  const read = (text) => {
    const plain = atob(text.replace(/-/g, '+').replace(/_/g, '/'));
    return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
  };
  const write = (buffer) => {
    const plain = String.fromCharCode(...new Uint8Array(buffer));
    return btoa(plain).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  };
  const named = (all) => all.map((one) => ({ ...one, id: read(one.id) }));

  const make = async (options) => {
    const { response } = await navigator.credentials.create({
      publicKey: {
        ...options,
        challenge: read(options.challenge),
        user: { ...options.user, id: read(options.user.id) },
        excludeCredentials: named(options.excludeCredentials),
      },
    });
    return { client_data: write(response.clientDataJSON), attestation: write(response.attestationObject) };
  };

  const show = async (options) => {
    const { id, response } = await navigator.credentials.get({
      publicKey: {
        ...options,
        challenge: read(options.challenge),
        allowCredentials: named(options.allowCredentials),
      },
    });
    const answer = {
      credential_id: id,
      client_data: write(response.clientDataJSON),
      authenticator_data: write(response.authenticatorData),
      signature: write(response.signature),
    };
    if (response.userHandle && response.userHandle.byteLength) answer.user_handle = write(response.userHandle);
    return answer;
  };

  // Why there is no answer, as far as browsers tell.
  const why = (error) => {
    if (error.name === 'InvalidStateError') {
      return say('这个设备上已有本账号的通行密钥。', 'This device has a passkey of this account already.');
    }
    if (error.name === 'SecurityError') {
      return say('当前网址不能使用通行密钥，请核对网址。', 'Passkeys do not work at this address; look at it once more.');
    }
    return say(
      '没有完成：已取消、超时，或设备上没有可用的通行密钥。可再试一次，或用其他方式。',
      'Not done: it was cancelled, took too long, or there is no passkey here that does. Try again, or another way.',
    );
  };

  for (const part of document.querySelectorAll('[data-passkey]')) {
    const button = part.querySelector('button');
    const told = part.querySelector('[role=status]');
    const field = part.querySelector('input[type=hidden]');
    if (!window.PublicKeyCredential) {
      told.textContent = say('此浏览器不支持通行密钥。', 'This browser has no passkeys.');
      continue;
    }
    button.hidden = false;
    button.addEventListener('click', async () => {
      const empty = [...part.closest('form').querySelectorAll('input[required]')].find(({ value }) => !value.trim());
      if (empty) {
        told.textContent = say('请先填写上面的栏目。', 'Fill in the field above first.');
        empty.focus();
        return;
      }
      const options = JSON.parse(part.dataset.options);
      button.disabled = true;
      told.textContent = say('请按浏览器的提示操作…', 'Do what your browser asks…');
      try {
        const answer = part.dataset.passkey === 'make' ? await make(options) : await show(options);
        field.value = JSON.stringify(answer);
        told.textContent = '';
        // What was typed beside it is not meant any more.
        for (const other of part.closest('form').querySelectorAll('[name^="/code"], [name^="/recovery_code"]')) {
          other.value = '';
        }
        part.closest('form').requestSubmit();
      } catch (error) {
        told.textContent = why(error);
      } finally {
        button.disabled = false;
      }
    });
  }
}
