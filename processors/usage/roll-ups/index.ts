export { buryUnused } from './bury.ts';
export { rollUpDay, rollUpHour, rollUpHours, type RollUpOf } from './roll-ups.ts';
