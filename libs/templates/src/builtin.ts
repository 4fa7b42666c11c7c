import bulletin from '../catalogue/bulletin.v1.json' with { type: 'json' };
import custodyEvent from '../catalogue/custody-event.v1.json' with { type: 'json' };
import evidenceTransfer from '../catalogue/evidence-transfer.v1.json' with { type: 'json' };
import informationAnswer from '../catalogue/information-answer.v1.json' with { type: 'json' };
import informationRefusal from '../catalogue/information-refusal.v1.json' with { type: 'json' };
import informationRequest from '../catalogue/information-request.v1.json' with { type: 'json' };
import interceptionAnswer from '../catalogue/interception-answer.v1.json' with { type: 'json' };
import interceptionNotification from '../catalogue/interception-notification.v1.json' with { type: 'json' };
import jitProposal from '../catalogue/jit-proposal.v1.json' with { type: 'json' };
import lawfulOperationRegister from '../catalogue/lawful-operation-register.v1.json' with { type: 'json' };
import meeting from '../catalogue/meeting.v1.json' with { type: 'json' };
import modusOperandi from '../catalogue/modus-operandi.v1.json' with { type: 'json' };
import personAlert from '../catalogue/person-alert.v1.json' with { type: 'json' };
import platformAdverts from '../catalogue/platform-adverts.v1.json' with { type: 'json' };
import preservationRequest from '../catalogue/preservation-request.v1.json' with { type: 'json' };
import sighting from '../catalogue/sighting.v1.json' with { type: 'json' };
import smugglingAlert from '../catalogue/smuggling-alert.v1.json' with { type: 'json' };
import stolenDocuments from '../catalogue/stolen-documents.v1.json' with { type: 'json' };
import takedownRequest from '../catalogue/takedown-request.v1.json' with { type: 'json' };
import task from '../catalogue/task.v1.json' with { type: 'json' };
import threatToLife from '../catalogue/threat-to-life.v1.json' with { type: 'json' };
import traffickingAlert from '../catalogue/trafficking-alert.v1.json' with { type: 'json' };
import vehicleAlert from '../catalogue/vehicle-alert.v1.json' with { type: 'json' };
import victimReferral from '../catalogue/victim-referral.v1.json' with { type: 'json' };
import lists from '../codes/lists.json' with { type: 'json' };

/** The forms that come with this version, as data; catalogue.ts reads them. Versions that were published stay here for good. */
export const BUILTIN_TEMPLATES: readonly unknown[] = [
  bulletin,
  custodyEvent,
  evidenceTransfer,
  informationAnswer,
  informationRefusal,
  informationRequest,
  interceptionAnswer,
  interceptionNotification,
  jitProposal,
  lawfulOperationRegister,
  meeting,
  modusOperandi,
  personAlert,
  platformAdverts,
  preservationRequest,
  sighting,
  smugglingAlert,
  stolenDocuments,
  takedownRequest,
  task,
  threatToLife,
  traffickingAlert,
  vehicleAlert,
  victimReferral,
];

export const BUILTIN_CODE_LISTS: readonly unknown[] = lists;
