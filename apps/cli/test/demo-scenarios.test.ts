import { plays } from './plays.js';

plays([
  '02-urgent-request-hu.json',
  '03-fake-job-adverts-fr.json',
  '05-jit-evidence.json',
  '07-interception-notice-it.json',
  '08-victim-referral-mk.json',
]);
