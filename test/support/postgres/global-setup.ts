import { begin } from './server';

export default begin;
