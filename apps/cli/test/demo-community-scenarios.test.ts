import { plays } from './plays.js';

plays(['04-bulletin-co-chairs.json', '06-stolen-blanks-az.json']);
