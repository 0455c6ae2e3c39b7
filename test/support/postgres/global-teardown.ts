import { end } from './server';

export default end;
