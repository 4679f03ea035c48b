// [Chinese, English, tone, is about one deadline] of each event type.
const concern = {
  opened: ['发现', 'Found', 'new'], joined: ['归并', 'Joined', 'plain'],
  dispatched: ['派单', 'Dispatched', 'plain'], accepted: ['签收', 'Accepted', 'good'],
  reminded: ['催办', 'Reminded', 'warn', true], overdue: ['超期', 'Overdue', 'bad', true],
  escalated: ['督办', 'Escalated', 'bad', true], answered: ['答复', 'Answered', 'good'],
  closed: ['办结', 'Closed', 'good'], updated: ['更正', 'Updated', 'plain'],
  withdrawn: ['撤下', 'Withdrawn', 'plain'], proposed: ['级别建议', 'Grade proposed', 'warn'],
  assessed: ['研判', 'Assessed', 'plain'], progress: ['阶段性答复', 'Progress', 'good'],
  declined: ['退单', 'Declined', 'warn'], reassigned: ['改派', 'Reassigned', 'plain'],
  'handed-on': ['转派', 'Handed on', 'plain'], assisted: ['协办', 'Assisted', 'plain'],
  'extension-asked': ['申请延期', 'Extension asked', 'warn'], extended: ['延期', 'Extended', 'plain'],
  returned: ['退回重办', 'Returned', 'bad'], 'dismissal-asked': ['拟无需回应', 'Dismissal asked', 'warn'],
  dismissed: ['无需回应', 'Nothing to answer', 'plain'], denied: ['不予同意', 'Denied', 'warn'],
  merged: ['并单', 'Merged', 'plain'], split: ['拆分', 'Split', 'plain'], moved: ['移出', 'Moved', 'plain'],
  reopened: ['重开', 'Reopened', 'warn'], registered: ['交办', 'Registered', 'new'],
  'reply-checked': ['核对答复', 'Reply checked', 'good'], 'reply-gone': ['答复撤下', 'Reply gone', 'bad'],
  promised: ['承诺', 'Promised', 'plain'], 'promise-kept': ['承诺兑现', 'Promise kept', 'good'],
  surveyed: ['回访', 'Surveyed', 'plain'], effect: ['成效', 'Effect', 'plain'],
  recomputed: ['时限重算', 'Recomputed', 'plain'], 'handed-out': ['转有关机构', 'Handed out', 'plain'],
  drafted: ['送审', 'Drafted', 'plain'], published: ['审签', 'Published', 'good'],
};
const source = {
  added: ['添加信源', 'Source added', 'plain'], removed: ['移除信源', 'Source removed', 'plain'],
  paused: ['暂停信源', 'Source paused', 'plain'], resumed: ['恢复轮询', 'Source resumed', 'good'],
  silent: ['信源无声', 'Source silent', 'warn'], restored: ['信源复声', 'Source restored', 'good'],
  moved: ['信源迁址', 'Source moved', 'plain'], retired: ['信源停办', 'Source retired', 'warn'],
  quarantined: ['信源隔离', 'Source quarantined', 'bad'], skipped: ['结果搁置', 'Result given up', 'bad'],
};

const under = (stem, table) => Object.fromEntries(
  Object.entries(table).map(([name, row]) => [`huiying.${stem}.${name}`, row]));

export const eventNames = {
  ...under('concern', concern), ...under('source', source),
  'huiying.topic.burst': ['突增', 'Burst', 'warn'],
  'huiying.unit.offline': ['单位离线', 'Unit offline', 'warn'],
  'huiying.unit.online': ['单位上线', 'Unit online', 'plain'],
  'huiying.rules.loaded': ['更换规则', 'Rules loaded', 'plain'],
  'huiying.calendar.missing': ['日历未备', 'Calendar missing', 'warn'],
};
