// Words and numbers of the page: pure functions, no document.

export const words = {
  zh: {
    skip: '跳到未办结关切', figuresTitle: '眼下', tagline: '群众关切，件件有回音', open: '未办结', overdue: '超期',
    closed: '已办结', sources: '正常信源', items: '收录条目', openTitle: '未办结的关切',
    openEmpty: '眼下没有未办结的关切。', closedTitle: '已答复', closedEmpty: '还没有公开答复。',
    eventsTitle: '最近动态', eventsEmpty: '等待第一件事。',
    footer: '只记事，不记人：作者、账号、电话在读取时即已去除。', close: '关闭',
    mentions: '相关发布', history: '经过', demo: '演示时钟', linked: '实时', waiting: '连接中',
    lost: '连接中断，正在重连', clock: (act, late) => `${act} · ${late ? '超期' : '剩余'}`,
    forAct: (act) => `（${act}）`, urged: '督办', reply: '查看公开答复',
    noReply: '未附网址', expired: '原文已过保存期，内容已删除', source: '原文', noNext: '等待下一步',
    pieces: (n, s) => `${n} 条发布，${s} 个信源`, inTime: '按期', wasLate: '逾期',
    opened: '发现于', due: '应于', other: 'English', otherLang: 'en',
    noMentions: '没有可显示的原文。', news: (n) => `新增 ${n} 条动态`,
    failed: '读不到数据，稍后再试', untitled: '（无标题）',
  },
  en: {
    skip: 'Skip to open concerns', figuresTitle: 'At present', tagline: 'Public concerns, each one answered', open: 'Open',
    overdue: 'Overdue', closed: 'Closed', sources: 'Healthy sources', items: 'Items read',
    openTitle: 'Open concerns', openEmpty: 'Nothing is open at the moment.',
    closedTitle: 'Answered', closedEmpty: 'No published reply yet.', eventsTitle: 'Recent events',
    eventsEmpty: 'Waiting for the first event.',
    footer: 'Matters, not people: authors, accounts and phone numbers are dropped on reading.',
    close: 'Close', mentions: 'Where it was raised', history: 'What happened',
    demo: 'Demonstration clock', linked: 'Live', waiting: 'Connecting',
    lost: 'Connection lost, retrying', clock: (act, late) => late ? `${act} overdue by` : `${act} due in`,
    forAct: (act) => ` (${act.toLowerCase()})`, urged: 'Escalated',
    reply: 'Read the published reply', noReply: 'no address given',
    expired: 'The text has expired and was deleted', source: 'Original', noNext: 'Awaiting next step',
    pieces: (n, s) => `${n} item${n === 1 ? '' : 's'}, ${s} source${s === 1 ? '' : 's'}`,
    inTime: 'in time', wasLate: 'late', opened: 'found', due: 'due',
    other: '中文', otherLang: 'zh-CN', noMentions: 'No text can be shown.',
    news: (n) => `${n} new event${n === 1 ? '' : 's'}`, failed: 'Cannot read data, retrying',
    untitled: '(no title)',
  },
};

// [Chinese, English, tone, is about one deadline] of each event type.
export const eventNames = {
  'huiying.concern.opened': ['发现', 'Found', 'new'],
  'huiying.concern.joined': ['归并', 'Joined', 'plain'],
  'huiying.concern.dispatched': ['派单', 'Dispatched', 'plain'],
  'huiying.concern.accepted': ['签收', 'Accepted', 'good'],
  'huiying.concern.reminded': ['催办', 'Reminded', 'warn', true],
  'huiying.concern.overdue': ['超期', 'Overdue', 'bad', true],
  'huiying.concern.escalated': ['督办', 'Escalated', 'bad', true],
  'huiying.concern.answered': ['答复', 'Answered', 'good'],
  'huiying.concern.closed': ['办结', 'Closed', 'good'],
  'huiying.concern.updated': ['更正', 'Updated', 'plain'],
  'huiying.concern.withdrawn': ['撤下', 'Withdrawn', 'plain'],
  'huiying.source.added': ['添加信源', 'Source added', 'plain'],
  'huiying.source.removed': ['移除信源', 'Source removed', 'plain'],
  'huiying.source.paused': ['暂停信源', 'Source paused', 'plain'],
  'huiying.source.resumed': ['恢复轮询', 'Source resumed', 'good'],
  'huiying.source.silent': ['信源无声', 'Source silent', 'warn'],
  'huiying.source.restored': ['信源复声', 'Source restored', 'good'],
  'huiying.source.moved': ['信源迁址', 'Source moved', 'plain'],
  'huiying.source.retired': ['信源停办', 'Source retired', 'warn'],
  'huiying.source.quarantined': ['信源隔离', 'Source quarantined', 'bad'],
  'huiying.source.skipped': ['结果搁置', 'Result given up', 'bad'],
  'huiying.unit.offline': ['单位离线', 'Unit offline', 'warn'],
  'huiying.unit.online': ['单位上线', 'Unit online', 'plain'],
  'huiying.rules.loaded': ['更换规则', 'Rules loaded', 'plain'],
};

// An event names the act by its code alone.
const chinese = {
  act: { accept: '签收', 'first-info': '首次发布', briefing: '新闻发布会', reply: '答复', promise: '承诺兑现' },
};

const english = {
  act: { accept: 'Accept', 'first-info': 'First information', briefing: 'Briefing', reply: 'Reply', promise: 'Promise' },
  state: { open: 'To accept', accepted: 'In hand', closed: 'Closed' },
  grade: { ordinary: 'Ordinary', larger: 'Larger', major: 'Major', grave: 'Grave' },
};

export const actName = (clock, lang) =>
  (lang === 'zh' ? clock.act_zh || chinese.act[clock.act] : english.act[clock.act]) || clock.act;
export const stateName = (c, lang) => lang === 'zh' ? c.state_zh : english.state[c.state] || c.state;
export const gradeName = (c, lang) => lang === 'zh' ? c.grade_zh : english.grade[c.grade] || c.grade;
export const nameOf = (thing, lang) => lang === 'zh' ? thing.name : thing.name_en;

const two = (n) => String(n).padStart(2, '0');

// 200000 -> "2 天 07:33:20"; the sign is the caller's.
export function span(milliseconds, lang) {
  const s = Math.floor(Math.abs(milliseconds) / 1000);
  const days = Math.floor(s / 86400);
  const rest = `${two(Math.floor(s / 3600) % 24)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
  return days ? `${days}${lang === 'zh' ? ' 天 ' : 'd '}${rest}` : rest;
}

// All of China keeps UTC+8, whatever the reader's machine says.
export function china(milliseconds) {
  const d = new Date(milliseconds + 8 * 3600 * 1000);
  return {
    date: `${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())}`,
    time: `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`,
    seconds: `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())}`,
  };
}

// How much of a clock has run, 0 to 1.
export function progress(clock, now) {
  const start = Date.parse(clock.started), due = Date.parse(clock.due);
  return due <= start ? 1 : Math.min(1, Math.max(0, (now - start) / (due - start)));
}

// Only http and https addresses become links; anything else is shown as nothing.
export function safeLink(address) {
  try {
    const url = new URL(address);
    return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : null;
  } catch {
    return null;
  }
}
