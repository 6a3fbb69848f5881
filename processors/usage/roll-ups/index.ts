export { rollUpDay, rollUpHour, rollUpHours, type RollUpOf } from './roll-ups.ts';
