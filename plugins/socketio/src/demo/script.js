'use strict';
(() => {
  const find = (id) => document.getElementById(id);
  const settings = JSON.parse(find('settings').textContent);
  const prefix = settings.namespace === '/' ? '' : settings.namespace + ',';

  // What outlasts the page, where the browser lets it.
  const storage = `switchboard:${location.pathname}`;
  const remember = (value) => { try { localStorage.setItem(storage, value); } catch { /* a session for this page alone */ } };
  const remembered = () => { try { return localStorage.getItem(storage); } catch { return null; } };
  const forget = () => { try { localStorage.removeItem(storage); } catch { /* nothing was kept */ } };

  // The connection: Engine.IO 4 over WebSocket, and Socket.IO in its messages.

  let socket = null;
  let session = remembered();
  let confirmed = false;
  let failures = 0;
  let retry = 0;
  let silence = 0;
  let patience = 45000;
  let lastAck = 0;
  // Said and not acknowledged, by the number of the acknowledgement. Said again on the next connection; who answers knows
  // a message by its id, and takes it once.
  const unheard = new Map();

  const status = (text) => { if (find('status').textContent !== text) find('status').textContent = text; };

  function connect() {
    clearTimeout(retry);
    const before = location.pathname.endsWith(settings.page) ? location.pathname.slice(0, -settings.page.length) : '';
    const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
    const mine = new WebSocket(`${scheme}//${location.host}${before}${settings.path}/?EIO=4&transport=websocket`);
    socket = mine;
    listen();
    mine.onmessage = ({ data }) => { if (socket === mine && typeof data === 'string') { listen(); packet(data); } };
    mine.onclose = () => { if (socket === mine) reconnect(); };
  }

  // The server pings; when it does not, the connection is dead and nobody said so.
  function listen() {
    clearTimeout(silence);
    silence = setTimeout(drop, patience);
  }

  function drop() {
    const old = socket;
    socket = null;
    if (old) old.close();
    reconnect();
  }

  function reconnect(least = 0) {
    clearTimeout(silence);
    clearTimeout(retry);
    socket = null;
    confirmed = false;
    typing(false);
    if (!least) status('reconnecting');
    const wait = Math.max(least, Math.min(30000, 500 * 2 ** failures)) * (0.5 + Math.random());
    failures += 1;
    retry = setTimeout(connect, wait);
  }

  function raw(text) {
    if (socket && socket.readyState === WebSocket.OPEN) socket.send(text);
  }

  function emit(name, data, ack = '') {
    raw(`42${prefix}${ack}${JSON.stringify([name, data])}`);
  }

  function packet(text) {
    switch (text[0]) {
      case '0': {
        const opened = JSON.parse(text.slice(1));
        patience = opened.pingInterval + opened.pingTimeout;
        listen();
        const token = new URLSearchParams(location.hash.slice(1)).get('token');
        raw(`40${prefix}${token ? JSON.stringify({ token }) : ''}`);
        break;
      }
      case '1': drop(); break;
      case '2': raw('3'); break;
      case '4': message(text.slice(1)); break;
    }
  }

  function message(text) {
    let rest = text.slice(1);
    let namespace = '/';
    if (rest[0] === '/') {
      const end = rest.indexOf(',');
      namespace = end < 0 ? rest : rest.slice(0, end);
      rest = end < 0 ? '' : rest.slice(end + 1);
    }
    if (namespace !== settings.namespace) return;
    const [id] = /^\d*/.exec(rest);
    const json = rest.slice(id.length);
    switch (text[0]) {
      case '0': emit(settings.sessionRequest, { session_id: session }); break;
      case '1': drop(); break;
      case '2': event(...JSON.parse(json)); break;
      case '3': acknowledged(Number(id), JSON.parse(json)[0]); break;
      case '4': {
        // Once more later, for a token may begin to hold; not soon, for most never do.
        const old = socket;
        socket = null;
        old.close();
        status('refused');
        reconnect(30000);
        break;
      }
    }
  }

  function event(name, data) {
    if (name === settings.sessionConfirm) {
      session = data && data.session_id ? data.session_id : data;
      remember(session);
      confirmed = true;
      failures = 0;
      status('connected');
      for (const [ack, said] of unheard) utter(ack, said);
    } else if (name === settings.botMessage) {
      typing(false);
      show(data);
    } else if (name === settings.botTyping) {
      typing(true);
    }
  }

  function utter(ack, said) {
    emit(settings.userMessage, { ...said, session_id: session }, ack);
  }

  function acknowledged(ack, answer) {
    const error = answer && answer.error;
    if (error && error.code !== 'bad_request') {
      setTimeout(() => { if (confirmed && unheard.has(ack)) utter(ack, unheard.get(ack)); }, 5000);
      return;
    }
    unheard.delete(ack);
    if (error) bubble('note', '').append('The last message could not be delivered.');
  }

  function say(text, title) {
    if (!text.trim()) return;
    lastAck += 1;
    const said = { message: text, message_id: crypto.getRandomValues(new Uint32Array(4)).join('-') };
    unheard.set(lastAck, said);
    if (confirmed) utter(lastAck, said);
    bubble('user', 'You:').append(title || text);
    scroll();
  }

  // What is shown. Texts are text: nothing of what anybody says becomes HTML.

  const messages = find('messages');

  function element(name, properties = {}, ...children) {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  }

  function bubble(who, label) {
    const made = element('div', { className: who });
    const line = element('div', { className: `by-${who}` }, element('span', { className: 'unseen' }, label), made);
    messages.append(line);
    while (messages.children.length > 500) messages.firstChild.remove();
    return made;
  }

  function scroll() {
    messages.scrollTop = messages.scrollHeight;
  }

  let writing = 0;
  function typing(is) {
    clearTimeout(writing);
    find('typing').hidden = !is;
    if (is) writing = setTimeout(typing, 30000, false);
  }

  const address = (text, schemes = /^https?:$/) => {
    try {
      const url = new URL(text);
      return schemes.test(url.protocol) ? url.href : null;
    } catch {
      return null;
    }
  };

  function link(url, title) {
    return element('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, title || url);
  }

  // A text with its addresses as links.
  function text(content) {
    const pieces = String(content).split(/(https?:\/\/[^\s<>"]*[^\s<>"'.,;:!?)\]])/);
    return pieces.map((piece, index) => (index % 2 && address(piece) ? link(address(piece), piece) : piece));
  }

  // Quick replies go once one is pressed, or something else is said; those on cards stay.
  function choices(list, stay) {
    const group = element('div', { className: 'choices' });
    group.setAttribute('role', 'group');
    group.setAttribute('aria-label', 'Choices');
    if (!stay) group.dataset.passing = '';
    for (const choice of list) {
      const title = String(choice.title ?? choice.payload ?? choice.url ?? '');
      const url = address(choice.url);
      if (url) {
        group.append(Object.assign(link(url, title), { className: 'choice' }));
        continue;
      }
      const button = element('button', { type: 'button', className: 'choice' }, title);
      button.onclick = () => {
        dismiss();
        say(String(choice.payload ?? title), title);
        find('input').focus();
      };
      group.append(button);
    }
    return group;
  }

  function dismiss() {
    for (const group of document.querySelectorAll('[data-passing]')) group.remove();
  }

  function picture(url, title) {
    const image = element('img', { alt: title || 'Picture' });
    image.onload = scroll;
    image.src = url;
    return image;
  }

  function card(content) {
    const made = element('article', { className: 'card' });
    const image = address(content.image_url, /^(https?|data):$/);
    if (image) made.append(picture(image, content.title));
    const url = address(content.default_action && content.default_action.url);
    if (content.title) made.append(element('h2', {}, url ? link(url, content.title) : content.title));
    if (content.subtitle) made.append(element('p', {}, content.subtitle));
    if (Array.isArray(content.buttons) && content.buttons.length) made.append(choices(content.buttons, true));
    return made;
  }

  function attachment(content) {
    const payload = content.payload || {};
    if (content.type === 'template' && Array.isArray(payload.elements)) return payload.elements.map(card);
    const shown = [];
    const url = address(typeof content === 'string' ? content : payload.src, /^(https?|data):$/);
    if (payload.title) shown.push(element('div', {}, payload.title));
    if (url && content.type === 'image') shown.push(picture(url, payload.title));
    else if (url && /\.(mp4|ogv|webm)$/.test(new URL(url).pathname)) shown.push(element('video', { src: url, controls: true }));
    else if (address(url)) shown.push(link(url));
    else shown.push(whole(content));
    return shown;
  }

  // What the page does not know, as it came.
  const whole = (content) => element('pre', {}, JSON.stringify(content, null, 2));

  function show(content) {
    const into = bubble('bot', 'Bot:');
    const known = content !== null && typeof content === 'object' ? content : {};
    const replies = known.quick_replies || known.buttons;
    if (known.text) into.append(...text(known.text));
    if (known.attachment) into.append(...attachment(known.attachment));
    if (Array.isArray(replies)) {
      dismiss();
      into.append(choices(replies, false));
    }
    if (!into.firstChild) into.append(whole(content));
    scroll();
  }

  find('form').onsubmit = (event) => {
    event.preventDefault();
    dismiss();
    say(find('input').value);
    find('input').value = '';
  };

  find('new').onclick = () => {
    forget();
    session = null;
    unheard.clear();
    messages.replaceChildren();
    failures = 0;
    drop();
    find('input').focus();
  };

  window.addEventListener('online', () => { if (!socket) connect(); });
  connect();
})();
