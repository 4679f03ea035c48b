// What the roles are called that topics name: those of the shipped rules. A town's own is shown by its
// id: its rules give it no name.
import { lang } from '/js/i18n.js';

const roles = {
  agriculture: ['农业农村', 'agriculture'], 'civil-affairs': ['民政', 'civil affairs'], culture: ['文化体育', 'culture'],
  ecology: ['生态环境', 'environment'], education: ['教育', 'education'], emergency: ['应急管理', 'emergency management'],
  finance: ['金融财政', 'finance'], 'government-services': ['政务服务', 'government services'],
  health: ['卫生健康', 'health'], housing: ['住房', 'housing'], labour: ['劳动保障', 'labour'],
  'market-regulation': ['市场监管', 'market regulation'], 'natural-resources': ['自然资源', 'natural resources'],
  'public-security': ['公安', 'public security'], 'social-insurance': ['医疗社会保险', 'social insurance'],
  transport: ['交通运输', 'transport'], 'urban-management': ['城市管理', 'urban management'],
  utilities: ['水电气热', 'utilities'],
};

export const roleName = (id) => id ? roles[id]?.[lang() === 'zh' ? 0 : 1] || id : '—';
