import { resolve } from 'node:path';
import type { Environment } from '../config/environment.js';

/** The tour: two countries, two or three terminals. */
export function howTo({ hubUrl, hubAuthorities }: Pick<Environment, 'hubUrl' | 'hubAuthorities'>): string[] {
  const trust = hubAuthorities && `LIAISON_HUB_CA='${resolve(hubAuthorities)}'`;
  if (trust === undefined) return TOUR.split('\n');
  const hub = hubUrl === undefined ? '' : ` LIAISON_HUB=${hubUrl}`;
  return [
    'The hub speaks TLS. Say in each terminal first by whose word its certificate is trusted:',
    `  export ${trust}${hub}`,
    '',
    ...TOUR.split('\n'),
  ];
}

const TOUR = `Be two countries. The hub runs ("npm start"); open two more terminals.

Budapest watches what comes in:
  npm run liaison -- --as hu watch

Sofia writes an alert to Budapest:
  npm run liaison -- --as bg send --to hu --kind alert --lang bg --classification RESTRICTED --handling H2 \\
      --tlp AMBER --priority urgent --subject "Камион към Калотина тази нощ" --text "Хладилен камион, около 28 души."

Budapest sees what needs it, reads it (the first characters of its id will do) and takes note:
  npm run liaison -- --as hu inbox
  npm run liaison -- --as hu read <id>
  npm run liaison -- --as hu ack <id>

Sofia sees who has taken note:
  npm run liaison -- --as bg inbox --sent

Others are there too: az ba bd fr iq it mk pk. To see who can read a channel, and to talk to several at once:
  npm run liaison -- --as bg members --to hu
  npm run liaison -- --as bg send --to hu,mk,ba,iq,pk --classification RESTRICTED --subject "To all on the route"
  npm run liaison -- --as iq send --to community --kind bulletin --classification UNCLASSIFIED --subject "Sofia, in December"

A filled-in form needs no translation: its reader sees it in the reader's language. Facts go in as JSON:
  npm run liaison -- template show sighting --lang bg
  npm run liaison -- template new sighting sighting.json --lang bg
  npm run liaison -- --as bg send --to hu --template sighting --from-facts sighting.json --lang bg --classification RESTRICTED
  npm run liaison -- --as hu read <id> --lang ur

Whatever a command says to you, it says to a program with --json.`;
